"""Adaptive coding: yes-or-no decisions whose chances both sides learn on the way, so that no table is stored.

A range coder narrows an interval of 32-bit numbers by the chance of each decision (Martin 1979; binary, as in CABAC,
Marpe et al. 2003). Chances are counted in contexts: what is known already, such as the neighbours of a weight. For
sparse tensors the chances of three contexts are mixed as logits, by weights that are learned too (Mahoney 2005),
since a weight may be kept because of its neighbours, its row or its column. That `DeepCABAC` (Wiedemann et al. 2020)
codes networks so is where the idea to use contexts is from.

Everything is an integer, so every machine does the same. It is plain Python, a few microseconds a decision; what
is long goes to `rans`.
"""

import functools
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np

BITS = 22
"""A chance is counted in units of 2**-22, and used in units of 2**-16."""

LIMIT = 1023
"""A context's chance moves by 1 / (n + 1.5) of what is missing, n the decisions it saw, but no more than LIMIT."""

STEPS = 256
"""A logit is counted in steps of 1/256."""

MOST_LOGIT = 11 * STEPS
WEIGHT = 1 << 20
"""A mixing weight of 1."""

MAX_PERIOD = 16

Decide = Callable[[int, int], int]
"""(chance of 1 in 2**-16, the decision to write) -> the decision: the one given, or the one read."""


class Encoder:
    """Writes decisions; `decide` gives back what it is given."""

    def __init__(self) -> None:
        self.low, self.high = 0, 2**32 - 1
        self.out = bytearray()
        self.decisions = 0

    def decide(self, chance: int, bit: int) -> int:
        # The interval is cut into two parts, as long as 1 and 0 are likely. The part of this decision is kept.
        self.decisions += 1
        middle = self.low + ((self.high - self.low) * chance >> 16)
        if bit:
            self.high = middle
        else:
            self.low = middle + 1
        # A first byte that both ends have is settled. It is written, and the other bytes move up.
        while (self.low ^ self.high) < 2**24:
            self.out.append(self.high >> 24)
            self.low = self.low << 8 & 0xFFFFFFFF
            self.high = self.high << 8 & 0xFFFFFFFF | 255
        return bit

    def finish(self) -> bytes:
        """The fewest bytes that, followed by zeros, lie in the interval; the last one is not zero."""
        self.out += _last(self.low, self.high).to_bytes(4, "big")
        return bytes(self.out).rstrip(b"\0")


class Decoder:
    """Reads decisions from what `Encoder` wrote, at most `most` of them.

    Raises
    ------
    ValueError : more than `most` decisions; or at `finish`, bytes that no encoder writes.
    """

    def __init__(self, payload: bytes | memoryview, most: int) -> None:
        self.low, self.high = 0, 2**32 - 1
        self.payload, self.at = bytes(payload), 4
        self.code = int.from_bytes(self.payload[:4].ljust(4, b"\0"), "big")
        self.decisions, self.most = 0, most

    def decide(self, chance: int, bit: int = 0) -> int:
        self.decisions += 1
        if self.decisions > self.most:
            raise ValueError(f"more than {self.most} decisions to decode")
        # The number read lies in one part of the interval: that is the decision. The interval goes on as the encoder's.
        middle = self.low + ((self.high - self.low) * chance >> 16)
        if self.code <= middle:
            bit, self.high = 1, middle
        else:
            bit, self.low = 0, middle + 1
        while (self.low ^ self.high) < 2**24:
            self.low = self.low << 8 & 0xFFFFFFFF
            self.high = self.high << 8 & 0xFFFFFFFF | 255
            byte = self.payload[self.at] if self.at < len(self.payload) else 0
            self.code = self.code << 8 & 0xFFFFFFFF | byte
            self.at += 1
        return bit

    def finish(self) -> None:
        expected = _last(self.low, self.high)
        if len(self.payload) > self.at or self.code != expected or self.payload[-1:] == b"\0":
            raise ValueError(f"the coded decisions end with {self.code:08x}, expected {expected:08x} and no zeros")


def _last(low: int, high: int) -> int:
    """The number from `low` to `high` that ends with the most zero bytes; the least of these."""
    return next(number for zeros in (32, 24, 16, 8, 0) if (number := -(-low >> zeros) << zeros) <= high)


