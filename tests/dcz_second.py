"""A second reader of `.dcz` files, strict and slow, written from `dc_lab/dcz/FORMAT.md` alone.

It shares no code with the package and goes through the page from top to bottom. What the page does not allow is
`Refused`. Bits are taken from strings of `0` and `1`, tensors from byte strings, one value at a time: it is there to
be compared with the text, and then with our reader.
"""

import bisect
import functools
import math
import struct
import zlib
from typing import NamedTuple

import numpy as np


class Refused(ValueError):
    """The file is not one that FORMAT.md allows, or holds more than the caller wants."""


class Bfloat16(NamedTuple):
    """A tensor of dtype 12: the upper halves of float32, as uint16."""

    bits: np.ndarray


class Quantized(NamedTuple):
    """A tensor of form 4: `scale · (codes - zero_point)`, the latter two one-dimensional, one a place on the axis."""

    codes: np.ndarray
    scale: np.ndarray
    zero_point: np.ndarray
    axis: int | None
    bits: int


INTEGERS = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]
DTYPES = ["float32", "float16", "float64", *INTEGERS, "bool", "bfloat16"]  # the place of a name is its number
STORED_AS = {"bfloat16": "uint16"}
FLOATS = ("float32", "float16", "float64", "bfloat16")
DENSE, SPARSE, DENSE_SHARED, SPARSE_SHARED, QUANTIZED, MAPPED, PLANES, TIED = range(8)
CONSTANT, FIXED, HUFFMAN, RANS, ADAPTIVE = range(5)
EVERY_FORM = (CONSTANT, FIXED, HUFFMAN, RANS, ADAPTIVE)
PLAIN_FORMS = (CONSTANT, FIXED)  # what a stream within a stream may have


def must(condition, text):
    """One rule of the page; a file that breaks it is refused."""
    if not condition:
        raise Refused(text)


# The file


