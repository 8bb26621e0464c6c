"""Adaptive coding: exact, as small as the chances say, one encoding for each row of decisions, bounded work."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dc_lab import huffman
from dc_lab.coding import adaptive

chances = st.one_of(st.integers(2, 65534), st.sampled_from([2, 65534, 32768]))
decisions = st.lists(st.tuples(chances, st.integers(0, 1)), max_size=300)


def coded(made):
    encoder = adaptive.Encoder()
    for chance, bit in made:
        assert encoder.decide(chance, bit) == bit
    assert encoder.decisions == len(made)
    return encoder.finish()


@given(decisions)
def test_decisions_come_back_and_cost_their_information(made):
    payload = coded(made)
    decoder = adaptive.Decoder(payload, len(made))
    assert [decoder.decide(chance) for chance, _ in made] == [bit for _, bit in made]
    decoder.finish()
    information = -sum(math.log2(chance / 65536 if bit else 1 - chance / 65536) for chance, bit in made)
    assert 8 * len(payload) <= 1.01 * information + 16
    assert not payload.endswith(b"\0")


@given(decisions, st.integers(0, 3), st.integers(0, 2**20), st.integers(1, 255))
def test_no_other_bytes_are_the_same_decisions(made, change, at, other):
    payload = bytearray(coded(made))
    if change == 0:
        payload.append(other)
    elif change == 1:
        payload += bytes(at % 3 + 1)
    elif payload and change == 2:
        payload[at % len(payload)] ^= other
    else:
        payload = payload[: at % (len(payload) + 1)]
    payload = bytes(payload)
    decoder = adaptive.Decoder(payload, len(made))
    found = [(chance, decoder.decide(chance)) for chance, _ in made]
    try:
        decoder.finish()
    except ValueError:
        return
    assert coded(found) == payload


def test_more_decisions_than_allowed():
    decoder = adaptive.Decoder(coded([(32768, 1)] * 9), 8)
    for _ in range(8):
        decoder.decide(32768)
    with pytest.raises(ValueError, match="more than 8 decisions"):
        decoder.decide(32768)


def test_logits_are_those_of_real_numbers():
    squash, stretch = adaptive.logits()
    steps = np.arange(-adaptive.MOST_LOGIT, adaptive.MOST_LOGIT + 1)
    exact = 65536 / (1 + np.exp(-steps / adaptive.STEPS))
    np.testing.assert_allclose(squash, exact, atol=1)
    assert squash == sorted(squash)
    assert min(squash) >= 1
    assert max(squash) <= 65535
    for value in range(65536):
        logit = stretch[value]
        assert squash[logit + adaptive.MOST_LOGIT] >= value or logit == adaptive.MOST_LOGIT
        assert logit == -adaptive.MOST_LOGIT or squash[logit - 1 + adaptive.MOST_LOGIT] < value


@given(
    st.integers(32, 65504),
    st.lists(st.tuples(*[st.integers(0, 4)] * 3, st.integers(0, 1)), max_size=200),
    st.integers(1, 40),
)
@settings(max_examples=60)
def test_mixing_in_a_loop_gives_the_same_chances(start, made, often):
    """Repeated, so that chances and weights come to their ends."""
    fast, plain = adaptive.Mixture(start), adaptive.MixtureByLoop(start)
    for *contexts, bit in made * often:
        encoders = adaptive.Encoder(), adaptive.Encoder()
        for mixture, encoder in zip((fast, plain), encoders, strict=True):
            assert mixture.decide(encoder.decide, *contexts, bit) == bit
        assert encoders[0].high == encoders[1].high
        assert encoders[0].low == encoders[1].low
        assert fast.weights == plain.weights
    assert fast.states == plain.states


@given(st.lists(st.integers(0, 1), max_size=30), st.integers(1, 60))
def test_a_context_learns_as_it_is_said(made, often):
    model, state = adaptive.Contexts(), 1 << adaptive.BITS + 9
    for bit in made * often:
        model.decide(lambda chance, bit: bit, 0, bit)
        state = adaptive.learned(state, bit)
        assert model.states[0] == state


numbers = st.integers(1, 16).flatmap(
    lambda width: st.tuples(st.just(width), st.lists(st.integers(0, 2**width - 1), max_size=80))
)


@given(numbers, st.integers(1, adaptive.MAX_PERIOD))
def test_numbers_come_back(drawn, period):
    width, values = drawn
    payload, made = adaptive.encode(np.array(values, np.uint16), width, period)
    assert made <= 2 * width * max(len(values), 1)
    found, again = adaptive.decode(payload, len(values), width, period, made)
    assert found.tolist() == values
    assert found.dtype == (np.uint8 if width <= 8 else np.uint16)
    assert again == made
    if made:
        with pytest.raises(ValueError, match=f"more than {made - 1} decisions"):
            adaptive.decode(payload, len(values), width, period, made - 1)


def test_numbers_cost_little_more_than_their_entropy(rng):
    codes = np.minimum(rng.geometric(0.25, 7_000) - 1, 15)
    payload, _ = adaptive.encode(codes, 4)
    entropy = huffman.entropy(np.bincount(codes)) * len(codes) / 8
    assert 0.99 * entropy < len(payload) < 1.01 * entropy


def test_the_period_is_worth_something_where_bytes_come_in_pairs(rng):
    halves = rng.normal(size=500).astype(np.float16).view(np.uint8)
    sizes = [len(adaptive.encode(halves, 8, period)[0]) for period in (1, 2)]
    assert sizes[1] < 0.97 * sizes[0]
    assert sizes[1] < len(halves)


@st.composite
def maps(draw):
    """(codes, negative, positive, columns, stride): sparse or dense, one sign or both, odd shapes."""
    negative, positive = draw(st.sampled_from([(1, 0), (0, 1), (1, 1), (3, 2), (8, 8), (0, 5), (40, 300)]))
    columns, rows = draw(st.integers(1, 20)), draw(st.integers(1, 20))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    signed = rng.integers(-negative, positive + 1, rows * columns)
    codes = np.where(rng.random(len(signed)) < draw(st.sampled_from([0.02, 0.3, 1.0])), signed, 0)
    return codes, negative, positive, columns, draw(st.integers(1, 30))


@given(maps())
@settings(max_examples=60)
def test_maps_come_back(drawn):
    codes, *how = drawn
    payload, made = adaptive.encode_map(codes, *how)
    found, again = adaptive.decode_map(payload, len(codes), *how, made)
    np.testing.assert_array_equal(found, codes)
    assert again == made >= len(codes)
    with pytest.raises(ValueError, match="decisions"):
        adaptive.decode_map(payload, len(codes), *how, made - 1)


@given(maps(), st.integers(0, 2**20), st.integers(1, 255))
@settings(max_examples=60)
def test_a_changed_map_is_refused_or_another_map(drawn, at, other):
    codes, *how = drawn
    payload, made = adaptive.encode_map(codes, *how)
    changed = bytearray(payload or b"\1")
    changed[at % len(changed)] ^= other
    try:
        found, _ = adaptive.decode_map(bytes(changed), len(codes), *how, 20 * made)
    except ValueError:
        return
    assert adaptive.encode_map(found, *how)[0] == bytes(changed)


def entropy_bytes(share, number):
    return number * (-share * math.log2(share) - (1 - share) * math.log2(1 - share)) / 8


def test_a_map_without_structure_costs_its_entropy(rng):
    codes = np.where(rng.random(20_000) < 0.1, 1, 0)
    size = len(adaptive.encode_map(codes, 0, 1, 200, 7)[0])
    assert size < 1.06 * entropy_bytes(0.1, 20_000)


@pytest.mark.parametrize("structure", ["columns", "rows", "neighbours", "signs"])
def test_structure_is_found(structure, rng):
    """Each kind of context earns its place: with structure of its kind, a map is far below the entropy without."""
    mask = rng.random((100, 200)) < 0.1
    signs = np.where(rng.random((100, 200)) < 0.5, -1, 1)
    if structure == "columns":
        mask = (rng.random((100, 200)) < 0.5) & (rng.random(200) < 0.2)
    elif structure == "rows":
        mask = (rng.random((100, 200)) < 0.5) & (rng.random((100, 1)) < 0.2)
    elif structure == "neighbours":
        mask = np.repeat(rng.random((100, 20)) < 0.1, 10, axis=1)
    else:
        signs = np.where(rng.random(200) < 0.5, -1, 1)
    codes = np.where(mask, signs, 0).reshape(-1)
    size = len(adaptive.encode_map(codes, 1, 1, 200, 3)[0])
    kept = int(mask.sum())
    assert size < 0.9 * (entropy_bytes(kept / 20_000, 20_000) + kept / 8)
