"""11.2 Pop a symbol."""

from decimal import ROUND_FLOOR, Decimal
from itertools import accumulate

import numpy as np

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_11.common import THREE, draw_table
from dc_lab.course.lessons.lesson_11.ex_1_push import push


def pop(state, frequencies):
    """(symbol, state before it was pushed)."""
    row, column = divmod(state, sum(frequencies))
    symbol = start = 0
    while column >= start + frequencies[symbol]:
        start += frequencies[symbol]
        symbol += 1
    return symbol, row * frequencies[symbol] + column - start


def _draw_pop(rng):
    return int(rng.integers(0, 300)), draw_table(rng)


CASES = [
    (0, THREE), (4, THREE), (5, THREE), (6, THREE), (7, THREE), (8, THREE), (23, THREE), (9, [1]), (3, [1, 1]),
    (7, [2, 0, 3]), (5, [0, 3, 1]), (12, [0, 0, 4]), (19, [3, 1, 2, 4]), (27, [1, 0, 0, 2]), (3, [2, 0]),
    (10, [3, 1, 0]), (7, [0, 1, 2, 0, 0]), (2**60 + 7, [3, 4, 1]), (2**80 + 12345, [3, 4, 1]), (7**300, [5, 3, 2, 2]),
]  # fmt: skip

exercise = Exercise(
    id="11.2",
    title="Pop a symbol",
    minutes=15,
    task="build",
    reference=pop,
    shown=(37, THREE),
    cases=CASES,
    draw=_draw_pop,
    hints=[
        "The column is state % total. Which symbol owns it? The first columns of a row belong to symbol 0, as many as "
        "its frequency, the next ones to symbol 1.",
        "Which of its numbers is it? Each full row before has `frequency` of them, and in this row there are column - "
        "start before it.",
        "Go through the symbols with `start` growing by their frequencies while column >= start + frequencies[symbol]. "
        "Then state // total * frequency + column - start.",
    ],
    why="""Every number belongs to one symbol, and is one of its numbers: that is the pair. No bit of the state stands
        for one symbol alone, and so a symbol can take a fraction of a bit.
        dc_lab.coding.rans finds the symbol in a table with an entry for each column, which it calls a slot.""",
)


@exercise.alternative
def _pop_by_owners(state, frequencies):
    owners = [s for s, frequency in enumerate(frequencies) for _ in range(frequency)]
    block, column = divmod(state, len(owners))
    symbol = owners[column]
    return symbol, block * frequencies[symbol] + column - owners.index(symbol)


@exercise.alternative
def _pop_by_search(state, frequencies):
    ends = np.cumsum(frequencies)
    total = int(ends[-1])
    symbol = int(np.searchsorted(ends, state % total, side="right"))
    return symbol, state // total * frequencies[symbol] + state % total - int(ends[symbol] - frequencies[symbol])


@exercise.mistake("state and symbol swapped")
def _(state, frequencies):
    """Both numbers are right. Asked for is the symbol first, then the state."""
    symbol, state = pop(state, frequencies)
    return state, symbol


exercise.mistake("only the symbol", lambda state, frequencies: pop(state, frequencies)[0]).says("""
    The symbol is right. The state before it is needed as well: the next symbol is read from that.""")
exercise.mistake("only the state", lambda state, frequencies: pop(state, frequencies)[1]).says("""
    The state is right. Return the symbol too: (symbol, state).""")


def _popped(frequencies, column):
    """(symbol, start) of a column."""
    for symbol, end in enumerate(accumulate(frequencies)):
        if column < end:
            return symbol, end - frequencies[symbol]
    raise AssertionError


def _pop_with(then):
    """A version that finds the symbol and then does `then(state, total, frequency, column, start)`."""

    def wrong(state, frequencies):
        total = sum(frequencies)
        column = state % total
        symbol, start = _popped(frequencies, column)
        return symbol, then(state, total, frequencies[symbol], column, start)

    return wrong


