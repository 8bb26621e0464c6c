"""12.5 Read the file."""

import numpy as np

from dc_lab.coding import random_code
from dc_lab.coding.random_code import draws
from dc_lab.course.exercises import Exercise


def read(data, count):
    """The `count` weights of a file: a byte for the unit, then a byte each block."""
    blocks = len(data) - 1
    size = -(-count // blocks)
    weights = np.zeros(blocks * size)
    for block in range(blocks):
        first = (256 * block + data[1 + block]) * size
        weights[block::blocks] = draws(np.arange(first, first + size)) / 147.8
    return weights[:count] * data[0] / 64


def _data(rng, blocks, spread=None):
    unit = int(rng.integers(1, 256)) if spread is None else spread
    return bytes([unit]) + rng.integers(0, 256, blocks, dtype=np.uint8).tobytes()


def _draw(rng):
    blocks = int(rng.integers(1, 12))
    return _data(rng, blocks), int(rng.integers(1, 40))


def _cases():
    rng = np.random.default_rng(6)
    return [
        (b"\x40\x00", 1), (b"\x40\x05", 3), (b"\x40\xff", 2), (b"\x40\x00\x00", 2), (b"\x40\x00\x01", 4),
        (b"\x20\x07\x09", 4), (b"\xff\x07\x09\x03", 6), (b"\x40\x07\x09\x03", 7), (b"\x40\x07\x09\x03", 8),
        (b"\x01\x80\xc8", 5), (b"\x40\x07\x09\x03\x01\x00", 3), (b"\x40\x07\x09\x03", 1), (b"\x00\x07\x09", 4),
        (_data(rng, 10), 25), (_data(rng, 7), 49), (_data(rng, 30), 100),
        # Counters beyond what 15 bits hold, and 16.
        (_data(rng, 32), 160), (_data(rng, 30), 300),
    ]  # fmt: skip


exercise = Exercise(
    id="12.5",
    title="Read the file",
    minutes=15,
    task="build",
    reference=random_code.read,
    solution=read,
    shown=(b"\x40\x07\x09", 4),
    cases=_cases,
    draw=_draw,
    tolerance=1e-9,
    large=lambda: (_data(np.random.default_rng(8), 301), 1970),
    large_is="301 blocks for the classifier's 1,970 weights",
    given="import numpy as np\nfrom dc_lab.coding.random_code import draws",
    equivalents={"line 5: np.zeros -> np.ones": "every weight is written over"},
    hints=[
        "blocks = len(data) - 1, and size = -(-count // blocks), which divides and rounds up. data[1 + b] is the "
        "number of the candidate of block b: a byte of `bytes` is a whole number.",
        "The counters of one candidate are `size` numbers in a row. Before it come 256 * b candidates of earlier "
        "blocks and data[1 + b] of its own: first = (256 * b + data[1 + b]) * size.",
        "Make room for blocks * size weights. Place block b by weights[b::blocks] = ... , and cut to `count` at the "
        "end. The unit is draws(...) / 147.8 * data[0] / 64.",
    ],
    why="""That is the whole decoder: nothing is stored but numbers of candidates. What architecture the weights belong
        to is outside of the file, as it is with the published files. dc_lab.coding.random_code reads all blocks at
        once.""",
)


@exercise.alternative
def _by_weights(data, count):
    chosen = list(data[1:])
    size = (count + len(chosen) - 1) // len(chosen)
    found = []
    for i in range(count):
        place, block = divmod(i, len(chosen))
        counter = block * 256 * size + chosen[block] * size + place
        found.append(draws(np.array([counter]))[0] / 147.8 * (data[0] / 64))
    return np.array(found)


@exercise.alternative
def _by_table(data, count):
    indices = np.frombuffer(data, np.uint8)[1:].astype(int)
    size = int(np.ceil(count / len(indices)))
    first = (256 * np.arange(len(indices)) + indices) * size
    return (draws(first[:, None] + np.arange(size)).T.flatten()[:count] / 147.8) * data[0] / 64


def _read(
    size_of=lambda count, blocks: -(-count // blocks),
    first_of=lambda block, index, size: (256 * block + index) * size,
    unit=lambda data: data[0] / 64,
    spread=147.8,
    strided=True,
    skip=1,
):
    def wrong(data, count):
        blocks = len(data) - skip
        size = size_of(count, blocks)
        weights = np.zeros((blocks, size))
        for block in range(blocks):
            weights[block] = draws(np.arange(size) + first_of(block, data[skip + block], size)) / spread
        return (weights.T if strided else weights).ravel()[:count] * unit(data)

    return wrong


exercise.mistake("blocks one after the other", _read(strided=False)).says("""
    You lay the blocks one after the other. Block b has the weights b, b + blocks, b + 2 * blocks and so on.""")
exercise.mistake("unit read as a block", _read(skip=0)).says("""
    You take the first byte for a block. It is the unit; blocks begin at data[1].""")
exercise.mistake("size rounded down", _read(size_of=lambda count, blocks: max(count // blocks, 1))).says("""
    You round the size of a block down, so that weights are missing where it does not divide. Round up:
    -(-count // blocks).""")
exercise.mistake("size one too large", _read(size_of=lambda count, blocks: count // blocks + 1)).says("""
    Where `blocks` divides `count` exactly your blocks are one too large, and all counters are others. Round up with
    -(-count // blocks).""")
exercise.mistake("blocks not counted", _read(first_of=lambda block, index, size: index * size)).says("""
    All your blocks have the same candidates. Those of block b come after 256 * b others.""")
exercise.mistake("255 candidates", _read(first_of=lambda block, index, size: (255 * block + index) * size)).says("""
    A byte tells 256 candidates apart, 0 to 255. You count 255 a block.""")
exercise.mistake("candidates overlap", _read(first_of=lambda block, index, size: 256 * block * size + index)).says("""
    The candidates of a block overlap with you: each has `size` counters of its own, so its number times `size`.""")
exercise.mistake("blocks overlap", _read(first_of=lambda block, index, size: 256 * block + index * size)).says("""
    Your blocks share candidates: 256 * b is a number of candidates, each of which has `size` counters.""")
exercise.mistake("counters not times size", _read(first_of=lambda block, index, size: 256 * block + index)).says("""
    Each candidate has `size` counters. Multiply the number of candidates before it by `size`.""")
exercise.mistake("unit not applied", _read(unit=lambda data: 1.0)).says("""
    The first byte is the unit in 1/64: multiply by data[0] / 64.""")
exercise.mistake("unit not divided", _read(unit=lambda data: float(data[0]))).says("""
    The first byte is the unit in 1/64. Divide it by 64.""")
exercise.mistake("unit by whole division", _read(unit=lambda data: float(data[0] // 64))).says("""
    // cuts the fraction off. The unit is data[0] / 64.""")
exercise.mistake("divided by the unit", _read(unit=lambda data: 64 / max(data[0], 1))).says("""
    You divide by the unit. Multiply by data[0] / 64.""")
exercise.mistake("unit over 256", _read(unit=lambda data: data[0] / 256)).says("""
    The unit is in 1/64, not 1/256.""")
exercise.mistake("draws not divided", _read(spread=1.0)).says("""
    Draws have a spread of 147.8. Divide them by it first.""")
exercise.mistake("divided by 510", _read(spread=510)).says("""
    You divide draws by their largest value. Divide by their spread, 147.8.""")
exercise.mistake("divided by 148", _read(spread=148)).says("""
    Both sides must use the same number to the last digit: 147.8.""")
exercise.mistake("counters from 1", _read(first_of=lambda block, index, size: (256 * block + index) * size + 1)).says(
    """Your counters are one too large. The first candidate of block 0 begins with counter 0."""
)
exercise.mistake(
    "blocks from 1", _read(first_of=lambda block, index, size: (256 * (block + 1) + index) * size)
).says("""
    You count blocks from 1. Block 0 comes first.""")


@exercise.mistake("block and candidate in bytes")
def _(data, count):
    """You compute counters in uint8, which NumPy gives for bytes, and they start again at 256. Convert to int first."""
    chosen = np.frombuffer(data, np.uint8)[1:]
    size = -(-count // len(chosen))
    first = (np.arange(len(chosen)).astype(np.uint8) * 0 + chosen) * np.uint8(size % 256)
    base = 256 * np.arange(len(chosen)) * size
    return (draws((base + first)[:, None] + np.arange(size)).T.ravel()[:count] / 147.8) * data[0] / 64


@exercise.mistake("not cut")
def _(data, count):
    """You return whole blocks. Only `count` weights are there: cut the rest off."""
    blocks = len(data) - 1
    return random_code.read(data, -(-count // blocks) * blocks)


@exercise.mistake("fewer than blocks")
def _(data, count):
    """With fewer weights than blocks, some blocks have none that is used. Make room for blocks * size, and cut at the
    end."""
    if count < len(data) - 1:
        raise IndexError("index out of range")
    return random_code.read(data, count)


exercise.mistake("a list", lambda data, count: random_code.read(data, count).tolist()).says("""
    This is a list. Return an array.""")
exercise.mistake("rounded", lambda data, count: np.round(random_code.read(data, count), 3)).says("""
    You round the weights. Leave them as they are.""")
exercise.mistake("float32", lambda data, count: random_code.read(data, count).astype(np.float32).astype(float)).says("""
    Your weights went through float32. Keep float64, as division of whole numbers gives it.""")


exercise.mistake("the unit at the end", lambda data, count: random_code.read(data[-1:] + data[:-1], count)).says("""
    You take the last byte for the unit. It is the first, data[0].""")
exercise.mistake("blocks from the last one", lambda data, count: random_code.read(data[:1] + data[:0:-1], count)).says(
    """You read the blocks from the last one. Block 0 is data[1]."""
)
exercise.mistake("weights as whole numbers", lambda data, count: random_code.read(data, count).astype(int)).says("""
    Your weights are whole numbers: np.zeros(..., int) cuts fractions off. Make room for floats.""")


@exercise.mistake("bytes with a sign")
def _(data, count):
    """You read bytes as int8, from -128 to 127. They are from 0 to 255: np.uint8, or data[i] as it is."""
    chosen = np.frombuffer(data, np.int8)[1:].astype(int)
    size = -(-count // len(chosen))
    first = (256 * np.arange(len(chosen)) + chosen) * size
    return draws((first[:, None] + np.arange(size)) % 2**32).T.ravel()[:count] / 147.8 * data[0] / 64


@exercise.mistake("places before candidates")
def _(data, count):
    """Your counters go over all candidates first, then over places. A candidate has `size` counters in a row."""
    chosen = np.frombuffer(data, np.uint8)[1:].astype(int)
    size = -(-count // len(chosen))
    first = 256 * size * np.arange(len(chosen)) + chosen
    return draws(first[:, None] + 256 * np.arange(size)).T.ravel()[:count] / 147.8 * data[0] / 64


exercise.mistake("size rounded", _read(size_of=lambda count, blocks: max(round(count / blocks), 1))).says("""
    You round the size of a block to the nearest number, so that weights may be missing. Round up: -(-count // blocks).
    """)
exercise.mistake("candidates as long as there are blocks", lambda data, count: _read(
    first_of=lambda block, index, size: (256 * block + index) * (len(data) - 1)
)(data, count)).says("""
    You multiply by the number of blocks. A candidate takes as many counters as its block has weights: `size`.
    """)  # fmt: skip
exercise.mistake("unit over 63", _read(unit=lambda data: data[0] / 63)).says("""
    You divide the unit by 63. It is in 1/64.""")
exercise.mistake("divided by 147", _read(spread=147)).says("""
    You divide by 147. Both sides must use the same number to the last digit: 147.8.""")
exercise.mistake("unit added", lambda data, count: _read(unit=lambda data: 1.0)(data, count) + data[0] / 64).says("""
    You add the unit. A draw with the spread 1 becomes one with another by a product.""")
exercise.mistake("rounded to two digits", lambda data, count: np.round(random_code.read(data, count), 2)).says("""
    You round the weights to two digits. Leave them as they are.""")
exercise.mistake("float16", lambda data, count: random_code.read(data, count).astype(np.float16)).says("""
    Your weights went through float16. Keep float64, as division of whole numbers gives it.""")


@exercise.mistake("last blocks with fewer counters")
def _(data, count):
    """Where a block has a weight less, you give its candidates a counter less, too. All candidates have `size`
    counters, and what is too much is dropped at the end."""
    blocks = len(data) - 1
    weights = np.zeros(count)
    for block in range(min(blocks, count)):
        size = len(range(block, count, blocks))
        weights[block::blocks] = draws((256 * block + data[block + 1]) * size + np.arange(size)) / 147.8 * data[0] / 64
    return weights


@exercise.mistake("the last block left out")
def _(data, count):
    """You leave the last byte out. Every byte behind the first is a block."""
    return random_code.read(data[:-1] if len(data) > 3 else data, count)


def _rounded_size(size_of):
    """Another size of the blocks; places that no block has stay 0."""

    def wrong(data, count):
        found = _read(size_of=lambda count, blocks: max(1, size_of(count, blocks)))(data, count)
        return np.pad(found, (0, count - len(found)))

    return wrong


exercise.mistake("size cut off", _rounded_size(lambda count, blocks: count // blocks)).says("""
    You round count / B down. Then the blocks are too small: all counters are others, and the last weights are missing.
    Round up, as -(-count // B) does.""")
exercise.mistake("size to the nearest", _rounded_size(lambda count, blocks: round(count / blocks))).says("""
    You round count / B to the nearest whole number, which is too small for some counts. Round up, as -(-count // B)
    does.""")


@exercise.mistake("one block too many")
def _(data, count):
    """You count the byte of the unit as a block, so that B is one too large and all weights are elsewhere. There are
    len(data) - 1 blocks."""
    blocks = len(data)
    return random_code.read(data + data[:1], count) if blocks else None


@exercise.mistake("divided by whole numbers")
def _(data, count):
    """You divide with //, which drops the fraction, so that all weights become whole numbers. Weights are floats:
    draws / 147.8 * unit / 64, with single strokes."""
    return _read(spread=1.0, unit=lambda data: 1.0)(data, count) * data[0] // 148 // 64


exercise.mistake("cut at the front", lambda data, count: random_code.read(
    data, -(-count // (len(data) - 1)) * (len(data) - 1)
)[-count:]).says("""
    You keep the last `count` positions and drop the first ones. Positions from `count` on do not exist:
    weights[:count].""")  # fmt: skip
exercise.mistake("block and candidate exchanged", _read(
    first_of=lambda block, index, size: (256 * index + block) * size
)).says("""
    You have block and candidate exchanged. 256 candidates belong to each block, so the block's number is multiplied by
    256: 256 * b + i.""")  # fmt: skip


@exercise.mistake("301 blocks")
def _(data, count):
    """You take 301 blocks, which is what our file has. The function reads any file: the number of blocks is
    len(data) - 1."""
    if len(data) != 302:
        raise IndexError("index out of range")
    return random_code.read(data, count)


for _name, _unit, _words in (
    ("unit over 255", lambda data: data[0] / 255, "You divide the unit by 255. It is in 1/64."),
    ("unit over 128", lambda data: data[0] / 128, "You divide the unit by 128. It is in 1/64."),
    ("unit over 100", lambda data: data[0] / 100, "You divide the unit by 100. It is in 1/64."),
    ("unit over 32", lambda data: data[0] / 32, "You divide the unit by 32. It is in 1/64."),
    ("unit over 8", lambda data: data[0] / 8, "You divide the unit by 8. It is in 1/64."),
    ("unit times 64", lambda data: data[0] * 64.0, "You multiply the unit by 64. It is data[0] / 64."),
    ("unit over 64 twice", lambda data: data[0] / 64**2, "You divide by 64 twice. The unit is data[0] / 64."),
    ("unit squared", lambda data: (data[0] / 64) ** 2, "You multiply by the unit twice. Once is enough."),
    ("root of the unit", lambda data: (data[0] / 64) ** 0.5, "You take the root of the unit. Take it as it is."),
    ("unit as a logarithm", lambda data: np.exp(data[0] / 64), "You take np.exp of the unit. It is no logarithm."),
    ("unit as a power of 2", lambda data: 2.0 ** (data[0] / 64), "You take 2 to that power. It is data[0] / 64."),
    ("unit from 1", lambda data: (data[0] + 1) / 64, "You add 1 to the byte of the unit. It is data[0] / 64."),
    ("unit with a sign", lambda data: (data[0] - 256 * (data[0] > 127)) / 64,
     "You read the byte of the unit with a sign, so that from 128 on it is below 0. It is from 0 to 255."),
    ("unit of 0 as 1", lambda data: (data[0] or 64) / 64, "Where the unit is 0, all weights are 0. Let it be so."),
):  # fmt: skip
    exercise.mistake(_name, _read(unit=_unit)).says(_words)

for _by, _name, _words in (
    (1 / 147.8, "times 147.8", "You multiply draws by their spread. Divide by 147.8: then their spread is 1."),
    (147.8**2, "divided by 147.8 twice", "You divide by 147.8 twice. Once is enough."),
    (128, "divided by 128", "You divide draws by 128. Divide by their spread, 147.8."),
    (256, "divided by 256", "You divide draws by 256. Divide by their spread, 147.8."),
    (1020, "divided by 1020", "You divide draws by 1020. Divide by their spread, 147.8."),
    (255, "divided by 255", "You divide draws by 255. Divide by their spread, 147.8."),
    (21845**0.5, "divided by the root of 21845", "You divide by the spread of draws to all digits. Both sides "
     "must use the same number, and that is 147.8."),
):  # fmt: skip
    exercise.mistake(_name, _read(spread=_by)).says(_words)

for _name, _first, _words in (
    ("candidates from 1", lambda b, i, size: (256 * b + i - 1) * size % 2**32,
     "You subtract 1 from the number of a candidate. Candidates are counted from 0: (256 * b + i) * size."),
    ("one candidate too far", lambda b, i, size: (256 * b + i + 1) * size,
     "You add 1 to the number of a candidate. Candidate 0 comes first: (256 * b + i) * size."),
    ("257 candidates", lambda b, i, size: (257 * b + i) * size, "You count 257 candidates a block. It has 256."),
    ("128 candidates", lambda b, i, size: (128 * b + i) * size, "You count 128 candidates a block. It has 256."),
    ("one candidate a block", lambda b, i, size: (b + i) * size,
     "You add the number of the block as if a block had one candidate. Before block b there are 256 * b."),
    ("as many candidates as weights", lambda b, i, size: (size * b + i) * size,
     "You count `size` candidates a block. A block has 256 of them, each with `size` counters."),
    ("counters of the block alone", lambda b, i, size: b * size + i,
     "You give each block `size` counters. Each of its 256 candidates has as many: (256 * b + i) * size."),
    ("the candidate left out", lambda b, i, size: 256 * b * size,
     "You take candidate 0 of each block. The file says which: (256 * b + data[1 + b]) * size."),
    ("block times candidate", lambda b, i, size: 256 * b * i * size,
     "You multiply the numbers of the block and of the candidate. Add them: (256 * b + i) * size."),
):  # fmt: skip
    exercise.mistake(_name, _read(first_of=_first)).says(_words)


def _right_way(table, count):
    return table.T.ravel()[:count]


def _laid(lay, places=lambda size, blocks: np.arange(size)):
    """A version that lays the draws otherwise: `lay(table of blocks and places, count)`; or takes other counters."""

    def wrong(data, count):
        chosen = np.frombuffer(data, np.uint8)[1:].astype(int)
        size = -(-count // len(chosen))
        first = (256 * np.arange(len(chosen)) + chosen) * size
        table = draws((first[:, None] + places(size, len(chosen))) % 2**32) / 147.8 * data[0] / 64
        return lay(table, count)

    return wrong


exercise.mistake("a block turned round", _laid(lambda table, count: table[:, ::-1].T.ravel()[:count])).says("""
    You lay the draws of a block from the last one on. The first counter is that of the block's first weight.""")
exercise.mistake("weights turned round", _laid(lambda table, count: table.T.ravel()[:count][::-1])).says("""
    You return the weights from the last one on. Weight 0 comes first.""")
exercise.mistake("cut before they are laid", _laid(lambda table, count: _right_way(
    np.where(np.arange(table.size).reshape(table.shape) < count, table, 0), count
))).says("""
    You drop draws while the blocks still lie one after the other, so that the last blocks lose weights. First lay them
    out, b + j * B, then cut to `count`.""")  # fmt: skip
exercise.mistake("rows and columns exchanged", _laid(
    lambda table, count: table.ravel().reshape(table.shape[::-1]).T.ravel()[:count]
)).says("""
    You cut the blocks' draws into pieces of B, where a block has `size` of them. Weight j of block b lies at b + j * B:
    a table of B rows, transposed, or weights[b::B].""")  # fmt: skip
exercise.mistake("a column", _laid(lambda table, count: _right_way(table, count)[:, None])).says("""
    You return a column, which has two dimensions. Return a flat array, (count,).""")
exercise.mistake("a row in a table", _laid(lambda table, count: _right_way(table, count)[None])).says("""
    You return a table of one row. Return a flat array, (count,).""")
exercise.mistake("a table", _laid(lambda table, count: table.T)).says("""
    You return a table of `size` rows, with what does not exist in it. Flatten it, row by row, and cut it: (count,).""")
exercise.mistake("a table of blocks", _laid(lambda table, count: table)).says("""
    You return a table with a row for each block. Return a flat array, (count,), in which weight j of block b is at
    b + j * B.""")
exercise.mistake("rows of ten", _laid(
    lambda table, count: _right_way(table, count).reshape(-1, 10 if count % 10 == 0 else 1)
)).says("""
    You give the weights the shape of a layer. Return a flat array, (count,): the notebook shapes it.""")  # fmt: skip
exercise.mistake("one too many", _laid(lambda table, count: table.T.ravel()[: count + 1])).says("""
    You cut at count + 1. Positions from `count` on do not exist: [:count].""")
exercise.mistake("one too few", _laid(lambda table, count: _right_way(table, count)[:-1])).says("""
    You return a weight too few. There are `count`.""")
exercise.mistake("without a sign", _laid(lambda table, count: abs(_right_way(table, count)))).says("""
    You lost the sign of the weights.""")
exercise.mistake("the other sign", _laid(lambda table, count: -_right_way(table, count))).says("""
    Your weights have the other sign. A weight is draw * unit / 147.8.""")
exercise.mistake("sorted", _laid(lambda table, count: np.sort(_right_way(table, count)))).says("""
    You sort the weights. Weight j of block b is the network's weight b + j * B.""")
exercise.mistake("incomplete rounds left out", _laid(lambda table, count: np.where(
    np.arange(count) < count // len(table) * len(table), _right_way(table, count), 0
))).says("""
    You leave the weights out that fill no whole round of blocks, at the end. Round `size` up, and cut to `count`.
    """)  # fmt: skip
exercise.mistake("one counter for all", _laid(_right_way, lambda size, blocks: np.zeros(size, int))).says("""
    All weights of your block come from one counter. A candidate has `size` counters in a row: first, first + 1 and so
    on.""")
exercise.mistake("counters B apart", _laid(_right_way, lambda size, blocks: blocks * np.arange(size))).says("""
    Your counters within a candidate are B apart. They are in a row: it is the weights that lie B apart.""")
exercise.mistake("counters 256 apart", _laid(_right_way, lambda size, blocks: 256 * np.arange(size))).says("""
    Your counters within a candidate are 256 apart. They are in a row: first, first + 1 and so on.""")
exercise.mistake("counters downwards", _laid(_right_way, lambda size, blocks: np.arange(size, 0, -1))).says("""
    Your counters go down, from first + size to first + 1. They go up, from `first` on.""")


def _standard(of):
    """A version that divides by the spread of the draws that came out."""

    def wrong(data, count):
        found = _laid(lambda table, count: of(table / np.maximum(data[0] / 64 / 147.8, 1e-300)))(data, count)
        return found.T.ravel()[:count] * data[0] / 64

    return wrong


exercise.mistake("divided by their own spread", _standard(lambda table: table / max(table.std(), 1e-9))).says("""
    You divide by the spread of the draws that came out, which is another in each file. Divide by 147.8.""")
exercise.mistake("each block divided by its spread", _standard(
    lambda table: table / np.maximum(table.std(axis=1, keepdims=True), 1)
)).says("""
    You divide each block by the spread of its own draws. Divide all by 147.8.""")  # fmt: skip


@exercise.mistake("the mean subtracted")
def _(data, count):
    """You subtract the mean of the draws that came out. Draws lie around 0 already: leave them as they are."""
    return _laid(lambda table, count: _right_way(table, count) - table.mean())(data, count)


@exercise.mistake("the byte before")
def _(data, count):
    """You take the byte before for a block's candidate, so that block 0 gets that of the unit. Block b has
    data[1 + b]."""
    return random_code.read(data[:1] + data[:-1], count)


@exercise.mistake("the byte behind")
def _(data, count):
    """You take the byte behind for a block's candidate. Block b has data[1 + b]."""
    return random_code.read(data[:1] + data[2:] + data[:1], count)


@exercise.mistake("blocks of 7")
def _(data, count):
    """You take 7 weights a block, as our file has. The function reads any file: size is count / B, rounded up."""
    return _read(size_of=lambda count, blocks: 7)(data, count)


@exercise.mistake("blocks of 1,970 weights")
def _(data, count):
    """You take the size of a block from our 1,970 weights. The function reads any file: size is count / B, rounded
    up."""
    return _read(size_of=lambda count, blocks: -(-1970 // blocks))(data, count)


@exercise.mistake("all in each block")
def _(data, count):
    """You take `count` for the size of a block. The blocks share the weights: size is count / B, rounded up."""
    return _read(size_of=lambda count, blocks: count)(data, count)


@exercise.mistake("B with the unit's byte")
def _(data, count):
    """You divide `count` by the length of the file. One byte is the unit: B is len(data) - 1."""
    return np.resize(_read(size_of=lambda count, blocks: -(-count // (blocks + 1)))(data, count), count)


@exercise.mistake("bytes counted in 8 bits")
def _(data, count):
    """256 * b + i with a byte of NumPy stays in 8 bits: 256 does not fit, or the sum starts again at 0. Convert first:
    int(data[1 + b]), or .astype(int)."""
    chosen = np.frombuffer(data, np.uint8)[1:]
    size = -(-count // len(chosen))
    first = np.array([(256 * block + index) * size for block, index in enumerate(chosen)])
    return draws(first[:, None] + np.arange(size)).T.ravel()[:count] / 147.8 * data[0] / 64


def _in_bits(dtype):
    """A version whose counters are kept in a small dtype."""

    def wrong(data, count):
        chosen = np.frombuffer(data, np.uint8)[1:].astype(int)
        size = -(-count // len(chosen))
        first = (256 * np.arange(len(chosen)) + chosen) * size
        counters = (first[:, None] + np.arange(size)).astype(dtype).astype(np.int64) % 2**32
        return draws(counters).T.ravel()[:count] / 147.8 * data[0] / 64

    return wrong


exercise.mistake("counters of 16 bits", _in_bits(np.uint16)).says("""
    Your counters have 16 bits, and begin again at 0 after 65,535. There are more of them: take int.""")
exercise.mistake("counters of 16 bits with a sign", _in_bits(np.int16)).says("""
    Your counters have 16 bits and a sign, so that those from 32,768 on are below 0. Take int.""")
exercise.mistake("counters of 8 bits", _in_bits(np.uint8)).says("""
    Your counters have 8 bits, and begin again at 0 after 255. Take int.""")


@exercise.mistake("more blocks than weights refused")
def _(data, count):
    """You refuse a file with more blocks than weights. It is right: `size` is 1 then, and blocks from `count` on have
    no weight."""
    if count < len(data) - 1:
        raise ValueError("more blocks than weights")
    return random_code.read(data, count)


@exercise.mistake("a short block not cut")
def _(data, count):
    """Where B does not divide `count`, the last blocks have a weight less, and `size` draws do not fit there. Make room
    for B * size weights, and cut to `count` at the end."""
    if count % (len(data) - 1):
        raise ValueError("could not broadcast input array from shape (2,) into shape (1,)")
    return random_code.read(data, count)


@exercise.mistake("a unit of 0 refused")
def _(data, count):
    """You refuse the unit 0. All weights are 0 then."""
    if data[0] == 0:
        raise ValueError("no unit")
    return random_code.read(data, count)


@exercise.mistake("numbers of default_rng")
def _(data, count):
    """You make the numbers with default_rng. Writer and reader have to make the same ones: use `draws`."""
    blocks = len(data) - 1
    size = -(-count // blocks)
    first = [(256 * block + data[1 + block]) * size for block in range(blocks)]
    table = np.array([np.random.default_rng(counter).normal(size=size) for counter in first])
    return table.T.ravel()[:count] * (data[0] / 64)


@exercise.mistake("the draws themselves")
def _(data, count):
    """You return the draws, whole numbers. A weight is draw * unit / 147.8."""
    return np.rint(_read(spread=1.0, unit=lambda data: 1.0)(data, count)).astype(int)


exercise.mistake("counters from 0 in each block", _read(first_of=lambda block, index, size: 0)).says("""
    All your blocks begin with counter 0. Block b with candidate i begins with (256 * b + i) * size.""")
exercise.mistake("256 times both", _read(first_of=lambda block, index, size: 256 * (block * size + index))).says("""
    You multiply the candidate's number by 256. It is (256 * b + i) * size: 256 candidates a block, `size` counters
    each.""")
exercise.mistake(
    "65,536 candidates", _read(first_of=lambda block, index, size: (65536 * block + index) * size)
).says("""
    You count 65,536 candidates a block. A number of one byte tells 256 apart.""")
exercise.mistake("counters `size` apart", _laid(_right_way, lambda size, blocks: size * np.arange(size))).says("""
    Your counters within a candidate are `size` apart. They are in a row: first, first + 1 and so on.""")


@exercise.mistake("draws divided by //")
def _(data, count):
    """You divide draws with //, which drops the fraction: draws / 147.8, with a single stroke."""
    return np.floor(_read(unit=lambda data: 1.0)(data, count)) * data[0] / 64


@exercise.mistake("no room for the last round")
def _(data, count):
    """The last blocks have a weight less, and you lay theirs beyond the end. Make room for B * size weights, and cut to
    `count`, or leave places from `count` on out."""
    if count % (len(data) - 1):
        raise IndexError("index out of bounds")
    return random_code.read(data, count)