class File:
    """The bytes up to the checksum, the place that is read next, and what is counted over the file as a whole."""

    def __init__(self, content, max_decisions=2**20):
        self.content = content
        self.place = 0
        self.end = len(content) - 4
        self.least_version = 1  # that has all that was met so far
        self.decisions = 0
        self.max_decisions = max_decisions
        self.frequencies = 0

    def take(self, count):
        """The next `count` bytes."""
        must(count <= self.end - self.place, "the file ends too soon")
        taken = self.content[self.place : self.place + count]
        self.place += count
        return taken

    def byte(self):
        return self.take(1)[0]

    def varint(self):
        """An unsigned integer, 7 bits a byte, the lowest first: at most 9 bytes, and in its shortest form."""
        number = 0
        for index in range(9):
            byte = self.byte()
            number |= (byte & 127) << (7 * index)
            if byte < 128:
                must(byte or not index, "a varint is longer than its number needs")
                return number
        raise Refused("a varint of more than 9 bytes")

    def bits(self, count):
        """The next `count` bits as a string of `0` and `1`, and with them the zero bits that fill up the last byte."""
        packed = self.take((count + 7) // 8)
        text = "".join(f"{byte:08b}" for byte in packed)
        must("1" not in text[count:], "a bit other than 0 after the last one")
        return text[:count]

    def needs(self, version):
        """Notes that something has occurred which an older version does not have."""
        self.least_version = max(self.least_version, version)


def read(content, max_bytes=None):
    """The tensors of a file by name, in their order, and its metadata; `Refused` if it is not valid.

    A tensor is a NumPy array, or `Bfloat16`, or `Quantized`; a tied one is the same object as the one it is tied to.
    More than `max_bytes` of tensors are refused too. By default that is 1 GiB, or a thousand times the file.
    """
    return read_file(File(content), max(2**30, 1000 * len(content)) if max_bytes is None else max_bytes)


def read_file(file, room):
    """`read`, for tensors of `room` bytes together."""
    content = file.content
    must(len(content) >= 8 and content[:3] == b"DCZ", "no .dcz file")
    must(zlib.crc32(content[:-4]) == int.from_bytes(content[-4:], "little"), "the checksum differs")
    version = content[3]
    must(1 <= version <= 5, "an unknown version")

    # The parts of the file, in their order.
    file.take(4)
    if version == 5:
        file.max_decisions = min(file.max_decisions, 2**18)
        return read_network(file, room), {}
    metadata = read_metadata(file) if version == 4 else {}
    headers = read_headers(file, room)
    tensors = []
    for header in headers:
        tensors.append(tensors[header.tied_to] if header.form == TIED else read_tensor(file, header))

    # What can be said only at the end.
    must(file.place == file.end, "bytes between the last tensor and the checksum")
    must(version == file.least_version, "the version is not the least that has all that occurs")
    must(file.frequencies <= 2**20 + 128 * len(content), "frequencies of too large a sum for this file")
    return {header.name: tensor for header, tensor in zip(headers, tensors, strict=True)}, metadata


def read_text(file, length):
    try:
        return file.take(length).decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("a text that is not UTF-8") from None


def read_metadata(file):
    """Version 4: pairs of texts, of different keys, in at most `2**20` bytes."""
    metadata = {}
    count = file.varint()
    start = file.place
    for _ in range(count):
        key = read_text(file, file.varint())
        must(key not in metadata, "a key of the metadata occurs twice")
        metadata[key] = read_text(file, file.varint())
        must(file.place - start <= 2**20, "more than 2**20 bytes of metadata")
    if metadata:
        file.needs(4)
    return metadata


# The headers


class Header(NamedTuple):
    name: str
    form: int
    half: bool
    dtype: str
    dims: tuple = ()
    tied_to: int | None = None

    @property
    def size(self):
        """N, the number of values."""
        return math.prod(self.dims)

    @property
    def width(self):
        """Bytes of a value in the file; the scales of form 4 do not count."""
        return 2 if self.half and self.form != QUANTIZED else np.dtype(STORED_AS.get(self.dtype, self.dtype)).itemsize


def read_headers(file, room):
    """The headers of all tensors, which take at most `room` bytes together."""
    headers = []
    names = set()
    for _ in range(file.varint()):
        header = read_header(file, headers)
        must(header.name not in names, "two tensors of one name")
        names.add(header.name)
        headers.append(header)
        if header.form != TIED:
            room -= header.size * np.dtype(STORED_AS.get(header.dtype, header.dtype)).itemsize
            must(room >= 0, "more bytes of tensors than the reader wants")
    return headers


def read_header(file, earlier):
    """One header: name, kind, dtype, dimensions; or the place of the tensor that it is tied to."""
    length = file.varint()
    must(length <= 1024, "a name of more than 1,024 bytes")
    name = read_text(file, length)
    byte = file.byte()
    form, half = (byte >> 4) // 2, bool((byte >> 4) % 2)
    if form == TIED:
        return read_tied_header(file, name, byte, earlier)

    must(byte & 15 < len(DTYPES), "an unknown dtype")
    dtype = DTYPES[byte & 15]
    check_kind(form, half, dtype)
    if form == QUANTIZED:
        file.needs(2)
    if form == MAPPED:
        file.needs(3)
    if form == PLANES or dtype == "bfloat16":
        file.needs(4)

    dimensions = file.varint()
    must(dimensions <= 32, "more than 32 dimensions")
    return Header(name, form, half, dtype, tuple(file.varint() for _ in range(dimensions)))


def read_tied_header(file, name, byte, earlier):
    """Version 4, kind 14: instead of dtype and dimensions there is an earlier tensor, one that is not tied itself."""
    must(byte == 2 * TIED << 4, "a tied tensor of another kind than 14, or with a dtype")
    file.needs(4)
    place = file.varint()
    must(place < len(earlier) and earlier[place].form != TIED, "tied to no earlier tensor, or to a tied one")
    return Header(name, TIED, False, "", tied_to=place)


def check_kind(form, half, dtype):
    """Which dtypes a form may have, with `half` and without."""
    if form == QUANTIZED:
        must(dtype in ("int8", "uint8", "int32"), "quantized tensors are int8, uint8 or int32")
    elif form == PLANES:
        must(not half, "planes never have half their bytes")
        must(dtype not in ("int8", "uint8", "bool"), "planes of values of one byte")
    elif half:
        must(dtype == "float32", "only float32 values can stand as float16")


# The data of a tensor


def read_tensor(file, header):
    """One tensor that is not tied."""
    if header.form == QUANTIZED:
        return read_quantized(file, header)
    content = read_values(file, header)
    if header.half:
        content = b"".join(widened(content[at : at + 2]) for at in range(0, len(content), 2))
    return as_array(content, header)


def read_values(file, header):
    """The bytes of all `N` values as they stand in the file, in C order."""
    readers = {
        DENSE: read_dense,
        SPARSE: read_sparse,
        DENSE_SHARED: read_dense_shared,
        SPARSE_SHARED: read_sparse_shared,
        MAPPED: read_mapped,
        PLANES: read_planes,
    }
    return readers[header.form](file, header)


def widened(half):
    """The four bytes of a float32 with the value of the two of a float16; of one that is no number, with its bits."""
    (bits,) = struct.unpack("<H", half)
    if bits >> 10 & 31 == 31:
        return struct.pack("<I", (bits >> 15) << 31 | 255 << 23 | (bits & 1023) << 13)
    return struct.pack("<f", *struct.unpack("<e", half))


def as_array(content, header):
    """The values as a NumPy array of the tensor's dtype and shape."""
    stored = np.dtype(STORED_AS.get(header.dtype, header.dtype)).newbyteorder("<")
    try:
        array = np.frombuffer(content, stored).reshape(header.dims).astype(stored.newbyteorder("="))
    except (ValueError, OverflowError):  # dimensions that NumPy has no index for
        raise Refused("dimensions that are too large beside one of 0") from None
    return Bfloat16(array) if header.dtype == "bfloat16" else array


def read_bytes(file, count, header):
    """A stream of the bytes of `count` values."""
    content = bytes(read_stream(file, count * header.width, 255))
    check_truth(content, header)
    return content


def check_truth(content, header):
    if header.dtype == "bool":
        must(all(byte < 2 for byte in content), "a truth value other than 0 and 1")


def read_codebook(file, header):
    """The codebook's values, a byte string each."""
    length = file.varint()
    most = 65536 if header.form == DENSE_SHARED else 65535
    must(1 <= length <= most, "a codebook of no value or of too many")
    content = file.take(length * header.width)
    check_truth(content, header)
    return cut(content, header.width)


def cut(content, width):
    return [content[at : at + width] for at in range(0, len(content), width)]


def read_dense(file, header):
    """Form 0."""
    return read_bytes(file, header.size, header)


def read_dense_shared(file, header):
    """Form 2: a code for every value."""
    codebook = read_codebook(file, header)
    codes = read_stream(file, header.size, len(codebook) - 1)
    return b"".join(codebook[code] for code in codes)


def read_sparse(file, header):
    """Form 1: gaps, then the values of the entries."""
    count = read_count(file, header)
    positions = read_positions(file, count, header)
    values = cut(read_bytes(file, count, header), header.width)
    return scattered(positions, values, header)


def read_sparse_shared(file, header):
    """Form 3: gaps, then the codes of the entries; the code past the codebook is a zero."""
    count = read_count(file, header)
    codebook = read_codebook(file, header)
    positions = read_positions(file, count, header)
    codes = read_stream(file, count, len(codebook))
    codebook.append(bytes(header.width))
    return scattered(positions, [codebook[code] for code in codes], header)


def read_count(file, header):
    count = file.varint()
    must(count <= header.size, "more entries than the tensor has values")
    return count


def read_positions(file, count, header):
    """Places of the entries in the flat tensor, from the gaps between them."""
    positions = []
    position = -1
    for gap in read_stream(file, count, 65535):
        position += 1 + gap
        must(position < header.size, "an entry past the end of the tensor")
        positions.append(position)
    return positions


def scattered(positions, values, header):
    """The values at their positions, zeros at all others."""
    content = [bytes(header.width)] * header.size
    for position, value in zip(positions, values, strict=True):
        content[position] = value
    return b"".join(content)


def read_planes(file, header):
    """Form 6: a stream for each byte of a value, the highest one first; floats are turned to the left by one bit."""
    planes = [read_stream(file, header.size, 255) for _ in range(header.width)]
    values = []
    for column in zip(*planes, strict=True):
        value = int.from_bytes(bytes(column), "big")
        if header.dtype in FLOATS:
            value = value >> 1 | (value & 1) << (8 * header.width - 1)
        values.append(value.to_bytes(header.width, "little"))
    return b"".join(values)


# Quantized tensors


def read_quantized(file, header):
    """Form 4: bits, axis, scales, zero points, and the integers in one of the other forms."""
    bits = file.byte()
    must(bits == 32 if header.dtype == "int32" else 2 <= bits <= 8, "bits that this dtype cannot have")
    axis = file.varint() - 1
    must(axis < len(header.dims), "an axis that the tensor does not have")
    count = 1 if axis < 0 else header.dims[axis]

    # One scale and zero point for each place on the axis.
    scale = read_scales(file, count, header.half)
    zero_points = struct.iter_unpack("<i", bytes(read_stream(file, 4 * count, 255)))
    zero_point = [number for (number,) in zero_points]

    # The integers, as a tensor of their own.
    form = file.byte()
    must(form in (DENSE, SPARSE, DENSE_SHARED, SPARSE_SHARED, MAPPED), "integers of a form that they cannot have")
    if form == MAPPED:
        file.needs(3)
    inner = header._replace(form=form, half=False)
    codes = as_array(read_values(file, inner), inner)

    # Integers and zero points have so many bits.
    lowest, highest = (0, 2**bits - 1) if header.dtype == "uint8" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    numbers = [*zero_point, *codes.ravel().tolist()]
    must(all(lowest <= number <= highest for number in numbers), "an integer or zero point beyond its bits")
    return Quantized(
        codes, np.array(scale, np.float64), np.array(zero_point, np.int32), None if axis < 0 else axis, bits
    )


def read_scales(file, count, half):
    """The scales, as float32 if `half`, else as float64; float64 only where float32 would not do."""
    width, letter = (4, "f") if half else (8, "d")
    scales = [scale for (scale,) in struct.iter_unpack(f"<{letter}", file.take(width * count))]
    for scale in scales:
        with np.errstate(all="ignore"):
            rounded = np.float32(scale)
            reciprocal = np.float32(1) / rounded
        must(0 < rounded < math.inf, "a scale that is not positive and finite as float32")
        must(0 < reciprocal < math.inf, "a scale whose reciprocal is not positive and finite as float32")
    if not half:
        with np.errstate(all="ignore"):
            must(any(float(np.float32(scale)) != scale for scale in scales), "scales that float32 would hold")
    return scales


# Streams


def read_stream(file, n, largest, forms=EVERY_FORM):
    """`n` unsigned integers, none above `largest`, stored in one of the `forms`."""
    form = file.byte()
    must(form in forms, "a stream of an unknown form, or of one that may not stand here")
    if form in (RANS, ADAPTIVE):
        file.needs(3)
    readers = {
        CONSTANT: read_constant,
        FIXED: read_fixed,
        HUFFMAN: read_huffman,
        RANS: read_rans,
        ADAPTIVE: read_adaptive,
    }
    return readers[form](file, n, largest)


def read_constant(file, n, largest):
    """Form 0: one number for all."""
    number = file.varint()
    must(number <= largest, "a number above the largest with a meaning")
    return [number] * n


def read_fixed(file, n, largest):
    """Form 1: all numbers in the same number of bits."""
    width = file.byte()
    must(1 <= width <= largest.bit_length(), "a width other than 1 to the bits of the largest number")
    numbers = cut_bits(file.bits(n * width), [width] * n)
    must(all(number <= largest for number in numbers), "a number above the largest with a meaning")
    return numbers


def cut_bits(text, widths):
    """The numbers of these widths, one behind the other; a number of no bits is 0."""
    numbers = []
    at = 0
    for width in widths:
        numbers.append(int(text[at : at + width] or "0", 2))
        at += width
    return numbers


# Huffman streams


def read_huffman(file, n, largest):
    """Form 2: canonical codes of the given lengths."""
    alphabet = file.varint()
    must(alphabet <= largest + 1, "an alphabet of numbers without a meaning")
    lengths = read_stream(file, alphabet, 16, PLAIN_FORMS)
    symbol_of = canonical_codes(lengths, n)
    lane, lanes = read_lanes(file, n)

    # Each lane has its own number of bits, and its codes end exactly there.
    text = file.bits(sum(lanes))
    longest = max(lengths)
    symbols = []
    at = end = 0
    for bits in lanes:
        end += bits
        for _ in range(min(lane, n - len(symbols))):
            length = 1
            while text[at : at + length] not in symbol_of:
                length += 1
                must(length <= longest and at + length <= end, "a lane ends within a code")
            must(at + length <= end, "a lane ends within a code")
            symbols.append(symbol_of[text[at : at + length]])
            at += length
        must(at == end, "a lane is longer than its codes")
    return symbols


def canonical_codes(lengths, n):
    """The symbol of each code (a string of `0` and `1`), given the lengths of all codes."""
    order = sorted((length, symbol) for symbol, length in enumerate(lengths) if length)
    must(2 <= len(order) <= n, "fewer than two symbols have a code, or more than the stream is long")
    must(sum(2 ** (16 - length) for length, _ in order) == 2**16, "the code is not complete")
    longest = max(12, math.ceil(math.log2(len(order))))
    must(order[-1][0] <= longest, "a code that is too long")

    # The first code is all zeros; each next one is the one before plus 1, with zeros behind it if it is longer.
    codes = {}
    code = -1
    before = order[0][0]
    for length, symbol in order:
        code = (code + 1) << (length - before)
        codes[f"{code:0{length}b}"] = symbol
        before = length
    return codes


def read_lanes(file, n):
    """How many codes a lane has, and how many bits each lane takes."""
    lane = file.varint()
    shortest = file.varint()
    if lane == 0:
        must(n < 32768, "a long stream without lanes")
        return n, [shortest]
    must(256 <= lane <= 4096 and lane < n, "a lane of a size that it may not have")
    numbers = read_stream(file, math.ceil(n / lane), 16 * lane, PLAIN_FORMS)
    return lane, [shortest + number for number in numbers]


# rANS streams


def read_rans(file, n, largest):
    """Form 3: states that take in words and give out symbols."""
    alphabet = file.varint()
    must(alphabet <= largest + 1, "an alphabet of numbers without a meaning")
    frequencies = read_frequencies(file, alphabet)
    symbols = [symbol for symbol, frequency in enumerate(frequencies) if frequency]
    must(2 <= len(symbols) <= n, "fewer than two symbols have a frequency, or more than the stream is long")
    total = sum(frequencies)
    k = total.bit_length() - 1
    must(total == 2**k and k <= 16, "frequencies that do not sum to a power of two up to 2**16")
    file.frequencies += total

    # As many states as lanes, then the words.
    exponent = file.byte()
    must(exponent <= 16 and 2**exponent <= n, "more lanes than 2**16, or than symbols")
    lanes = 2**exponent
    count = file.varint()
    states = list(struct.unpack(f"<{lanes}I", file.take(4 * lanes)))
    must(all(state >= 2**16 for state in states), "a state below 2**16")
    words = [word for (word,) in struct.iter_unpack("<H", file.take(2 * count))]
    size = 4 * lanes + 2 * count
    must(size >= 4 * math.ceil(n / lanes) and 1024 * size >= n, "too few bytes for so many symbols")
    return decoded(n, states, words, symbols, frequencies, k)


def read_frequencies(file, alphabet):
    """The frequency of each symbol: first how many bits it has, then those below its highest."""
    lengths = read_stream(file, alphabet, 16, PLAIN_FORMS)
    widths = [length - 1 for length in lengths if length]
    low_bits = iter(cut_bits(file.bits(sum(widths)), widths))
    return [2 ** (length - 1) + next(low_bits) if length else 0 for length in lengths]


def decoded(n, states, words, symbols, frequencies, k):
    """The `n` symbols; symbol `j` is read from state `j mod lanes`."""
    starts = []
    start = 0
    for symbol in symbols:
        starts.append(start)
        start += frequencies[symbol]
    numbers = []
    taken = 0
    for step in range(0, n, len(states)):
        # A symbol from each lane of this step.
        lanes = range(min(len(states), n - step))
        for lane in lanes:
            slot = states[lane] % 2**k
            place = bisect.bisect_right(starts, slot) - 1
            symbol = symbols[place]
            states[lane] = frequencies[symbol] * (states[lane] >> k) + slot - starts[place]
            numbers.append(symbol)

        # States that have become small take in a word.
        for lane in lanes:
            if states[lane] < 2**16:
                must(taken < len(words), "more words are needed than there are")
                states[lane] = states[lane] << 16 | words[taken]
                taken += 1
    must(taken == len(words), "words are left over")
    must(all(state == 2**16 for state in states), "a state is not 2**16 at the end")
    return numbers


# Decisions and contexts


class Payload:
    """Decisions between 0 and 1, decoded one after the other."""

    def __init__(self, file, content):
        must(not content or content[-1], "a payload ends with a zero byte")
        self.file = file
        self.content = content
        self.low = 0
        self.high = 2**32 - 1
        self.place = 4
        self.code = int.from_bytes(content[:4].ljust(4, b"\0"), "big")

    def decide(self, chance):
        """The next decision, given its chance of 1 in units of 2**-16."""
        self.file.decisions += 1
        must(
            self.file.decisions <= self.file.max_decisions, f"more than {self.file.max_decisions} decisions in the file"
        )
        middle = self.low + ((self.high - self.low) * chance >> 16)
        decision = int(self.code <= middle)
        if decision:
            self.high = middle
        else:
            self.low = middle + 1

        # Top bytes on which both ends agree are done with.
        while self.low >> 24 == self.high >> 24:
            following = self.content[self.place] if self.place < len(self.content) else 0
            self.place += 1
            self.low = self.low << 8 & 0xFFFFFFFF
            self.high = self.high << 8 & 0xFFFFFFFF | 255
            self.code = self.code << 8 & 0xFFFFFFFF | following
        return decision

    def finish(self):
        """No byte is left, and the code is the roundest number between both ends."""
        must(self.place >= len(self.content), "bytes of a payload are left over")
        for unit in (2**32, 2**24, 2**16, 2**8, 1):
            roundest = -(-self.low // unit) * unit
            if roundest <= self.high:
                must(self.code == roundest, "a payload that does not end as its writer must end it")
                return


class Context:
    """A chance of 1, in units of 2**-22, that learns from each decision."""

    __slots__ = ("count", "p")

    def __init__(self, p):
        self.p = p
        self.count = 0

    def learn(self, decision):
        rate = 131072 // (2 * self.count + 3)
        self.p += (decision * 2**22 - self.p) * rate >> 16
        self.count = min(self.count + 1, 1023)


class Contexts(dict):
    """Contexts by any key, made when they are first asked for."""

    def __init__(self, p):
        super().__init__()
        self.start = p

    def __missing__(self, key):
        self[key] = Context(self.start)
        return self[key]


# Adaptive streams


def read_adaptive(file, n, largest):
    """Form 4: the bit length of each number, then its bits, by contexts that learn."""
    byte = file.byte()
    period, width = (byte >> 4) + 1, (byte & 15) + 1
    payload = Payload(file, file.take(file.varint()))
    contexts = Contexts(2**21)
    numbers = []
    for place in range(n):
        # The length, in as many bits as the largest length has; then the bits below the highest.
        length = adaptive_bits(payload, contexts, (place % period, "length"), 0, width.bit_length())
        must(length <= width, "a number of more bits than the width")
        below = max(length - 1, 0)
        number = adaptive_bits(payload, contexts, (place % period, length), 1, below) if length else 0
        must(number <= largest, "a number above the largest with a meaning")
        numbers.append(number)
    payload.finish()
    must(max(numbers, default=0).bit_length() == width, "no number has as many bits as the width")
    return numbers


def adaptive_bits(payload, contexts, key, number, count):
    """`count` more bits of `number`, the highest first; the context of each is given by `key` and the bits before."""
    for index in range(count):
        context = contexts[(*key, index, number)]
        decision = payload.decide(min(max(context.p >> 6, 32), 65504))
        context.learn(decision)
        number = number << 1 | decision
    return number


# Mapped tensors


@functools.cache
def squashed():
    """`squash(T)` for `T` from -2816 to 2816."""
    above = []
    e = 2**62
    for _ in range(2817):
        above.append(2**78 // (2**62 + e))
        e = e * 4593706758521714574 // 2**62
    return [65536 - chance for chance in above[:0:-1]] + above


def squash(t):
    return squashed()[t + 2816]


@functools.cache
def stretch(v):
    """The least `T` with `squash(T) >= v`, from -2816 to 2816."""
    return min(bisect.bisect_left(squashed(), v), 2 * 2816) - 2816


class Mixer:
    """A few contexts at a time make one chance; weights say how much each counts.

    p : of a new context. weights : what they are at first. shift : how slowly they learn.
    new_are_silent : whether a context is 0 in the sum until it has seen a decision, as in version 5.
    """

    def __init__(self, payload, p, weights=(419430,) * 3, shift=12, new_are_silent=False):
        self.payload = payload
        self.contexts = Contexts(p)
        self.weights = list(weights)
        self.shift = shift
        self.new_are_silent = new_are_silent

    def decide(self, *keys):
        contexts = [self.contexts[place, key] for place, key in enumerate(keys)]
        stretched = [
            0 if self.new_are_silent and not context.count else stretch(context.p >> 6) for context in contexts
        ]
        total = sum(t * weight for t, weight in zip(stretched, self.weights, strict=True)) >> 20
        chance = squash(min(max(total, -2816), 2816))
        decision = self.payload.decide(chance)
        for place, t in enumerate(stretched):
            self.weights[place] += (t * (65536 * decision - chance) + 2 ** (self.shift - 1)) >> self.shift
            contexts[place].learn(decision)
        return decision


NOTHING, NEGATIVE, POSITIVE = range(3)


def read_mapped(file, header):
    """Form 5: which entries are there, and the code of each, by contexts from the entries around it."""
    must(header.size > 0, "a map of a tensor without entries")
    codebook = read_codebook(file, header)
    columns = math.prod(header.dims[1:]) if len(header.dims) >= 2 else header.size
    stride = file.varint()
    must(1 <= stride <= min(64, max(columns - 1, 1)), "a stride that it may not have")
    payload = Payload(file, file.take(file.varint()))

    # Codes are negative or positive, by how many of the values have their sign bit set.
    negatives = sum(has_sign(value, header) for value in codebook)
    counts = {NEGATIVE: negatives, POSITIVE: len(codebook) - negatives}
    content = []
    for sign, rank in map_entries(payload, header.size, columns, stride, counts):
        code = {NOTHING: None, NEGATIVE: negatives - 1 - rank, POSITIVE: negatives + rank}[sign]
        content.append(bytes(header.width) if code is None else codebook[code])
    payload.finish()
    return b"".join(content)


def map_entries(payload, size, columns, stride, counts):
    """The sign and the rank of each entry, in order; there are `counts` codes of either sign."""
    presence, codes = Mixer(payload, 2**18), Mixer(payload, 2**21)
    signs = []  # of each entry so far: NOTHING, NEGATIVE or POSITIVE
    last_in_column = [NOTHING] * columns
    last_in_row = NOTHING
    for place in range(size):
        row, column = divmod(place, columns)
        if column == 0:
            last_in_row = NOTHING

        # Is it there?
        around = tuple(before(signs, at) != NOTHING for at in (1, stride, columns, 2, stride + 1, stride - 1))
        sign, rank = NOTHING, 0
        if presence.decide(around, column, row):
            # If so, which code?
            near = tuple(before(signs, at) for at in (1, stride, columns))
            sign, rank = read_code(codes, counts, near, (last_in_row, last_in_column[column]))
            last_in_row = last_in_column[column] = sign
        signs.append(sign)
        yield sign, rank


def has_sign(value, header):
    """Whether the highest bit of a value is a sign, and set."""
    return not header.dtype.startswith(("uint", "bool")) and value[-1] >= 128


def before(signs, distance):
    """What stands at a distance before the next entry."""
    return signs[-distance] if 1 <= distance <= len(signs) else NOTHING


def read_code(mixer, counts, near, last):
    """The sign of an entry, and its rank among the codes of that sign."""
    if counts[NEGATIVE] and counts[POSITIVE]:
        sign = POSITIVE if mixer.decide("sign", ("sign", near), ("sign", last)) else NEGATIVE
    else:
        sign = NEGATIVE if counts[NEGATIVE] else POSITIVE
    rank = 1  # with a 1 before its bits, so that their number counts too
    for _ in range((counts[sign] - 1).bit_length()):
        key = sign, rank
        rank = rank << 1 | mixer.decide(key, (key, near), (key, last))
    rank -= 1 << (rank.bit_length() - 1)
    must(rank < counts[sign], "a number that is not a code")
    return sign, rank


# Version 5: one network of a known shape


class Layer(NamedTuple):
    name: str
    shape: tuple  # of the weight
    side: int  # of the maps that a row of it has


NETWORKS = {
    1: (Layer("ip1", (300, 784), 28), Layer("ip2", (100, 300), 1), Layer("ip3", (10, 100), 1)),
    2: (
        Layer("conv1", (20, 1, 5, 5), 5),
        Layer("conv2", (50, 20, 5, 5), 5),
        Layer("ip1", (500, 800), 4),
        Layer("ip2", (10, 500), 1),
    ),
}
WITH_KERNELS = {1: (), 2: (), 3: (0, 1), 4: (2,)}  # the layers of each network that have kernels
NETWORKS[3], NETWORKS[4] = NETWORKS[1], NETWORKS[2]


class Kernels(NamedTuple):
    """Where the kernels of a layer stand: at `places` x `places` places of maps of `extent` x `extent` entries."""

    extent: int
    places: int
    stride: int

    @property
    def side(self):
        """Lines of a kernel, and entries of each line, in each map."""
        return self.extent - (self.places - 1) * self.stride

    @property
    def rows(self):
        """Rows of the weight that one kernel makes."""
        return self.places**2


class Place(NamedTuple):
    """A tensor of a network: the rows and columns of its levels, and which kernels put them into the tensor."""

    name: str
    shape: tuple
    rows: int
    columns: int
    side: int
    highest: int
    kernels: Kernels | None = None


def read_network(file, room):
    """All that stands between version and checksum: the tensors by name."""
    places = read_places(file, room)
    steps = [read_step(file) if place.highest else 0.0 for place in places]
    payload = Payload(file, file.take(file.end - file.place))
    tensors = {}
    for place, step in zip(places, steps, strict=True):
        levels = network_levels(payload, place) if place.highest else []
        tensors[place.name] = placed(levels, step, place)
    payload.finish()
    return tensors


def read_places(file, room):
    """Which network it is, the living units of each layer, its kernels, and the highest level of each tensor."""
    number = file.byte()
    must(number in NETWORKS, "an unknown network")
    layers = NETWORKS[number]
    room -= sum(4 * (math.prod(layer.shape) + layer.shape[0]) for layer in layers)
    must(room >= 0, "more bytes of tensors than the reader wants")
    living = []
    for layer in layers[:-1]:
        living.append(file.varint())
        must(living[-1] <= layer.shape[0], "more living units than the layer has")
    living.append(layers[-1].shape[0])
    kernels = read_kernels(file, layers, living, WITH_KERNELS[number])

    places = []
    for index, layer in enumerate(layers):
        columns, side = table(layers, living, kernels, index)
        highest = file.byte()
        rows, own = living[index], kernels.get(index)
        places.append(Place(f"{layer.name}.weight", layer.shape, rows, columns, side, highest & 15, own))
        places.append(Place(f"{layer.name}.bias", layer.shape[:1], 1, rows, 1, highest >> 4, own))
    return places


def read_kernels(file, layers, living, having):
    """The kernels of the layers `having` them, by the layer's index."""
    kernels = {}
    for index in having:
        byte = file.byte()
        places, stride = byte & 15, byte >> 4
        must(places and stride, "no places, or no stride")
        extent = kernels[index - 1].places if index - 1 in kernels else layers[index].side
        kernels[index] = Kernels(extent, places, stride)
        must(kernels[index].side >= 1, "no room for a kernel")
        must(living[index] * kernels[index].rows <= layers[index].shape[0], "more living kernels than rows for them")
    return kernels


def table(layers, living, kernels, index):
    """How many columns of a layer's weight have levels, and the side of their maps."""
    layer = layers[index]
    columns = math.prod(layer.shape[1:])
    if index in kernels:
        # Maps are the image, or they belong to the units or the kernels of the layer before.
        side = kernels[index].side
        return (living[index - 1] if index else 1) * side**2, side
    if index - 1 in kernels:
        return living[index - 1] * kernels[index - 1].rows, kernels[index - 1].places

    # Columns belong to the units of the layer before, the same number to each.
    return living[index - 1] * (columns // layers[index - 1].shape[0]) if index else columns, layer.side


def read_step(file):
    (step,) = struct.unpack("<e", file.take(2))
    must(0 < step < math.inf, "a step that is not positive and finite")
    return step


def placed(levels, step, place):
    """The tensor: each level times the step at its place, or at all of its kernel's, zero in all other entries."""
    array = np.zeros((place.shape[0], math.prod(place.shape[1:])) if len(place.shape) > 1 else (1, *place.shape))
    for row, column in np.ndindex(len(levels), place.columns):
        for entry in entries(row, column, place):
            array[entry] = levels[row][column] * step
    return array.reshape(place.shape).astype(np.float32)


def entries(row, column, place):
    """Row and column of each entry of the tensor that the level at this row and column of the table stands for."""
    if place.kernels is None:
        return [(row, column)]
    extent, places, stride = place.kernels
    if len(place.shape) == 1:  # a bias: all rows of a kernel have the same
        return [(0, column * places**2 + copy) for copy in range(places**2)]
    mapped, spot = divmod(column, place.side**2)
    line, number = divmod(spot, place.side)
    return [
        (row * places**2 + y * places + x, mapped * extent**2 + (y * stride + line) * extent + x * stride + number)
        for y in range(places)
        for x in range(places)
    ]


def network_levels(payload, place):
    """The levels of a tensor, a list for each row."""
    different = Mixer(payload, 13107 << 6, (235930,) * 6, 11, new_are_silent=True)
    positive = Mixer(payload, 2**21, (293601,) * 3, 11, new_are_silent=True)
    higher = Mixer(payload, 26214 << 6, (293601,) * 3, 11, new_are_silent=True)
    rows = []
    for row in range(place.rows):
        rows.append([])
        for column in range(place.columns):
            around, above = neighbours(rows, row, column, place.side)
            left, top, *_ = around
            spot = column % place.side**2
            unit = row, column // place.side**2

            # Is it other than 0?
            near = tuple(level != 0 for level in around[:4])
            counts = sum(level != 0 for level in around), sum(level != 0 for level in above)
            level = different.decide(row, column, unit, spot, near, counts)
            if level:
                # If so, which sign and which magnitude?
                signs = sign_of(left), sign_of(top)
                majority = sign_of(sum(sign_of(level) for level in around[:4]))
                sign = 1 if positive.decide(signs, (majority, signs[0]), unit) else -1
                sizes = min(abs(left), 2), min(abs(top), 2)
                while level < place.highest and higher.decide((level, sizes), (level, row, sign), (level, counts[0])):
                    level += 1
                level *= sign
            rows[row].append(level)
    return rows


def neighbours(rows, row, column, side):
    """The levels to the left, above, to the left and right of that, and those two away; those in the rows before.

    The former are of the same map, all are 0 where there is none.
    """
    spot = column % side**2
    across = spot % side
    down = spot // side

    def at(rows_up, columns_right):
        inside = down + rows_up >= 0 and 0 <= across + columns_right < side
        return rows[row][column + side * rows_up + columns_right] if inside else 0

    around = [at(0, -1), at(-1, 0), at(-1, -1), at(-1, 1), at(0, -2), at(-2, 0)]
    return around, [rows[row - distance][column] if row >= distance else 0 for distance in (1, 2)]


def sign_of(number):
    return (number > 0) - (number < 0)
