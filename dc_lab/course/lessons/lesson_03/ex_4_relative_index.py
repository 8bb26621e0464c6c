"""03.4 Gaps that fit, with fillers."""

import numpy as np

from dc_lab import sparse
from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_03.common import FIGURE_2, first_layer, mask_of


def relative_index(mask, bits):
    """(gaps, is_filler) of each stored entry: its gap, and whether it is a filler."""
    runs = np.diff(np.flatnonzero(mask), prepend=-1) - 1
    entries = runs // 2**bits + 1  # of each weight: its fillers and itself
    last = np.cumsum(entries) - 1  # where the weight itself stands among all entries
    gaps = np.full(entries.sum(), 2**bits - 1)
    is_filler = np.ones(entries.sum(), bool)
    gaps[last] = runs % 2**bits
    is_filler[last] = False
    return gaps, is_filler


def _relative_index(mask, bits):
    gaps, is_filler = sparse.relative_index(mask, bits)
    return gaps.astype(np.int64), is_filler


def _alone_at(*places):
    mask = np.zeros(places[-1] + 1, bool)
    mask[list(places)] = True
    return mask


def _draw_relative(rng):
    return np.asarray(rng.random(int(rng.integers(1, 50))) < rng.choice([0.03, 0.1, 0.3])), int(rng.integers(1, 5))


CASES = [
    (np.array([True]), 1), (np.array([False]), 3), (mask_of(".x"), 1), (mask_of("..x"), 1), (mask_of("...x"), 1),
    (mask_of("....x"), 1), (mask_of("......"), 2), (mask_of("xxx"), 2), (mask_of("x......"), 1),
    (mask_of("...x...."), 2), (mask_of("......x..x"), 2), (_alone_at(7), 3), (_alone_at(8), 3), (_alone_at(0, 15), 3),
    (_alone_at(16, 17), 3), (_alone_at(3, 20), 2), (mask_of("....x ..... x...."), 2), (mask_of("x.... ....x"), 2),
    (_alone_at(300), 8), (_alone_at(2, 700), 9), (_alone_at(0, 16, 2100, 2101), 4),
    (_alone_at(256, 511), 8), (_alone_at(255, 512, 1100), 8), (_alone_at(65_535, 65_536), 16),
    (_alone_at(65_536, 131_073), 16), (_alone_at(40_000), 15), (_alone_at(3, 20_000), 1),
    (np.asfortranarray(mask_of("x...... ......x x......")), 2),
    ((np.arange(24).reshape(2, 3, 4) % 11 == 9), 2), ((np.arange(90) % 13 == 12)[::3], 2), (np.zeros(0, bool), 4),
]  # fmt: skip


def _uneven_layer():
    """Half of the neurons keep 30 % and give many weights, half keep 1 % and give many fillers."""
    weights = first_layer(0.3)
    weights[150:] = first_layer(0.01)[150:]
    return weights != 0


def _counted(entries):
    return f"{entries} {'entry' if entries == 1 else 'entries'}"


def _entry(gap, is_filler):
    return f"a {'filler' if is_filler else 'weight'} with a gap of {gap}"


def _accepted(case, expected, got):
    """What is wrong with gaps and flags, in words, the first entry first; raises for what are no such arrays."""
    if not isinstance(got, (tuple, list)) or len(got) != 2 or not all(isinstance(part, np.ndarray) for part in got):
        raise TypeError("not two arrays")
    gaps, is_filler = got
    if gaps.ndim != 1 or is_filler.ndim != 1:
        raise TypeError("not gaps and flags")
    if gaps.dtype.kind not in "iu":
        return f"gaps is {gaps.dtype}, and holds whole numbers, also where it is empty"
    if is_filler.dtype != np.bool_:
        return f"is_filler is {is_filler.dtype}, and is boolean, also where it is empty"
    if len(gaps) != len(is_filler):
        return f"gaps has {len(gaps)} elements and is_filler {len(is_filler)}; each stored entry has one of both"
    right = list(zip(expected[0].tolist(), expected[1].tolist(), strict=True))
    found = list(zip(gaps.tolist(), is_filler.tolist(), strict=True))
    for number, (one, other) in enumerate(zip(right, found, strict=False)):
        if one != other:
            where = int(sparse.positions(expected[0])[number])
            return f"entry {number}, at position {where}, is {_entry(*one)}; yours is {_entry(*other)}"
    if len(found) > len(right):
        more = f"yours goes on with {_entry(*found[len(right)])}"
        return f"after {_counted(len(right))} the last weight is stored; {more}"
    if len(found) < len(right):
        return f"yours ends after {_counted(len(found))}; the next one is {_entry(*right[len(found)])}"
    return None


