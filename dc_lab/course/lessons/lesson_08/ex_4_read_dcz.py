"""08.4 A file."""

import struct
import zlib
from functools import partial
from itertools import islice

import numpy as np

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_08.common import EXAMPLE, as_hex, book_bytes, constant, explained, fixed, value_bytes
from dc_lab.course.lessons.lesson_08.decoder import DTYPES, given, read_dcz, read_stream, read_tensor, read_varint
from dc_lab.course.lessons.lesson_08.ex_1_read_varint import varint_by_loop
from dc_lab.course.lessons.lesson_08.ex_3_read_tensor import draw_tensor, tensor_by_cases
from dc_lab.dcz import streams


def _file(tensors, start=b"DCZ\x01"):
    """A file of tensors given as (name, kind, number of the dtype, shape, data)."""
    head = start + streams.varint(len(tensors))
    for name, kind, dtype, shape, _ in tensors:
        raw = name.encode()
        head += streams.varint(len(raw)) + raw + bytes([kind << 4 | dtype])
        head += b"".join(map(streams.varint, (len(shape), *shape)))
    content = head + b"".join(data for *_, data in tensors)
    return content + zlib.crc32(content).to_bytes(4, "little")


def _use_file(answer, content):
    raw = bytes.fromhex(content)
    return explained(answer, raw, refuses=not _is_good(raw))


def _is_good(content):
    """Whether a file is one: then every error of an answer is as wrong as any other.

    Found without `read_dcz`: an answer that calls it is told so.
    """
    summed = zlib.crc32(content[:-4]).to_bytes(4, "little")
    return len(content) >= 9 and content[:4] == b"DCZ\1" and content[-4:] == summed


def _file_cases():
    one = ("a", 0, 4, (3,), constant(7))
    sparse = ("w", 7, 0, (2, 3), b"\x02" + book_bytes([0.5, -2], "float16") + fixed([1, 2], 2) + fixed([1, 0], 1))
    number = ("n", 0, 9, (), fixed(value_bytes(-2, "int64"), 8))
    good = [
        _file([]),
        _file([one]),
        _file([number]),
        _file([sparse]),
        _file([one, number]),
        _file([number, sparse, one]),
        _file([("größe", 0, 4, (2, 1), fixed([1, 2], 2))]),
        _file([("long", 0, 11, (300,), constant(1))]),
        _file([("two", 4, 5, (2, 130), book_bytes([-300, 8], "int16") + fixed([i % 3 % 2 for i in range(260)], 1))]),
        _file([("x" * 130, 0, 4, (2,), constant(1))]),
        _file([(f"{i}", 0, 4, (1,), constant(i)) for i in range(130)]),
        _file([("empty", 0, 0, (0, 2), constant(0)), one]),
        PALINDROME,
    ]
    small = _file([one])
    bad = [
        b"DCZ",
        b"DCZ\x01",
        b"DCZ\x01" + zlib.crc32(b"DCZ\x01").to_bytes(4, "little"),  # no number of tensors, and a fitting checksum
        _file([one], b"DCY\x01"),
        _file([one], b"DCZ\x02"),
        _file([], b"DCZ\x00"),
        _file([one], b"DCZ\x00"),
        _file([one], b"dcz\x01"),
        small[:-1],
        small[:-5] + small[-4:],
        small[:-5] + b"\x08" + small[-4:],
        small[:-1] + bytes([small[-1] ^ 1]),
        EXAMPLE[:40] + bytes([EXAMPLE[40] ^ 16]) + EXAMPLE[41:],
        EXAMPLE[:20] + bytes([EXAMPLE[20] ^ 128]) + EXAMPLE[21:],
    ]
    return [(as_hex(content),) for content in good + bad]


PALINDROME = _file([("p", 0, 4, (2,), fixed([110, 205], 8))])
"""A file whose checksum reads the same from both ends."""


def _draw_file(rng):
    tensors = []
    for i in range(int(rng.integers(1, 4))):
        content, kind, dtype, shape = draw_tensor(rng)
        data = iter(bytes.fromhex(content))
        read_tensor(data, kind, np.dtype(dtype).newbyteorder("<"), shape)
        used = len(bytes.fromhex(content)) - len(list(data))
        number = [d.newbyteorder("=") for d in DTYPES].index(np.dtype(dtype))
        tensors.append((f"t{i}", kind, number, shape, bytes.fromhex(content)[:used]))
    file = bytearray(_file(tensors))
    if rng.random() < 0.3:
        file[int(rng.integers(4, len(file)))] ^= 1 << int(rng.integers(8))
    return (file.hex(" "),)


