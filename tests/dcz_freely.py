"""`.dcz` files that use the freedom of FORMAT.md: whatever it leaves to the writer is drawn at random.

Our own writer always takes the smallest form and the same order. Here every form of stream stands everywhere it may,
codebooks are in any order, codes are longer than they need to be, fillers and unused values occur. The files are for
comparing readers, so what they hold is drawn too, and small. A careless writer breaks a rule now and then, by as little
as it can.
"""

import itertools
import math
import random
import struct

import numpy as np
from dcz_second import (
    ADAPTIVE,
    CONSTANT,
    DENSE,
    DENSE_SHARED,
    DTYPES,
    EVERY_FORM,
    FIXED,
    HUFFMAN,
    MAPPED,
    NEGATIVE,
    NETWORKS,
    PLAIN_FORMS,
    PLANES,
    POSITIVE,
    QUANTIZED,
    RANS,
    SPARSE,
    SPARSE_SHARED,
    TIED,
    WITH_KERNELS,
    Contexts,
    File,
    Header,
    Refused,
    adaptive_bits,
    has_sign,
    map_entries,
    network_levels,
    read_places,
)
from fuzz_archive import repaired


class Unfit(Exception):
    """The numbers cannot stand in this form."""


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def packed(text):
    """A string of `0` and `1` as bytes, filled up with zero bits."""
    return bytes(int(text[at : at + 8].ljust(8, "0"), 2) for at in range(0, len(text), 8))