exercise = Exercise(
    id="03.4",
    title="Gaps that fit, with fillers",
    minutes=15,
    task="build",
    reference=_relative_index,
    solution=relative_index,
    shown=(FIGURE_2, 3),
    cases=CASES,
    draw=_draw_relative,
    accept=_accepted,
    large=lambda: (_uneven_layer(), 5),
    large_is="a mask of the shape of the first layer, 300 x 784, with gaps of 5 bits",
    hints=[
        "Begin with runs = zero_runs(mask), your 03.3. A run that fits needs one entry. How many fillers does a run of "
        "r zeros need? Try r = 7, 8, 15, 16 with 3 bits: 0, 1, 1, 2.",
        "That is runs // 2**bits fillers, and runs % 2**bits is the gap left for the weight itself. So weight i has "
        "runs[i] // 2**bits + 1 entries, the last of which is the weight.",
        "np.cumsum(entries) - 1 gives the places of the weights among all entries. Begin with an array full of "
        "2**bits - 1 (np.full) and flags that are all True (np.ones), then write the weights into their places.",
    ],
    why="""A filler bridges 2**bits zeros, the 2**bits - 1 in its gap and the one it stands on. So the division of a run
        by 2**bits says all: the quotient is the number of fillers, the remainder the gap that is left. Because the
        divisor is a power of two, the two are the high and the low bits of the run. The positions of the weights among
        the entries are a running sum, as the row starts of CSR were.""",
)


@exercise.alternative
def _relative_by_loops(mask, bits):
    gaps, is_filler, zeros = [], [], 0
    for kept in mask.ravel():
        if kept or zeros == 2**bits - 1:
            gaps.append(zeros)
            is_filler.append(not kept)
            zeros = 0
        else:
            zeros += 1
    # A filler is only needed on the way to a weight: those behind the last one are taken back.
    while is_filler and is_filler[-1]:
        gaps.pop()
        is_filler.pop()
    return np.array(gaps, np.int64), np.array(is_filler, bool)


@exercise.alternative
def _relative_by_weight(mask, bits):
    gaps = []
    is_filler = []
    for run in sparse.zero_runs(mask).tolist():
        fillers, rest = divmod(run, 2**bits)
        gaps += [2**bits - 1] * fillers + [rest]
        is_filler += [True] * fillers + [False]
    return np.array(gaps, np.uint16), np.array(is_filler, bool)


@exercise.alternative
def _relative_by_repeat(mask, bits):
    runs = sparse.zero_runs(mask)
    entries = runs // 2**bits + 1
    gaps = np.repeat(runs % 2**bits, entries)
    is_filler = np.ones(len(gaps), bool)
    is_filler[np.cumsum(entries) - 1] = False
    gaps[is_filler] = 2**bits - 1
    return gaps, is_filler


@exercise.mistake("no filler: what is too much is lost")
def _(mask, bits):
    """A gap that does not fit is cut to its lowest bits, and no filler makes up for it. Whoever reads it back places
    this weight, and all that follow, too early."""
    runs = sparse.zero_runs(mask)
    return runs % 2**bits, np.zeros(len(runs), bool)


@exercise.mistake("no filler: the largest gap instead")
def _(mask, bits):
    """A gap that does not fit is replaced by the largest one, and no filler makes up for it. Whoever reads it back
    places this weight, and all that follow, too early."""
    runs = sparse.zero_runs(mask)
    return np.minimum(runs, 2**bits - 1), np.zeros(len(runs), bool)


@exercise.mistake("no filler: gaps wider than the field")
def _(mask, bits):
    """Some gaps are larger than 2**bits - 1, the largest number that fits into the field. There, fillers have to bridge
    the way."""
    runs = sparse.zero_runs(mask)
    return runs, np.zeros(len(runs), bool)


