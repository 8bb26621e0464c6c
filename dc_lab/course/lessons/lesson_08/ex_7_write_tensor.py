"""08.7 A tensor written."""

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_08.decoder import given, read_varint
from dc_lab.course.lessons.lesson_08.encoder import write_stream, write_tensor, write_varint
from dc_lab.course.lessons.lesson_08.ex_6_write_stream import ROOM
from dc_lab.course.values import describe, plain
from dc_lab.dcz import streams, tensors
from dc_lab.dcz.header import Header
from dc_lab.sparse import relative_index

FLOAT32 = np.dtype(np.float32)


class _Written(NamedTuple):
    """A kind and its data as a reader sees them: two writers need not make the same bytes."""

    kind: Any
    entries: int | None
    read_back: Any


class Written(_Written):
    """The same, with the data themselves and, where they cannot be read, the reason."""

    data: Any
    refused: str


def _use(answer, array):
    found = answer(array)
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        return found
    kind, data = found
    if not isinstance(kind, (int, np.integer, np.bool_)) or not isinstance(data, (bytes, bytearray)):
        return found
    kind, data = int(kind), bytes(data)
    back, refused = _read(kind, data, array.shape) if 0 <= kind <= 7 else (data, "")
    entries = read_varint(iter(data)) if kind // 2 in (1, 3) and not refused else None
    written = Written(kind, entries, "the array" if np.array_equal(back, array) else back)
    written.data, written.refused = data, refused
    return written


