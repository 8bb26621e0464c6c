"""08.3 A tensor."""

from functools import partial
from itertools import islice
from math import prod
from typing import Any, NamedTuple

import numpy as np

from dc_lab.course.compare import difference
from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_08.common import (
    EXAMPLE,
    as_hex,
    book_bytes,
    coded,
    constant,
    explained,
    fixed,
    value_bytes,
)
from dc_lab.course.lessons.lesson_08.decoder import DTYPES, given, read_stream, read_tensor, read_varint
from dc_lab.course.lessons.lesson_08.ex_1_read_varint import varint_by_loop
from dc_lab.course.values import plain


class Tensor(NamedTuple):
    """What a call did: the array it returned, and how many bytes it left in `data`."""

    tensor: Any
    bytes_left: int


def _use_tensor(answer, content, kind, dtype, shape):
    data = iter(bytes.fromhex(content))
    tensor = explained(answer, data, kind, np.dtype(dtype).newbyteorder("<"), shape)
    return Tensor(tensor, len(list(data)))


def _accepted(_, expected, got):
    """What keeps a tensor from being the same; zeros that have lost their sign are equal to the others."""
    apart = difference(plain(expected), plain(got), 0.0, "exact")
    if apart is None and expected.tensor.dtype.kind == "f":
        lost = np.argwhere(np.signbit(expected.tensor) != np.signbit(got.tensor))
        if len(lost):
            return f"the zero at {lost[0].tolist()} is -0.0 in the file, and 0.0 here"
    return apart


def _half(*parts):
    return as_hex(*parts)