def _filled(mask, step, full, at_once=1 << 30, over=0):
    """Entries where a filler with gap `full` takes up `step` zeros; not while no more than `over` are left."""
    gaps = []
    is_filler = []
    for run in sparse.zero_runs(mask).tolist():
        left, fillers = run, 0
        while left >= step + over and fillers < at_once:
            gaps.append(full)
            is_filler.append(True)
            left -= step
            fillers += 1
        gaps.append(left)
        is_filler.append(False)
    return np.array(gaps, np.int64), np.array(is_filler, bool)


exercise.mistake("a filler takes no place", lambda mask, bits: _filled(mask, 2**bits - 1, 2**bits - 1, over=1)).says("""
    A filler is a stored zero, so it stands on a zero itself. After 2**bits - 1 zeros comes the filler: it uses up
    2**bits zeros in all, and that is what to divide by.""")


@exercise.mistake("a filler takes no place, and comes too early")
def _(mask, bits):
    """A filler comes for each 2**bits - 1 zeros here. A gap of 2**bits - 1 still fits and needs no filler; and a filler
    stands on a zero itself, so it uses up 2**bits zeros."""
    return _filled(mask, 2**bits - 1, 2**bits - 1)


@exercise.mistake("the filler's place left in the rest")
def _(mask, bits):
    """The fillers are right, but the gap that is left for the weight is too large: each filler has used up 2**bits
    zeros, those in its gap and the one it stands on. The rest is runs % 2**bits."""
    gaps, is_filler = sparse.relative_index(mask, bits)
    runs = sparse.zero_runs(mask)
    rest = gaps.astype(np.int64)
    rest[~is_filler] = runs - (runs >> bits) * (2**bits - 1)
    return rest, is_filler


exercise.mistake("fillers with a gap of 2**bits", lambda mask, bits: _filled(mask, 2**bits, 2**bits)).says("""
    The number of fillers is right. Their gap is one too large: 2**bits - 1 zeros come before a filler, and it stands on
    the next one. 2**bits would not fit into the field.""")


@exercise.mistake("a run of 2**bits without filler")
def _(mask, bits):
    """A run of exactly 2**bits zeros gets no filler, but 2**bits does not fit into the field: the largest number is
    2**bits - 1. Fill while the run is >= 2**bits."""
    return _filled(mask, 2**bits, 2**bits - 1, over=1)


@exercise.mistake("a filler as soon as the field is full")
def _(mask, bits):
    """You put a filler on the last zero that still fits, so that it stands one place too early, and also where no
    weight follows. A run of exactly 2**bits - 1 zeros needs none."""
    gaps, is_filler, zeros = [], [], 0
    for kept in mask.ravel():
        zeros += not kept
        if kept or zeros == 2**bits - 1:
            gaps.append(zeros)
            is_filler.append(not kept)
            zeros = 0
    return np.array(gaps, np.int64), np.array(is_filler, bool)


@exercise.mistake("one entry for each weight")
def _(mask, bits):
    """You mark the weights that need a filler, but the filler is not there. It is an entry of its own, before the
    weight, so the arrays get longer than the number of weights."""
    runs = sparse.zero_runs(mask)
    return runs % 2**bits, runs >= 2**bits


exercise.mistake("a gap of 2**bits", lambda mask, bits: _filled(mask, 2**bits + 1, 2**bits)).says("""
    Your largest gap is 2**bits, one more than fits: `bits` bits hold the numbers 0 to 2**bits - 1.""")
exercise.mistake("the largest gap never used", lambda mask, bits: _filled(mask, 2**bits - 1, 2**bits - 2)).says("""
    Your largest gap is 2**bits - 2. The field holds 2**bits - 1 as well; a smaller bound costs more fillers.""")
exercise.mistake("one filler at most", lambda mask, bits: _filled(mask, 2**bits, 2**bits - 1, at_once=1)).says("""
    You put one filler where the run is too long. A very long run needs several: one for each 2**bits zeros.""")
