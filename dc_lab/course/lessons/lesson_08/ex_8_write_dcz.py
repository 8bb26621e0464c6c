"""08.8 A file written."""

import zlib
from functools import partial

import numpy as np

from dc_lab import archive
from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_08.decoder import given
from dc_lab.course.lessons.lesson_08.encoder import write_dcz, write_stream, write_tensor, write_varint
from dc_lab.course.values import describe, plain


def _use(answer, tensors):
    found = answer(tensors)
    return bytes(found) if isinstance(found, bytearray) else found


def _accepted(case, expected, got):
    """What is wrong with a file, in words."""
    (arrays,) = case
    if not isinstance(got, bytes):
        return f"expected bytes, got {describe(plain(got))}"
    try:
        found = archive.loads(got)
    except archive.ArchiveError as error:
        return f"the package's reader refuses it: {error}{_covers(got)}"
    if list(found) != list(arrays):
        return f"read back, the names are {list(found)} and were {list(arrays)}"
    for name, array in arrays.items():
        if found[name].shape != array.shape:
            return f"read back, {name} has the shape {found[name].shape} and had {array.shape}"
        if found[name].dtype != array.dtype:
            return f"read back, {name} is {found[name].dtype} and was {array.dtype}"
        if not np.array_equal(found[name], array):
            return f"read back, {name} has other values"
    return None if len(got) <= 1.03 * len(expected) + 8 else f"it takes {len(got)} bytes; {len(expected)} are enough"


def _covers(got):
    """Of which bytes the checksum is, if not of all before it, in words."""
    stored = int.from_bytes(got[-4:], "little")
    size = next((n for n in range(len(got) - 5, 3, -1) if zlib.crc32(got[:n]) == stored), None)
    return "" if size is None else f". It is the checksum of the first {size} bytes alone, of {len(got) - 4}"


def _array(*shape, seed=0):
    rng = np.random.default_rng(seed)
    return np.where(rng.random(shape) < 0.3, rng.choice([0.1, -0.5, 2.0], shape), 0).astype(np.float32)


CASES = [
    ({"a": np.array([1.0], np.float32)},), ({},), ({"w": _array(3, 4)},), ({"b": np.zeros(3, np.float32)},),
    ({"w": _array(2, 5), "b": _array(5, seed=1)},), ({"b": _array(2, 5), "a": _array(5, seed=1)},),
    ({"größe": _array(2, 3)},), ({"long": _array(300)},), ({"two": _array(2, 130)},), ({"c": _array(2, 1, 3, 5)},),
    ({"x" * 130: _array(2)},), ({f"{i}": np.full(1 + i % 2, i, np.float32) * (i % 50 == 9) for i in range(130)},),
    ({"ip1.weight": _array(30, 40), "ip1.bias": _array(30, seed=2), "ip2.weight": _array(10, 30, seed=3)},),
    ({"f": np.asfortranarray(_array(6, 7))},), ({"b": np.full((2, 200), 0.1, np.float32)},),
]  # fmt: skip


def _draw(rng):
    return ({
        f"t{i}": _array(*rng.integers(1, 9, int(rng.integers(1, 4))).tolist(), seed=int(rng.integers(1000)))
        for i in range(int(rng.integers(1, 4)))
    },)  # fmt: skip


exercise = Exercise(
    id="08.8",
    title="A file written",
    minutes=20,
    task="build",
    time_limit=20.0,
    reference=write_dcz,
    given=given(write_varint, write_stream, write_tensor),
    use=_use,
    shown=({"w": _array(3, 4, seed=5), "b": np.array([0.1, 0.2], np.float32)},),
    cases=CASES,
    draw=_draw,
    draws=8,
    accept=_accepted,
    hints=[
        'The file begins with b"DCZ\\1" and the varint of how many tensors there are. Then come all headers, '
        "then all data: "
        "collect the two apart from each other.",
        "A header: raw = name.encode(), write_varint(len(raw)), raw, bytes([kind << 4 | 0]) (float32 is dtype 0), "
        "write_varint(array.ndim), and a varint for each of array.shape.",
        'Put all together, and behind it zlib.crc32(content).to_bytes(4, "little").',
    ],
    why="""Headers and data are collected in one go, because write_tensor says the kind only together with the data. The
        checksum is that of all that stands before it, so it comes last.""",
)


