"""Our reader beside a second one, which was written from FORMAT.md alone: they agree on every file, valid or not."""

import random
import struct
from pathlib import Path

import attack
import dcz_freely
import dcz_second
import numpy as np
import pytest
from dcz_files import TWO, coded, constant, fixed, of_version_3, ruled, tensor, varint
from fuzz_archive import repaired
from hypothesis import given, settings
from hypothesis import strategies as st

from dc_lab import archive
from dc_lab.dcz import known, limits

SHIPPED = sorted((Path(__file__).parents[1] / "data").rglob("*.dcz"))


def verdict(content, max_bytes=None, max_decisions=2**20):
    """What both readers find in a file, or None if both refuse it."""
    try:
        mine = attack.ours(content, max_bytes)
    except archive.ArchiveError as error:
        with pytest.raises(dcz_second.Refused):  # as ours did
            pytest.fail(
                f"{error}; but the second reader found {attack.second(content, max_bytes, max_decisions)!s:.300}"
            )
        return None
    assert attack.second(content, max_bytes, max_decisions) == mine
    return mine


# Files that are valid


def test_there_are_files_to_read():
    assert {path.parent.name for path in SHIPPED} >= {"checkpoints", "labs"}


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=() if "pruned" in path.name else pytest.mark.slow) for path in SHIPPED],
    ids=lambda path: path.stem,
)
def test_files_that_come_with_the_course(path):
    assert verdict(path.read_bytes()) is not None


@pytest.mark.parametrize("coder", archive.CODERS)
def test_files_by_our_writer(coder):
    files = [attack.ours_drawn(seed, coder) for seed in range(35)]
    assert all(verdict(content) is not None for content in files)
    assert {content[3] for content in files} == {1, 2, 4} | ({3} if coder in ("rans", "smallest") else set())


@pytest.mark.parametrize("title", attack.FORMS)
def test_files_by_a_writer_that_uses_its_freedom(title):
    forms = (attack.FORMS[title],)
    for stream in attack.STREAMS.values():
        for seed in range(6):
            assert verdict(dcz_freely.drawn(seed, forms, (stream,))) is not None
    for seed in range(20):
        assert verdict(dcz_freely.drawn(seed, (*forms, attack.FORMS["dense"], dcz_second.TIED))) is not None


def test_both_count_the_bytes_of_tensors_alike():
    for seed in range(40):
        content = dcz_freely.drawn(seed, (seed % 7, (seed + 2) % 7, dcz_second.TIED))
        headers = dcz_second.File(content)
        headers.take(4)
        if content[3] == 4:
            dcz_second.read_metadata(headers)
        kinds = [header for header in dcz_second.read_headers(headers, 2**30) if header.form != dcz_second.TIED]
        itemsizes = [np.dtype(dcz_second.STORED_AS.get(header.dtype, header.dtype)).itemsize for header in kinds]
        total = sum(header.size * itemsize for header, itemsize in zip(kinds, itemsizes, strict=True))
        assert verdict(content, total) is not None
        assert total == 0 or verdict(content, total - 1) is None


# Files that are changed, or break a rule


def test_changed_files():
    wrong = []
    record = attack.attack(attack.bases(each=1), 1500, 0, attack.Meter(), failed=lambda *what: wrong.append(what))
    assert not wrong
    assert set(record.counts) == set(attack.AGREED)
    assert min(record.counts.values()) > 40
    assert len(record.reasons) > 40


@pytest.mark.slow
def test_changed_files_with_long_streams():
    record = attack.attack(attack.long_bases(each=1), 200, 0, attack.Meter())
    assert {"other", "refused"} <= set(record.counts) <= set(attack.AGREED)


def test_another_reader_would_be_noticed(monkeypatch):
    monkeypatch.setattr(dcz_second, "check_truth", lambda content, header: None)
    content = tensor(constant(2), dtype=11)
    assert attack.compared(content, None, attack.Meter())[0] == "DISAGREE"