def _tensor_cases():
    rng = np.random.default_rng(83)
    floats = [0.5, -1.25, 3.0, 0.1]
    row = rng.normal(0, 1, 3).astype(np.float32)
    wide = rng.integers(0, 130, 8).tolist()
    return [
        (as_hex(fixed([7], 8)), 0, "uint8", ()),
        (as_hex(constant(7), b"\x01"), 0, "uint8", (3,)),
        (as_hex(constant(0)), 0, "float32", (2, 2)),
        (as_hex(fixed([1, 0, 1], 1), b"\x02"), 0, "bool", (3,)),
        (as_hex(fixed(value_bytes(-2, "int64"), 8)), 0, "int64", ()),
        (as_hex(fixed(value_bytes([-1, 300], "int16"), 8)), 0, "int16", (1, 2)),
        (as_hex(fixed(value_bytes([1, 65_500], "uint16"), 8)), 0, "uint16", (2,)),
        (as_hex(fixed(value_bytes([2**31 + 5], "uint32"), 8), b"\x04"), 0, "uint32", (1, 1)),
        (as_hex(fixed(value_bytes(row, "float32"), 8)), 0, "float32", (3,)),
        (_half(fixed(value_bytes([1.5, -2.0], "float16"), 8), b"\x09"), 1, "float32", (2,)),
        (as_hex(fixed(value_bytes([1.5, -2.0], "float16"), 8)), 0, "float16", (2, 1)),
        (as_hex(b"\x02", fixed([1, 2], 2), fixed([4, 9], 4)), 2, "uint8", (2, 3)),
        (as_hex(b"\x03", fixed([0, 3, 3], 2), fixed(value_bytes([1.5, 0, 2], "float32"), 8)), 2, "float32", (10,)),
        (_half(b"\x02", fixed([1, 2], 2), fixed(value_bytes([0.5, -4], "float16"), 8), b"\x05"), 3, "float32", (6,)),
        (as_hex(book_bytes([3, -5], "int8"), fixed([0, 1, 1, 0, 1, 1], 1)), 4, "int8", (2, 3)),
        (as_hex(book_bytes(floats, "float32"), fixed([3, 0, 2, 1, 1], 2), b"\x01"), 4, "float32", (5,)),
        (_half(book_bytes([0.5, -1.25], "float16"), constant(1)), 5, "float32", (2, 2)),
        (as_hex(book_bytes([2.5], "float64"), constant(0)), 4, "float64", ()),
        (as_hex(book_bytes([True, False], "bool"), coded([1, 0, 1, 1], [1, 1])), 4, "bool", (2, 2)),
        (as_hex(book_bytes(np.arange(130) * 2 % 251, "uint8"), fixed(wide, 8)), 4, "uint8", (2, 4)),
        (as_hex(b"\x02", book_bytes([-0.5, 2.0], "float32"), fixed([1, 2], 2), fixed([1, 0], 1)), 6, "float32", (2, 3)),
        (
            as_hex(b"\x03", book_bytes([9], "int32"), fixed([3, 3, 1], 2), fixed([0, 1, 0], 1), b"\x08"),
            6,
            "int32",
            (3, 5),
        ),
        (as_hex(b"\x02", book_bytes([2**63 + 1, 5], "uint64"), constant(1), fixed([0, 1], 1)), 6, "uint64", (5,)),
        (
            _half(b"\x04", book_bytes([0.25, -8], "float16"), fixed([0, 7, 7, 2], 3), fixed([1, 2, 0, 1], 2)),
            7,
            "float32",
            (4, 6),
        ),
        (_half(b"\x01", book_bytes([1.5], "float16"), constant(300), constant(0)), 7, "float32", (7, 50)),
        (
            as_hex(b"\x02", book_bytes([1.5, 2.5], "float32"), fixed([0, 1], 1), fixed([1, 0], 1)),
            6,
            "float32",
            (2, 1, 2),
        ),
        (as_hex(EXAMPLE[44:60]), 0, "uint8", (40,)),
        (as_hex(b"\x00", book_bytes([2.5], "float32"), constant(0), constant(0), b"\x06"), 6, "float32", (4,)),
        (
            as_hex(b"\x02", book_bytes([2**53 + 1, -(2**60) - 1], "int64"), constant(1), fixed([0, 1], 1)),
            6,
            "int64",
            (5,),
        ),
        (as_hex(b"\x02", book_bytes([2**53 + 1], "int64"), constant(1), fixed([0, 1], 1)), 6, "int64", (5,)),
        (as_hex(b"\x02", book_bytes([2**24 + 1], "int32"), constant(1), fixed([0, 1], 1)), 6, "int32", (5,)),
        (as_hex(book_bytes([0.1], "float64"), constant(0)), 4, "float64", (2,)),
        (as_hex(book_bytes([2**62 + 1, 3], "uint64"), fixed([0, 1, 0], 1)), 4, "uint64", (3,)),
        (as_hex(b"\x02", book_bytes([0.5], "float32"), constant(40_000), constant(0)), 6, "float32", (300, 300)),
        (
            as_hex(b"\x03", book_bytes([0.5, 2], "float16"), constant(25_000), fixed([2, 0, 1], 2)),
            7,
            "float32",
            (300, 300),
        ),
        (as_hex(b"\x02", constant(300), fixed([1, 2], 2)), 2, "uint8", (30, 30)),
        (as_hex(b"\x82\x01", constant(1), constant(7), b"\x03"), 2, "uint8", (270,)),
        (as_hex(constant(0)), 0, "float32", (0, 3)),
        # The largest gap of all, and 1 more than two bytes hold.
        (as_hex(b"\x01", constant(65_535), constant(7)), 2, "uint8", (65_600,)),
        (as_hex(b"\x01", book_bytes([0.5], "float32"), constant(65_535), constant(0)), 6, "float32", (300, 300)),
        # Indices that a byte does not hold, and a filler that is one.
        (as_hex(book_bytes(np.arange(300) * 7 - 900, "int16"), fixed([256, 3, 299, 0], 9)), 4, "int16", (4,)),
        (
            as_hex(b"\x03", book_bytes(np.arange(1, 257) / 2, "float32"), fixed([0, 9, 1], 4), fixed([255, 256, 1], 9)),
            6,
            "float32",
            (20,),
        ),
        # A -0.0 in the file keeps its sign: adding the entries to zeros would lose it.
        (as_hex(b"\x02", fixed([1, 2], 2), fixed(value_bytes([-0.0, 2], "float32"), 8)), 2, "float32", (6,)),
        (_half(b"\x02", book_bytes([-0.0, 1.5], "float16"), fixed([1, 0], 1), fixed([0, 1], 1)), 7, "float32", (5,)),
        (as_hex(b"\x00", constant(0), constant(0), b"\x06"), 2, "int16", (4,)),
    ]


