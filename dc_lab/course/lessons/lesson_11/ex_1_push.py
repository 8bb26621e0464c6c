"""11.1 Push a symbol."""

from decimal import ROUND_FLOOR, Decimal

import numpy as np

from dc_lab.course.exercises import Exercise
from dc_lab.course.lessons.lesson_11.common import THREE, draw_table


def push(state, symbol, frequencies):
    """The state after `symbol`: number `state`, counted from 0, of all the numbers that belong to it."""
    frequency, start = frequencies[symbol], sum(frequencies[:symbol])
    return state // frequency * sum(frequencies) + start + state % frequency


def _draw_push(rng):
    table = draw_table(rng)
    symbol = int(rng.choice(np.flatnonzero(table)))
    return int(rng.integers(0, 200)), symbol, table


CASES = [
    (0, 0, THREE), (0, 2, THREE), (1, 1, THREE), (4, 0, THREE), (5, 0, THREE), (13, 0, THREE), (7, 2, THREE),
    (9, 0, [1]), (3, 1, [1, 1]), (6, 2, [2, 0, 3]), (11, 3, [3, 1, 2, 4]), (10, 1, [1, 3, 2]),
    (2**60 + 7, 0, [3, 4, 1]), (2**80 + 12345, 1, [3, 4, 1]), (7**300, 1, [5, 3, 2, 2]),
]  # fmt: skip

exercise = Exercise(
    id="11.1",
    title="Push a symbol",
    minutes=5,
    task="warm-up",
    reference=push,
    shown=(8, 1, THREE),
    cases=CASES,
    draw=_draw_push,
    hints=[
        "A row has sum(frequencies) numbers, and `frequency` of them belong to the symbol. How many rows are full with "
        "the first `state` of its numbers?",
        "state // frequency rows are used up. Its columns in the next row begin at sum(frequencies[:symbol]), and the "
        "place among them is state % frequency.",
        "state // frequency * total + start + state % frequency.",
    ],
    why="""A symbol that owns f of every `total` numbers has its number x near x * total / f. So the state grows by the
        factor total / f, which is log2(total / f) bits: the ideal length, fraction included. That is the whole of
        rANS; the rest is keeping the state small.""",
)


@exercise.alternative
def _push_by_columns(state, symbol, frequencies):
    """The list of who owns each column, and in it the columns of this symbol."""
    owners = [s for s, frequency in enumerate(frequencies) for _ in range(frequency)]
    mine = [column for column, owner in enumerate(owners) if owner == symbol]
    return state // len(mine) * len(owners) + mine[state % len(mine)]


@exercise.alternative
def _push_in_place(state, symbol, frequencies):
    frequency = frequencies[symbol]
    return state + state // frequency * (sum(frequencies) - frequency) + sum(frequencies[:symbol])


@exercise.mistake("where its columns begin left out")
def _(state, symbol, frequencies):
    """Your number always lies in the first columns of its row, whichever symbol it is, so that a reader finds symbol 0.
    The columns of `symbol` begin behind those of the symbols before it: add the sum of their frequencies."""
    f = frequencies[symbol]
    return state // f * sum(frequencies) + state % f


@exercise.mistake("its own columns skipped")
def _(state, symbol, frequencies):
    """You begin behind the symbol's own columns: frequencies[:symbol + 1] includes its own. The symbols before it are
    frequencies[:symbol]."""
    f = frequencies[symbol]
    return state // f * sum(frequencies) + sum(frequencies[: symbol + 1]) + state % f


@exercise.mistake("the symbol's number as its first column")
def _(state, symbol, frequencies):
    """You add the symbol's number. Its columns begin where the columns of the symbols before it end, and each of these
    has several: add the sum of their frequencies."""
    f = frequencies[symbol]
    return state // f * sum(frequencies) + symbol + state % f


@exercise.mistake("the place within the row left out")
def _(state, symbol, frequencies):
    """The row is right, but you always take the first column of the symbol in it. Then several states become the same
    number, and nobody can tell them apart. Which of its columns is it? state % frequency."""
    return state // frequencies[symbol] * sum(frequencies) + sum(frequencies[:symbol])