@functools.cache
def logits() -> tuple[list[int], list[int]]:
    """(squash, stretch): logit -> chance in 2**-16, at [logit + MOST_LOGIT]; and back, the least logit that reaches it.

    In integers: e**(-1/256) in units of 2**-62 is one constant, its powers are the rest.
    """
    step, power = 4593706758521714574, 1 << 62
    upper = []
    for _ in range(MOST_LOGIT + 1):
        upper.append((1 << 78) // ((1 << 62) + power))
        power = power * step >> 62
    squash = [65536 - chance for chance in reversed(upper[1:])] + upper
    stretch = np.searchsorted(np.array(squash), np.arange(65536)) - MOST_LOGIT
    return squash, np.minimum(stretch, MOST_LOGIT).tolist()


RATES = [131072 // (2 * n + 3) for n in range(LIMIT + 1)]


def learned(state: int, bit: int) -> int:
    """The state of a context after a decision. It is one integer, chance << 10 | decisions seen.

    The chance moves towards the decision by (bit - chance) x rate. `Contexts` and `Mixture` have this written out:
    calls would be half of their time.
    """
    chance, seen = state >> 10, state & 1023
    chance += ((bit << BITS) - chance) * RATES[seen] >> 16
    return chance << 10 | min(seen + 1, LIMIT)


class Contexts:
    """Chances in one context each, no mixing: the model of a stream without structure."""

    def __init__(self) -> None:
        self.states: dict[int, int] = {}

    def decide(self, decide: Decide, context: int, bit: int) -> int:
        state = self.states.get(context, 1 << BITS + 9)
        seen = state & 1023
        bit = decide(min(max(state >> 16, 32), 65504), bit)
        moved = ((bit << BITS) - (state >> 10)) * RATES[seen] >> 16
        self.states[context] = state + (moved << 10) + (seen < LIMIT)
        return bit


class Mixture:
    """Chances in three contexts at once: their logits, each times its weight, are summed.

    Each weight then moves against the error: one step of gradient descent on the bits that the decision cost.
    """

    def __init__(self, start: int, places: tuple[int, int] | None = None) -> None:
        """`start` : the chance of a context not seen before, in 2**-16.

        `places` : how many second and third contexts there are, where they are numbers from 0 on; a list of them takes
        a third of a dictionary's memory.
        """
        fresh = start << BITS - 6
        self.states: list[Any] = [defaultdict(lambda: fresh) for _ in range(3)]
        if places is not None:
            self.states[1:] = [[fresh] * number for number in places]
        self.weights = [2 * WEIGHT // 5] * 3
        self.squash, self.stretch = logits()

    def decide(self, decide: Decide, a: int, b: int, c: int, bit: int) -> int:
        # `MixtureByLoop` says the same with a loop.
        of_a, of_b, of_c = self.states
        stretch, weights, rates, limit = self.stretch, self.weights, RATES, LIMIT
        state_a, state_b, state_c = of_a[a], of_b[b], of_c[c]
        logit_a, logit_b, logit_c = stretch[state_a >> 16], stretch[state_b >> 16], stretch[state_c >> 16]
        weight_a, weight_b, weight_c = weights
        logit = logit_a * weight_a + logit_b * weight_b + logit_c * weight_c >> 20
        if logit > MOST_LOGIT:
            logit = MOST_LOGIT
        elif logit < -MOST_LOGIT:
            logit = -MOST_LOGIT
        chance = self.squash[logit + MOST_LOGIT]
        bit = decide(chance, bit)
        error = (bit << 16) - chance
        weights[0] = weight_a + (logit_a * error + 2048 >> 12)
        weights[1] = weight_b + (logit_b * error + 2048 >> 12)
        weights[2] = weight_c + (logit_c * error + 2048 >> 12)
        seen_a, seen_b, seen_c, sure = state_a & 1023, state_b & 1023, state_c & 1023, bit << BITS
        of_a[a] = state_a + ((sure - (state_a >> 10)) * rates[seen_a] >> 16 << 10) + (seen_a < limit)
        of_b[b] = state_b + ((sure - (state_b >> 10)) * rates[seen_b] >> 16 << 10) + (seen_b < limit)
        of_c[c] = state_c + ((sure - (state_c >> 10)) * rates[seen_c] >> 16 << 10) + (seen_c < limit)
        return bit


class MixtureByLoop(Mixture):
    """`Mixture` with a loop over the contexts instead of three of each line: the same chances, only slower."""

    def decide(self, decide: Decide, a: int, b: int, c: int, bit: int) -> int:
        # What each context says of the chance, as a logit. Their weighted sum is the logit of the chance that is used.
        contexts = list(zip(self.states, (a, b, c), strict=True))
        logits_of = [self.stretch[states[context] >> 16] for states, context in contexts]
        logit = sum(logit * weight for logit, weight in zip(logits_of, self.weights, strict=True)) >> 20
        chance = self.squash[min(max(logit, -MOST_LOGIT), MOST_LOGIT) + MOST_LOGIT]
        bit = decide(chance, bit)
        # Contexts that spoke for the decision gain weight, the others lose it. Then each context learns the decision.
        error = (bit << 16) - chance
        self.weights = [
            weight + (logit * error + 2048 >> 12) for weight, logit in zip(self.weights, logits_of, strict=True)
        ]
        for states, context in contexts:
            states[context] = learned(states[context], bit)
        return bit


# --- a stream of numbers ---


def encode(values: np.ndarray, width: int, period: int = 1) -> tuple[bytes, int]:
    """(payload, decisions made) of unsigned integers (n,), each below 2**width; width from 1 to 16.

    A value is coded as its number of bits, then the bits below the highest. Contexts are what is known of the value so
    far, and its place modulo `period`: the bytes of float32 values come in fours.
    """
    encoder = Encoder()
    _walk(encoder.decide, values.tolist(), width, period)
    return encoder.finish(), encoder.decisions


def decode(payload: bytes | memoryview, count: int, width: int, period: int, decisions: int) -> tuple[np.ndarray, int]:
    """(values, decisions made): the `count` values that `encode` was given; uint8 up to a width of 8, else uint16.

    Raises
    ------
    ValueError : the payload is not one of `encode`, or takes more than so many `decisions`.
    """
    decoder = Decoder(payload, decisions)
    if count > decisions:
        raise ValueError(f"more than {decisions} decisions to decode")
    values = [0] * count
    _walk(decoder.decide, values, width, period)
    decoder.finish()
    return np.array(values, np.uint8 if width <= 8 else np.uint16), decoder.decisions


def _walk(decide: Decide, values: list[int], width: int, period: int) -> None:
    """Code all values, in place: writing, they stay as they are; reading, they become what is read."""
    model = Contexts()
    length_bits = width.bit_length()
    for i, value in enumerate(values):
        # First the number of bits, highest bit first. What is known of it so far, after a leading 1, is the context.
        place = i % period << 22
        length, node = value.bit_length(), 1
        for bit in range(length_bits - 1, -1, -1):
            node = node << 1 | model.decide(decide, place | node, length >> bit & 1)
        length = node - (1 << length_bits)
        if length > width:
            raise ValueError(f"a value of {length} bits, expected at most {width}")
        # Then the bits themselves. The highest one is 1 and is not coded.
        node = min(length, 1)
        for bit in range(length - 2, -1, -1):
            node = node << 1 | model.decide(decide, place | length << 17 | node, value >> bit & 1)
        values[i] = node


# --- a sparse tensor ---


def encode_map(codes: np.ndarray, negative: int, positive: int, columns: int, stride: int) -> tuple[bytes, int]:
    """(payload, decisions made) of a sparse tensor.

    Parameters
    ----------
    codes : integers (n,), the tensor in C order: 0 for zero, -1 to -`negative` for negative values and 1 to
        `positive` for the others, by rank. columns : entries in a row. stride : how far away the neighbour above is.
    """
    encoder = Encoder()
    _walk_map(encoder.decide, codes.tolist(), negative, positive, columns, stride)
    return encoder.finish(), encoder.decisions


def decode_map(
    payload: bytes | memoryview, size: int, negative: int, positive: int, columns: int, stride: int, decisions: int
) -> tuple[np.ndarray, int]:
    """(codes, decisions made): the `size` codes that `encode_map` was given, int32.

    Raises
    ------
    ValueError : the payload is not one of `encode_map`, or takes more than so many `decisions`.
    """
    decoder = Decoder(payload, decisions)
    if size > decisions:
        raise ValueError(f"more than {decisions} decisions to decode")
    codes = [0] * size
    _walk_map(decoder.decide, codes, negative, positive, columns, stride)
    decoder.finish()
    return np.array(codes, np.int32), decoder.decisions


def _walk_map(decide: Decide, codes: list[int], negative: int, positive: int, columns: int, stride: int) -> None:
    """Code all codes, in place. First is one there? Then its sign, if there are both; then its rank, highest bit first.

    Contexts of the first: which of six neighbours are there; the column; the row. Of sign and rank: nothing else; the
    signs of three neighbours; the last signs in this row and column.
    """
    kept, ranks = Mixture(4096, (columns, -(-len(codes) // columns))), Mixture(32768)
    front = max(columns, stride) + 2
    signs = bytearray(front + len(codes))  # 0 for none, 1 for a negative code, 2 for a positive one
    last_in_column = bytearray(columns)
    column = row = last_in_row = 0
    widths = (max(negative - 1, 0).bit_length(), max(positive - 1, 0).bit_length())
    for i, code in enumerate(codes):
        # Is one there? Its neighbours: two to the left, one a row before, one a stride before and both beside that one.
        at = front + i
        left, above, before = signs[at - 1], signs[at - stride], signs[at - columns]
        near = (left > 0) | (above > 0) << 1 | (before > 0) << 2 | (signs[at - 2] > 0) << 3
        near |= (signs[at - stride - 1] > 0) << 4 | (signs[at - stride + 1] > 0) << 5
        if kept.decide(decide, near, column, row, code != 0):
            # Its sign. If all have the same, there is nothing to decide.
            about = (left * 3 + above) * 3 + before << 18
            last = last_in_row * 3 + last_in_column[column] << 18
            sign = int(code > 0 or negative == 0)
            if negative and positive:
                sign = ranks.decide(decide, 0, about, last, sign)
            # Its rank, highest bit first. What is known so far, with the sign in front, is in all three contexts.
            node, rank = 2 + sign, abs(code) - 1
            for bit in range(widths[sign] - 1, -1, -1):
                node = node << 1 | ranks.decide(decide, node, about | node, last | node, rank >> bit & 1)
            rank = node - (2 + sign << widths[sign]) + 1
            if rank > (positive if sign else negative):
                raise ValueError(f"code {rank} of {positive if sign else negative}")
            # What is now known of it is a context of those to come.
            codes[i] = rank if sign else -rank
            signs[at] = last_in_row = last_in_column[column] = 1 + sign
        column += 1
        if column == columns:
            column, row, last_in_row = 0, row + 1, 0