@exercise.alternative
def _in_two_goes(tensors):
    out = bytearray(b"DCZ" + bytes([1]))
    out += write_varint(len(tensors))
    written = {name: write_tensor(array) for name, array in tensors.items()}
    for name in tensors:
        out += write_varint(len(name.encode("utf-8"))) + name.encode("utf-8")
        out.append(written[name][0] * 16)
        for number in (len(tensors[name].shape), *tensors[name].shape):
            out += write_varint(number)
    for _, data in written.values():
        out += data
    check = zlib.crc32(out)
    return out + bytes(check >> shift & 255 for shift in (0, 8, 16, 24))


@exercise.alternative
def _by_lists(tensors):
    parts, data = [b"DCZ\x01", write_varint(len(tensors))], []
    for name, array in tensors.items():
        kind, content = write_tensor(array)
        raw = name.encode()
        parts += [write_varint(len(raw)), raw, bytes([kind << 4]), write_varint(array.ndim)]
        parts += [write_varint(int(side)) for side in array.shape]
        data.append(content)
    body = b"".join(parts + data)
    return body + np.uint32(zlib.crc32(body)).tobytes()


def one_byte(number):
    return bytes([number & 255])


def _single(number):
    return bytes([number])


def _bent(bent, tensors):
    """A file written wrongly, in the way that `bent` names."""
    small = one_byte if bent == "bytes for varints" else write_varint
    if bent == "nothing for none" and not tensors:
        return b""
    head = {"no version": b"DCZ", "version 4": b"DCZ\4", "text of the version": b"DCZ1", "no magic": b"\1"}.get(
        bent, b"DCZ\1"
    )
    if bent != "no number":
        number = len(tensors) + (bent == "number from 0")
        head += {"number of a byte": bytes([number & 255]), "number mod 128": bytes([number % 128])}.get(
            bent, small(number)
        )
    data = b""
    items = sorted(tensors.items()) if bent == "sorted" else tensors.items()
    items = list(items)[:1] if bent == "only the first" else items
    for name, array in items:
        if bent == "no zeros" and not array.any():
            continue
        kind, content = write_tensor(array)
        raw = name.encode({"latin-1": "latin-1", "ASCII": "ascii"}.get(bent, "utf-8"), "replace")
        length = len(name) if bent == "characters" else len(raw)
        size = one_byte if bent == "name length of a byte" else small
        head += (b"" if bent == "no name length" else size(length)) + raw
        if bent == "number of float16":
            kind += (kind & 1) / 16
        head += {"halves swapped": bytes([int(kind)]), "kind and dtype": bytes([int(kind), 0]), "no kind": b""}.get(
            bent, bytes([int(16 * kind)])
        )
        shape = array.squeeze().shape if bent == "squeezed" else array.shape
        shape = shape[::-1] if bent == "shape backwards" else (array.size,) if bent == "flat" else shape
        ndim = len(shape) if bent == "squeezed" else array.ndim
        head += (b"" if bent == "no ndim" else small(ndim)) + b"".join(
            map({"dimensions of a byte": one_byte, "dimensions that fit a byte": _single}.get(bent, small), shape)
        )
        if bent == "interleaved":
            head += content
        else:
            data = content + data if bent == "data backwards" else data + content
        if bent == "a length before the data":
            data = data[: len(data) - len(content)] + write_varint(len(content)) + content
    body = data + head if bent == "data before headers" else head + data
    covered = {
        "checksum of the headers": head,
        "checksum of the data": data,
        "checksum without the start": body[4:],
    }.get(bent, body)
    checksum = zlib.crc32(covered)
    if bent == "adler":
        checksum = zlib.adler32(body)
    if bent == "no checksum":
        return body
    if bent == "checksum as a varint":
        return body + write_varint(checksum)
    if bent == "checksum in front":
        return body[:4] + checksum.to_bytes(4, "little") + body[4:]
    return body + checksum.to_bytes(4, "big" if bent == "checksum from its highest byte" else "little")