exercise.mistake(
    "where its columns begin not taken off",
    _pop_with(lambda state, total, f, column, start: state // total * f + column),
).says("The symbol is right. Its place among its own columns is column - start: take off where they begin.")
exercise.mistake("the place left out", _pop_with(lambda state, total, f, column, start: state // total * f)).says("""
    The symbol is right. The state is the numbers of the symbol in the full rows, and those before it in this row: add
    column - start.""")
exercise.mistake("the row as the state", _pop_with(lambda state, total, f, column, start: state // total)).says("""
    The symbol is right. state // total counts rows, and each of them has `frequency` numbers of this symbol: multiply,
    and add its place in this row, column - start.""")
exercise.mistake(
    "row and place without the frequency",
    _pop_with(lambda state, total, f, column, start: state // total + column - start),
).says("""The symbol is right. Each full row has `frequency` numbers of this symbol: state // total has to be multiplied
    by it.""")
exercise.mistake("the state less the column", _pop_with(lambda state, total, f, column, start: state - column)).says("""
    The symbol is right. What is left must count the symbol's own numbers only: `frequency` for each full row, and
    column - start in this one. You count all numbers.""")
exercise.mistake("divided by the frequency", _pop_with(lambda state, total, f, column, start: state // f)).says("""
    The symbol is right. Dividing by the frequency belongs to pushing. Here the state is rows, state // total, times
    frequency, plus column - start.""")
exercise.mistake("multiplied first", _pop_with(lambda state, total, f, column, start: state * f // total)).says("""
    The symbol is right. state * frequency // total is about as large as the state before, but not exactly it. Whole
    rows first, state // total * frequency; then column - start.""")


@exercise.mistake("pushed once more")
def _(state, frequencies):
    """The symbol is right, but then you push it again: the state must get smaller."""
    symbol, _ = _popped(frequencies, state % sum(frequencies))
    return symbol, push(state, symbol, frequencies)


@exercise.mistake("a column too late")
def _(state, frequencies):
    """The first column of each symbol goes to the one before it. The columns of a symbol are start, ..., start +
    frequency - 1: go on while column >= start + frequency. (With np.searchsorted on the ends: side="right".)"""
    total = sum(frequencies)
    column, symbol, start = state % total, 0, 0
    while column > start + frequencies[symbol]:
        start += frequencies[symbol]
        symbol += 1
    return symbol, state // total * frequencies[symbol] + column - start


@exercise.mistake("starts searched on the left")
def _(state, frequencies):
    """The first column of a symbol is its own. np.searchsorted(starts, column) needs side="right" before the 1 is taken
    off."""
    starts = np.cumsum(frequencies) - frequencies
    total = sum(frequencies)
    symbol = int(np.searchsorted(starts, state % total, side="left")) - 1
    return symbol, state // total * frequencies[symbol] + state % total - int(starts[symbol])


@exercise.mistake("the first that begins behind the column")
def _(state, frequencies):
    """You take the first symbol whose columns begin at this column or later. Its columns must begin at the column or
    before it, and end behind it."""
    starts = [sum(frequencies[:s]) for s in range(len(frequencies))]
    column = state % sum(frequencies)
    symbol = next((s for s, start in enumerate(starts) if start >= column), len(frequencies) - 1)
    return symbol, state // sum(frequencies) * frequencies[symbol] + column - starts[symbol]


@exercise.mistake("one column a symbol")
def _(state, frequencies):
    """You give one column to each symbol. A symbol has as many as its frequency: a row has sum(frequencies)."""
    column = state % len(frequencies)
    return column, state // len(frequencies)


@exercise.mistake("the most frequent")
def _(state, frequencies):
    """You always take the most frequent symbol. The column says which one it is: state % total."""
    total = sum(frequencies)
    column = state % total
    symbol = max(range(len(frequencies)), key=lambda s: frequencies[s])
    return symbol, state // total * frequencies[symbol] + column - sum(frequencies[:symbol])


@exercise.mistake("symbols without columns not counted")
def _(state, frequencies):
    """Where a frequency is 0 you count on with the next symbol under its number. It has no columns, but it keeps its
    number."""
    seen = [f for f in frequencies if f]
    symbol, state = pop(state, seen)
    return symbol, state


@exercise.mistake("division in floats")
def _(state, frequencies):
    """int(state / total) goes through a float, which holds 53 bits; of a large state the last digits are lost. // stays
    with whole numbers."""
    total = sum(frequencies)
    column = state % total
    symbol, start = _popped(frequencies, column)
    return symbol, int(state / total) * frequencies[symbol] + column - start


@exercise.mistake("numbers of 64 bits")
def _(state, frequencies):
    """np.cumsum gives numbers of NumPy, with 64 bits, and a state may be larger. Use int(...) on each before you mix it
    with the state, or itertools.accumulate."""
    ends = np.cumsum(frequencies, dtype=np.int64)
    column = state % ends[-1]
    symbol = int(np.searchsorted(ends, column, side="right"))
    return symbol, state // ends[-1] * frequencies[symbol] + column - (ends[symbol] - frequencies[symbol])


exercise.mistake(
    "the column modulo the frequency", _pop_with(lambda state, total, f, column, start: state // total * f + column % f)
).says("""The symbol is right. Its place among its own columns is column - start. column % frequency is the same only
    where its columns begin at a multiple of the frequency.""")
exercise.mistake(
    "the start taken off twice",
    _pop_with(lambda state, total, f, column, start: state // total * f + column - 2 * start),
).says("""The symbol is right. Where its columns begin is taken off twice: if your loop already makes the column
    smaller, nothing is left to take off.""")
exercise.mistake(
    "its own columns taken off",
    _pop_with(lambda state, total, f, column, start: state // total * f + column - start - f),
).says("""
    The symbol is right, and your state is too small by its frequency. You take off its own columns as well, as
    frequencies[:symbol + 1] does, or count one row too few.""")


@exercise.mistake("always symbol 0")
def _(state, frequencies):
    """The first symbol whose columns begin at the column or before is always symbol 0. Its columns must also end behind
    it: column < start + frequency."""
    total = sum(frequencies)
    return 0, state // total * frequencies[0] + state % total


@exercise.mistake("rows of 8")
def _(state, frequencies):
    """Rows have 8 numbers in the picture only. In general it is sum(frequencies)."""
    column = state % 8
    symbol, start = _popped([*frequencies, 8], column)
    if symbol == len(frequencies):
        raise IndexError
    return symbol, state // 8 * frequencies[symbol] + column - start


exercise.mistake("only the place", _pop_with(lambda state, total, f, column, start: column - start)).says("""
    The symbol is right. Its place in this row is, too, but the full rows before count as well: state // total of them,
    `frequency` numbers each.""")


@exercise.mistake("the frequency in place of the symbol")
def _(state, frequencies):
    """The state is right. You return the symbol's frequency; asked for is its number, which is its place in the
    list."""
    symbol, state = pop(state, frequencies)
    return frequencies[symbol], state


@exercise.mistake("the column held against one frequency")
def _(state, frequencies):
    """You compare the column with the frequency alone. Columns are counted from the beginning of the row: compare with
    the running sum, or make the column smaller on the way."""
    column = state % sum(frequencies)
    symbol = next(s for s, frequency in enumerate(frequencies) if column < frequency)
    return symbol, state // sum(frequencies) * frequencies[symbol] + column - sum(frequencies[:symbol])


@exercise.mistake("a symbol that has no columns")
def _(state, frequencies):
    """Where a symbol has the frequency 0, it begins at the same column as the one behind it, and you take the first of
    the two. It has no columns: the symbol is the one with start <= column < start + frequency."""
    starts = list(accumulate(frequencies[:-1], initial=0))
    row, column = divmod(state, sum(frequencies))
    start = max(each for each in starts if each <= column)
    symbol = starts.index(start)
    return symbol, row * frequencies[symbol] + column - start


@exercise.mistake("the first symbol of that frequency")
def _(state, frequencies):
    """You look the symbol up by its frequency, so that of two symbols with the same frequency it is always the first.
    Count the symbols as you go through them: enumerate(frequencies)."""
    symbol, state = pop(state, frequencies)
    return frequencies.index(frequencies[symbol]), state


@exercise.mistake("symbols counted from 1")
def _(state, frequencies):
    """The state is right, and your symbol is one too large. Symbols are counted from 0."""
    symbol, state = pop(state, frequencies)
    return symbol + 1, state


@exercise.mistake("a state cut to 63 bits")
def _(state, frequencies):
    """You make a number of NumPy of the state, which holds 63 bits, and drop what is above them. A state grows beyond
    that: keep it, and what you work out from it, in Python's whole numbers."""
    return pop(state % 2**63, frequencies)


@exercise.mistake("counted up")
def _(state, frequencies):
    """It does end, but it tries the states, or goes through the rows, one by one, and a state has hundreds of digits.
    Work it out: the row is state // total, and the column in it state % total."""
    old = 0
    while True:
        for symbol, frequency in enumerate(frequencies):
            if frequency and push(old, symbol, frequencies) == state:
                return symbol, old
        old += 1


exercise.mistake(
    "division with a point", _pop_with(lambda state, total, f, column, start: state / total * f + column - start)
).says(
    """The symbol is right. state / total has a fraction and makes a float of the state. Whole rows are state //
    total."""
)
exercise.mistake(
    "the place from the end",
    _pop_with(lambda state, total, f, column, start: state // total * f + f - 1 - column + start),
).says("""
    The symbol is right. You count its columns from the last one. They are counted from the first: column - start.""")


@exercise.mistake("the last column to the last symbol")
def _(state, frequencies):
    """The last column of a row goes to the last symbol, even where that has the frequency 0. Such a symbol owns
    nothing: the column's owner is the one with start <= column < start + frequency."""
    row, column = divmod(state, sum(frequencies))
    symbol, start = _popped(frequencies, column)
    if column == sum(frequencies) - 1:
        symbol, start = len(frequencies) - 1, sum(frequencies[:-1])
    return symbol, row * frequencies[symbol] + column - start


exercise.mistake(
    "the place counted from 1",
    _pop_with(lambda state, total, f, column, start: state // total * f + column - start + 1),
).says("""The symbol is right, and your state is one too large. Places are counted from 0: the symbol's first number
    has place 0.""")
exercise.mistake(
    "the place one too small", _pop_with(lambda state, total, f, column, start: state // total * f + column - start - 1)
).says("""The symbol is right, and your state is one too small. The symbol's first number has place 0: it is column -
    start, with nothing else taken off.""")
exercise.mistake(
    "rows of the frequency", _pop_with(lambda state, total, f, column, start: state // f * f + column - start)
).says("""The symbol is right. You count rows by the symbol's frequency. A row has sum(frequencies) numbers: state //
    total rows, times frequency.""")
exercise.mistake(
    "one row too few", _pop_with(lambda state, total, f, column, start: max(state // total - 1, 0) * f + column - start)
).says("""The symbol is right. You count one row too few. All state // total rows before are full, and each has
    `frequency` numbers of this symbol.""")
exercise.mistake(
    "one row too many", _pop_with(lambda state, total, f, column, start: (state // total + 1) * f + column - start)
).says("""The symbol is right. You count the row in which the state lies as full. Only state // total rows are before
    it.""")
exercise.mistake(
    "the state less the start", _pop_with(lambda state, total, f, column, start: state // total * f + state - start)
).says("""The symbol is right. You add the state less the start. The place in this row is the column less the start, and
    the column is state % total.""")
exercise.mistake(
    "the start in place of the place", _pop_with(lambda state, total, f, column, start: state // total * f + start)
).says(
    """The symbol is right. You add where its columns begin. Add how far the column lies behind that: column - start."""
)
exercise.mistake(
    "rows times the start", _pop_with(lambda state, total, f, column, start: state // total * start + column - start)
).says("""The symbol is right. You multiply the rows by the columns before the symbol. Each row has `frequency` numbers
    of this one.""")


def _in_order(order):
    """A version in which the symbols stand in another order in the row."""

    def wrong(state, frequencies):
        row, column = divmod(state, sum(frequencies))
        for symbol in order(frequencies):
            if column < frequencies[symbol]:
                return symbol, row * frequencies[symbol] + column
            column -= frequencies[symbol]
        raise AssertionError

    return wrong


exercise.mistake("the last symbol first", _in_order(lambda table: reversed(range(len(table))))).says("""
    In your row the last symbol comes first. Symbol 0 does: go through the frequencies from the front.""")
exercise.mistake(
    "sorted, the most frequent first", _in_order(lambda table: sorted(range(len(table)), key=lambda s: -table[s]))
).says("""In your row the most frequent symbol comes first. Nothing is sorted here: symbol 0 comes first, whatever its
    frequency.""")
exercise.mistake(
    "sorted, the rarest first", _in_order(lambda table: sorted(range(len(table)), key=lambda s: table[s]))
).says("""In your row the rarest symbol comes first. Nothing is sorted here: symbol 0 comes first, whatever its
    frequency.""")


@exercise.mistake("rows as long as a power of two")
def _(state, frequencies):
    """Your rows are as long as the next power of two. They have sum(frequencies) numbers, whatever that is: state //
    total and state % total."""
    bits = (sum(frequencies) - 1).bit_length()
    row, column = state >> bits, state & (1 << bits) - 1
    for symbol, f in enumerate(frequencies):
        if column < f:
            return symbol, row * f + column
        column -= f
    return len(frequencies) - 1, row * frequencies[-1]


exercise.mistake("nothing for state 0", lambda state, frequencies: pop(state, frequencies) if state else None).says("""
    For state 0 you return nothing. How many symbols there are is known from elsewhere: 0 is a number as any other, and
    belongs to the first symbol that has columns.""")


@exercise.mistake("never the last symbol")
def _(state, frequencies):
    """You never return the last symbol: the search ends one too early, and the symbol before takes its columns. Go on
    while column >= start + frequency, up to the last."""
    row, column = divmod(state, sum(frequencies))
    symbol = 0
    while symbol < len(frequencies) - 2 and column >= frequencies[symbol]:
        column -= frequencies[symbol]
        symbol += 1
    return symbol, row * frequencies[symbol] + column


@exercise.mistake("the state in place of the column")
def _(state, frequencies):
    """You look for the symbol with the whole state. From the second row on that is beyond all symbols: look with the
    column, state % total."""
    row, column = divmod(state, sum(frequencies))
    start = symbol = 0
    while symbol < len(frequencies) - 1 and state >= start + frequencies[symbol]:
        start += frequencies[symbol]
        symbol += 1
    return symbol, row * frequencies[symbol] + column - start


@exercise.mistake("only the symbol before as the start")
def _(state, frequencies):
    """Your start is the frequency of the symbol right before. It is the sum of all before: start += frequency."""
    row, column = divmod(state, sum(frequencies))
    start = symbol = 0
    while symbol < len(frequencies) - 1 and column >= start + frequencies[symbol]:
        start = frequencies[symbol]
        symbol += 1
    return symbol, row * frequencies[symbol] + column - start


def _cut(bits):
    return lambda state, frequencies: pop(state % 2**bits, frequencies)


exercise.mistake("a state cut to 32 bits", _cut(32)).says("""
    You keep 32 bits of the state. It holds the whole message: leave it as large as it is.""")
exercise.mistake("a state cut to 64 bits", _cut(64)).says("""
    You keep 64 bits of the state. It holds the whole message: leave it as large as it is.""")


@exercise.mistake("from a list of numbers")
def _(state, frequencies):
    """You look the state up in a list, which is what it means, and right. But states have hundreds of digits, and no
    list is that long. Work it out from state // total and state % total."""
    if state >= 10_000:
        raise IndexError
    return pop(state, frequencies)


@exercise.mistake("decimals of 28 digits")
def _(state, frequencies):
    """Your numbers are cut to 28 digits, as those of `decimal` are. A state has hundreds of digits; Python's whole
    numbers keep all of them: state // total."""
    symbol, start = _popped(frequencies, state % sum(frequencies))
    row = int((Decimal(state) / sum(frequencies)).to_integral_value(ROUND_FLOOR))
    return symbol, row * frequencies[symbol] + state % sum(frequencies) - start


@exercise.mistake("the state as a float")
def _(state, frequencies):
    """Your state is a float, which holds 53 bits, and a state may have thousands. Python's whole numbers have no
    limit."""
    symbol, state = pop(state, frequencies)
    return symbol, float(state)


@exercise.mistake("three numbers")
def _(state, frequencies):
    """You return more than two numbers. Asked for is the pair (symbol, state)."""
    symbol, state = pop(state, frequencies)
    return symbol, state, frequencies[symbol]


@exercise.mistake("rows counted by the symbols")
def _(state, frequencies):
    """You divide by the number of symbols. A row has as many numbers as all frequencies together: state //
    sum(frequencies)."""
    row, column = divmod(state, len(frequencies))
    for symbol, f in enumerate(frequencies):
        if column < f:
            return symbol, row * f + column
        column -= f
    return None


exercise.mistake("a list in place of the symbol", lambda state, frequencies: [pop(state, frequencies)]).says("""
    Your pair stands in a list. Return it by itself: (symbol, state).""")


@exercise.mistake("the symbol as a text")
def _(state, frequencies):
    """Your symbol is a text. Asked for is its number, which is its place in the list."""
    symbol, state = pop(state, frequencies)
    return str(symbol), state


exercise.mistake("a dictionary", lambda state, frequencies: dict([pop(state, frequencies)])).says("""
    You return a dictionary. Asked for is the pair (symbol, state), in round brackets.""")


@exercise.mistake("symbols and places counted from 1")
def _(state, frequencies):
    """Your symbol and your state are both one too large. Symbols and places are counted from 0."""
    symbol, state = pop(state, frequencies)
    return symbol + 1, state + 1


exercise.mistake(
    "the state less the rows", _pop_with(lambda state, total, f, column, start: state - state // total * f)
).says("""The symbol is right. You take its numbers in the full rows off the state. They are what is asked for:
    state // total * frequency, and column - start more.""")