exercise.mistake("fillers without a gap", lambda mask, bits: _filled(mask, 2**bits, 0)).says("""
    A filler has a gap as well: the 2**bits - 1 zeros before it. With a gap of 0 it bridges only itself.""")


@exercise.mistake("the flags upside down")
def _(mask, bits):
    """is_filler is True for the fillers. Yours is True for the weights."""
    gaps, is_filler = sparse.relative_index(mask, bits)
    return gaps, ~is_filler


@exercise.mistake("fillers behind the weight")
def _(mask, bits):
    """Your fillers come after the weight that they belong to. The entries stand in the order of their positions: first
    the fillers that bridge the run, then the weight."""
    gaps = []
    is_filler = []
    for run in sparse.zero_runs(mask).tolist():
        fillers, rest = divmod(run, 2**bits)
        gaps += [rest] + [2**bits - 1] * fillers
        is_filler += [False] + [True] * fillers
    return np.array(gaps, np.int64), np.array(is_filler, bool)


@exercise.mistake("fillers for the zeros at the end")
def _(mask, bits):
    """You put fillers into the zeros behind the last weight. Nothing comes after them, so nothing needs to be stored
    there."""
    gaps, is_filler = sparse.relative_index(np.append(mask, True), bits)
    return gaps[:-1], is_filler[:-1]


@exercise.mistake("fillers for the zeros at the end, and an empty list has no dtype")
def _(mask, bits):
    """Two things. np.array([]) holds floats: say the dtypes, np.array(gaps, np.int64) and np.array(is_filler, bool).
    And you put fillers into the zeros behind the last weight, where nothing needs to be stored."""
    gaps, is_filler = sparse.relative_index(np.append(mask, True), bits)
    return np.array(gaps[:-1].tolist()), np.array(is_filler[:-1].tolist())


@exercise.mistake("gaps in single bytes")
def _(mask, bits):
    """A gap of more than 255 does not fit into uint8 and is cut without a warning. For fields of more than 8 bits use a
    wider dtype."""
    gaps, is_filler = sparse.relative_index(mask, bits)
    return gaps.astype(np.uint8), is_filler


@exercise.mistake("distances instead of zeros")
def _(mask, bits):
    """Your gaps are one too large: they count the distance, not the zeros in between. The largest one is then 2**bits,
    which does not fit."""
    gaps, is_filler = sparse.relative_index(mask, bits)
    return gaps + 1, is_filler


@exercise.mistake("each row by itself")
def _(mask, bits):
    """You began again in each row. The mask is read as one long row, and a gap may reach from one row into the next."""
    rows = [sparse.relative_index(row, bits) for row in np.atleast_2d(mask)]
    return np.concatenate([gaps for gaps, _ in rows]), np.concatenate([filler for _, filler in rows])


@exercise.mistake("each row by itself, fillers to its end")
def _(mask, bits):
    """You began again in each row, and filled it up to its end. The mask is read as one long row."""
    rows = [sparse.relative_index_by_loop(np.append(row, True), bits) for row in np.atleast_2d(mask)]
    return np.concatenate([gaps[:-1] for gaps, _ in rows]), np.concatenate([filler[:-1] for _, filler in rows])


@exercise.mistake("a full gap taken for a filler")
def _(mask, bits):
    """An entry is taken for a filler because its gap is full. A weight may have a full gap too, after exactly
    2**bits - 1 zeros: the flag has to come from somewhere else than the gap."""
    gaps, _ = sparse.relative_index(mask, bits)
    return gaps, gaps == 2**bits - 1


def _divided(mask, step, full, rest_of, runs=None):
    """The solution with another divisor, another full gap, and another divisor for the rest (None: the run itself)."""
    runs = sparse.zero_runs(mask) if runs is None else runs
    entries = runs // step + 1
    gaps, is_filler = np.full(entries.sum(), full), np.ones(entries.sum(), bool)
    gaps[np.cumsum(entries) - 1] = runs if rest_of is None else runs % rest_of
    is_filler[np.cumsum(entries) - 1] = False
    return gaps, is_filler


@exercise.mistake("2 ^ bits")
def _(mask, bits):
    """In Python, ^ is no power but the exclusive or of bits: 2 ^ 3 is 1. A power is 2**bits."""
    return _divided(mask, 2 ^ bits, (2 ^ bits) - 1, 2 ^ bits)