STUB = '''
def read_dcz(content):
    """Name -> array of each tensor in a file of version 1; ValueError if it is none."""
    codes = "<f4 <f2 <f8 i1 u1 <i2 <u2 <i4 <u4 <i8 <u8 ?"
    dtypes = [np.dtype(code) for code in codes.split()]
    raise NotImplementedError("your turn")
'''

exercise = Exercise(
    id="08.4",
    stub=STUB,
    title="A file",
    minutes=25,
    task="build",
    reference=read_dcz,
    given=given(read_varint, read_stream, read_tensor),
    use=_use_file,
    dtype="exact",
    tolerance=0.0,
    shown=(as_hex(EXAMPLE),),
    cases=_file_cases,
    draw=_draw_file,
    hints=[
        'First the checks: content[:4] is b"DCZ\\x01", and zlib.crc32(content[:-4]) equals '
        'int.from_bytes(content[-4:], "little"). Else raise ValueError.',
        "data = iter(content[4:]). Then read_varint(data) headers: name, the byte with kind and dtype, dimensions. "
        "Keep them in a list or a dictionary.",
        "A name: bytes(islice(data, read_varint(data))).decode(). The byte: kind, dtype = divmod(next(data), 16). The "
        "shape: [read_varint(data) for _ in range(read_varint(data))].",
        "When all headers are read, the data follow in the same order: read_tensor(data, kind, dtypes[dtype], shape) "
        "for each.",
    ],
    why="""The headers come first, so that a reader knows what it will need before it reads any data. The checksum is
        compared before anything else is believed. It finds accidents. It does not find a forger, who can work out
        another checksum: that is why `archive.read` checks every length as well.""",
)


@exercise.alternative
def _file_by_slices(content):
    body, checksum = content[:-4], content[-4:]
    if body[:3] != b"DCZ" or len(content) < 9 or body[3] != 1:
        raise ValueError("another file")
    if zlib.crc32(body).to_bytes(4, "little") != checksum:
        raise ValueError("damaged")
    data = iter(body)
    assert bytes(islice(data, 4)) == content[:4]
    headers = []
    for _ in range(varint_by_loop(data)):
        name = str(bytes(next(data) for _ in range(varint_by_loop(data))), "utf-8")
        byte = next(data)
        headers.append((name, byte >> 4, byte & 15, [varint_by_loop(data) for _ in range(varint_by_loop(data))]))
    tensors = {}
    for name, kind, dtype, shape in headers:
        tensors[name] = tensor_by_cases(data, kind, DTYPES[dtype], tuple(shape))
    return tensors


def _bent_file(bent, content):
    """A file read wrongly, in the way that `bent` names."""
    covered = {"CRC of all": content, "CRC without the start": content[4:-4]}.get(bent, content[:-4])
    order = "big" if bent == "CRC from its highest byte" else "little"
    if len(content) < {"no shortest file": 8, "nothing checked": 0}.get(bent, 9):
        if bent == "index beyond a short file" or (bent == "the fourth byte of three" and len(content) < 4):
            raise IndexError
        if bent == "unpack of a short file":
            raise struct.error
        if bent not in ("None returned", "nothing returned", "error returned", "another error"):
            raise ValueError
    if bent == "empty file refused" and len(content) == 9:
        raise ValueError
    good_sum = zlib.crc32(covered) == int.from_bytes(content[-4:], order) or bent.startswith("CRC not checked")
    good_start = content[:4] == b"DCZ\x01"
    if bent in ("start not checked", "version not checked", "only the version checked", "a version above 1"):
        magic = content[:3] == b"DCZ"
        good_start = {
            "start not checked": True,
            "version not checked": magic,
            "a version above 1": magic and content[3:4] <= b"\x01",
        }.get(bent, content[3:4] == b"\x01")
    if bent == "nothing checked":
        good_sum = good_start = True
    if not (good_sum or good_start if bent == "and for or" else good_sum and good_start):
        if bent == "None returned":
            return None
        if bent == "nothing returned":
            return {}
        if bent == "error returned":
            return ValueError("not a .dcz file of version 1, or a damaged one")
        if bent == "another error":
            raise AssertionError
        raise ValueError
    data = iter(content) if bent == "start not skipped" else iter(content[4:])
    if bent == "CRC not checked, but left out":
        data = iter(content[4:-4])
    if bent == "version read again":
        data = iter(content[3:])
    number = next(data) if bent == "a byte for the number" else read_varint(data)
    headers = []
    tensors = []
    for _ in range(number):
        length = next(data) if bent == "a byte for the name's length" else read_varint(data)
        raw = bytes(islice(data, length))
        encoding = {"latin-1": "latin-1", "ASCII": "ascii"}.get(bent, "utf-8")
        name = raw if bent == "names as bytes" else raw.decode(encoding)
        name = str(raw) if bent == "str" else name
        high, low = divmod(next(data), 16)
        kind, number = (low, high) if bent == "halves swapped" else (high, low)
        if bent == "number of the dtype":
            raise TypeError
        dtype = DTYPES[number & 7 if bent == "three bits of the dtype" else number]
        dimensions = read_varint(data)
        shape = [next(data) if bent == "a byte a dimension" else read_varint(data) for _ in range(dimensions)]
        if bent == "dimensions backwards":
            shape = shape[::-1]
        headers.append((name, kind, dtype, shape))
        if bent == "data after each header":
            tensors.append((name, read_tensor(data, kind, dtype, shape)))
    if bent == "the headers":
        return {name: (kind, dtype, shape) for name, kind, dtype, shape in headers}
    if bent == "only the last":
        result = {}
        for name, kind, dtype, shape in headers:
            result = {name: read_tensor(data, kind, dtype, shape)}
        return result
    if bent == "only the first":
        for name, kind, dtype, shape in headers:
            return {name: read_tensor(data, kind, dtype, shape)}
        return None
    if bent != "data after each header":
        headers = headers[::-1] if bent == "data backwards" else headers
        headers = sorted(headers, key=lambda header: header[0]) if bent == "data by name" else headers
        tensors = [(name, read_tensor(data, kind, dtype, shape)) for name, kind, dtype, shape in headers]
    if bent == "a list":
        return [array for _, array in tensors]
    if bent == "pairs":
        return tensors
    return dict(tensors)