def draw_tensor(rng):
    shape, kind = tuple(rng.integers(1, 5, int(rng.integers(1, 4))).tolist()), int(rng.integers(0, 8))
    dtype, rest = str(rng.choice(["float32", "int16", "float64", "uint8"])), rng.bytes(int(rng.integers(0, 3)))
    dtype = "float32" if kind % 2 else dtype
    stored, size = "float16" if kind % 2 else dtype, prod(shape)
    book = rng.integers(1, 200, int(rng.integers(1, 5)))
    parts, entries = [], size
    if kind // 2 in (1, 3):
        where = np.sort(rng.choice(size, int(rng.integers(1, size + 1)), replace=False))
        gaps = (np.diff(where, prepend=-1) - 1).tolist()
        entries = len(gaps)
        parts.append(bytes([entries]))
    codes = rng.integers(0, len(book) + (kind // 2 == 3), entries).tolist()
    if kind // 2 >= 2:
        parts.append(book_bytes(book, stored))
    if kind // 2 in (1, 3):
        parts.append(fixed(gaps, max(max(gaps).bit_length(), 1)))
    if kind // 2 >= 2:
        parts.append(fixed(codes, max(max(codes).bit_length(), 1)))
    else:
        parts.append(fixed(value_bytes(rng.integers(0, 200, entries), stored), 8))
    return as_hex(*parts, rest), kind, dtype, shape


exercise = Exercise(
    id="08.3",
    title="A tensor",
    minutes=30,
    task="build",
    reference=read_tensor,
    given=given(read_varint, read_stream),
    use=_use_tensor,
    accept=_accepted,
    dtype="exact",
    tolerance=0.0,
    shown=(as_hex(EXAMPLE[16:44]), 6, "float32", (4, 12)),
    cases=_tensor_cases,
    draw=draw_tensor,
    hints=[
        "form, half = divmod(kind, 2). Values in the file are of `stored`: np.dtype('<f2') if half is 1, else "
        "dtype. N is prod(shape).",
        "Then in the page's order: n (forms 1 and 3), codebook (2 and 3), gaps (1 and 3), and last codes (2 and 3) or "
        "bytes (0 and 1). bytes(islice(data, number)) takes bytes; np.frombuffer(those, stored) makes values of them.",
        "Codes: np.append(book, stored.type(0))[codes] looks them up, the filler included; make integers of "
        "the codes first, np.array(codes, int), as an empty list is no index. Bytes: "
        "np.array(numbers).astype(np.uint8).view(stored), or np.frombuffer(bytes(numbers), stored).",
        "Positions: np.cumsum(np.array(gaps, int) + 1) - 1. A dense tensor is one whose gaps are all 0. Put the values "
        "there in np.zeros(N, dtype), and reshape.",
    ],
    why="""Four forms, but only two questions: are there positions, and is there a codebook? A dense tensor is a
        sparse one whose gaps are all 0, so one line places the values of both. Putting float16 values into a float32
        array converts them, and loses nothing.""",
)


@exercise.alternative
def tensor_by_cases(data, kind, dtype, shape):
    """Each form by itself, entry by entry."""
    stored = np.dtype("<f2") if kind & 1 else dtype
    size = int(np.prod(shape, dtype=np.int64))
    flat = [dtype.type(0)] * size

    def raw(number):
        return list(np.frombuffer(bytes(read_stream(data, number * stored.itemsize)), stored))

    if kind // 2 == 0:
        flat = raw(size)
    elif kind // 2 == 2:
        length = varint_by_loop(data)
        book = list(np.frombuffer(bytes(next(data) for _ in range(length * stored.itemsize)), stored))
        flat = [book[code] for code in read_stream(data, size)]
    else:
        entries, at = varint_by_loop(data), -1
        if kind // 2 == 3:
            length = varint_by_loop(data)
            book = list(np.frombuffer(bytes(next(data) for _ in range(length * stored.itemsize)), stored))
            book.append(stored.type(0))
        gaps = read_stream(data, entries)
        values = raw(entries) if kind // 2 == 1 else [book[code] for code in read_stream(data, entries)]
        for gap, value in zip(gaps, values, strict=True):
            at += 1 + gap
            flat[at] = value
    return np.array(flat, dtype).reshape(shape)


def _bent_tensor(bent, data, kind, dtype, shape):
    """A tensor read wrongly, in the way that `bent` names."""
    form, half = (kind & 3, kind >> 2) if bent == "bits of the kind" else divmod(kind, 2)
    stored = DTYPES[1] if half and bent != "half ignored" else dtype
    size = np.prod(shape) if bent == "np.prod" else prod(shape)
    if bent == "sum of the shape":
        size = sum(shape)
    if bent == "nothing read for no value" and not size:
        return np.zeros(shape, dtype)
    if bent == "no value without dimensions" and not len(shape):
        raise ValueError
    if bent == "1 and 2 swapped":
        form = {1: 2, 2: 1}.get(form, form)
    if bent == "codes of any size" and form == 3:
        raise NotImplementedError
    is_sparse, is_shared = form in (1, 3), form in (2, 3)
    entries = size
    if is_sparse and not (is_shared and bent == "codebook before n"):
        entries = entries if bent == "entries not read" else next(data) if bent == "n as a byte" else read_varint(data)
        if bent == "N entries":
            entries = size
    book = np.zeros(0, stored)
    gaps = []

    def take_book():
        nonlocal book
        length = next(data) if bent == "codebook's length as a byte" else read_varint(data)
        if bent == "codebook as a stream":
            raw = bytes(read_stream(data, length * stored.itemsize))
        else:
            item = {"bytes for values": 1, "four bytes a value": 4}.get(bent, stored.itemsize)
            raw = bytes(islice(data, length * (dtype.itemsize if bent == "codebook never half" else item)))
        there = dtype if bent == "codebook never half" else stored
        book = np.frombuffer(raw, there.newbyteorder(">") if bent == "highest byte first" else there)

    if is_sparse and bent == "gaps before the codebook":
        gaps = read_stream(data, entries)
    if is_shared:
        take_book()
    if is_sparse and is_shared and bent == "codebook before n":
        entries = read_varint(data)
    late_gaps = bent == "codes before gaps" or (bent == "codes before gaps in form 3" and is_shared)
    if is_sparse and bent != "gaps before the codebook" and not late_gaps:
        gaps = read_stream(data, entries)
    if is_shared:
        codes = np.array(read_stream(data, entries), np.intp)
        if bent == "indices of one byte":
            codes &= 255
        if late_gaps and is_sparse:
            gaps = read_stream(data, entries)
        if bent == "codes as values":
            values = codes
        elif bent == "a filler is the last centroid":
            values = book[np.minimum(codes, len(book) - 1)]
        elif bent == "no value for fillers" or (bent == "zero of another type" and not is_sparse):
            values = book[codes]
        elif bent == "zero of another type":
            values = np.append(book, 0)[codes]
        elif bent == "zero first" or (bent == "zero first in form 3" and is_sparse):
            values = np.append(stored.type(0), book)[codes]
        else:
            values = np.append(book, stored.type(0))[codes]
    else:
        if bent == "values for bytes":
            values = np.array(read_stream(data, entries))
        elif bent == "values for bytes, converted" or (bent == "converted in form 1" and is_sparse):
            values = np.array(read_stream(data, entries)).astype(stored)
        elif bent == "each byte a value":
            values = np.array(read_stream(data, entries * stored.itemsize)).astype(stored)
        elif bent == "no stream":
            values = np.frombuffer(bytes(islice(data, entries * stored.itemsize)), stored)
        else:
            if bent == "half for the codebook alone":
                stored = dtype
            raw = bytes(read_stream(data, entries if bent == "a byte a value" else entries * stored.itemsize))
            turned = bent in ("highest byte first", "highest byte first in forms 0 and 1")
            values = np.frombuffer(raw, stored.newbyteorder(">") if turned else stored)
        if bent == "codes before gaps" and is_sparse:
            gaps = read_stream(data, entries)
    if bent == "through float64":
        values = values.astype(np.float64)
    if bent == "through float32":
        values = values.astype(np.float32)
    if bent == "gaps of one byte refused" and len(gaps) and max(gaps) > 255:
        raise OverflowError
    if bent == "gaps of one byte":
        gaps = [gap & 255 for gap in gaps]
    result = stored if bent == "float16 returned" else float if bent == "float64 returned" else dtype
    if bent in ("no 1, dense too", "one too far, dense too"):
        steps = np.array(gaps if is_sparse else [0] * entries, np.intp)
        flat = np.zeros(size, result)
        flat[np.cumsum(steps) if bent == "no 1, dense too" else np.cumsum(steps + 1)] = values
    elif not is_sparse:
        flat = values.astype(result)
    elif bent == "only the entries":
        return values
    else:
        if bent == "fillers dropped":
            there = values != 0
            gaps, values = [gap for gap, kept in zip(gaps, there, strict=True) if kept], values[there]
        if bent == "fillers dropped in form 3" and is_shared:
            no_filler = codes < len(book)
            gaps, values = [gap for gap, kept in zip(gaps, no_filler, strict=True) if kept], values[no_filler]
        steps = np.array(gaps, np.intp)
        where = np.cumsum(steps + 1) - 1
        if bent == "gaps of two bytes":
            where = np.cumsum((steps + 1) & 65_535) - 1
        if bent == "positions of 16 bits":
            where = where & 65_535
        where = {
            "no 1 for the entry": np.cumsum(steps),
            "one too far": where + 1,
            "gaps for places": steps,
            "gaps for steps": np.cumsum(steps) - 1,
        }.get(bent, where)
        flat = np.zeros(size, result)
        flat[where] = values
    if bent == "flat":
        return flat
    if bent == "list":
        return flat.reshape(shape).tolist()
    if bent == "added to zeros":
        flat = flat + np.zeros(size, result)
    if bent == "one dimension more":
        return flat.reshape(shape or (1,))
    if bent == "columns first":
        return flat.reshape(shape, order="F")
    if bent == "all taken":
        list(data)
    return flat.reshape(shape)


exercise.mistake("the 1 for the entry itself", partial(_bent_tensor, "no 1 for the entry")).says("""
    A gap counts the zeros between two entries; the entry itself takes a place too. Position = position before + 1 +
    gap: np.cumsum(gaps + 1) - 1.""")
exercise.mistake("one place too far", partial(_bent_tensor, "one too far")).says("""
    Your entries all stand one place too far, so that the last may fall off the end. The first stands at gap(0): the
    page starts from p(-1) = -1.""")
exercise.mistake("the 1 for the entry itself, everywhere", partial(_bent_tensor, "no 1, dense too")).says("""
    All your entries land on few places. A gap of 0 still moves on by one, for the entry itself: np.cumsum(gaps + 1) -
    1.""")
exercise.mistake("one place too far, everywhere", partial(_bent_tensor, "one too far, dense too")).says("""
    np.cumsum(gaps + 1) begins with 1 where the first entry stands at 0. Take 1 off all positions.""")
exercise.mistake("gaps taken for places", partial(_bent_tensor, "gaps for places")).says("""
    You put each entry at its gap. A gap counts from the entry before; add them up.""")
exercise.mistake("gaps taken for steps", partial(_bent_tensor, "gaps for steps")).says("""
    You move on by the gap alone, as if it were the distance to the entry before. It counts the zeros between: the
    distance is gap + 1.""")
exercise.mistake("a filler takes the last centroid", partial(_bent_tensor, "a filler is the last centroid")).says("""
    Code k, one past the codebook, is a filler: a zero at its position. Yours gets the last value of the codebook.
    Append a zero to it.""")
exercise.mistake("no value for fillers", partial(_bent_tensor, "no value for fillers")).says("""
    Code k, one past the codebook, is a filler: a zero. Your codebook has no value for it. Append a zero of its own
    dtype, np.zeros(1, codebook.dtype).""")
exercise.mistake("fillers dropped with their gaps", partial(_bent_tensor, "fillers dropped")).says("""
    You leave fillers out before the positions are added up. A filler moves on by its gap and one place, even though
    what stands there is a zero.""")
exercise.mistake("the zero put first", partial(_bent_tensor, "zero first")).says("""
    You put the zero in front of the codebook, so that every code means the value before. The filler is code k, the
    last: append the zero.""")
exercise.mistake("a zero of another type", partial(_bent_tensor, "zero of another type")).says("""
    np.append(book, 0) joins a codebook and an int64; for uint64, NumPy makes floats of both, and large values lose
    digits. Append a zero of the same dtype: np.zeros(1, codebook.dtype).""")
exercise.mistake("codes returned as values", partial(_bent_tensor, "codes as values")).says("""
    Your tensor holds the codes. Look each one up in the codebook.""")
exercise.mistake("half ignored", partial(_bent_tensor, "half ignored")).says("""
    With an odd kind the values in the file are float16, two bytes each, though the tensor is float32. Read them as
    np.dtype("<f2"), and convert.""")
exercise.mistake("float16 returned", partial(_bent_tensor, "float16 returned")).says("""
    With an odd kind, float16 is only how the values stand in the file. The tensor is of the dtype you are given:
    convert.""")
exercise.mistake("float64 returned", partial(_bent_tensor, "float64 returned")).says("""
    Your array is float64. np.zeros makes that unless it is told: np.zeros(size, dtype).""")
exercise.mistake("kind taken apart the wrong way", partial(_bent_tensor, "bits of the kind")).says("""
    kind = 2 · form + half: so half is the lowest bit, kind % 2, and the form is kind // 2.""")
exercise.mistake("not brought into shape", partial(_bent_tensor, "flat")).says("""
    The values are right, but in one long row. Bring them into `shape`.""")
exercise.mistake("columns first", partial(_bent_tensor, "columns first")).says("""
    You fill the array column by column. In C order, NumPy's default, the last index runs fastest.""")
exercise.mistake("a nested list", partial(_bent_tensor, "list")).says("""
    The values are right, in nested lists. Asked for is an array of `dtype`.""")
exercise.mistake("the entries alone", partial(_bent_tensor, "only the entries")).says("""
    You return the stored entries in a row. A sparse tensor has zeros between them: start with np.zeros, and put each
    entry at its position.""")
exercise.mistake("the number of entries not read", partial(_bent_tensor, "entries not read")).says("""
    Sparse forms begin with a varint: how many entries they have. You begin with what comes after it.""")
exercise.mistake("one byte for the number of entries", partial(_bent_tensor, "n as a byte")).says("""
    The number of entries is a varint: from 128 on it takes two bytes.""")
exercise.mistake("each byte a value", partial(_bent_tensor, "each byte a value")).says("""
    You convert each byte to a value of its own. A value *is* its bytes, several in a row:
    np.frombuffer(bytes(numbers), ...), with the dtype that the values have in the file.""")
exercise.mistake("four bytes for each value", partial(_bent_tensor, "four bytes a value")).says("""
    You take four bytes for each value of the codebook. It takes as many as its dtype in the file, .itemsize.""")
exercise.mistake("a codebook that is never half", partial(_bent_tensor, "codebook never half")).says("""
    You read the codebook in the tensor's own dtype. With an odd kind its values are float16, two bytes each.""")
exercise.mistake("N entries", partial(_bent_tensor, "N entries")).says("""
    You read N gaps or values, as many as the tensor has. A sparse tensor has n, the varint in front.""")
exercise.mistake("codes before gaps", partial(_bent_tensor, "codes before gaps")).says("""
    You take the stream of values or codes first. The page's order is: gaps, then values or codes.""")
exercise.mistake("gaps before the codebook", partial(_bent_tensor, "gaps before the codebook")).says("""
    In form 3 the codebook comes before the gaps: n, codebook, gaps, codes.""")
exercise.mistake("the codebook before the number of entries", partial(_bent_tensor, "codebook before n")).says("""
    In form 3 you take the codebook first. `n` comes before it: n, codebook, gaps, codes.""")
exercise.mistake("as many bytes as values", partial(_bent_tensor, "a byte a value")).says("""
    In forms 0 and 1 you read as many bytes as there are values. A value of some dtype has dtype.itemsize bytes, a
    float16 two: the stream is that many times as long.""")
exercise.mistake("one number for each value", partial(_bent_tensor, "values for bytes")).says("""
    You take one number of the stream for each value. Forms 0 and 1 have a stream of *bytes*: n times the bytes of a
    value. np.frombuffer(bytes(numbers), ...) makes values of them, with the dtype that they have in the file.""")
exercise.mistake("bytes without their stream", partial(_bent_tensor, "no stream")).says("""
    You take the values' bytes as they come. In forms 0 and 1 they are a stream, with a form byte in front: let
    read_stream read it.""")
exercise.mistake("the codebook as a stream", partial(_bent_tensor, "codebook as a stream")).says("""
    You read the codebook as a stream. Its values stand there as they are: take length times itemsize bytes with
    islice.""")
exercise.mistake("a byte for each value of the codebook", partial(_bent_tensor, "bytes for values")).says("""
    You take as many bytes as the codebook has values. Each value takes the bytes of its dtype in the file,
    .itemsize.""")
exercise.mistake("the codebook's length as one byte", partial(_bent_tensor, "codebook's length as a byte")).says("""
    The codebook's length is a varint: from 128 on it takes two bytes.""")
exercise.mistake("the highest byte first", partial(_bent_tensor, "highest byte first")).says("""
    You read values with their highest byte first. The page says little-endian: the lowest byte first, '<'.""")
exercise.mistake("np.prod of nothing", partial(_bent_tensor, "np.prod")).says("""
    A tensor without dimensions has one value, and np.prod(()) is 1.0, a float, which cannot count bytes. math.prod
    gives the integer 1.""")
exercise.mistake("dimensions added", partial(_bent_tensor, "sum of the shape")).says("""
    N is the product of the dimensions, not their sum.""")
exercise.mistake("no sparse shared tensors yet", partial(_bent_tensor, "codes of any size")).says("""
    The first three forms are right. Form 3 joins two of them: n, then the codebook, the gaps, the codes.""")
exercise.mistake("all bytes taken", partial(_bent_tensor, "all taken")).says("""
    The tensor is right, but nothing is left in `data`, and the next tensor stands there. Take only what belongs to this
    one.""")
exercise.mistake("gaps of one byte", partial(_bent_tensor, "gaps of one byte")).says("""
    Your gaps are uint8, and 255 is not the largest there is: 300 becomes 44. Add them up as int64.""")
exercise.mistake("positions of 16 bits", partial(_bent_tensor, "positions of 16 bits")).says("""
    Your positions go no further than 65,535 and begin again at 0. Add the gaps up as int64.""")
exercise.mistake("values as Python floats", partial(_bent_tensor, "through float64")).says("""
    Your values go through float64, which has 53 bits: larger integers are rounded. Keep the dtype that is asked for, in
    np.zeros too, and append a zero of the codebook's dtype for fillers.""")
for _bend, _name, _words in (
    ("fillers dropped in form 3", "fillers taken out before the gaps are added", """
        You take fillers out together with their gaps. A filler's gap counts, and its place, too: add up all gaps, and
        leave out the fillers' places afterwards, or give them a zero."""),
    ("gaps of two bytes", "gaps of two bytes, and 1 more", """
        Your gaps are uint16, where 65,535 + 1 is 0. Make them int before you add."""),
    ("nothing read for no value", "nothing read where there is no value", """
        Where N is 0 you return before anything is read. The tensor's data are there all the same: streams of no
        numbers, and perhaps a codebook. Take them from `data`."""),
    ("half for the codebook alone", "half used for the codebook alone", """
        With half = 1 you read the codebook as float16, but the values of forms 0 and 1 with all their bytes. They are
        float16, too: two bytes each."""),
    ("indices of one byte", "indices of one byte", """
        Your indices into the codebook are single bytes. A codebook may have more than 256 values, and with 256 the
        filler's index is 256, which becomes 0."""),
    ("codes before gaps in form 3", "codes before gaps in form 3", """
        In form 3 you take the stream of codes first. The page's order is: n, codebook, gaps, codes."""),
    ("zero first in form 3", "the zero put first in form 3", """
        In form 3 you put the zero in front of the codebook, so that every code means the value before. The filler is
        code k, the last: append the zero."""),
    ("converted in form 1", "one number for each value of form 1", """
        In form 1 you take one number of the stream for each value. It is a stream of *bytes*: n times the bytes of a
        value. np.frombuffer(bytes(numbers), ...) makes values of them, with the dtype that they have in the file."""),
    ("highest byte first in forms 0 and 1", "the highest byte first in forms 0 and 1", """
        In forms 0 and 1 you read values with their highest byte first. The page says little-endian: the lowest byte
        first, "<"."""),
    ("added to zeros", "values added to zeros", """
        You add the entries to an array of zeros, and 0.0 + -0.0 is 0.0. Put them there: flat[where] = values."""),
    ("through float32", "values through float32", """
        Your values go through float32, which has 24 bits: larger integers and float64 are rounded. Keep the dtype of
        the file."""),
    ("no value without dimensions", "no value where there are no dimensions", """
        A tensor without dimensions has one value: the product of nothing is 1. math.prod says so."""),
    ("one dimension more", "one dimension where there is none", """
        A tensor without dimensions has the shape (), not (1,). reshape(()) makes it."""),
    ("1 and 2 swapped", "forms 1 and 2 swapped", """
        You read form 1 as dense shared and form 2 as sparse. It is the other way round: 1 is sparse, 2 dense
        shared."""),
    ("gaps of one byte refused", "gaps that have to fit a byte", """
        Your gaps are uint8, and a gap may be larger than 255. Make an array of int of them."""),
):  # fmt: skip
    exercise.mistake(_name, partial(_bent_tensor, _bend)).says(_words)
