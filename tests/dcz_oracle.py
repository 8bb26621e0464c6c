"""A second decoder of `.dcz` files, written from FORMAT.md alone: slow, plain, and without our code."""

import math
import struct
import zlib


class Plain:
    """A decoder written from the specification, bit by bit, without NumPy and with few checks. Versions 1, 3 and 4."""

    def __init__(self, content: bytes) -> None:
        assert content[:3] == b"DCZ"
        assert zlib.crc32(content[:-4]) == int.from_bytes(content[-4:], "little")
        self.content, self.at = content, 4

    def take(self, size: int) -> bytes:
        self.at += size
        return self.content[self.at - size : self.at]

    def integer(self) -> int:
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def stream(self, count: int) -> list[int]:
        form = self.take(1)[0]
        if form == 0:
            return [self.integer()] * count
        if form == 1:
            width = self.take(1)[0]
            text = self.text((count * width + 7) // 8)
            return [int(text[i * width : (i + 1) * width], 2) for i in range(count)]
        if form == 3:
            return self.rans(count)
        if form == 4:
            return self.adaptive(count)
        alphabet = self.integer()
        code, symbols = 0, {}
        lengths = self.stream(alphabet)
        for length in range(1, max(lengths) + 1):
            for symbol in range(alphabet):
                if lengths[symbol] == length:
                    symbols[f"{code:0{length}b}"] = symbol
                    code += 1
            code *= 2
        lane, shortest = self.integer(), self.integer()
        ends = [extra + shortest for extra in self.stream(-(-count // lane))] if lane else [shortest]
        text = self.text((sum(ends) + 7) // 8)
        values, begin, end = [], 0, 1
        while len(values) < count:
            if text[begin:end] in symbols:
                values.append(symbols[text[begin:end]])
                begin = end
                if (lane and len(values) % lane == 0) or len(values) == count:
                    assert end == sum(ends[: -(-len(values) // (lane or count))])
            end += 1
        return values

    def text(self, size: int) -> str:
        return "".join(f"{byte:08b}" for byte in self.take(size))

    def tensors(self) -> dict[str, tuple[list[int], bytes]]:
        self.metadata = {}
        for _ in range(self.integer() if self.content[3] == 4 else 0):
            key = self.take(self.integer()).decode()
            self.metadata[key] = self.take(self.integer()).decode()
        headers = []
        for _ in range(self.integer()):
            name, byte = self.take(self.integer()).decode(), self.take(1)[0]
            if byte == 14 << 4:
                headers.append((name, 14, self.integer(), []))
            else:
                headers.append((name, byte >> 4, byte & 15, [self.integer() for _ in range(self.integer())]))
        found = {}
        for name, kind, dtype, shape in headers:
            found[name] = found[headers[dtype][0]] if kind == 14 else (shape, self.data(kind, dtype, shape))
        assert self.at == len(self.content) - 4
        return found

    def data(self, kind: int, dtype: int, shape: list[int]) -> bytes:
        size, is_mapped = math.prod(shape), kind // 2 == 5
        is_sparse, is_shared, half = kind // 2 in (1, 3), kind // 2 in (2, 3, 5), kind % 2
        width = 2 if half else [4, 2, 8, 1, 1, 2, 2, 4, 4, 8, 8, 1, 2][dtype]
        if kind == 12:
            return self.planes(size, width, dtype in (0, 1, 2, 12))
        n = self.integer() if is_sparse else size
        if is_shared:
            book = [self.take(width) for _ in range(self.integer())]
            book += [bytes(width)] * is_sparse
        gaps = self.stream(n) if is_sparse else [0] * n
        if is_mapped:
            signed = dtype in (0, 1, 2, 3, 5, 7, 9, 12)
            columns = math.prod(shape[1:]) if len(shape) > 1 else size
            codes = self.map(size, columns, sum(value[-1] > 127 for value in book) if signed else 0, len(book))
            values = [bytes(width) if code is None else book[code] for code in codes]
        elif is_shared:
            values = [book[code] for code in self.stream(n)]
        else:
            plain = bytes(self.stream(n * width))
            values = [plain[i * width : (i + 1) * width] for i in range(n)]
        out = b"".join(bytes(width * gap) + value for gap, value in zip(gaps, values, strict=True))
        out = out.ljust(size * width, b"\0")
        return b"".join(struct.pack("<f", *struct.unpack_from("<e", out, 2 * i)) for i in range(size)) if half else out

    # version 4

    def planes(self, size: int, width: int, is_float: bool) -> bytes:
        streams = [self.stream(size) for _ in range(width)]
        values = [int.from_bytes(bytes(place), "big") for place in zip(*streams, strict=True)]
        if is_float:
            values = [value >> 1 | (value & 1) << (8 * width - 1) for value in values]
        return b"".join(value.to_bytes(width, "little") for value in values)

    # version 3

    def rans(self, count: int) -> list[int]:
        lengths = self.stream(self.integer())
        text = self.text((sum(max(length - 1, 0) for length in lengths) + 7) // 8)
        slots: list[tuple[int, int, int]] = []  # (symbol, frequency, start)
        for symbol, length in enumerate(lengths):
            if length:
                frequency, text = int("1" + text[: length - 1], 2), text[length - 1 :]
                slots += [(symbol, frequency, len(slots))] * frequency
        lanes, number = 1 << self.take(1)[0], self.integer()
        states = [int.from_bytes(self.take(4), "little") for _ in range(lanes)]
        words = [int.from_bytes(self.take(2), "little") for _ in range(number)]
        values = []
        for first in range(0, count, lanes):
            step = range(min(lanes, count - first))
            for j in step:
                whole, slot = divmod(states[j], len(slots))
                symbol, frequency, start = slots[slot]
                values.append(symbol)
                states[j] = frequency * whole + slot - start
            for j in step:
                if states[j] < 2**16:
                    states[j] = 2**16 * states[j] + words.pop(0)
        assert not words
        assert set(states) == {2**16}
        return values

    def payload(self) -> None:
        payload = self.take(self.integer())
        assert payload[-1:] != b"\0"
        self.low, self.high, self.code, self.rest = 0, 2**32 - 1, int.from_bytes(payload[:4].ljust(4, b"\0"), "big"), 4
        self.coded, self.contexts, self.weights = payload, {}, {}

    def decide(self, chance: int) -> int:
        middle = self.low + (self.high - self.low) * chance // 2**16
        bit = int(self.code <= middle)
        self.low, self.high = (self.low, middle) if bit else (middle + 1, self.high)
        while self.low >> 24 == self.high >> 24:
            byte = self.coded[self.rest] if self.rest < len(self.coded) else 0
            self.low, self.high, self.code = (
                (number % 2**24) * 256 + added for number, added in ((self.low, 0), (self.high, 255), (self.code, byte))
            )
            self.rest += 1
        return bit

    def learn(self, context: object, start: int, bit: int) -> None:
        p, n = self.contexts.get(context, (start, 0))
        self.contexts[context] = p + (2**22 * bit - p) * (131072 // (2 * n + 3)) // 2**16, min(n + 1, 1023)

    def adaptive(self, count: int) -> list[int]:
        byte = self.take(1)[0]
        period, width = byte // 16 + 1, byte % 16 + 1
        self.payload()

        def number(digits: int, *context: object) -> str:
            text = ""
            for _ in range(digits):
                here = (*context, text)
                bit = self.decide(min(max(self.contexts.get(here, (2**21, 0))[0] // 2**6, 32), 65504))
                self.learn(here, 2**21, bit)
                text += str(bit)
            return text

        values = []
        for i in range(count):
            length = int(number(len(f"{width:b}"), i % period, "length"), 2)
            values.append(int("1" + number(length - 1, i % period, length), 2) if length else 0)
        return values

    def mixed(self, what: str, start: int, *contexts: object) -> int:
        weights = self.weights.setdefault(what, [419430] * 3)
        keys = [(what, place, context) for place, context in enumerate(contexts)]
        t = [STRETCH[self.contexts.get(key, (start, 0))[0] // 2**6] for key in keys]
        chance = SQUASH[min(max(sum(a * b for a, b in zip(t, weights, strict=True)) // 2**20, -2816), 2816)]
        bit = self.decide(chance)
        for place, key in enumerate(keys):
            weights[place] += (t[place] * (2**16 * bit - chance) + 2048) // 2**12
            self.learn(key, start, bit)
        return bit

    def map(self, size: int, columns: int, negative: int, book: int) -> list[int | None]:
        stride = self.integer()
        self.payload()
        codes: list[int | None] = []

        def sign(at: int, distance: int) -> int:
            code = codes[at - distance] if 0 < distance <= at else None
            return 0 if code is None else 1 if code < negative else 2

        def last(entries: list[int | None]) -> int:
            code = next((code for code in reversed(entries) if code is not None), None)
            return 0 if code is None else 1 if code < negative else 2

        for at in range(size):
            row, column = divmod(at, columns)
            around = tuple(sign(at, d) > 0 for d in (1, stride, columns, 2, stride + 1, stride - 1))
            if not self.mixed("there", 2**18, around, column, row):
                codes.append(None)
                continue
            signs = tuple(sign(at, d) for d in (1, stride, columns))
            lasts = last(codes[row * columns :]), last(codes[column::columns])
            positive = int(negative == 0)
            if 0 < negative < book:
                positive = self.mixed("code", 2**21, "sign", ("sign", signs), ("sign", lasts))
            highest, text = (book - negative if positive else negative) - 1, ""
            for _ in range(highest.bit_length()):
                here = positive, text
                text += str(self.mixed("code", 2**21, here, (here, signs), (here, lasts)))
            rank = int(text or "0", 2)
            codes.append(negative + rank if positive else negative - 1 - rank)
        return codes


def logits() -> tuple[dict[int, int], list[int]]:
    squash, power = {}, 2**62
    for step in range(2817):
        squash[step] = 2**78 // (2**62 + power)
        squash[-step] = squash[step] if step == 0 else 65536 - squash[step]
        power = power * 4593706758521714574 // 2**62
    stretch, step = [], -2816
    for value in range(65536):
        while step < 2816 and squash[step] < value:
            step += 1
        stretch.append(step)
    return squash, stretch


SQUASH, STRETCH = logits()