exercise.mistake("and for or", partial(_bent_file, "and for or")).says("""
    You refuse a file only if both are wrong, start and checksum. Either is enough: join them with `or`.""")
exercise.mistake("the checksum not checked", partial(_bent_file, "CRC not checked")).says("""
    A byte of this file was changed, and you read on. Compare zlib.crc32(content[:-4]) with the last four bytes, and
    raise ValueError if they differ.""")
exercise.mistake("the checksum from its highest byte", partial(_bent_file, "CRC from its highest byte")).says("""
    You read the checksum with its highest byte first, and so refuse good files. It is little-endian:
    int.from_bytes(content[-4:], "little").""")
exercise.mistake("a checksum of the wrong bytes", partial(_bent_file, "CRC of all")).says("""
    You refuse good files. The checksum is that of all bytes before it: from the very first to the last but four,
    content[:-4]. It does not cover itself.""")
exercise.mistake("the start not checked", partial(_bent_file, "start not checked")).says("""
    The first four bytes are not `DCZ` and 1, and you read on. Raise ValueError.""")
exercise.mistake("the version not checked", partial(_bent_file, "version not checked")).says("""
    This is another version of the format, which may hold what you cannot read. The fourth byte must be 1, else raise
    ValueError.""")
exercise.mistake("None for a bad file", partial(_bent_file, "None returned")).says("""
    For a bad file you return None. Whoever called would go on with it: raise ValueError.""")
exercise.mistake("nothing for a bad file", partial(_bent_file, "nothing returned")).says("""
    For a bad file you return no tensors, as for an empty one. Whoever called cannot tell: raise ValueError.""")
exercise.mistake("nothing checked", partial(_bent_file, "nothing checked")).says("""
    You read whatever comes. First look whether it is a good file: at least 9 bytes long, `DCZ` and 1 at the start, and
    a checksum that fits. Else raise ValueError.""")
exercise.mistake("another error", partial(_bent_file, "another error")).says("""
    You refuse bad files, but with AssertionError. An assert is for what cannot happen, and Python may be told to skip
    it; a bad file can happen. Raise ValueError.""")
exercise.mistake("data right after each header", partial(_bent_file, "data after each header")).says("""
    You look for a tensor's data right after its header. The page has all headers first, then the data of all tensors in
    the same order.""")
exercise.mistake("the two halves swapped", partial(_bent_file, "halves swapped")).says("""
    The byte is kind << 4 | dtype: the kind is the high half, byte // 16, the dtype the low one, byte % 16.""")
exercise.mistake("names left as bytes", partial(_bent_file, "names as bytes")).says("""
    Your names are bytes. They are UTF-8: raw.decode() makes text of them.""")
exercise.mistake("names in quotes", partial(_bent_file, "str")).says("""
    str(raw) is how Python would print the bytes, b'...' and all. raw.decode() makes text of them.""")