def _read(kind, data, shape):
    """What the package reads, and ""; or the data, and why it does not."""
    reader = streams.Reader(b"DCZ\1" + data + b"crc!")
    reader.take(4, "header")
    try:
        found = tensors.decode(reader, Header(kind // 2, kind % 2 == 1, FLOAT32, shape)).tensor
    except streams.ArchiveError as error:
        return data, f"as kind {kind} it cannot be read, at byte {reader.at - 4}: {str(error).partition(': ')[2]}"
    if reader.at != reader.end:
        left = reader.end - reader.at
        return data, f"as kind {kind} it is read before its end: {left} byte{'s are' if left > 1 else ' is'} left over"
    return found, ""


def _accepted(case, expected, got):
    """What is wrong with a kind and its data, in words."""
    (array,) = case
    if not isinstance(got, Written) and (not isinstance(got, (tuple, list)) or len(got) != 2):
        return f"expected a pair, the kind and the data, got {describe(plain(got))}"
    if not isinstance(got, Written):
        kind, data = got
        if not isinstance(kind, (int, np.integer, np.bool_)):
            return f"the kind is {describe(plain(kind))}, expected a whole number: first the kind, then the data"
        return f"the data are {describe(plain(data))}, expected bytes"
    if not 0 <= got.kind <= 7:
        return f"the kind is {got.kind}; those of version 1 are 0 to 7"
    if got.refused:
        return got.refused
    if not isinstance(got.read_back, str):
        place = tuple(int(i) for i in np.argwhere(got.read_back != array)[0])
        said = f"read back, the value at {list(place)} is {got.read_back[place]!s} and was {array[place]!s}"
        lost = got.kind % 2 and np.float32(np.float16(array[place])) != array[place]
        return f"{said}, which float16 does not hold exactly" if lost else said
    least = len(expected.data)
    if len(got.data) > ROOM * least + 2:
        return f"it takes {len(got.data)} bytes as kind {got.kind}; {least} are enough, as kind {expected.kind}"
    return None


def _array(values, dtype=np.float32):
    return np.array(values, dtype)


def _placed(shape, places, values):
    array = np.zeros(shape, np.float32)
    array.flat[list(places)] = values
    return array


def _layer(shape, density, values, seed, order="C"):
    """A layer with so many values, of which a share is kept."""
    rng = np.random.default_rng(seed)
    book = rng.normal(0, 0.2, values).astype(np.float32)
    found = np.where(rng.random(shape) < density, rng.choice(book, shape), np.float32(0))
    return np.asarray(found, np.float32, order=order)


def _all_256():
    """A layer with 256 values, each at five places, and at its end more zeros than a gap of any width counts."""
    rng = np.random.default_rng(13)
    places = np.append(np.sort(rng.choice(5_000, 1_279, replace=False)), 14_999)
    return _placed((100, 150), places, rng.permutation(np.resize(rng.normal(0, 0.2, 256).astype(np.float32), 1_280)))


EXAMPLE = _placed(
    (4, 12),
    (0, 2, 9, 10, 13, 14, 18, 20, 23, 40, 41, 43),
    (1.5, 1.5, -0.25, 1.5, 1.5, 0.1, -0.25, 1.5, 1.5, 1.5, 1.5, -0.25),
)
"""The matrix of the worked example of FORMAT.md."""


def _cases():
    rng = np.random.default_rng(87)
    halves = np.float16(rng.normal(0, 0.1, (20, 30))).astype(np.float32)
    return [
        (_array([1.0]),), (_array([0.0, 0, 0]),), (_array([0.1, 0.1]),), (_array([[1.5, -2]]),),
        (_array([0.1, 3, -7]),),
        (np.zeros((3, 4), np.float32),), (np.full((4, 5), 0.1, np.float32),), (_placed(40, [39], 0.3),),
        (_placed((3, 30), [5, 80], 2.0),), (_placed((3, 30), [0, 1, 2, 89], [0.1, -0.1, 0.1, 0.1]),),
        (_placed((20, 60), [3, 700, 701, 1199], [0.1, 0.2, 0.2, 0.1]),), (_placed((1500,), [1499], -0.7),),
        (_placed(66_002, [66_000, 66_001], [0.1, -0.2]),), (_array([1e-8, 1, 1, 1] * 4),),
        (_array([1 + 2**-11, 1] * 9),), (_layer((12, 40), 0.2, 3, 1),), (_layer((12, 40), 0.2, 3, 2, "F"),),
        (np.asfortranarray(rng.normal(0, 0.1, (7, 9)).astype(np.float32)),), (_layer((8, 3, 5, 5), 0.4, 8, 3),),
        (_layer((30, 40), 0.15, 16, 4)[:, ::2],), (np.float16(_layer((30, 40), 0.1, 16, 5)).astype(np.float32),),
        (_layer((30, 30), 0.9, 140, 6),), (_layer((60, 60), 0.9, 256, 7),), (_layer((40, 60), 0.9, 400, 8),),
        (halves,), (rng.normal(0, 0.1, (30, 30)).astype(np.float32),), (_layer((30, 200), 0.02, 4, 9),),
        (_layer((60, 200), 0.004, 4, 10),), (_layer((20, 50), 1.1, 2, 11),), (_layer((50, 60), 0.03, 1, 12),),
        (_all_256(),), (EXAMPLE.T.copy(),), (np.float32(np.arange(300) % 150 - 75).reshape(3, 100),),
    ]  # fmt: skip


def _draw(rng):
    shape = tuple(int(n) for n in rng.integers(2, 12, int(rng.integers(1, 4))))
    array = _layer(shape, float(rng.choice([0.1, 0.3, 0.8])), int(rng.integers(1, 6)), int(rng.integers(1 << 30)))
    return (np.float16(array).astype(np.float32) if rng.random() < 0.4 else array,)


exercise = Exercise(
    id="08.7",
    title="A tensor written",
    minutes=30,
    task="build",
    time_limit=20.0,
    reference=write_tensor,
    given=given(write_varint, write_stream),
    use=_use,
    shown=(EXAMPLE,),
    cases=_cases,
    draw=_draw,
    accept=_accepted,
    large=lambda: (_layer((300, 784), 0.03, 16, 0),),
    large_is="a layer of 300 x 784 with 3 % of its weights and 16 values",
    large_seconds=15.0,
    equivalents={
        "line 8: 256 -> 257": "With 257 values form 3 is shorter, too, and other choices are free.",
        "line 8: 4 -> 3": "Form 3 a little earlier is within the 2 % that are free.",
        "line 11: 4 -> 3": "One more width is tried.",
        "line 11: 11 -> 12": "One more width is tried.",
    },
    hints=[
        "Which values are stored? half = array.astype(np.float16). If (half == array).all(), half holds every "
        "value and "
        "the kind is odd; else the array itself, and the kind is even.",
        "kept = array[array != 0] and book = np.unique(kept) say which form it is. Form 0: "
        "write_stream(np.frombuffer(stored.tobytes(), np.uint8)). tobytes goes row by row, whatever the order "
        "in memory.",
        "Form 3, for each width: gaps, is_filler = relative_index(stored != 0, "
        "bits). indices = np.full(len(gaps), len(book)) begins with fillers; then indices[~is_filler] = "
        "np.searchsorted(book, kept).",
        "Data of form 3, in order: write_varint(len(gaps)), write_varint(len(book)), "
        "book.astype(stored.dtype).tobytes(), "
        "write_stream(gaps), "
        "write_stream(indices). Put the data of every width into a list, and take the shortest: min(found, key=len).",
    ],
    why="""Which gap width is best depends on the layer, so all of them are tried. It takes a moment, and nobody has to
        know a formula. A narrow gap needs fillers, a wide one has a longer table. Trying form 0 as well would cost time
        for nothing: with shared values it is never the shorter one in a network.""",
)


@exercise.alternative
def _with_dictionary(array):
    values = np.ascontiguousarray(array).ravel()
    half = values.astype(np.float16).astype(np.float32)
    dtype = np.dtype("<f2") if np.array_equal(half, values) else np.dtype("<f4")
    is_half = int(dtype.itemsize == 2)
    places = np.flatnonzero(values)
    book = sorted(set(values[places].tolist()))
    best = (
        is_half,
        write_stream(np.frombuffer(values.astype(dtype).tobytes(), np.uint8)) if len(values) < 4000 else bytes(10**6),
    )
    if not 1 <= len(book) <= min(256, len(places) / 4):
        return is_half, write_stream(np.frombuffer(values.astype(dtype).tobytes(), np.uint8))
    index_of = {value: i for i, value in enumerate(book)}
    for width in range(10, 3, -1):
        gaps, indices, zeros = [], [], 0
        for place, before in zip(places, [-1, *places], strict=False):
            zeros = int(place - before - 1)
            more = zeros >> width
            gaps += [2**width - 1] * more + [zeros & (2**width - 1)]
            indices += [len(book)] * more + [index_of[float(values[place])]]
        data = b"".join([
            write_varint(len(gaps)), write_varint(len(book)), np.array(book, dtype).tobytes(),
            write_stream(np.array(gaps)), write_stream(np.array(indices)),
        ])  # fmt: skip
        if len(data) < len(best[1]):
            best = 6 + is_half, data
    return best


@exercise.alternative
def _by_the_package(array):
    data = tensors.encode(np.ascontiguousarray(array), "huffman")
    return [2 * data.kind + data.half, bytearray(data.content)]


def _bent(bent, array):
    """A tensor written wrongly, in the way that `bent` names."""
    half = array.astype(np.float16)
    is_half = bool((half == array).all()) and bent != "never half"
    is_half = is_half or bent == "always half" or (bent == "close is half" and np.abs(half - array).max() < 1e-4)
    is_half = is_half or (bent == "allclose" and np.allclose(half.astype(np.float32), array))
    stored = half if is_half and bent != "half in the kind alone" else array.astype(np.float32)
    if bent == "half in the values alone":
        is_half = False
    factor = 1 if bent == "form for kind" else 2
    flag = 0 if bent == "form for kind" else int(is_half)
    order = "F" if bent == "columns first" else "K"
    if bent in ("columns first", "order in memory"):
        stored = np.ascontiguousarray(stored.ravel(order)).reshape(array.shape)
    raw = stored.astype(stored.dtype.newbyteorder(">") if bent == "highest byte first" else stored.dtype).tobytes()
    kept = stored[stored != 0]
    book = np.unique(stored) if bent == "zero in the codebook" else np.unique(kept)
    often = len(kept) >= {"shared at once": 1, "shared from 40 on": 40}.get(bent, 4) * len(book)
    if bent == "more than four":
        often = len(kept) > 4 * len(book)
    if bent == "never dense" and not len(book):
        raise ValueError("zero-size array")
    most = {"16 values": 16, "255 values": 255, "any number": 65_535}.get(bent, 256)
    only_shared = bent == "never dense" or (bent == "dense for zeros only" and len(book))
    if bent == "dense from its highest byte":
        raw = stored.byteswap().tobytes()
    if bent == "zeros shared" and not len(book):
        return 3 * factor + flag, bytes(6)
    if not only_shared and (bent == "never shared" or not often or not 0 < len(book) <= most):
        dense = raw if bent == "no stream" else write_stream(np.frombuffer(raw, np.uint8))
        if bent == "values for bytes":
            dense = write_stream(stored.ravel().astype(int) & 4095)
        return (dense, flag) if bent == "data before kind" else dense if bent == "data alone" else (flag, dense)
    if bent == "order in memory, where shared":
        stored = np.ascontiguousarray(stored.ravel("K")).reshape(array.shape)
        kept = stored[stored != 0]
    found = []
    widths = {
        "4 bits": [4],
        "5 bits": [5],
        "8 bits": [8],
        "up to 5 bits": range(4, 6),
        "up to 9 bits": range(4, 10),
        "from 5 bits on": range(5, 11),
    }.get(bent, range(4, 11))
    for bits in widths:
        gaps, is_filler = relative_index(stored != 0, bits)
        filler = {"filler 0": 0, "filler is the last value": len(book) - 1, "filler too far": len(book) + 1}
        indices = np.full(len(gaps), filler.get(bent, len(book)))
        indices[~is_filler] = np.searchsorted(book, kept)
        if bent == "filler by search":
            indices[is_filler] = np.searchsorted(book, np.float32(0))
        if bent == "indices of one byte":
            indices &= 255
        if bent == "indices from 1":
            indices[~is_filler] += 1
            indices[is_filler] = 0
        if bent == "no index for fillers":
            indices = indices[~is_filler]
        if bent == "fillers left out":
            gaps, indices = gaps[~is_filler], indices[~is_filler]
        count = len(kept) if bent == "kept for entries" else len(gaps)
        never_half = np.float32
        dtype = {"float64 codebook": float, "float32 codebook": never_half, "float32 in form 3": never_half}.get(
            bent, book.dtype
        )
        values = book.astype(dtype)
        values = values.astype(values.dtype.newbyteorder(">")) if bent == "highest byte first" else values
        content = (
            write_stream(np.frombuffer(values.tobytes(), np.uint8)) if bent == "codebook a stream" else values.tobytes()
        )
        size = (
            b""
            if bent == "no codebook length"
            else write_varint(values.nbytes if bent == "bytes of the codebook" else len(book))
        )
        head = [write_varint(count), size + content]
        if bent == "no entries":
            head = head[1:]
        if bent == "codebook before entries":
            head = head[::-1]
        both = [write_stream(gaps), write_stream(indices)]
        both = both[::-1] if bent == "indices before gaps" else both
        if bent == "codebook last":
            head, both = head[:1], [*both, head[1]]
        flag = 0 if bent in ("6 for 7", "float32 in form 3") else flag
        found.append((3 * factor + flag, b"".join([*head, *both])))
    if bent == "the last width":
        return found[-1]
    if bent == "the longest":
        return max(found, key=lambda pair: len(pair[1]))
    best = min(found, key=lambda pair: len(pair[1]))
    if bent == "data before kind":
        return best[::-1]
    return best[1] if bent == "data alone" else best


for _bend, _name, _words in (
    ("form for kind", "the form in place of the kind", """
        The first of the pair is the form. Asked for is the kind, 2 · form + half: 0 or 1 for dense, 6 or 7
        for sparse shared."""),
    ("never half", "float16 never used", """
        Every value here is one that float16 holds exactly, and still four bytes are taken for each. Store
        float16 then, with an odd kind."""),
    ("always half", "float16 always used", """
        Values that float16 cannot hold are rounded to it. Use it only if every value stays the same:
        (array.astype(np.float16) == array).all()."""),
    ("close is half", "float16 where it is close", """
        Values that float16 holds only nearly are stored as float16. They have to come back to the last bit:
        compare with ==, not isclose."""),
    ("half in the kind alone", "float16 in the kind alone", """
        The kind is odd, which says float16, but the values stand there as float32."""),
    ("half in the values alone", "float16 in the values alone", """
        The values are stored as float16, but the kind is even, which says float32. Add 1 to it."""),
    ("no stream", "bytes without a stream", """
        In form 0 the bytes stand there as they are. They are a stream: write_stream(np.frombuffer(...,
        np.uint8))."""),
    ("values for bytes", "values in place of their bytes", """
        The values themselves go into the stream of form 0, and a stream has whole numbers only. It is a
        stream of their bytes: np.frombuffer(stored.tobytes(), np.uint8)."""),
    ("columns first", "column by column", """
        The values are written column by column. The page says C order, row by row; tobytes() and [mask] go
        that way by themselves."""),
    ("order in memory", "the order in memory", """
        The values are written in the order in which they lie in memory, which may be column by column. The
        page says C order; tobytes() and [mask] go that way by themselves."""),
    ("highest byte first", "the highest byte first", """
        The values begin with their highest byte. The page says little-endian, which is how they lie in
        memory here."""),
    ("never dense", "form 0 missing", """
        There is no form 0. All zeros have no codebook, and where nearly every value is another one, dense
        is shorter."""),
    ("shared at once", "form 3 without asking how often values are shared", """
        Form 3 is taken although the values are hardly shared. Its codebook then takes more than it saves.
        Take it where there are four kept weights to each value or more."""),
    ("shared from 40 on", "form 3 too seldom", """
        Form 3 is left out where values are shared, and is far shorter. Take it from four kept weights to
        each value on."""),
    ("never shared", "form 3 missing", """
        Only form 0 is written. Where few values are shared, form 3 is far shorter: try both and keep the
        shorter one."""),
    ("16 values", "16 values at most", """
        Form 3 is left out where there are more than 16 values. The page says up to 256."""),
    ("zero in the codebook", "zero in the codebook", """
        0 is a value of your codebook. Only kept weights have an index; take np.unique of what is not 0."""),
    ("4 bits", "gaps of 4 bits only", """
        Only gaps of 4 bits are tried. Another width may be far shorter: try 4 to 10."""),
    ("5 bits", "gaps of 5 bits only", """
        Only gaps of 5 bits are tried. Another width may be far shorter: try 4 to 10."""),
    ("8 bits", "gaps of 8 bits only", """
        Only gaps of 8 bits are tried. Another width may be far shorter: try 4 to 10."""),
    ("up to 5 bits", "gaps of up to 5 bits", """
        Gaps of more than 5 bits are not tried. Where few weights are kept, these are the shortest: try 4 to
        10."""),
    ("filler 0", "fillers with index 0", """
        A filler gets index 0, and comes back as the first value of the codebook. Its index is len(book),
        one past the last."""),
    ("filler is the last value", "fillers with the last index", """
        A filler gets the last index of the codebook, and comes back as that value. Its index is len(book),
        one past the last."""),
    ("filler too far", "fillers two past the codebook", """
        A filler gets the index len(book) + 1. It is len(book), one past the last, as indices begin with 0."""),
    ("indices from 1", "indices from 1", """
        Indices begin with 1, and 0 is the filler. The page counts values from 0, and the filler is
        len(book)."""),
    ("no index for fillers", "no index for fillers", """
        Fillers have a gap but no index, so there are fewer indices than entries. Each entry has both; a
        filler has the index len(book)."""),
    ("fillers left out", "fillers left out", """
        Fillers are left out, so all that comes after them stands too early. Write their gaps, too, with the
        index len(book)."""),
    ("kept for entries", "kept weights in place of entries", """
        The number of entries leaves out fillers. It is len(gaps)."""),
    ("float64 codebook", "a codebook of float64", """
        The codebook has eight bytes a value. It has to have the dtype of what is stored, float32 or
        float16."""),
    ("codebook a stream", "a codebook as a stream", """
        The values of the codebook are written as a stream. They stand there as they are, behind their
        number: book.tobytes()."""),
    ("no codebook length", "no length of the codebook", """
        The codebook's length is missing in front of its values."""),
    ("bytes of the codebook", "bytes of the codebook", """
        The codebook's length is counted in bytes. It is how many values it has."""),
    ("no entries", "no number of entries", """
        The number of entries is missing. Form 3 begins with it."""),
    ("codebook before entries", "the codebook before the entries", """
        The codebook stands before the number of entries. The page has entries, codebook, gaps, indices."""),
    ("indices before gaps", "indices before gaps", """
        The indices stand before the gaps. The page has entries, codebook, gaps, indices."""),
    ("codebook last", "the codebook at the end", """
        The codebook stands at the end. The page has entries, codebook, gaps, indices."""),
    ("the last width", "the widest gaps", """
        The gaps are the widest, of 10 bits, or as long as they come. Then there are hardly any fillers, but
        a long table or wide numbers. Keep the shortest of 4 to 10 bits: min(found, key=len). min(found)
        alone compares the bytes themselves, and mostly finds the widest."""),
    ("the longest", "the longest", """
        What you return is the longest of all that were tried. Keep the shortest: min(..., key=len)."""),
    ("data before kind", "data before kind", """
        The pair is the wrong way round. First the kind, then the data."""),
    ("data alone", "data alone", """
        Only the data are returned. The header needs the kind: return (kind, data)."""),
    ("allclose", "float16 by np.allclose", """
        np.allclose lets values through that float16 changes. Every value has to stay the same: compare with ==."""),
    ("6 for 7", "an even kind for a float16 codebook", """
        The codebook is float16, but the kind is 6, which says float32. It is 6 + half: 7 here."""),
    ("float32 codebook", "a codebook that is never float16", """
        The kind is odd, which says float16, but the codebook stands there as float32. It has to have the dtype of what
        is stored."""),
    ("filler by search", "fillers searched in the codebook", """
        Fillers get the index that searchsorted gives for 0, which is that of a value. 0 is not in the codebook: a
        filler has the index len(book)."""),
    ("zeros shared", "zeros in form 3", """
        A tensor of zeros is written in form 3 with an empty codebook, which no reader takes. Without values it is
        dense: form 0."""),
    ("float32 in form 3", "float16 in form 0 alone", """
        In form 3 your codebook is float32 and the kind even, also where float16 holds all values. Then it may be
        float16, and the kind is 7."""),
    ("255 values", "255 values at most", """
        256 values are taken for too many, and the tensor is written dense. Up to 256 are allowed, <= 256, and 0 is not
        counted among them."""),
    ("indices of one byte", "indices of one byte", """
        Your indices are single bytes. With 256 values the filler's index is 256, which becomes 0: a filler then reads
        as the first value. Keep them in int."""),
    ("more than four", "more than four weights a value", """
        Where each value serves exactly four weights the tensor is written dense. Four are enough: >=."""),
    ("dense for zeros only", "form 0 for zeros only", """
        Form 0 is taken for zeros only. Where each value serves fewer than four weights, the codebook takes more than it
        saves: form 0 there, too."""),
    ("up to 9 bits", "gaps of up to 9 bits", """
        Gaps of 10 bits are not tried. Where very few weights are kept, they are the shortest: range(4, 11)."""),
    ("from 5 bits on", "gaps from 5 bits on", """
        Gaps of 4 bits are not tried. Where many weights are kept, they are the shortest: range(4, 11)."""),
    ("order in memory, where shared", "the order in memory in form 3", """
        In form 3 the values are written in the order in which they lie in memory, which may be column by
        column. The page says row by row; array.ravel() and [mask] go that way by themselves."""),
    ("dense from its highest byte", "the highest byte first in form 0", """
        In form 0 the values begin with their highest byte. The page says little-endian, as they lie in memory
        here."""),
):  # fmt: skip
    exercise.mistake(_name, partial(_bent, _bend)).says(_words)