class Writer:
    """Writes one file after the other, all choices by `rng`.

    `streams` are the forms that it prefers; one of them is taken wherever it can hold the numbers. Of the choices that
    can be wrong, a share of `careless` is. `long` tensors have thousands of values: decoders then go other ways.
    """

    def __init__(self, rng, streams=EVERY_FORM, careless=0.0, long=False):
        self.rng = rng
        self.streams = streams
        self.careless = careless
        self.long = long
        self.version = 1

    def either(self, right, *wrong):
        """What belongs here; or what does not, or only just does."""
        return self.rng.choice(wrong) if wrong and self.rng.random() < self.careless else right

    def needs(self, version):
        self.version = max(self.version, version)

    # Files

    def file(self, forms, dtypes=None, metadata=None):
        """A file with a tensor of each of these forms; a tied one is another name for an earlier one."""
        self.version = 1
        headers, data = [], []
        originals = []
        for place, form in enumerate(forms):
            name = self.rng.choice(["", "w", "größe", "a name"]).encode() + varint(place)
            name = self.either(name, b"w\x00", b"w\x00", b"\xff", b"\xed\xa0\x80", b"n" * 1024, b"n" * 1025)
            if form == TIED:
                self.needs(4)
                byte = self.either(2 * TIED << 4, 2 * TIED << 4 | 1, 2 * TIED + 1 << 4)
                other = self.either(self.rng.choice(originals), place, place - 1, place + 1)
                headers.append(varint(len(name)) + name + bytes([byte]) + varint(other))
                continue
            originals.append(place)
            header = self.header(form, dtypes)
            byte = (2 * form + header.half) << 4 | DTYPES.index(header.dtype)
            byte = self.either(byte, *(byte ^ 1 << bit for bit in range(8)))
            shape = self.either(header.dims, (*header.dims, 1), (*header.dims, 0), (1,) * 32, (1,) * 33, (0, 2**60, 9))
            dims = varint(len(shape)) + b"".join(map(varint, shape))
            headers.append(varint(len(name)) + name + bytes([byte]) + dims)
            data.append(self.tensor(header))
        if metadata:
            self.needs(4)
        texts = [text.encode() for pair in (metadata or {}).items() for text in pair]
        front = varint(len(texts) // 2) + b"".join(varint(len(text)) + text for text in texts)
        front = self.either(front, b"\1\1a\1b", b"\2\1a\1b\1a\1c", b"\1\1\xff\0", b"\1\0\1\xff")
        version = self.either(self.version, 0, 1, 2, 3, 4, 5)
        content = b"DCZ" + bytes([version]) + (front if version == 4 else b"")
        end = self.either(b"", b"\0")
        return repaired(content + varint(len(headers)) + b"".join(headers + data) + end + bytes(4))

    def header(self, form, dtypes=None):
        """Dtype and dimensions that this form can have."""
        possible = [dtype for dtype in dtypes or DTYPES if fits(form, dtype)]
        dtype = self.rng.choice(possible or [dtype for dtype in DTYPES if fits(form, dtype)])
        half = form == QUANTIZED or (form != PLANES and dtype == "float32")
        half = half and self.rng.random() < 0.5
        sides = [1, 2, 3, 4, 5, 7] if form == MAPPED else [0, 1, 2, 3, 5, 8, 13]
        weights = [1] * len(sides) if form == MAPPED else [1, 4, 4, 4, 4, 4, 2]
        dims = tuple(self.rng.choices(sides, weights, k=self.rng.choice([0, 1, 1, 2, 2, 3])))
        if form != MAPPED and self.rng.random() < 0.1:
            dims = (self.rng.choice([100, 257, 300]),)
        if math.prod(dims) > 300:
            dims = dims[:2]
        if self.long:
            dims = (self.rng.choice([1024, 3000, 9000, self.rng.randint(1000, 12000)]),)
        if dtype == "bfloat16" or form == PLANES:
            self.needs(4)
        return Header("", form, half, dtype, dims)

    # Tensors

    def tensor(self, header):
        writers = {
            DENSE: self.dense,
            SPARSE: self.sparse,
            DENSE_SHARED: self.dense_shared,
            SPARSE_SHARED: self.sparse_shared,
            QUANTIZED: self.quantized,
            MAPPED: self.mapped,
            PLANES: self.planes,
        }
        return writers[header.form](header)

    def values(self, header, count):
        """Bytes of `count` values, from a few different ones and in any bits; integers of form 4 within theirs."""
        few = [self.value(header) for _ in range(self.rng.choice([1, 2, 3, 9]))]
        weights = [1 / (1 + place) ** 2 for place in range(len(few))]
        return b"".join(self.rng.choices(few, weights, k=count))

    def value(self, header):
        if header.dtype == "bool":
            return bytes([self.either(self.rng.randrange(2), 2)])
        if self.rng.random() < 0.2:
            return bytes(header.width)
        return self.rng.randbytes(header.width)

    def dense(self, header):
        return self.stream(self.values(header, header.size), 255)

    def sparse(self, header):
        gaps = self.gaps(header.size)
        values = self.stream(self.values(header, len(gaps)), 255)
        return varint(self.either(len(gaps), len(gaps) + 1)) + self.stream(gaps, 65535) + values

    def codebook(self, header):
        length = self.either(self.rng.choice([1, 2, 3, 4, 9]), 0)
        values = [self.value(header) for _ in range(length)]
        return values, varint(length) + b"".join(values)

    def dense_shared(self, header):
        values, book = self.codebook(header)
        largest = max(len(values) - 1, 0)
        return book + self.stream(self.codes(header.size, largest), largest)

    def sparse_shared(self, header):
        gaps = self.gaps(header.size)
        values, book = self.codebook(header)
        codes = self.stream(self.codes(len(gaps), len(values)), len(values))
        return varint(len(gaps)) + book + self.stream(gaps, 65535) + codes

    def codes(self, count, largest):
        return [min(int(self.rng.expovariate(1)), largest) for _ in range(count)]

    def gaps(self, size):
        density = self.either(self.rng.choice([0.1, 0.5, 0.9]), 1)
        size = self.either(size, size + 1)
        places = [place for place in range(size) if self.rng.random() < density]
        return [place - before - 1 for before, place in zip([-1, *places], places, strict=False)]

    def planes(self, header):
        return b"".join(self.stream(self.rng.choices(range(250, 256), k=header.size), 255) for _ in range(header.width))

    def quantized(self, header):
        self.needs(2)
        bits = 32 if header.dtype == "int32" else self.rng.randint(2, 8)
        bits = self.either(bits, 0, 1, 8, 9, 31, 32, 33)
        axis = self.rng.randint(-1, len(header.dims) - 1)
        if axis >= 0 and not header.dims[axis] and not header.half:
            axis = -1  # no scales at all: float32 holds them
        count = 1 if axis < 0 else header.dims[axis]
        scales = [self.rng.choice([0.5, 0.1, 1e-30, 3e38]) for _ in range(count)]
        lowest, highest = (0, 2**bits - 1) if header.dtype == "uint8" else (-(2**bits // 2), 2**bits // 2 - 1)
        zero_points = [self.rng.choice([0, lowest, highest]) for _ in range(count)]
        zero_points = [self.either(number, lowest - 1, highest + 1) for number in zero_points]
        if not header.half:
            scales = [self.either(scale if place else 0.1, 0.5) for place, scale in enumerate(scales)]
        scales = [self.either(scale, *ODD_SCALES[header.half]) for scale in scales]
        scales = struct.pack(f"<{count}{'f' if header.half else 'd'}", *scales)
        inner = Ruled(self.rng, self.streams, self.careless, self.long, lowest, highest)
        form = self.rng.choice([DENSE, SPARSE, DENSE_SHARED, SPARSE_SHARED, *([MAPPED] if header.size else [])])
        form = self.either(form, MAPPED if header.size else DENSE, PLANES, QUANTIZED)
        head = bytes([bits]) + varint(self.either(axis + 1, len(header.dims), len(header.dims) + 1)) + scales
        zero_points = [min(max(number, -(2**31)), 2**31 - 1) for number in zero_points]
        zeros = self.stream(struct.pack(f"<{count}i", *zero_points), 255)
        data = inner.tensor(header._replace(form=form, half=False)) if form != QUANTIZED else b"\0\0"
        self.needs(inner.version)
        return head + zeros + bytes([form]) + data

    def mapped(self, header):
        """A map of decisions drawn at random: whatever they stand for is the tensor."""
        self.needs(3)
        values, book = self.codebook(header)
        negatives = sum(has_sign(value, header) for value in values)
        counts = {NEGATIVE: negatives, POSITIVE: len(values) - negatives}
        columns = math.prod(header.dims[1:]) if len(header.dims) > 1 else header.size
        stride = self.rng.randint(1, min(64, max(columns - 1, 1)))
        stride = self.either(stride, 0, 1, 2, columns - 1, columns, 64, 65)
        ones = 0.4
        while True:
            payload = Coder(lambda: int(self.rng.random() < ones))  # noqa: B023
            try:
                list(map_entries(payload, self.either(header.size, header.size + 1), columns, stride, counts))
            except Refused:  # some decisions stand for no code: the fewer ones, the more are zeros
                ones *= 0.8
                continue
            content = self.finished(payload)
            return book + varint(stride) + varint(len(content)) + content

    def finished(self, payload):
        """The payload's bytes; with a zero behind it, one more, one fewer, or another end."""
        content = payload.finish()
        low = payload.low.to_bytes(4, "big")
        wrong = [content + b"\0", content + b"\1", content[:-1], bytes(payload.content) + low]
        return self.either(content, *wrong, bytes(payload.content) + low[:2] + b"\xff")

    # Streams

    def stream(self, numbers, largest, forms=EVERY_FORM):
        """The numbers in one of the forms that can hold them; preferably in one of `self.streams`."""
        numbers = list(numbers)
        if numbers and self.rng.random() < self.careless:
            numbers[self.rng.randrange(len(numbers))] = self.rng.choice([largest, largest + 1])
        forms = self.either(forms, EVERY_FORM)
        wanted = [form for form in self.streams if form in forms]
        others = [form for form in forms if form not in wanted]
        self.rng.shuffle(wanted)
        self.rng.shuffle(others)
        writers = {
            CONSTANT: self.constant,
            FIXED: self.fixed,
            HUFFMAN: self.huffman,
            RANS: self.rans,
            ADAPTIVE: self.adaptive,
        }
        for form in wanted + others:
            try:
                content = writers[form](numbers, largest)
            except Unfit:
                continue
            if form in (RANS, ADAPTIVE):
                self.needs(3)
            return bytes([form]) + content
        raise AssertionError("fixed holds everything that constant does not")

    def constant(self, numbers, largest):
        if len(set(numbers)) > 1:
            raise Unfit
        number = numbers[0] if numbers else self.rng.randint(0, largest)
        return varint(self.either(number, largest, largest + 1, largest + 2**32))

    def fixed(self, numbers, largest):
        least, most = max(numbers, default=1).bit_length() or 1, largest.bit_length()
        if least > most and not self.careless:
            raise Unfit
        width = self.rng.randint(least, max(least, most))
        width = self.either(width, least, most, most + 1, 0 if not any(numbers) else width)
        return bytes([width]) + self.packed("".join(f"{number:0{width}b}" for number in numbers) if width else "")

    def packed(self, text):
        """The bits as bytes; with a one behind them where there is room, or a byte more."""
        content = packed(text)
        ones = content[:-1] + bytes([content[-1] | (1 << -len(text) % 8) - 1]) if content else b""
        return self.either(content, ones, content + b"\0")

    def symbols(self, numbers, largest):
        """The different numbers, and sometimes others, in order; and the size of an alphabet that has them."""
        symbols = set(numbers)
        if not symbols or (len(symbols) < 2 and self.rng.random() >= self.careless):
            raise Unfit
        for _ in range(self.rng.choice([0, 0, 3])):
            if len(symbols) < self.either(len(numbers), len(numbers) + 1):
                symbols.add(self.rng.randint(0, min(largest, max(numbers) + 3)))
        symbols = sorted(symbols)
        alphabet = max(min(largest, symbols[-1] + self.rng.choice([0, 0, 5])), symbols[-1]) + 1
        return symbols, self.either(alphabet, largest + 2)

    def huffman(self, numbers, largest):
        symbols, alphabet = self.symbols(numbers, largest)

        # A tree: leaves are split at random until there are enough.
        leaves = [""]
        while len(leaves) < len(symbols):
            short = [leaf for leaf in leaves if len(leaf) < self.either(12, 13, 16)]
            leaf = self.either(self.rng.choice(short), max(short, key=len))
            leaves.remove(leaf)
            leaves += [leaf + "0", leaf + "1"]
        self.rng.shuffle(leaves)
        lengths = [0] * max(alphabet, symbols[-1] + 1)
        for symbol, leaf in zip(symbols, leaves, strict=True):
            lengths[symbol] = max(1, self.either(len(leaf), len(leaf) + 1, len(leaf) - 1))

        # Canonical codes of those lengths.
        codes = {}
        code = before = 0
        for length, symbol in sorted((length, symbol) for symbol, length in enumerate(lengths) if length):
            code <<= length - before
            codes[symbol] = f"{code:0{length}b}"
            code, before = code + 1, length
        written = [codes[number] for number in numbers]
        table = varint(alphabet) + self.stream(lengths, 16, PLAIN_FORMS)
        return table + self.lanes(written) + self.packed("".join(written))

    def lanes(self, codes):
        n = len(codes)
        if n <= self.either(256, 250) or self.rng.random() < 0.3:
            bits = sum(map(len, codes))
            return varint(0) + varint(self.either(bits, bits + 1, max(bits - 1, 0)))
        lane = self.rng.choice([256, self.rng.randint(256, max(256, min(4096, n - 1)))])
        lane = self.either(lane, 1, 255, 256, n - 1, n, n + 1)
        bits = [sum(map(len, codes[at : at + lane])) for at in range(0, n, lane)]
        shortest = self.rng.randint(max(0, max(bits) - 16 * lane), min(bits))
        numbers = [bit - shortest for bit in bits]
        numbers[-1] = max(0, self.either(numbers[-1], numbers[-1] + 1, numbers[-1] - 1))
        return varint(lane) + varint(shortest) + self.stream(numbers, 16 * lane, PLAIN_FORMS)

    def rans(self, numbers, largest):
        symbols, alphabet = self.symbols(numbers, largest)
        k = self.rng.choice([exponent for exponent in (1, 2, 4, 7, 10, 12, 16) if 2**exponent >= len(symbols)])
        cuts = sorted(self.rng.sample(range(1, 2**k), len(symbols) - 1))
        sizes = [end - start for start, end in zip([0, *cuts], [*cuts, 2**k], strict=True)]
        frequencies = dict(zip(symbols, sizes, strict=True))
        starts = dict(zip(symbols, [0, *cuts], strict=True))
        exponent = self.rng.randint(0, min(10 if self.long else 4, len(numbers).bit_length() - 1))
        exponent = self.either(exponent, len(numbers).bit_length() - 1, len(numbers).bit_length())
        lanes = 2**exponent

        # Symbols from the last to the first; what a state would take in is what it gives out here.
        states = [2**16] * lanes
        states[0] = self.either(2**16, 2**16 + 1, 2**17)
        words = []
        for step in reversed(range(0, len(numbers), lanes)):
            for lane in reversed(range(min(lanes, len(numbers) - step))):
                if states[lane] >= frequencies[numbers[step + lane]] << (32 - k):
                    words.append(states[lane] & 65535)
                    states[lane] >>= 16
            for lane in range(min(lanes, len(numbers) - step)):
                symbol = numbers[step + lane]
                high, low = divmod(states[lane], frequencies[symbol])
                states[lane] = (high << k) + low + starts[symbol]
        fits_size = 4 * lanes + 2 * len(words) >= 4 * math.ceil(len(numbers) / lanes)
        if not self.either(fits_size, True):
            raise Unfit
        words += self.either([], [0])
        states[-1] = self.either(states[-1], 2**16 - 1, 2**32 - 1)
        frequencies[symbols[0]] += self.either(0, 1)
        bits = "".join(f"{frequencies[symbol]:b}"[1:] for symbol in symbols)
        lengths = [frequencies.get(symbol, 0).bit_length() for symbol in range(max(alphabet, symbols[-1] + 1))]
        table = varint(alphabet) + self.stream(lengths, 16, PLAIN_FORMS) + self.packed(bits)
        front = table + bytes([exponent]) + varint(len(words))
        return front + struct.pack(f"<{lanes}I", *states) + struct.pack(f"<{len(words)}H", *reversed(words))

    def adaptive(self, numbers, largest):
        width = max(numbers, default=0).bit_length()
        width = self.either(width, width + 1, 1, 16)
        if not 1 <= width <= 16 or len(numbers) > 100:
            raise Unfit
        period = self.rng.randint(1, 16)
        digits = width.bit_length()
        texts = [f"{number.bit_length():0{digits}b}"[-digits:] + f"{number:b}"[1:] for number in numbers]
        bits = itertools.chain(map(int, "".join(texts)), itertools.repeat(0))
        payload = Coder(lambda: next(bits))
        contexts = Contexts(2**21)
        for place in range(len(numbers)):
            length = adaptive_bits(payload, contexts, (place % period, "length"), 0, digits)
            adaptive_bits(payload, contexts, (place % period, length), 1, max(length - 1, 0))
        content = self.finished(payload)
        return bytes([(period - 1) << 4 | (width - 1)]) + varint(len(content)) + content


class Ruled(Writer):
    """For the integers of form 4: each value is within its bits."""

    def __init__(self, rng, streams, careless, long, lowest, highest):
        super().__init__(rng, streams, careless, long)
        self.lowest, self.highest = lowest, highest

    def value(self, header):
        number = self.rng.randint(*sorted([self.lowest, self.highest]))
        number = self.rng.choice([0, self.lowest, self.highest, number])
        number = self.either(number, self.lowest - 1, self.highest + 1)
        return (number % 2 ** (8 * header.width)).to_bytes(header.width, "little")


class Coder:
    """Codes decisions as a payload; `draw` gives each. It stands in for the decoder where a model asks for one."""

    def __init__(self, draw):
        self.draw = draw
        self.low = 0
        self.high = 2**32 - 1
        self.content = bytearray()

    def decide(self, chance):
        decision = self.draw()
        middle = self.low + ((self.high - self.low) * chance >> 16)
        if decision:
            self.high = middle
        else:
            self.low = middle + 1
        while self.low >> 24 == self.high >> 24:
            self.content.append(self.low >> 24)
            self.low = self.low << 8 & 0xFFFFFFFF
            self.high = self.high << 8 & 0xFFFFFFFF | 255
        return decision

    def finish(self):
        """The payload: what was settled on the way, and the roundest number that is left, without zeros behind it."""
        for unit in (2**32, 2**24, 2**16, 2**8, 1):
            roundest = -(-self.low // unit) * unit
            if roundest <= self.high:
                break
        return (bytes(self.content) + roundest.to_bytes(4, "big")).rstrip(b"\0")


LIMITS = [2.0**-128, 2.0**-128 + 2.0**-149, 2.0**128 - 2.0**104]
ODD_SCALES = {
    True: [0.0, -1.0, math.nan, math.inf, 1e-45, *LIMITS],
    False: [
        0.0,
        -1.0,
        math.nan,
        math.inf,
        5e-324,
        1e-46,
        2.0**-128 + 2.0**-151,
        *LIMITS,
        2.0**128 - 2.0**102,
        1e39,
        1e300,
    ],
}
"""Scales at the limits and past them, of 8 bytes and of 4."""


def fits(form, dtype):
    """Whether a tensor of this form can have this dtype."""
    if form == QUANTIZED:
        return dtype in ("int8", "uint8", "int32")
    return form != PLANES or np.dtype("uint16" if dtype == "bfloat16" else dtype).itemsize > 1


def drawn(seed, forms, streams=EVERY_FORM, long=False, careless=0.0):
    """One file by its seed."""
    rng = random.Random(f"{seed} {forms} {streams}")
    metadata = {"": "größer"} if rng.random() < 0.2 else None
    return Writer(rng, streams, careless, long).file(forms, metadata=metadata)


def kernels_drawn(rng, number, living):
    """The byte of each layer with kernels: any places that fit its maps and rows, rather for small ones."""
    found = []
    side = None
    for index in WITH_KERNELS[number]:
        layer = NETWORKS[number][index]
        side = side or layer.side
        fitting = [
            (places, stride)
            for places in range(1, 16)
            for stride in range(1, 16)
            if side - (places - 1) * stride >= 1 and living[index] * places**2 <= layer.shape[0]
        ]
        places, stride = min(rng.choices(fitting, k=2), key=lambda one: side - (one[0] - 1) * one[1])
        found.append(places | stride << 4)
        side = places
    return found


def network(seed):
    """A file of version 5 by its seed: few living units, perhaps none, and levels that need not be the highest."""
    rng = random.Random(f"{seed}")
    number = rng.choice([1, 2, 2, 3, 4])
    shallow = number in (1, 3)
    living = [rng.choice([0, 1, 1]), rng.randrange(4)] if shallow else rng.choices([0, 1, 2, 3, 5], k=3)
    kernels = kernels_drawn(rng, number, living)
    levels = [
        rng.choice([0, 1, 2, 3, 15, rng.randrange(256)]) * rng.choice([1, 16, 17]) & 255 for _ in NETWORKS[number]
    ]
    head = bytes([number]) + b"".join(map(varint, living)) + bytes(kernels + levels)
    places = [place for place in read_places(File(head + bytes(4)), 2**30) if place.highest]
    steps = [rng.choice([1, rng.randrange(1, 0x7C00), 0x7BFF]) for _ in places]
    share = rng.choice([0, 0.03, 0.1, 0.3, 0.5, 0.9])
    coder = Coder(lambda: int(rng.random() < share))
    for place in places:
        network_levels(coder, place)
    return repaired(b"DCZ\5" + head + struct.pack(f"<{len(steps)}H", *steps) + coder.finish() + bytes(4))