exercise.mistake("a number for the dtype", partial(_bent_file, "number of the dtype")).says("""
    The low half of the byte is only a number. read_tensor takes a dtype: dtypes[dtype].""")
exercise.mistake("names not in UTF-8", partial(_bent_file, "latin-1")).says("""
    You decode names as if each byte were a character. They are UTF-8, what .decode() takes if not told otherwise.""")
exercise.mistake("the start read as headers", partial(_bent_file, "start not skipped")).says("""
    You read on from the first byte, so that `D` becomes the number of tensors. The first four bytes are done:
    iter(content[4:]).""")
exercise.mistake("the version read as the number of tensors", partial(_bent_file, "version read again")).says("""
    You read on from the version, so that 1 becomes the number of tensors. Four bytes are done, not three:
    iter(content[4:]).""")
exercise.mistake("one byte for the number of tensors", partial(_bent_file, "a byte for the number")).says("""
    The number of tensors is a varint: from 128 on it takes two bytes.""")
exercise.mistake("one byte for a name's length", partial(_bent_file, "a byte for the name's length")).says("""
    The length of a name is a varint: from 128 on it takes two bytes.""")
exercise.mistake("one byte for each dimension", partial(_bent_file, "a byte a dimension")).says("""
    Each dimension is a varint: 300 takes two bytes.""")
exercise.mistake("dimensions backwards", partial(_bent_file, "dimensions backwards")).says("""
    You turn the dimensions round. They stand in the order of the shape: rows, then columns.""")
exercise.mistake("only the last tensor", partial(_bent_file, "only the last")).says("""
    Your dictionary holds only one tensor. Is it made anew in the loop, or does the return stand in it?""")
exercise.mistake("only the first tensor", partial(_bent_file, "only the first")).says("""
    You return after the first tensor. Read all of them.""")
exercise.mistake("headers without data", partial(_bent_file, "the headers")).says("""
    These are the headers. Now the data: read_tensor(data, kind, dtype, shape) for each, in the same order.""")
exercise.mistake("a list of pairs", partial(_bent_file, "pairs")).says("""
    Names and arrays are right, as a list of pairs. Asked for is a dictionary: dict(pairs).""")
exercise.mistake("a list of arrays", partial(_bent_file, "a list")).says("""
    The arrays are right, but their names are lost. Return a dictionary, name -> array.""")
exercise.mistake("the error returned", partial(_bent_file, "error returned")).says("""
    For a bad file you return the error, so that nothing stops. Write `raise ValueError(...)`.""")
for _bend, _name, _words in (
    ("the fourth byte of three", "no length asked before content[3]", """
        content[3] of a file with three bytes is an IndexError. Ask for len(content) first: a file with fewer than 9
        bytes is refused with ValueError."""),
    ("a version above 1", "only a version above 1 refused", """
        A file of version 0 is read, too. The fourth byte is 1, and nothing else: != 1, not > 1."""),
    ("data by name", "data in the order of names", """
        You read the data in the order of the names. They stand in the order of the headers: go through these as they
        came."""),
    ("CRC not checked, but left out", "the checksum left out", """
        You leave the last four bytes out, but never look at them. Compare them with zlib.crc32(content[:-4]), and raise
        ValueError if they differ."""),
    ("no shortest file", "a file that ends behind its version", """
        This file ends behind the version, and its checksum fits. The number of tensors is missing: a file has 9 bytes
        or more. Raise ValueError for a shorter one."""),
    ("index beyond a short file", "an index beyond a short file", """
        For a file that is too short you look at a byte that is not there. Ask for len(content) first, and raise
        ValueError."""),
    ("unpack of a short file", "no checksum in a short file", """
        For a file that is too short, struct finds no four bytes. Ask for len(content) first, and raise ValueError."""),
    ("empty file refused", "an empty file refused", """
        You refuse a file without tensors. It has 9 bytes and is a good one: return {}."""),
    ("only the version checked", "only the version checked", """
        You look at the version, but not at the three bytes before it. A file begins with DCZ, else raise
        ValueError."""),
    ("ASCII", "names in ASCII", """
        You decode names as ASCII, which has no ö. They are UTF-8, what .decode() takes if not told otherwise."""),
    ("three bits of the dtype", "only three bits of the dtype", """
        You take three bits for the dtype, and it has four: byte & 15, or byte % 16."""),
    ("data backwards", "data in another order than headers", """
        You read the data in another order than the headers. They stand in the same order."""),
):  # fmt: skip
    exercise.mistake(_name, partial(_bent_file, _bend)).says(_words)