def test_one_decision_fewer_is_too_few(monkeypatch):
    content = archive.dumps({"w": np.arange(60, dtype=np.uint8) ** 2 // 30, "v": np.arange(60) % 7}, "smallest")
    file = dcz_second.File(content)
    dcz_second.read_file(file, 2**20)
    assert file.decisions > 300
    monkeypatch.setattr(limits, "MAX_DECISIONS", file.decisions)
    assert verdict(content, max_decisions=file.decisions) is not None
    monkeypatch.setattr(limits, "MAX_DECISIONS", file.decisions - 1)
    assert verdict(content, max_decisions=file.decisions - 1) is None


# Limits: what is just allowed, and what just is not


def of_version_4(metadata, rest=b"\0"):
    return repaired(b"DCZ\4" + metadata + rest + bytes(4))


def text_of(size):
    """Metadata of one pair, of so many bytes with its lengths."""
    value = size - 2 - len(varint(size - 5))
    return of_version_4(b"\1\1a" + varint(value) + b"x" * value)


def laned(n, lane, shortest=0, width=13):
    """`n` codes of one bit each in lanes of this size."""
    numbers = [min(lane, n - at) - shortest for at in range(0, n, lane)]
    lanes = varint(lane) + varint(shortest) + fixed(numbers, width)
    return tensor(coded(TWO, 2, 0, lanes, bytes((n + 7) // 8)), shape=(n,))


def deep(symbols, longest):
    """Each of so many symbols once, in a complete code of which the longest has so many bits."""
    lengths = [0]
    while len(lengths) < symbols:
        # The leaf that is split is the least deep one, or once, on the way to a code that is too long, the deepest.
        chosen = max(lengths) if len(lengths) == symbols - 1 and max(lengths) < longest else min(lengths)
        lengths.remove(chosen)
        lengths += [chosen + 1] * 2
    lengths.sort()
    assert lengths[-1] == longest
    text, code, before = "", -1, lengths[0]
    for length in lengths:
        code, before = (code + 1) << (length - before), length
        text += f"{code:0{length}b}"
    stream = coded(fixed(lengths, 5), symbols, len(text), payload=dcz_freely.packed(text))
    return tensor(varint(symbols) + bytes(2 * symbols) + stream, kind=4, dtype=6, shape=(symbols,))


def table(exponent, lanes=1):
    """An rANS stream of two symbols that are as frequent, so many times, with `2**exponent` entries in its table."""
    half = 2 ** (exponent - 1)
    low_bits = bytes((2 * (exponent - 1) + 7) // 8)
    high, low = divmod(2**16, half)
    states = [(high << exponent) + low + half * symbol for symbol in (0, 1)] * lanes
    front = b"\3\2" + constant(exponent) + low_bits + bytes([lanes.bit_length()]) + b"\0"
    return front + struct.pack(f"<{2 * lanes}I", *states)


def tables(exponents, size):
    """A file of so many bytes with a table of `2**exponent` entries for each; its names fill it up."""
    least = 3 + 1 + 1 + sum(1 + 2 + 3 + len(table(each)) for each in exponents) + 4
    longer, spare = divmod(size - least, len(exponents))
    names = [b"%02d" % place + b"n" * (longer + (place < spare)) for place in range(len(exponents))]
    heads = b"".join(varint(len(name)) + name + b"\4\1\2" for name in names)
    return repaired(b"DCZ\3" + varint(len(exponents)) + heads + b"".join(map(table, exponents)) + bytes(4))


def shared(length, sparse=False, code=0):
    """A codebook of so many values of uint16, and a code."""
    count = varint(1) if sparse else b""
    gaps = constant(0) if sparse else b""
    content = count + varint(length) + bytes(2 * length) + gaps + constant(code)
    return tensor(content, kind=6 if sparse else 4, dtype=6)


def scaled(scale):
    """A quantized tensor with this scale, in 8 bytes, beside one that needs them."""
    return ruled(axis=1, kind=8, shape=(2,), scales=struct.pack("<2d", 0.1, scale))


ALLOWED = {
    "one lane": tensor(coded(TWO, 2, 32767), shape=(32767,)),
    "lanes of 256": laned(257, 256),
    "lanes of 4,096": laned(5000, 4096),
    "lanes longer than the shortest": laned(512, 256, 3),
    "lanes in the widest numbers": laned(512, 256, width=13),
    "65,536 values": shared(65536, code=65535),
    "65,535 values and a filler": shared(65535, sparse=True, code=65535),
    "2**20 bytes of metadata": text_of(2**20),
    "metadata without a key": of_version_4(b"\1\0\0"),
    "13 bits for 4,097 symbols": deep(4097, 13),
    "12 bits for 3 symbols more": deep(2049, 12),
    "2**16 lanes": of_version_3(table(16, 2**15), shape=(2**16,)),
    "a large dimension": tensor(constant(0), dtype=6, shape=(0, 2**61)),
    "float64 without a scale to store": ruled(axis=1, shape=(0,), scales=b""),
    "the least scale": scaled(2.0**-128 + 2.0**-149),
    "the largest scale": scaled(2.0**128 - 2.0**104),
    "an integer beyond, in a codebook alone": ruled(b"\4", data=b"\2\2\x10\x01" + constant(1)),
    "a name of 1,024 bytes": tensor(constant(0), name=b"n" * 1024),
    "32 dimensions": tensor(constant(0), shape=(1,) * 32),
    "a stride of 1 for two columns": of_version_3(b"\1\7\1\0", kind=10, shape=(1, 2)),
}
REFUSED = {
    "one lane": tensor(coded(TWO, 2, 32768), shape=(32768,)),
    "lanes of 255": laned(257, 255),
    "lanes of 4,097": laned(5000, 4097),
    "a lane as long as the stream": laned(256, 256),
    "lanes in wider numbers": laned(512, 256, width=14),
    "65,537 values": shared(65537),
    "65,536 values and a filler": shared(65536, sparse=True),
    "2**20 + 1 bytes of metadata": text_of(2**20 + 1),
    "no metadata": of_version_4(b"\0"),
    "13 bits for 4,096 symbols": deep(4096, 13),
    "lanes for one symbol more": of_version_3(table(16, 2**15), shape=(2**16 - 1,)),
    "2**17 lanes": of_version_3(table(16, 2**16), shape=(2**17,)),
    "a larger dimension": tensor(constant(0), dtype=6, shape=(0, 2**62)),
    "float64 for no scale": ruled(axis=1, shape=(0,), scales=b"", kind=8),
    "a scale of which float32 has no reciprocal": scaled(2.0**-128),
    "one that is so in float32": scaled(2.0**-128 + 2.0**-151),
    "a scale beyond float32": scaled(2.0**128 - 2.0**103),
    "one with a reciprocal that is not": scaled(1e45),
    "an integer beyond": ruled(b"\4", data=b"\2\2\x10\x01" + constant(0)),
    "a truth value of 2 in a codebook alone": tensor(b"\2\2\1" + constant(1), kind=4, dtype=11),
    "a name of 1,025 bytes": tensor(constant(0), name=b"n" * 1025),
    "33 dimensions": tensor(constant(0), shape=(1,) * 33),
    "a stride of 2 for two columns": of_version_3(b"\1\7\2\0", kind=10, shape=(1, 2)),
    "a stride of 2 for one column": of_version_3(b"\1\7\2\0", kind=10, shape=(2, 1)),
    "an adaptive stream of nothing": of_version_3(b"\4\0\0", shape=(0,)),
    "a constant without a meaning, for nothing": tensor(constant(256), shape=(0,)),
    "a map of nothing": of_version_3(b"\1\7\1\0", kind=10, shape=(0,)),
    "a byte for 1,024 symbols and one more": of_version_3(
        b"\3\2" + constant(16) + bytes(4) + b"\x0d\0" + struct.pack("<I", 2**16) * 2**13, shape=(2**25 + 1,)
    ),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_what_is_just_allowed(name):
    assert verdict(ALLOWED[name]) is not None


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_just_not_allowed(name):
    assert verdict(REFUSED[name]) is None


def test_tables_of_as_many_entries_as_the_file_may_have():
    """16 of 2**16 entries for any file, and one more for 512 bytes."""
    for size in (511, 512):
        content = tables([16] * 17, size)
        assert len(content) == size
        assert (verdict(content) is not None) == (size == 512)


def test_a_map_of_any_order():
    """The first codes count as negative, however the values are ordered."""
    book = np.array([1, -2, 3, -4], np.int8).tobytes()
    heads = {dcz_second.NEGATIVE: 2, dcz_second.POSITIVE: 2}
    rng = np.random.default_rng(0)
    payload = dcz_freely.Coder(lambda: int(rng.random() < 0.5))
    entries = list(dcz_second.map_entries(payload, 40, 8, 3, heads))
    content = payload.finish()
    found = verdict(of_version_3(b"\4" + book + b"\3" + varint(len(content)) + content, kind=10, dtype=3, shape=(5, 8)))
    codes = {(dcz_second.NEGATIVE, 0): -2, (dcz_second.NEGATIVE, 1): 1, (1, 1): 1, (2, 0): 3, (2, 1): -4}
    expected = np.array([codes.get(entry, 0) for entry in entries], np.int8)
    assert found[0][0][1][2] == expected.tobytes()
    assert set(expected) == {0, 1, -2, 3, -4}


def test_a_nan_of_half_the_bytes_keeps_its_bits():
    """All of float16, as a float32 tensor; also where the processor would make a NaN a quiet one."""
    bits = np.arange(2**16, dtype="<u2")
    content = tensor(b"\1\x08" + bits.tobytes(), kind=1, dtype=0, shape=(2**16,))
    found = archive.loads(content)["w"]
    nan = np.isnan(bits.view(np.float16))
    np.testing.assert_array_equal(found[~nan], bits.view(np.float16)[~nan])
    wide = bits[nan].astype(np.uint32)
    expected = (wide >> 15) << 31 | 0x7F800000 | (wide & 1023) << 13
    np.testing.assert_array_equal(found.view(np.uint32)[nan], expected)
    few = bits[::37]
    assert verdict(tensor(b"\1\x08" + few.tobytes(), kind=1, dtype=0, shape=few.shape)) is not None


# Version 5


@st.composite
def lenets(draw):
    """A network of a known shape with few living units: for each tensor a step and levels up to any of the highest."""
    number = draw(st.sampled_from([1, 2, 2, 3, 4]))
    layers = dcz_second.NETWORKS[number]
    most = 1 if layers[0].name == "ip1" else 4
    living = [draw(st.integers(0, most)), *(draw(st.integers(0, 4)) for _ in layers[1:-1]), layers[-1].shape[0]]
    rng = random.Random(draw(st.integers(0, 2**32)))
    kernels = dcz_freely.kernels_drawn(rng, number, living)
    head = bytes([number]) + b"".join(map(varint, living[:-1])) + bytes([*kernels, *(0 for _ in layers)])
    places = dcz_second.read_places(dcz_second.File(head + bytes(4)), 2**30)
    return number, {place.name: drawn_levels(draw, rng, place) for place in places}


def drawn_levels(draw, rng, place):
    """A tensor with any levels where its place has some."""
    highest = draw(st.one_of(st.integers(0, 3), st.integers(0, 15)))
    least = draw(st.sampled_from([-highest, -1, 0]))
    share = rng.choice([0.1, 0.5, 1])
    levels = [
        [rng.randint(least, highest) * (rng.random() < share) for _ in range(place.columns)] for _ in range(place.rows)
    ]
    step = np.array(draw(st.integers(1, 0x7BFF)), np.uint16).view(np.float16)
    return dcz_second.placed(levels, float(step), place)


@settings(max_examples=12)
@given(numbered=lenets())
def test_networks_by_our_writer(numbered):
    number, network = numbered
    content = b"".join(known.write(network))
    assert content[3] == 5
    assert content[4] % 2 == number % 2  # with kernels or without, it is the same network
    tensors, metadata, tied = verdict(content)
    assert tensors == [(name, ("<f4", array.shape, array.tobytes())) for name, array in network.items()]
    assert not metadata
    assert not tied


def test_networks_by_a_writer_that_uses_its_freedom():
    assert all(verdict(dcz_freely.network(seed)) is not None for seed in range(20))


def small_network(rng):
    """Few decisions."""
    while True:
        content = dcz_freely.network(rng.random())
        file = dcz_second.File(content)
        dcz_second.read_file(file, 2**30)
        if file.decisions < 200:
            return content


def test_changed_networks(monkeypatch):
    monkeypatch.setattr(limits, "MAX_LEVEL_DECISIONS", 200)
    rng = random.Random(0)
    found = []
    for _ in range(4):
        content = small_network(rng)
        for at in range(3, len(content) - 4):
            changed = bytearray(content)
            changed[at] = rng.choice([changed[at] ^ 1 << rng.randrange(8), rng.randrange(256)])
            found.append(verdict(repaired(bytes(changed)), max_decisions=200))
            shorter = content[:at] + content[rng.choice([at + 1, len(content) - 4]) :]
            found.append(verdict(repaired(shorter), max_decisions=200))
            longer = content[:at] + rng.choice([b"\0", b"\1", b"\xff"]) + content[at:]
            found.append(verdict(repaired(longer), max_decisions=200))
    assert found.count(None) > 60
    assert len(found) - found.count(None) > 20


def of_version_5(number=2, living=(0, 0, 0), highest=(0, 0, 0, 0), steps=(), payload=b"", kernels=()):
    head = bytes([5, number]) + b"".join(map(varint, living)) + bytes([*kernels, *highest])
    return repaired(b"DCZ" + head + struct.pack(f"<{len(steps)}H", *steps) + payload + bytes(4))


def with_kernels(living, kernels, highest=None, steps=()):
    """Network 3 or 4, by how many layers there are; of each of `kernels` the first digit is the stride."""
    highest = highest or (0,) * (len(living) + 1)
    return of_version_5(len(living) + 1, living, highest, steps, kernels=kernels)


ONE = 0x3C00
"""A step."""

NETWORKS_ALLOWED = {
    "no units, no levels": of_version_5(),
    "no units, no levels, the other network": of_version_5(1, (0, 0), (0, 0, 0)),
    "all units, no levels": of_version_5(living=(20, 50, 500)),
    "all units, no levels, the other network": of_version_5(1, (300, 100), (0, 0, 0)),
    "levels that no entry has": of_version_5(highest=(0xFF, 0xFF, 0xFF, 0x0F), steps=[ONE] * 7),
    "nothing but ones": of_version_5(living=(1, 1, 1), highest=(0xFF, 0xFF, 0xFF, 0xFF), steps=[ONE] * 8),
    "the least step": of_version_5(living=(1, 0, 0), highest=(0x0F, 0, 0, 0), steps=[1]),
    "the largest step": of_version_5(living=(1, 0, 0), highest=(0x0F, 0, 0, 0), steps=[0x7BFF]),
    "one place": with_kernels((300, 100), (0x11, 0x11)),
    "one place, and a stride that no place has": with_kernels((300, 100), (0xF1, 0xF1)),
    "as many places as there are": with_kernels((1, 1), (0x1F, 0x1A)),
    "a kernel of one entry": with_kernels((18, 6), (0x94, 0x14)),
    "as many kernels as rows allow": with_kernels((12, 25), (0x55, 0x42)),
    "as many kernels as rows allow, the other network": with_kernels((20, 50, 31), (0x14,)),
    "ones of kernels": with_kernels((2, 3), (0x65, 0x22), (0xFF, 0xFF, 0xFF), [ONE] * 6),
    "ones of kernels, the other network": with_kernels((1, 2, 3), (0x12,), (0xFF, 0xFF, 0xFF, 0xFF), [ONE] * 8),
    "kernels that read nothing": with_kernels((0, 3), (0x65, 0x22), (0, 0x11, 0x11), [ONE] * 4),
}
NETWORKS_REFUSED = {
    "network 0": of_version_5(0),
    "network 5": of_version_5(5),
    "21 living units": of_version_5(living=(21, 0, 0)),
    "51 living units": of_version_5(living=(0, 51, 0)),
    "501 living units": of_version_5(living=(0, 0, 501)),
    "301 living units": of_version_5(1, (301, 0), (0, 0, 0)),
    "2**62 living units": of_version_5(living=(2**62, 0, 0)),
    "a long varint": repaired(b"DCZ\5\2\x80\0\0\0" + bytes(4) + bytes(4)),
    "no highest level": of_version_5(highest=(0, 0, 0)),
    "no step": of_version_5(highest=(1, 0, 0, 0)),
    "half a step": of_version_5(highest=(1, 0, 0, 0), payload=b"\1"),
    "a step of 0": of_version_5(highest=(1, 0, 0, 0), steps=[0]),
    "a step of -0": of_version_5(highest=(1, 0, 0, 0), steps=[0x8000]),
    "a step of -1": of_version_5(highest=(1, 0, 0, 0), steps=[0xBC00]),
    "an infinite step": of_version_5(highest=(1, 0, 0, 0), steps=[0x7C00]),
    "a step that is no number": of_version_5(highest=(1, 0, 0, 0), steps=[0x7C01]),
    "a step too many": of_version_5(highest=(1, 0, 0, 0), steps=[ONE] * 2),
    "a payload of zero": of_version_5(payload=b"\0"),
    "a payload without decisions": of_version_5(payload=b"\1"),
    "a payload that ends elsewhere": of_version_5(
        living=(1, 0, 0), highest=(1, 0, 0, 0), steps=[ONE], payload=b"\1" * 40
    ),
    "no places": with_kernels((0, 0), (0x10, 0x11)),
    "no stride": with_kernels((0, 0), (0x11, 0x01)),
    "no stride, the other network": with_kernels((0, 0, 0), (0x01,)),
    "no room for a kernel": with_kernels((0, 0), (0x75, 0x11)),
    "no room for a kernel in the second layer": with_kernels((0, 0), (0x65, 0x16)),
    "no room for a kernel, the other network": with_kernels((0, 0, 0), (0x15,)),
    "a kernel more than rows allow": with_kernels((13, 0), (0x55, 0x11)),
    "a kernel more than rows allow in the second layer": with_kernels((12, 26), (0x55, 0x42)),
    "a kernel more than rows allow, the other network": with_kernels((0, 0, 32), (0x14,)),
    "301 living kernels": with_kernels((301, 0), (0x11, 0x11)),
    "no byte for the second layer's kernels": with_kernels((0, 0), (0x11,)),
    "kernels of a network without": of_version_5(kernels=(0x11,)),
}


@pytest.mark.parametrize("name", NETWORKS_ALLOWED)
def test_what_is_just_allowed_in_a_network(name):
    assert verdict(NETWORKS_ALLOWED[name]) is not None


@pytest.mark.parametrize("name", NETWORKS_REFUSED)
def test_what_is_just_not_allowed_in_a_network(name):
    assert verdict(NETWORKS_REFUSED[name]) is None


def test_one_decision_fewer_is_too_few_for_a_network(monkeypatch):
    content = NETWORKS_ALLOWED["nothing but ones"]
    file = dcz_second.File(content)
    dcz_second.read_file(file, 2**30)
    assert file.decisions == (25 + 1 + 25 + 1 + 16 + 1 + 10 + 10) * 16  # whether it is 0, the sign, above 1 to 14
    monkeypatch.setattr(limits, "MAX_LEVEL_DECISIONS", file.decisions)
    assert verdict(content, max_decisions=file.decisions) is not None
    monkeypatch.setattr(limits, "MAX_LEVEL_DECISIONS", file.decisions - 1)
    assert verdict(content, max_decisions=file.decisions - 1) is None


@pytest.mark.parametrize("name", ["no units, no levels", "no units, no levels, the other network"])
def test_both_count_the_bytes_of_a_network_alike(name):
    content = NETWORKS_ALLOWED[name]
    total = 4 * (431080 if content[4] == 2 else 266610)
    assert verdict(content, total) is not None
    assert verdict(content, total - 1) is None