for _bend, _name, _words in (
    ("no version", "no version", """
        The version is missing behind DCZ: a byte 1."""),
    ("text of the version", "the version as a digit", """
        The version is the digit "1", which is the byte 49. It is the byte 1: b"DCZ\\1"."""),
    ("version 4", "version 4", """
        The file says that it is of version 4. What you write is of version 1."""),
    ("no magic", "no DCZ", """
        The file does not begin with DCZ."""),
    ("no number", "no number of tensors", """
        Behind the version comes how many tensors there are, as a varint. It is missing."""),
    ("number from 0", "one tensor too many", """
        The file announces one tensor more than there are. It is len(tensors)."""),
    ("sorted", "tensors sorted by name", """
        The tensors are sorted by name. Keep the order of the dictionary."""),
    ("only the first", "only one tensor", """
        Only one tensor is written. Is the return in the loop?"""),
    ("latin-1", "names not in UTF-8", """
        Names are written in another encoding. They are UTF-8, which is what .encode() gives if not told
        otherwise."""),
    ("characters", "characters in place of bytes", """
        The length of a name is counted in characters. It is its bytes, and ö has two of them:
        len(name.encode())."""),
    ("no name length", "no length of the name", """
        The length of the name is missing in front of it."""),
    ("halves swapped", "the two halves swapped", """
        The byte has the kind in its low half. It is kind << 4 | dtype."""),
    ("kind and dtype", "two bytes for kind and dtype", """
        Kind and dtype take a byte each. They share one: kind << 4 | dtype."""),
    ("no kind", "no kind", """
        The byte with kind and dtype is missing behind the name."""),
    ("shape backwards", "the shape backwards", """
        The dimensions are written backwards. They stand in the order of the shape."""),
    ("flat", "the size in place of the shape", """
        The number of values is written in place of the shape."""),
    ("no ndim", "no number of dimensions", """
        How many dimensions there are is missing in front of them."""),
    ("bytes for varints", "a byte in place of a varint", """
        A number of 128 or more is written as one byte. How many tensors, the name's length, and dimensions
        are varints."""),
    ("interleaved", "data right behind each header", """
        The data of a tensor stand right behind its header. First come all headers, then all data."""),
    ("data backwards", "data in another order", """
        The data stand in another order than the headers."""),
    ("data before headers", "data before headers", """
        The data stand before the headers, even before DCZ. Headers come first."""),
    ("a length before the data", "a length before the data", """
        A length stands in front of the data of a tensor. The format has none there: each part says itself
        where it ends."""),
    ("no checksum", "no checksum", """
        The checksum is missing: four bytes at the end."""),
    ("checksum of the data", "a checksum of the data alone", """
        The checksum covers the data alone. It is that of all bytes before it, from DCZ on."""),
    ("checksum without the start", "a checksum without the start", """
        The checksum leaves out the first four bytes. It is that of all bytes before it."""),
    ("checksum from its highest byte", "the checksum from its highest byte", """
        The checksum begins with its highest byte. It is little-endian: .to_bytes(4, "little")."""),
    ("checksum as a varint", "the checksum as a varint", """
        The checksum is written as a varint. It always has four bytes: .to_bytes(4, "little")."""),
    ("checksum in front", "the checksum in front", """
        The checksum stands behind the version. It comes last."""),
    ("adler", "another checksum", """
        It is another checksum, Adler-32. Asked for is zlib.crc32."""),
    ("nothing for none", "no file for no tensors", """
        An empty dictionary gives no bytes at all. It makes a file, too: `DCZ`, the version, 0 tensors and the
        checksum."""),
    ("number of float16", "the number of float16 in the header", """
        Where values are stored as float16 you write dtype number 1. The tensor is float32, number 0: that it is stored
        in half the bytes is said by the kind."""),
    ("squeezed", "dimensions of 1 dropped", """
        Dimensions of 1 are lost. They belong to the shape: write array.shape as it is."""),
    ("name length of a byte", "a byte for a name's length", """
        The length of a name is written as one byte. It is a varint, too: from 128 on it takes two."""),
    ("checksum of the headers", "a checksum of the headers alone", """
        The checksum is taken before the data are appended. It is that of all bytes before it: headers and data."""),
    ("dimensions that fit a byte", "bytes([d]) for each dimension", """
        You write bytes([d]) for a dimension, which is one byte and takes no more than 255. A dimension is a varint:
        from 128 on it takes two bytes."""),
    ("dimensions of a byte", "a byte for each dimension", """
        Each dimension is written as one byte. It is a varint: from 128 on it takes two bytes."""),
    ("number of a byte", "a byte for the number of tensors", """
        The number of tensors is written as one byte. It is a varint: from 128 on it takes two bytes."""),
    ("number mod 128", "a number of tensors cut to seven bits", """
        The number of tensors is cut to seven bits. It is a varint: from 128 on it takes two bytes."""),
    ("no zeros", "tensors of zeros left out", """
        A tensor of zeros is left out. It is one of those that have to come back."""),
    ("ASCII", "names in ASCII", """
        Names are written in ASCII, and what it does not have is replaced. They are UTF-8: name.encode()."""),
):  # fmt: skip
    exercise.mistake(_name, partial(_bent, _bend)).says(_words)


@exercise.mistake("a list of bytes")
def _(tensors):
    """The bytes are right, but they are a list. Make bytes of it: bytes(...) or b"".join(...)."""
    return list(write_dcz(tensors))