@exercise.mistake("2 * bits")
def _(mask, bits):
    """A field of `bits` bits has 2**bits values, from 0 to 2**bits - 1. Here it is 2 * bits."""
    return _divided(mask, 2 * bits, 2 * bits - 1, 2 * bits)


@exercise.mistake("lists")
def _(mask, bits):
    """These are lists. Asked for are two arrays: np.array(gaps, np.int64) and
    np.array(is_filler, bool), which is right for an empty list, too."""
    gaps, is_filler = sparse.relative_index(mask, bits)
    return gaps.tolist(), is_filler.tolist()


@exercise.mistake("flags as numbers")
def _(mask, bits):
    """is_filler holds numbers, and has to be boolean: ~ and indexing do something else with 0 and 1. Give it the dtype
    bool."""
    gaps, is_filler = sparse.relative_index(mask, bits)
    return gaps, is_filler.astype(np.int64)


@exercise.mistake("an empty list has no dtype")
def _(mask, bits):
    """Where nothing is kept, this gives arrays of floats: np.array([]) cannot know better. Say the dtype:
    np.array(gaps, np.int64), np.array(is_filler, bool)."""
    gaps, is_filler = sparse.relative_index(mask, bits)
    return np.array(gaps.tolist()), np.array(is_filler.tolist())


@exercise.mistake("gaps as floats")
def _(mask, bits):
    """The gaps are floats. They are whole numbers: use // in place of /, and give np.zeros or np.full a dtype, such as
    np.int64."""
    gaps, is_filler = sparse.relative_index(mask, bits)
    return gaps.astype(np.float64), is_filler


@exercise.mistake("column by column")
def _(mask, bits):
    """You went down the columns. Read the matrix row by row, as ravel() does."""
    return sparse.relative_index(np.asarray(mask).T.copy(), bits)


@exercise.mistake("only the gaps")
def _(mask, bits):
    """There is one array, the gaps. Return two: gaps, is_filler."""
    return sparse.relative_index(mask, bits)[0]


@exercise.mistake("the two exchanged")
def _(mask, bits):
    """The two arrays are right, but in the other order: gaps, is_filler."""
    gaps, is_filler = sparse.relative_index(mask, bits)
    return is_filler, gaps


@exercise.mistake("weights and zeros exchanged")
def _(mask, bits):
    """This stores the zeros, with the weights as gaps. In `mask`, True is a kept weight."""
    return sparse.relative_index(~mask, bits)


@exercise.mistake("the first weight left out")
def _(mask, bits):
    """The first weight is missing: np.diff of n positions gives n - 1 numbers. Its zeros are those from the beginning
    on; np.diff has `prepend` for that."""
    where = np.flatnonzero(mask)
    return sparse.relative_index(mask.ravel()[where[0] + 1 :] if len(where) else mask, bits)


def _looped(mask, full, after=0, before_the_end=True, once=False, flag=lambda kept, zeros, full: not kept):
    """Position by position, with another full gap, another count behind an entry, or another flag."""
    gaps, is_filler, zeros = [], [], 0
    for kept in mask.ravel().tolist():
        if kept or zeros == full:
            gaps.append(zeros)
            is_filler.append(flag(kept, zeros, full))
            zeros = after
        else:
            zeros += 1
    while before_the_end and is_filler and is_filler[-1]:
        gaps.pop()
        is_filler.pop()
        if once:
            break
    return np.array(gaps, np.int64), np.array(is_filler, bool)


@exercise.mistake("one filler taken back at the end")
def _(mask, bits):
    """After the last weight, one filler is taken back, but there may be several: `while` in place of `if`."""
    return _looped(mask, 2**bits - 1, once=True)


@exercise.mistake("the count begins at 1 again")
def _(mask, bits):
    """Behind an entry, the count begins at 1, so that the gaps are one too large. No zero has come yet: begin at 0."""
    return _looped(mask, 2**bits - 1, after=1)


@exercise.mistake("2 ^ bits - 1")
def _(mask, bits):
    """In Python, ^ is no power but the exclusive or of bits, and - comes before it. A power is 2**bits."""
    return _looped(mask, 2 ^ bits - 1)