@exercise.mistake("the place modulo the total")
def _(state, symbol, frequencies):
    """The symbol has `frequency` columns in each row, so its place among them is state % frequency. You take the
    remainder by the total, and so leave its columns."""
    total = sum(frequencies)
    return state // frequencies[symbol] * total + sum(frequencies[:symbol]) + state % total


@exercise.mistake("row and place swapped")
def _(state, symbol, frequencies):
    """You take state % frequency for the row and state // frequency for the place. The symbol has `frequency` numbers a
    row: whole rows are state // frequency, and what remains is the place in the next one."""
    f = frequencies[symbol]
    return state % f * sum(frequencies) + sum(frequencies[:symbol]) + state // f


@exercise.mistake("rows counted by the total")
def _(state, symbol, frequencies):
    """You divide by the total and multiply by the frequency. That is the way back, which makes the state smaller. Here
    it grows: state // frequency rows of `total` numbers each."""
    f, total = frequencies[symbol], sum(frequencies)
    return state // total * f + sum(frequencies[:symbol]) + state % f


@exercise.mistake("the step back")
def _(state, symbol, frequencies):
    """This takes a symbol off: it makes the state smaller. Pushing is the other way round."""
    f, total = frequencies[symbol], sum(frequencies)
    return f * (state // total) + state % total - sum(frequencies[:symbol])


@exercise.mistake("about the right size")
def _(state, symbol, frequencies):
    """state * total // frequency is about as large as the result, and shows how the state grows. But it may belong to
    another symbol. Take exactly the number in row state // frequency, at the symbol's column state % frequency."""
    return state * sum(frequencies) // frequencies[symbol]


@exercise.mistake("about the right size, with the start")
def _(state, symbol, frequencies):
    """state * total // frequency divides too late: the product must be a whole number of rows. Divide first, state //
    frequency * total, then add where the symbol's columns begin, and the place among them."""
    return state * sum(frequencies) // frequencies[symbol] + sum(frequencies[:symbol])


@exercise.mistake("division with a point")
def _(state, symbol, frequencies):
    """state / frequency has a fraction and makes a float of the state. Whole rows are state // frequency."""
    f = frequencies[symbol]
    return state / f * sum(frequencies) + sum(frequencies[:symbol]) + state % f


@exercise.mistake("division in floats")
def _(state, symbol, frequencies):
    """int(state / frequency) goes through a float, which holds 53 bits; of a large state the last digits are lost. //
    stays with whole numbers."""
    f = frequencies[symbol]
    return int(state / f) * sum(frequencies) + sum(frequencies[:symbol]) + state % f


@exercise.mistake("numbers of 64 bits")
def _(state, symbol, frequencies):
    """Some of your numbers are NumPy's (np.array, np.sum and np.cumsum make such). They have 64 bits, and a state grows
    beyond them. Python's whole numbers have no limit: frequencies[symbol], sum(...)."""
    table = np.array(frequencies)
    f = table[symbol]
    return state // f * table.sum() + table[:symbol].sum() + state % f


@exercise.mistake("rows as long as there are symbols")
def _(state, symbol, frequencies):
    """A row has as many numbers as all frequencies together, sum(frequencies), not one for each symbol."""
    f = frequencies[symbol]
    return state // f * len(frequencies) + sum(frequencies[:symbol]) + state % f


@exercise.mistake("rows as long as the columns before")
def _(state, symbol, frequencies):
    """You multiply by the columns before the symbol. Every row has sum(frequencies) numbers, for all symbols."""
    f = frequencies[symbol]
    return state // f * sum(frequencies[:symbol]) + sum(frequencies[:symbol]) + state % f


@exercise.mistake("columns from the end of the row")
def _(state, symbol, frequencies):
    """You add the columns of the symbols behind it. In a row symbol 0 comes first: add the frequencies of those before,
    frequencies[:symbol]."""
    f = frequencies[symbol]
    return state // f * sum(frequencies) + sum(frequencies[symbol + 1 :]) + state % f


exercise.mistake("counted from 1", lambda state, symbol, frequencies: push(state - 1, symbol, frequencies)).says("""
    State 0 is the symbol's first number, state 1 its second. You count from 1, one too few.""")
exercise.mistake("one too many", lambda state, symbol, frequencies: push(state, symbol, frequencies) + 1).says("""
    Your number is one too large: columns are counted from 0, and so is the place among them.""")
exercise.mistake("a pair", lambda state, symbol, frequencies: (push(state, symbol, frequencies), symbol)).says("""
    The state is right. Return only that: the symbol is in it, and can be read off again.""")


@exercise.mistake("divided too late")
def _(state, symbol, frequencies):
    """state * total // frequency divides too late: it holds part of the place already. Rows are whole: state //
    frequency first, then times the total."""
    f = frequencies[symbol]
    return state * sum(frequencies) // f + sum(frequencies[:symbol]) + state % f


@exercise.mistake("a row too far")
def _(state, symbol, frequencies):
    """You are one row too far. With state // frequency rows full, the number lies in the next one; but rows are counted
    from 0, so that this is row state // frequency."""
    f = frequencies[symbol]
    return (state // f + 1) * sum(frequencies) + sum(frequencies[:symbol]) + state % f


@exercise.mistake("in the state's own row")
def _(state, symbol, frequencies):
    """You stay in the row where the state itself lies. The state counts numbers of this symbol only, and it has
    `frequency` of them a row: row state // frequency."""
    f, total = frequencies[symbol], sum(frequencies)
    return state // total * total + sum(frequencies[:symbol]) + state % f


@exercise.mistake("the factor itself")
def _(state, symbol, frequencies):
    """The state grows by about the factor total / frequency, but a float is no place for it, and the number must be one
    of the symbol's. Whole rows first, state // frequency * total; then the column."""
    return state * (sum(frequencies) / frequencies[symbol])


@exercise.mistake("the factor, cut")
def _(state, symbol, frequencies):
    """int(state * (total / frequency)) is about as large as the result, but may belong to another symbol. Whole rows
    first, state // frequency * total; then the column."""
    return int(state * (sum(frequencies) / frequencies[symbol]))


@exercise.mistake("the factor, rounded")
def _(state, symbol, frequencies):
    """Rounding state * total / frequency gives about the right size, but maybe a number of another symbol. Whole rows
    first, state // frequency * total; then the column."""
    return round(state * sum(frequencies) / frequencies[symbol])


@exercise.mistake("only the symbol before")
def _(state, symbol, frequencies):
    """You add the frequency of the symbol right before. All symbols before it have columns:
    sum(frequencies[:symbol])."""
    f = frequencies[symbol]
    return state // f * sum(frequencies) + (frequencies[symbol - 1] if symbol else 0) + state % f


@exercise.mistake("only the symbol before, or the last")
def _(state, symbol, frequencies):
    """frequencies[symbol - 1] is one symbol's columns, and for symbol 0 those of the last symbol. Add up all before it:
    sum(frequencies[:symbol]), which is 0 for symbol 0."""
    f = frequencies[symbol]
    return state // f * sum(frequencies) + frequencies[symbol - 1] + state % f


@exercise.mistake("one symbol too few before")
def _(state, symbol, frequencies):
    """Your start leaves out the symbol right before. range(symbol) and frequencies[:symbol] stop before `symbol` by
    themselves."""
    f = frequencies[symbol]
    return state // f * sum(frequencies) + sum(frequencies[: max(symbol - 1, 0)]) + state % f


@exercise.mistake("rows of 8")
def _(state, symbol, frequencies):
    """Rows have 8 numbers in the picture only. In general it is sum(frequencies)."""
    f = frequencies[symbol]
    return state // f * 8 + sum(frequencies[:symbol]) + state % f


@exercise.mistake("from a list of numbers")
def _(state, symbol, frequencies):
    """You look the number up in a list, which is what it means, and right. But states have hundreds of digits, and no
    list is that long. Work it out: how many rows are full, and which column is it in the next?"""
    if state >= 10_000:
        raise IndexError
    return push(state, symbol, frequencies)


@exercise.mistake("place times start")
def _(state, symbol, frequencies):
    """Where the columns begin and the place among them are added, not multiplied."""
    f = frequencies[symbol]
    return state // f * sum(frequencies) + sum(frequencies[:symbol]) * (state % f)


@exercise.mistake("counted up")
def _(state, symbol, frequencies):
    """It does end, but you go through the numbers, or the rows, one by one, and a state has hundreds of digits. Work it
    out: state // frequency rows are full, and state % frequency is the place in the next one."""
    start, number = sum(frequencies[:symbol]), -1
    for _ in range(state + 1):
        number += 1
        while not start <= number % sum(frequencies) < start + frequencies[symbol]:
            number += 1
    return number


@exercise.mistake("rows and place by the total")
def _(state, symbol, frequencies):
    """You divide by the total, so that row and place are those of the state itself. The symbol has `frequency` numbers
    a row: divide by that, divmod(state, frequency)."""
    return state + sum(frequencies[:symbol])


@exercise.mistake("a start without symbol 0")
def _(state, symbol, frequencies):
    """Your start leaves symbol 0 out and takes the symbol itself in. Lists are counted from 0: those before it are
    frequencies[:symbol]."""
    f = frequencies[symbol]
    return state // f * sum(frequencies) + sum(frequencies[1 : symbol + 1]) + state % f


@exercise.mistake("rows and place by the total, times the frequency")
def _(state, symbol, frequencies):
    """Total and frequency have changed places: you divide by the total and multiply by the frequency. The state counts
    the symbol's own numbers: state // frequency rows of sum(frequencies) numbers, and the place state % frequency."""
    total = sum(frequencies)
    return state // total * frequencies[symbol] + sum(frequencies[:symbol]) + state % total


@exercise.mistake("the start looked up by the frequency")
def _(state, symbol, frequencies):
    """You look the symbol up by its frequency (list.index), so that of two with the same frequency both begin at the
    first. `symbol` is the place in the list: sum(frequencies[:symbol])."""
    f = frequencies[symbol]
    return state // f * sum(frequencies) + sum(frequencies[: frequencies.index(f)]) + state % f


def _sorted_first(largest_first):
    def wrong(state, symbol, frequencies):
        order = sorted(range(len(frequencies)), key=lambda s: -frequencies[s] if largest_first else frequencies[s])
        start = sum(frequencies[s] for s in order[: order.index(symbol)])
        f = frequencies[symbol]
        return state // f * sum(frequencies) + start + state % f

    return wrong


exercise.mistake("the most frequent first", _sorted_first(True)).says("""
    You begin the row with the most frequent symbol. Nothing is sorted here: symbol 0 comes first, whatever its
    frequency.""")
exercise.mistake("the rarest first", _sorted_first(False)).says("""
    You begin the row with the rarest symbol. Nothing is sorted here: symbol 0 comes first, whatever its frequency.""")


@exercise.mistake("rows as long as a power of two")
def _(state, symbol, frequencies):
    """Your rows are as long as the next power of two. They have sum(frequencies) numbers, whatever that is."""
    f = frequencies[symbol]
    return (state // f << (sum(frequencies) - 1).bit_length()) + sum(frequencies[:symbol]) + state % f


@exercise.mistake("words of 16 bits put out")
def _(state, symbol, frequencies):
    """You keep the state below 2**32 and let its low 16 bits go. The coder of the next section does that, and stores
    them; here the whole message is in the state: return it as large as it is."""
    number = push(state, symbol, frequencies)
    while number >= 2**32:
        number >>= 16
    return number


def _cut(bits):
    return lambda state, symbol, frequencies: push(state, symbol, frequencies) % 2**bits


exercise.mistake("cut to 32 bits", _cut(32)).says("""
    You keep 32 bits of the new state. It holds the whole message, and every bit counts: return it as large as it
    is.""")
exercise.mistake("cut to 64 bits", _cut(64)).says("""
    You keep 64 bits of the new state. It holds the whole message, and every bit counts: return it as large as it
    is.""")
exercise.mistake("state 0 as 1", lambda state, symbol, frequencies: push(state or 1, symbol, frequencies)).says("""
    For state 0 you do what state 1 asks for. State 0 is a state as any other: it leads to the symbol's first
    number.""")
exercise.mistake("state 0 stays 0", lambda state, symbol, frequencies: state and push(state, symbol, frequencies)).says(
    """You leave state 0 as it is. It is a state as any other, and leads to the symbol's first number."""
)


@exercise.mistake("symbols without numbers dropped")
def _(state, symbol, frequencies):
    """You drop the frequencies that are 0, and the symbols behind them move up in the list. A symbol keeps its place:
    frequencies[:symbol] of the whole list."""
    there = [each for each in frequencies if each]
    f = frequencies[symbol]
    return state // f * sum(there) + sum(there[:symbol]) + state % f


def _with_row(row):
    """A version with another row."""

    def wrong(state, symbol, frequencies):
        f = frequencies[symbol]
        return row(state, f) * sum(frequencies) + sum(frequencies[:symbol]) + state % f

    return wrong


exercise.mistake("rows rounded to the nearest", _with_row(lambda state, f: (state + f // 2) // f)).says("""
    You round the number of full rows to the nearest. A row that is only half used up is not full: round down, state //
    frequency.""")
exercise.mistake("rows rounded in floats", _with_row(lambda state, f: round(state / f))).says("""
    round(state / frequency) takes the nearest number of rows, and goes through a float, which loses the last digits of
    a large state. Full rows are state // frequency.""")
exercise.mistake("rows rounded up", _with_row(lambda state, f: -(-state // f))).says("""
    You round the number of full rows up. The row that is only begun is not full: round down, state // frequency.""")


@exercise.mistake("a full row that still counts as open")
def _(state, symbol, frequencies):
    """Where state is a multiple of the frequency, you stay in the row before, one column behind the symbol's last. With
    its `frequency` columns used up a row is full: row state // frequency, place 0."""
    f = frequencies[symbol]
    row, place = divmod(state, f)
    if place == 0 and row > 0:
        row, place = row - 1, f
    return row * sum(frequencies) + sum(frequencies[:symbol]) + place


@exercise.mistake("decimals of 28 digits")
def _(state, symbol, frequencies):
    """Your numbers are cut to 28 digits, as those of `decimal` are. A state has hundreds of digits; Python's whole
    numbers keep all of them: state // frequency."""
    f = frequencies[symbol]
    row = int((Decimal(state) / f).to_integral_value(ROUND_FLOOR) * sum(frequencies))
    return row + sum(frequencies[:symbol]) + state % f


@exercise.mistake("one number a row")
def _(state, symbol, frequencies):
    """You give each symbol one number a row, as if all frequencies were 1. A row has `frequency` numbers of each
    symbol, sum(frequencies) in all."""
    return state * len(frequencies) + symbol


def _made(of):
    """A version that makes `of(row, place, frequency, total, start)` of the right five numbers."""

    def wrong(state, symbol, frequencies):
        f = frequencies[symbol]
        return of(state // f, state % f, f, sum(frequencies), sum(frequencies[:symbol]))

    return wrong


exercise.mistake(
    "the start in each row", _made(lambda row, place, f, total, start: row * (total + start) + place)
).says(
    """You multiply the start by the rows as well. It is added once, in the last row: row * total + start + place."""
)
exercise.mistake("the start taken off", _made(lambda row, place, f, total, start: row * total - start + place)).says("""
    You take the start off. Pushing makes the state larger: add where the symbol's columns begin.""")
exercise.mistake("the place taken off", _made(lambda row, place, f, total, start: row * total + start - place)).says("""
    You take the place off. The symbol's columns go on behind its first one: add state % frequency.""")
exercise.mistake(
    "the place from the end", _made(lambda row, place, f, total, start: row * total + start + f - 1 - place)
).says("""
    You count the symbol's columns from the last one. They are counted from the first: start + state % frequency.""")
exercise.mistake("only the rows", _made(lambda row, place, f, total, start: row * total)).says("""
    That is the first number of the right row. Add where the symbol's columns begin, and the place among them.""")
exercise.mistake("the rows left out", _made(lambda row, place, f, total, start: start + place)).says("""
    The column in the row is right, but you stay in the first row. Full rows come before it: add state // frequency *
    total.""")
exercise.mistake("rows not multiplied", _made(lambda row, place, f, total, start: row + start + place)).says("""
    You add the number of full rows. Each of them has sum(frequencies) numbers: multiply by that.""")
exercise.mistake("a row for each state", lambda state, symbol, frequencies: state * sum(frequencies) + (
    sum(frequencies[:symbol]) + state % frequencies[symbol]
)).says("""
    You begin a new row for each state, as if the symbol had one number a row. It has `frequency` of them: state //
    frequency rows are full.""")  # fmt: skip


@exercise.mistake("divided by the product")
def _(state, symbol, frequencies):
    """state // (frequency * total) divides by both. Rows are state // frequency, and then they are multiplied by the
    total."""
    f, total = frequencies[symbol], sum(frequencies)
    return state // (f * total) + sum(frequencies[:symbol]) + state % f


@exercise.mistake("the place from the row")
def _(state, symbol, frequencies):
    """You take the remainder of the row. The place is the remainder of the state: state % frequency."""
    f = frequencies[symbol]
    return state // f * sum(frequencies) + sum(frequencies[:symbol]) + state // f % f


@exercise.mistake("a frequency one too large")
def _(state, symbol, frequencies):
    """You divide by the frequency plus 1. The symbol has exactly `frequency` numbers a row."""
    f = frequencies[symbol] + 1
    return state // f * sum(frequencies) + sum(frequencies[:symbol]) + state % f


@exercise.mistake("numbers of the symbols before it")
def _(state, symbol, frequencies):
    """You add up the numbers of the symbols before it, 0, 1, 2 and so on. Their columns count: add up their
    frequencies."""
    f = frequencies[symbol]
    return state // f * sum(frequencies) + sum(range(symbol)) + state % f


@exercise.mistake("rows without the last symbol")
def _(state, symbol, frequencies):
    """Your rows leave the last symbol out. A row has the numbers of all symbols: sum(frequencies)."""
    f = frequencies[symbol]
    return state // f * sum(frequencies[:-1]) + sum(frequencies[:symbol]) + state % f


@exercise.mistake("rows as long as the largest frequency")
def _(state, symbol, frequencies):
    """You multiply by the largest frequency. A row has the numbers of all symbols: sum(frequencies)."""
    f = frequencies[symbol]
    return state // f * max(frequencies) + sum(frequencies[:symbol]) + state % f


@exercise.mistake("symbols counted from 1")
def _(state, symbol, frequencies):
    """You take the symbol before, as if symbols were counted from 1. They are counted from 0: its frequency is
    frequencies[symbol]."""
    return push(state, symbol - 1, frequencies)


exercise.mistake(
    "the state one too large", lambda state, symbol, frequencies: push(state + 1, symbol, frequencies)
).says(
    """You take the number behind the one asked for. The symbol's numbers are counted from 0: place `state` has `state`
    of them before it."""
)


@exercise.mistake("turns in a row")
def _(state, symbol, frequencies):
    """Your symbols take turns in the row. In a row all numbers of symbol 0 come first, then all of symbol 1."""
    f = frequencies[symbol]
    return state // f * sum(frequencies) + symbol + state % f * len(frequencies)


@exercise.mistake("a call for each row")
def _(state, symbol, frequencies):
    """You call the function anew for each row, and Python allows about a thousand calls in one another. Divide: state
    // frequency rows are full."""
    f = frequencies[symbol]
    if state >= 1000 * f:
        raise RecursionError
    return push(state, symbol, frequencies)


exercise.mistake("a text", lambda state, symbol, frequencies: str(push(state, symbol, frequencies))).says("""
    The state is right, but it is a text. Return the number itself.""")
exercise.mistake(
    "a list with the state", lambda state, symbol, frequencies: [push(state, symbol, frequencies)]
).says("""
    The state is right, but it stands in a list. Return the number itself.""")
exercise.mistake(
    "the result as a float", lambda state, symbol, frequencies: float(push(state, symbol, frequencies))
).says(
    """Your result is a float, or comes from one, as with state / frequency. A float holds 53 bits: of a large state the
    last digits are lost. Divide with //, and return the whole number."""
)
exercise.mistake(
    "the symbol and the state", lambda state, symbol, frequencies: (symbol, push(state, symbol, frequencies))
).says("""You return two numbers, and the state is right. Return that alone: the symbol is in it already.""")
