"""The course's own coder for lab 11: the map in two contexts that are mixed, then the values, bit by bit.

It stands alone, as what a learner writes for the lab has to.
"""

import math

import numpy as np


class Encoder:
    """11.3: decisions into bytes."""

    def __init__(self):
        self.low, self.width, self.out = 0, 2**32, bytearray()

    def decide(self, chance, bit):
        part = self.width * chance >> 16
        if bit:
            self.width = part
        else:
            self.low, self.width = self.low + part, self.width - part
        if self.low >= 2**32:
            self.low -= 2**32
            self._carry()
        while self.width < 2**24:
            self.out.append(self.low >> 24)
            self.low, self.width = self.low << 8 & 0xFFFFFFFF, self.width << 8
        return bit

    def _carry(self):
        place = len(self.out) - 1
        while self.out[place] == 255:
            self.out[place] = 0
            place -= 1
        self.out[place] += 1

    def finish(self):
        """The first byte of a number of the piece whose other bytes are 0: zeros are what the reader takes for them."""
        first = -(-self.low >> 24)
        if first == 256:
            self._carry()
            first = 0
        return bytes(self.out) + bytes([first])


class Decoder:
    """11.4: bytes into decisions."""

    def __init__(self, data):
        self.data, self.place, self.width = data, 4, 2**32
        self.above = int.from_bytes(data[:4].ljust(4, b"\0"), "big")

    def decide(self, chance, bit=0):
        part = self.width * chance >> 16
        bit = int(self.above < part)
        if bit:
            self.width = part
        else:
            self.above, self.width = self.above - part, self.width - part
        while self.width < 2**24:
            byte = self.data[self.place] if self.place < len(self.data) else 0
            self.above, self.width, self.place = self.above << 8 | byte, self.width << 8, self.place + 1
        return bit


def walk_map(decide, kept):
    """11.5 and 11.6: `kept` in the contexts of two neighbours and of the pixel, mixed. Reading, it is filled."""
    ones, both = [0.5] * 788, [1.0] * 788
    weights = [0.5, 0.5]
    for i in range(len(kept)):
        left = kept[i - 1] if i else 0
        above = kept[i - 28] if i >= 28 else 0
        contexts = left + 2 * above, 4 + i % 784
        chances = [ones[context] / both[context] for context in contexts]
        logits = [math.log(p / (1 - p)) for p in chances]
        mixed = 1 / (1 + math.exp(-(weights[0] * logits[0] + weights[1] * logits[1])))
        bit = kept[i] = decide(min(max(int(65536 * mixed), 1), 65535), kept[i])
        for way, context in enumerate(contexts):
            weights[way] += 0.02 * (bit - mixed) * logits[way]
            ones[context] += bit
            both[context] += 1


def walk_values(decide, values):
    """Each of `values`, 0 to 15, as four decisions, each in the context of those before it."""
    ones, both = [0.5] * 16, [1.0] * 16
    for i, value in enumerate(values):
        context = 1
        for place in (3, 2, 1, 0):
            chance = ones[context] / both[context]
            bit = decide(min(max(int(65536 * chance), 1), 65535), value >> place & 1)
            ones[context] += bit
            both[context] += 1
            context = 2 * context + bit
        values[i] = context - 16


def encode(levels: np.ndarray) -> bytes:
    """A layer as bytes: which levels are not 0, then those that are not."""
    flat = levels.ravel()
    encoder = Encoder()
    walk_map(encoder.decide, (flat != 0).astype(int).tolist())
    walk_values(encoder.decide, (flat[flat != 0].astype(int) - 1).tolist())
    return encoder.finish()


def decode(data: bytes, shape: tuple[int, ...]) -> np.ndarray:
    """The layer that `encode` was given, from its bytes."""
    decoder = Decoder(data)
    kept = [0] * math.prod(shape)
    walk_map(decoder.decide, kept)
    values = [0] * sum(kept)
    walk_values(decoder.decide, values)
    levels = np.zeros(len(kept), np.uint8)
    levels[np.array(kept) == 1] = np.array(values, np.uint8) + 1
    return levels.reshape(shape)