@exercise.mistake("the largest gap is `bits`")
def _(mask, bits):
    """Here the largest gap is `bits` itself. With `bits` bits one can count up to 2**bits - 1."""
    return _looped(mask, bits)


@exercise.mistake("a full gap taken for a filler, also at the end")
def _(mask, bits):
    """An entry is taken for a filler because its gap is full. A weight may have a full gap, too. And the fillers after
    the last weight have to go."""
    return _looped(mask, 2**bits - 1, before_the_end=False, flag=lambda kept, zeros, full: zeros == full)


@exercise.mistake("in the order of memory")
def _(mask, bits):
    """The mask is read in the order in which it lies in memory. In Fortran order that is column by column. ravel()
    without an order reads row by row."""
    return sparse.relative_index(mask.ravel(order="K"), bits)


@exercise.mistake("gaps of 16 bits with a sign")
def _(mask, bits):
    """An int16 ends at 32,767, and a gap of 16 bits goes up to 65,535. Leave the gaps as NumPy makes them."""
    gaps, is_filler = sparse.relative_index(mask, bits)
    return gaps.astype(np.int16), is_filler


@exercise.mistake("gaps of 8 bits with a sign")
def _(mask, bits):
    """An int8 ends at 127, and a gap of 8 bits goes up to 255. Leave the gaps as NumPy makes them."""
    gaps, is_filler = sparse.relative_index(mask, bits)
    return gaps.astype(np.int8), is_filler


@exercise.mistake("the first run one too small")
def _(mask, bits):
    """The first run is one too small. The row begins at position 0, so that the place before it is -1: np.diff(...,
    prepend=-1)."""
    return _divided(mask, 2**bits, 2**bits - 1, 2**bits, np.diff(np.flatnonzero(mask), prepend=0) - 1)


@exercise.mistake("fillers counted by 2**bits - 1")
def _(mask, bits):
    """The rest is right, but there are too many fillers: each uses up 2**bits zeros, those in its gap and the one that
    it stands on. Divide by 2**bits."""
    return _divided(mask, 2**bits - 1, 2**bits - 1, 2**bits)


@exercise.mistake("fillers counted by 2**bits + 1")
def _(mask, bits):
    """There are too few fillers: each uses up 2**bits zeros. Divide by 2**bits."""
    return _divided(mask, 2**bits + 1, 2**bits - 1, 2**bits)


@exercise.mistake("the whole run after its fillers")
def _(mask, bits):
    """The fillers are right, but behind them stands the whole run. What is left for the weight is runs % 2**bits."""
    return _divided(mask, 2**bits, 2**bits - 1, None)


@exercise.mistake("the rest of 2**bits - 1")
def _(mask, bits):
    """The fillers are right, but the rest is taken of 2**bits - 1. A filler uses up 2**bits zeros: runs % 2**bits."""
    return _divided(mask, 2**bits, 2**bits - 1, 2**bits - 1)


@exercise.mistake("255 in every filler")
def _(mask, bits):
    """The gap of a filler is 255, whatever `bits` is. It is 2**bits - 1."""
    return _divided(mask, 2**bits, 255, 2**bits)


@exercise.mistake("weights flagged where the run is too long")
def _(mask, bits):
    """Runs that are too long are marked, but not cut. A filler is an entry of its own, with a gap of 2**bits - 1."""
    runs = sparse.zero_runs(mask)
    return runs, runs > 2**bits - 1


@exercise.mistake("an exact fit gets a filler")
def _(mask, bits):
    """A run of exactly 2**bits - 1 zeros gets a filler, but it still fits into the field. A filler is needed from
    2**bits zeros on: write > in place of >= when you compare the run with 2**bits - 1."""
    gaps, is_filler = _filled(mask, 2**bits, 2**bits - 1, over=-1)
    return np.maximum(gaps, 0), is_filler


@exercise.mistake("an exact fit gets a filler, and a gap of -1")
def _(mask, bits):
    """A run of exactly 2**bits - 1 zeros gets a filler, and -1 is left for the weight. It still fits into the field. A
    filler is needed from 2**bits zeros on: write > in place of >= when you compare the run with 2**bits - 1."""
    return _filled(mask, 2**bits, 2**bits - 1, over=-1)


@exercise.mistake("half of the field")
def _(mask, bits):
    """Your largest gap is 2**(bits - 1) - 1, as if one bit were for a sign. Gaps have none: `bits` bits hold 0 to
    2**bits - 1."""
    return _filled(mask, 2 ** (bits - 1), 2 ** (bits - 1) - 1)


@exercise.mistake("always 3 bits")
def _(mask, bits):
    """It works for 3 bits only, as in the figure. `bits` is given: the largest gap is 2**bits - 1."""
    return _filled(mask, 8, 7)


@exercise.mistake("a call of itself for each filler")
def _(mask, bits):
    """It calls itself once for each filler, and Python stops a function that goes too deep. A run can need thousands:
    write a loop, or divide (runs // 2**bits)."""

    def split(run):
        return [run] if run < 2**bits else [*split(run - 2**bits), 2**bits - 1]

    for run in sparse.zero_runs(mask).tolist():
        split(run)
    return _relative_index(mask, bits)


@exercise.mistake("the first run one too small, but not below 0")
def _(mask, bits):
    """The first run is one too small, unless it is 0. The row begins at position 0, so that the place before it is -1:
    np.diff(..., prepend=-1), and nothing has to be cut off below 0."""
    runs = np.maximum(np.diff(np.flatnonzero(mask), prepend=0) - 1, 0)
    return _divided(mask, 2**bits, 2**bits - 1, 2**bits, runs)


@exercise.mistake("a full gap after every filler")
def _(mask, bits):
    """The fillers are right, but the zeros are not counted from 0 again behind them: the weight gets the whole run, cut
    to the largest gap. What is left for it is runs % 2**bits."""
    gaps, is_filler = _divided(mask, 2**bits, 2**bits - 1, None)
    return np.minimum(gaps, 2**bits - 1), is_filler


@exercise.mistake("the rest in the first entry")
def _(mask, bits):
    """The small gap that is left stands in the first entry of a run, and the last one is full. First come the fillers,
    with 2**bits - 1 zeros before each, and then the weight with what is left."""
    gaps, is_filler = [], []
    for run in sparse.zero_runs(mask).tolist():
        fillers, rest = divmod(run, 2**bits)
        gaps += [rest] + [2**bits - 1] * fillers
        is_filler += [True] * fillers + [False]
    return np.array(gaps, np.int64), np.array(is_filler, bool)


@exercise.mistake("fillers of the runs before again")
def _(mask, bits):
    """Behind a weight, the fillers of the runs before it are stored once more. Begin with no filler again after each
    weight."""
    gaps, is_filler, fillers = [], [], 0
    for run in sparse.zero_runs(mask).tolist():
        fillers += run // 2**bits
        gaps += [2**bits - 1] * fillers + [run % 2**bits]
        is_filler += [True] * fillers + [False]
    return np.array(gaps, np.int64), np.array(is_filler, bool)


@exercise.mistake("no filler before the last weight")
def _(mask, bits):
    """The last weight has lost its fillers. What is left out are the zeros after it; those before it are bridged as
    everywhere."""
    gaps, is_filler = sparse.relative_index(mask, bits)
    last = len(gaps) - 1 - int(np.argmax(~is_filler[-2::-1])) if (~is_filler).sum() > 1 else 0
    return np.append(gaps[:last], gaps[-1:]), np.append(is_filler[:last], is_filler[-1:])


@exercise.mistake("max(2 ^ bits, 1)")
def _(mask, bits):
    """In Python, ^ is no power but the exclusive or of bits: 2 ^ 2 is 0, and 2 ^ 3 is 1. A power is 2**bits."""
    return _filled(mask, max(2 ^ bits, 1), (2 ^ bits) - 1)


@exercise.mistake("return inside the loop")
def _(mask, bits):
    """Only the first weight is stored, with its fillers. The `return` stands inside the loop: move it behind the
    loop."""
    gaps, is_filler = sparse.relative_index(mask, bits)
    end = int(np.argmin(is_filler)) + 1
    return gaps[:end], is_filler[:end]
