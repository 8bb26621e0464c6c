"""Exercises of lesson 11: one step of rANS each way, chances learned on the way, a global mask, an honest choice."""

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from dc_lab.course.exercises import AnyExercise, Case, Exercise, Misconception, Question, WrongAnswer

TITLE = "Beat the paper"

THREE = [5, 2, 1]

# --- 11.1: push a symbol ---------------------------------------------------------------------------------------------


def _push(state: int, symbol: int, frequencies: Sequence[int]) -> int:
    total = sum(frequencies)
    start = sum(frequencies[:symbol])
    block, place = divmod(state, frequencies[symbol])
    return block * total + start + place


def _push_by_slots(state: int, symbol: int, frequencies: Sequence[int]) -> int:
    """The list of who owns each slot, and in it the slots of this symbol."""
    owners = [s for s, frequency in enumerate(frequencies) for _ in range(frequency)]
    mine = [slot for slot, owner in enumerate(owners) if owner == symbol]
    return state // len(mine) * len(owners) + mine[state % len(mine)]


def _push_in_place(state: int, symbol: int, frequencies: Sequence[int]) -> int:
    frequency = frequencies[symbol]
    return state + state // frequency * (sum(frequencies) - frequency) + sum(frequencies[:symbol])


def _push_without_start(state: int, symbol: int, frequencies: Sequence[int]) -> int:
    f = frequencies[symbol]
    return state // f * sum(frequencies) + state % f


def _push_start_includes_own(state: int, symbol: int, frequencies: Sequence[int]) -> int:
    f = frequencies[symbol]
    return state // f * sum(frequencies) + sum(frequencies[: symbol + 1]) + state % f


def _push_start_is_symbol(state: int, symbol: int, frequencies: Sequence[int]) -> int:
    f = frequencies[symbol]
    return state // f * sum(frequencies) + symbol + state % f


def _push_no_place(state: int, symbol: int, frequencies: Sequence[int]) -> int:
    return state // frequencies[symbol] * sum(frequencies) + sum(frequencies[:symbol])


def _push_place_of_total(state: int, symbol: int, frequencies: Sequence[int]) -> int:
    total = sum(frequencies)
    return state // frequencies[symbol] * total + sum(frequencies[:symbol]) + state % total


def _push_swapped(state: int, symbol: int, frequencies: Sequence[int]) -> int:
    f = frequencies[symbol]
    return state % f * sum(frequencies) + sum(frequencies[:symbol]) + state // f


def _push_block_of_total(state: int, symbol: int, frequencies: Sequence[int]) -> int:
    f, total = frequencies[symbol], sum(frequencies)
    return state // total * f + sum(frequencies[:symbol]) + state % f


def _push_by_ratio(state: int, symbol: int, frequencies: Sequence[int]) -> int:
    return state * sum(frequencies) // frequencies[symbol]


def _push_by_ratio_and_start(state: int, symbol: int, frequencies: Sequence[int]) -> int:
    return state * sum(frequencies) // frequencies[symbol] + sum(frequencies[:symbol])


def _push_in_floats(state: int, symbol: int, frequencies: Sequence[int]) -> int:
    f = frequencies[symbol]
    return int(state / f) * sum(frequencies) + sum(frequencies[:symbol]) + state % f


def _push_true_division(state: int, symbol: int, frequencies: Sequence[int]) -> float:
    f = frequencies[symbol]
    return state / f * sum(frequencies) + sum(frequencies[:symbol]) + state % f


def _push_in_64_bits(state: int, symbol: int, frequencies: Sequence[int]) -> Any:
    table = np.array(frequencies)
    f = table[symbol]
    return state // f * table.sum() + table[:symbol].sum() + state % f


def _push_owners_cut(state: int, symbol: int, frequencies: Sequence[int]) -> int:
    """Counts symbols, not their frequencies, for the total."""
    f = frequencies[symbol]
    return state // f * len(frequencies) + sum(frequencies[:symbol]) + state % f


def _push_total_before(state: int, symbol: int, frequencies: Sequence[int]) -> int:
    f = frequencies[symbol]
    return state // f * sum(frequencies[:symbol]) + sum(frequencies[:symbol]) + state % f


def _push_start_from_behind(state: int, symbol: int, frequencies: Sequence[int]) -> int:
    f = frequencies[symbol]
    return state // f * sum(frequencies) + sum(frequencies[symbol + 1 :]) + state % f


def _push_from_one(state: int, symbol: int, frequencies: Sequence[int]) -> int:
    return _push(state - 1, symbol, frequencies)


def _push_counted_from_one(state: int, symbol: int, frequencies: Sequence[int]) -> int:
    return _push(state, symbol, frequencies) + 1


def _push_pops(state: int, symbol: int, frequencies: Sequence[int]) -> int:
    f, total = frequencies[symbol], sum(frequencies)
    return f * (state // total) + state % total - sum(frequencies[:symbol])


def _push_a_pair(state: int, symbol: int, frequencies: Sequence[int]) -> Any:
    return _push(state, symbol, frequencies), symbol


def _push_divided_too_late(state: int, symbol: int, frequencies: Sequence[int]) -> int:
    f = frequencies[symbol]
    return state * sum(frequencies) // f + sum(frequencies[:symbol]) + state % f


def _push_next_row(state: int, symbol: int, frequencies: Sequence[int]) -> int:
    f = frequencies[symbol]
    return (state // f + 1) * sum(frequencies) + sum(frequencies[:symbol]) + state % f


def _push_same_row(state: int, symbol: int, frequencies: Sequence[int]) -> int:
    f, total = frequencies[symbol], sum(frequencies)
    return state // total * total + sum(frequencies[:symbol]) + state % f


def _push_factor(state: int, symbol: int, frequencies: Sequence[int]) -> float:
    return state * (sum(frequencies) / frequencies[symbol])


def _push_factor_whole(state: int, symbol: int, frequencies: Sequence[int]) -> int:
    return int(state * (sum(frequencies) / frequencies[symbol]))


def _push_factor_rounded(state: int, symbol: int, frequencies: Sequence[int]) -> int:
    return round(state * sum(frequencies) / frequencies[symbol])


def _push_start_of_one(state: int, symbol: int, frequencies: Sequence[int]) -> int:
    f = frequencies[symbol]
    return state // f * sum(frequencies) + frequencies[symbol - 1] + state % f


def _push_start_of_one_or_none(state: int, symbol: int, frequencies: Sequence[int]) -> int:
    f = frequencies[symbol]
    return state // f * sum(frequencies) + (frequencies[symbol - 1] if symbol else 0) + state % f


def _push_start_one_short(state: int, symbol: int, frequencies: Sequence[int]) -> int:
    f = frequencies[symbol]
    return state // f * sum(frequencies) + sum(frequencies[: max(symbol - 1, 0)]) + state % f


def _push_rows_of_eight(state: int, symbol: int, frequencies: Sequence[int]) -> int:
    f = frequencies[symbol]
    return state // f * 8 + sum(frequencies[:symbol]) + state % f


def _push_from_a_list(state: int, symbol: int, frequencies: Sequence[int]) -> int:
    if state >= 10_000:
        raise IndexError
    return _push(state, symbol, frequencies)


def _push_place_times_start(state: int, symbol: int, frequencies: Sequence[int]) -> int:
    f = frequencies[symbol]
    return state // f * sum(frequencies) + sum(frequencies[:symbol]) * (state % f)


def _draw_table(rng: np.random.Generator) -> list[int]:
    table = [int(f) for f in rng.integers(0, 6, int(rng.integers(1, 6)))]
    return table if any(table) else [1, *table]


def _draw_push(rng: np.random.Generator) -> Case:
    table = _draw_table(rng)
    symbol = int(rng.choice(np.flatnonzero(table)))
    return int(rng.integers(0, 200)), symbol, table


PUSH = Exercise(
    id="11.1",
    title="Push a symbol",
    minutes=10,
    stub='''
def push(state, symbol, frequencies):
    """The state after `symbol`: number `state`, counted from 0, of all the numbers that belong to it."""
    raise NotImplementedError("your turn")
''',
    reference=_push,
    solution_text='''
def push(state, symbol, frequencies):
    """The state after `symbol`: number `state`, counted from 0, of all the numbers that belong to it."""
    frequency, start = frequencies[symbol], sum(frequencies[:symbol])
    return state // frequency * sum(frequencies) + start + state % frequency
''',
    shown=(8, 1, THREE),
    cases=[
        (0, 0, THREE),
        (0, 2, THREE),
        (1, 1, THREE),
        (4, 0, THREE),
        (5, 0, THREE),
        (13, 0, THREE),
        (7, 2, THREE),
        (9, 0, [1]),
        (3, 1, [1, 1]),
        (6, 2, [2, 0, 3]),
        (11, 3, [3, 1, 2, 4]),
        (10, 1, [1, 3, 2]),
        (2**60 + 7, 0, [3, 4, 1]),
        (2**80 + 12345, 1, [3, 4, 1]),
    ],
    draw=_draw_push,
    misconceptions=[
        Misconception(
            "where its slots begin left out",
            _push_without_start,
            "Your number always lies in the first slots of its row, whichever symbol it is, so that a reader finds "
            "symbol 0. The slots of `symbol` begin behind those of the symbols before it: add the sum of their "
            "frequencies.",
        ),
        Misconception(
            "its own slots skipped",
            _push_start_includes_own,
            "You begin behind the symbol's own slots: frequencies[:symbol + 1] includes its own. The symbols before "
            "it are frequencies[:symbol].",
        ),
        Misconception(
            "the symbol's number as its first slot",
            _push_start_is_symbol,
            "You add the symbol's number. Its slots begin where the slots of the symbols before it end, and each of "
            "these has several: add the sum of their frequencies.",
        ),
        Misconception(
            "the place within the row left out",
            _push_no_place,
            "The row is right, but you always take the first slot of the symbol in it. Then several states become the "
            "same number, and nobody can tell them apart. Which of its slots is it? state % frequency.",
        ),
        Misconception(
            "the place modulo the total",
            _push_place_of_total,
            "The symbol has `frequency` slots in each row, so its place among them is state % frequency. You take the "
            "remainder by the total, and so leave its slots.",
        ),
        Misconception(
            "row and place swapped",
            _push_swapped,
            "You take state % frequency for the row and state // frequency for the place. The symbol has `frequency` "
            "numbers a row: whole rows are state // frequency, and what remains is the place in the next one.",
        ),
        Misconception(
            "rows counted by the total",
            _push_block_of_total,
            "You divide by the total and multiply by the frequency. That is the way back, which makes the state "
            "smaller. Here it grows: state // frequency rows of `total` numbers each.",
        ),
        Misconception(
            "the step back",
            _push_pops,
            "This takes a symbol off: it makes the state smaller. Pushing is the other way round.",
        ),
        Misconception(
            "about the right size",
            _push_by_ratio,
            "state * total // frequency is about as large as the result, and shows how the state grows. But it may "
            "belong to another symbol. Take exactly the number in row state // frequency, at the symbol's slot "
            "state % frequency.",
        ),
        Misconception(
            "about the right size, with the start",
            _push_by_ratio_and_start,
            "state * total // frequency divides too late: the product must be a whole number of rows. Divide first, "
            "state // frequency * total, then add where the symbol's slots begin, and the place among them.",
        ),
        Misconception(
            "division with a point",
            _push_true_division,
            "state / frequency has a fraction and makes a float of the state. Whole rows are state // frequency.",
        ),
        Misconception(
            "division in floats",
            _push_in_floats,
            "int(state / frequency) goes through a float, which holds 53 bits; of a large state the last digits are "
            "lost. // stays with whole numbers.",
        ),
        Misconception(
            "numbers of 64 bits",
            _push_in_64_bits,
            "Some of your numbers are NumPy's (np.array, np.sum and np.cumsum make such). They have 64 bits, and a "
            "state grows beyond them. Python's whole numbers have no limit: frequencies[symbol], sum(...).",
        ),
        Misconception(
            "rows as long as there are symbols",
            _push_owners_cut,
            "A row has as many numbers as all frequencies together, sum(frequencies), not one for each symbol.",
        ),
        Misconception(
            "rows as long as the slots before",
            _push_total_before,
            "You multiply by the slots before the symbol. Every row has sum(frequencies) numbers, for all symbols.",
        ),
        Misconception(
            "slots from the end of the row",
            _push_start_from_behind,
            "You add the slots of the symbols behind it. In a row symbol 0 comes first: add the frequencies of those "
            "before, frequencies[:symbol].",
        ),
        Misconception(
            "counted from 1",
            _push_from_one,
            "State 0 is the symbol's first number, state 1 its second. You count from 1, one too few.",
        ),
        Misconception(
            "one too many",
            _push_counted_from_one,
            "Your number is one too large: slots are counted from 0, and so is the place among them.",
        ),
        Misconception(
            "a pair",
            _push_a_pair,
            "The state is right. Return only that: the symbol is in it, and can be read off again.",
        ),
        Misconception(
            "divided too late",
            _push_divided_too_late,
            "state * total // frequency divides too late: it holds part of the place already. Rows are whole: "
            "state // frequency first, then times the total.",
        ),
        Misconception(
            "a row too far",
            _push_next_row,
            "You are one row too far. With state // frequency rows full, the number lies in the next one; but rows "
            "are counted from 0, so that this is row state // frequency.",
        ),
        Misconception(
            "in the state's own row",
            _push_same_row,
            "You stay in the row where the state itself lies. The state counts numbers of this symbol only, and it has "
            "`frequency` of them a row: row state // frequency.",
        ),
        Misconception(
            "the factor itself",
            _push_factor,
            "The state grows by about the factor total / frequency, but a float is no place for it, and the number "
            "must be one of the symbol's. Whole rows first, state // frequency * total; then the slot.",
        ),
        Misconception(
            "the factor, cut",
            _push_factor_whole,
            "int(state * (total / frequency)) is about as large as the result, but may belong to another symbol. "
            "Whole rows first, state // frequency * total; then the slot.",
        ),
        Misconception(
            "the factor, rounded",
            _push_factor_rounded,
            "Rounding state * total / frequency gives about the right size, but maybe a number of another symbol. "
            "Whole rows first, state // frequency * total; then the slot.",
        ),
        Misconception(
            "only the symbol before",
            _push_start_of_one_or_none,
            "You add the frequency of the symbol right before. All symbols before it have slots: "
            "sum(frequencies[:symbol]).",
        ),
        Misconception(
            "only the symbol before, or the last",
            _push_start_of_one,
            "frequencies[symbol - 1] is one symbol's slots, and for symbol 0 those of the last symbol. Add up all "
            "before it: sum(frequencies[:symbol]), which is 0 for symbol 0.",
        ),
        Misconception(
            "one symbol too few before",
            _push_start_one_short,
            "Your start leaves out the symbol right before. range(symbol) and frequencies[:symbol] stop before "
            "`symbol` by themselves.",
        ),
        Misconception(
            "rows of 8",
            _push_rows_of_eight,
            "Rows have 8 numbers in the picture only. In general it is sum(frequencies).",
        ),
        Misconception(
            "from a list of numbers",
            _push_from_a_list,
            "You look the number up in a list, which is what it means, and right. But states have hundreds of digits, "
            "and no list is that long. Work it out: how many rows are full, and which slot is it in the next?",
        ),
        Misconception(
            "place times start",
            _push_place_times_start,
            "Where the slots begin and the place among them are added, not multiplied.",
        ),
    ],
    alternatives=[_push_by_slots, _push_in_place],
    hints=[
        "A row has sum(frequencies) numbers, and `frequency` of them belong to the symbol. How many rows are full with "
        "the first `state` of its numbers?",
        "state // frequency rows are used up. Its slots in the next row begin at sum(frequencies[:symbol]), and the "
        "place among them is state % frequency.",
        "state // frequency * total + start + state % frequency.",
    ],
    why="""A symbol that owns f of every `total` numbers has its number x near x * total / f. So the state grows by the
        factor total / f, which is log2(total / f) bits: the ideal length, fraction included. That is the whole of
        rANS; the rest is keeping the state small.""",
)

# --- 11.2: pop a symbol ----------------------------------------------------------------------------------------------

Popped = tuple[int, int]


def _pop(state: int, frequencies: Sequence[int]) -> Popped:
    total = sum(frequencies)
    slot = state % total
    symbol = start = 0
    while slot >= start + frequencies[symbol]:
        start += frequencies[symbol]
        symbol += 1
    return symbol, state // total * frequencies[symbol] + slot - start


def _pop_by_owners(state: int, frequencies: Sequence[int]) -> Popped:
    owners = [s for s, frequency in enumerate(frequencies) for _ in range(frequency)]
    block, slot = divmod(state, len(owners))
    symbol = owners[slot]
    return symbol, block * frequencies[symbol] + slot - owners.index(symbol)


def _pop_by_search(state: int, frequencies: Sequence[int]) -> Popped:
    ends = np.cumsum(frequencies)
    total = int(ends[-1])
    symbol = int(np.searchsorted(ends, state % total, side="right"))
    return symbol, state // total * frequencies[symbol] + state % total - int(ends[symbol] - frequencies[symbol])


def _popped(frequencies: Sequence[int], slot: int) -> tuple[int, int]:
    """(symbol, start) of a slot."""
    for symbol, end in enumerate(accumulate(frequencies)):
        if slot < end:
            return symbol, end - frequencies[symbol]
    raise AssertionError


def _pop_with(then: Callable[[int, int, int, int, int], Any]) -> Callable[[int, Sequence[int]], Any]:
    """A version that finds the symbol and then does `then(state, total, frequency, slot, start)`."""

    def wrong(state: int, frequencies: Sequence[int]) -> Any:
        total = sum(frequencies)
        slot = state % total
        symbol, start = _popped(frequencies, slot)
        return symbol, then(state, total, frequencies[symbol], slot, start)

    return wrong


def _pop_swapped(state: int, frequencies: Sequence[int]) -> Popped:
    symbol, state = _pop(state, frequencies)
    return state, symbol


def _pop_symbol_only(state: int, frequencies: Sequence[int]) -> int:
    return _pop(state, frequencies)[0]


def _pop_state_only(state: int, frequencies: Sequence[int]) -> int:
    return _pop(state, frequencies)[1]


def _pop_a_slot_late(state: int, frequencies: Sequence[int]) -> Popped:
    total = sum(frequencies)
    slot, symbol, start = state % total, 0, 0
    while slot > start + frequencies[symbol]:
        start += frequencies[symbol]
        symbol += 1
    return symbol, state // total * frequencies[symbol] + slot - start


def _pop_search_starts(state: int, frequencies: Sequence[int]) -> Popped:
    starts = np.cumsum(frequencies) - frequencies
    total = sum(frequencies)
    symbol = int(np.searchsorted(starts, state % total, side="left")) - 1
    return symbol, state // total * frequencies[symbol] + state % total - int(starts[symbol])


def _pop_first_start(state: int, frequencies: Sequence[int]) -> Popped:
    """The first symbol that begins at or behind the slot."""
    starts = [sum(frequencies[:s]) for s in range(len(frequencies))]
    slot = state % sum(frequencies)
    symbol = next((s for s, start in enumerate(starts) if start >= slot), len(frequencies) - 1)
    return symbol, state // sum(frequencies) * frequencies[symbol] + slot - starts[symbol]


def _pop_slot_is_symbol(state: int, frequencies: Sequence[int]) -> Popped:
    slot = state % len(frequencies)
    return slot, state // len(frequencies)


def _pop_most_frequent(state: int, frequencies: Sequence[int]) -> Popped:
    total = sum(frequencies)
    slot = state % total
    symbol = max(range(len(frequencies)), key=lambda s: frequencies[s])
    return symbol, state // total * frequencies[symbol] + slot - sum(frequencies[:symbol])


def _pop_dense_symbols(state: int, frequencies: Sequence[int]) -> Popped:
    """Symbols without slots are left out of the count."""
    seen = [f for f in frequencies if f]
    symbol, state = _pop(state, seen)
    return symbol, state


def _pop_in_floats(state: int, frequencies: Sequence[int]) -> Popped:
    total = sum(frequencies)
    slot = state % total
    symbol, start = _popped(frequencies, slot)
    return symbol, int(state / total) * frequencies[symbol] + slot - start


def _pop_in_64_bits(state: int, frequencies: Sequence[int]) -> Any:
    ends = np.cumsum(frequencies, dtype=np.int64)
    slot = state % ends[-1]
    symbol = int(np.searchsorted(ends, slot, side="right"))
    return symbol, state // ends[-1] * frequencies[symbol] + slot - (ends[symbol] - frequencies[symbol])


def _pop_pushes(state: int, frequencies: Sequence[int]) -> Popped:
    symbol, _ = _popped(frequencies, state % sum(frequencies))
    return symbol, _push(state, symbol, frequencies)


def _pop_first_that_begins(state: int, frequencies: Sequence[int]) -> Popped:
    """The first symbol that begins at or before the slot: always 0."""
    total = sum(frequencies)
    return 0, state // total * frequencies[0] + state % total


def _pop_rows_of_eight(state: int, frequencies: Sequence[int]) -> Popped:
    slot = state % 8
    symbol, start = _popped([*frequencies, 8], slot)
    if symbol == len(frequencies):
        raise IndexError
    return symbol, state // 8 * frequencies[symbol] + slot - start


def _pop_frequency_for_symbol(state: int, frequencies: Sequence[int]) -> Popped:
    symbol, state = _pop(state, frequencies)
    return frequencies[symbol], state


def _pop_slot_below_frequency(state: int, frequencies: Sequence[int]) -> Popped:
    slot = state % sum(frequencies)
    symbol = next(s for s, frequency in enumerate(frequencies) if slot < frequency)
    return symbol, state // sum(frequencies) * frequencies[symbol] + slot - sum(frequencies[:symbol])


def _draw_pop(rng: np.random.Generator) -> Case:
    return int(rng.integers(0, 300)), _draw_table(rng)


POP = Exercise(
    id="11.2",
    title="Pop a symbol",
    minutes=10,
    stub='''
def pop(state, frequencies):
    """(symbol, state before it was pushed)."""
    raise NotImplementedError("your turn")
''',
    reference=_pop,
    solution_text='''
def pop(state, frequencies):
    """(symbol, state before it was pushed)."""
    row, slot = divmod(state, sum(frequencies))
    symbol = start = 0
    while slot >= start + frequencies[symbol]:
        start += frequencies[symbol]
        symbol += 1
    return symbol, row * frequencies[symbol] + slot - start
''',
    shown=(37, THREE),
    cases=[
        (0, THREE),
        (4, THREE),
        (5, THREE),
        (6, THREE),
        (7, THREE),
        (8, THREE),
        (23, THREE),
        (9, [1]),
        (3, [1, 1]),
        (7, [2, 0, 3]),
        (5, [0, 3, 1]),
        (12, [0, 0, 4]),
        (19, [3, 1, 2, 4]),
        (27, [1, 0, 0, 2]),
        (2**60 + 7, [3, 4, 1]),
        (2**80 + 12345, [3, 4, 1]),
    ],
    draw=_draw_pop,
    misconceptions=[
        Misconception(
            "state and symbol swapped",
            _pop_swapped,
            "Both numbers are right. Asked for is the symbol first, then the state.",
        ),
        Misconception(
            "only the symbol",
            _pop_symbol_only,
            "The symbol is right. The state before it is needed as well: the next symbol is read from that.",
        ),
        Misconception(
            "only the state",
            _pop_state_only,
            "The state is right. Return the symbol too: (symbol, state).",
        ),
        Misconception(
            "where its slots begin not taken off",
            _pop_with(lambda state, total, f, slot, start: state // total * f + slot),
            "The symbol is right. Its place among its own slots is slot - start: take off where they begin.",
        ),
        Misconception(
            "the place left out",
            _pop_with(lambda state, total, f, slot, start: state // total * f),
            "The symbol is right. The state is the numbers of the symbol in the full rows, and those before it in "
            "this row: add slot - start.",
        ),
        Misconception(
            "the row as the state",
            _pop_with(lambda state, total, f, slot, start: state // total),
            "The symbol is right. state // total counts rows, and each of them has `frequency` numbers of this symbol: "
            "multiply, and add its place in this row, slot - start.",
        ),
        Misconception(
            "row and place without the frequency",
            _pop_with(lambda state, total, f, slot, start: state // total + slot - start),
            "The symbol is right. Each full row has `frequency` numbers of this symbol: state // total has to be "
            "multiplied by it.",
        ),
        Misconception(
            "the state less the slot",
            _pop_with(lambda state, total, f, slot, start: state - slot),
            "The symbol is right. What is left must count the symbol's own numbers only: `frequency` for each full "
            "row, and slot - start in this one. You count all numbers.",
        ),
        Misconception(
            "divided by the frequency",
            _pop_with(lambda state, total, f, slot, start: state // f),
            "The symbol is right. Dividing by the frequency belongs to pushing. Here the state is rows, state // "
            "total, times frequency, plus slot - start.",
        ),
        Misconception(
            "multiplied first",
            _pop_with(lambda state, total, f, slot, start: state * f // total),
            "The symbol is right. state * frequency // total is about as large as the state before, but not exactly "
            "it. Whole rows first, state // total * frequency; then slot - start.",
        ),
        Misconception(
            "pushed once more",
            _pop_pushes,
            "The symbol is right, but then you push it again: the state must get smaller.",
        ),
        Misconception(
            "a slot too late",
            _pop_a_slot_late,
            "The first slot of each symbol goes to the one before it. The slots of a symbol are start, ..., start + "
            'frequency - 1: go on while slot >= start + frequency. (With np.searchsorted on the ends: side="right".)',
        ),
        Misconception(
            "starts searched on the left",
            _pop_search_starts,
            'The first slot of a symbol is its own. np.searchsorted(starts, slot) needs side="right" before the 1 is '
            "taken off.",
        ),
        Misconception(
            "the first that begins behind the slot",
            _pop_first_start,
            "You take the first symbol whose slots begin at this slot or later. Its slots must begin at the slot or "
            "before it, and end behind it.",
        ),
        Misconception(
            "one slot a symbol",
            _pop_slot_is_symbol,
            "You give one slot to each symbol. A symbol has as many as its frequency: a row has sum(frequencies).",
        ),
        Misconception(
            "the most frequent",
            _pop_most_frequent,
            "You always take the most frequent symbol. The slot says which one it is: state % total.",
        ),
        Misconception(
            "symbols without slots not counted",
            _pop_dense_symbols,
            "Where a frequency is 0 you count on with the next symbol under its number. It has no slots, but it keeps "
            "its number.",
        ),
        Misconception(
            "division in floats",
            _pop_in_floats,
            "int(state / total) goes through a float, which holds 53 bits; of a large state the last digits are lost. "
            "// stays with whole numbers.",
        ),
        Misconception(
            "numbers of 64 bits",
            _pop_in_64_bits,
            "np.cumsum gives numbers of NumPy, with 64 bits, and a state may be larger. Use int(...) on each before "
            "you mix it with the state, or itertools.accumulate.",
        ),
        Misconception(
            "the slot modulo the frequency",
            _pop_with(lambda state, total, f, slot, start: state // total * f + slot % f),
            "The symbol is right. Its place among its own slots is slot - start. slot % frequency is the same only "
            "where its slots begin at a multiple of the frequency.",
        ),
        Misconception(
            "the start taken off twice",
            _pop_with(lambda state, total, f, slot, start: state // total * f + slot - 2 * start),
            "The symbol is right. Where its slots begin is taken off twice: if your loop already makes the slot "
            "smaller, nothing is left to take off.",
        ),
        Misconception(
            "its own slots taken off",
            _pop_with(lambda state, total, f, slot, start: state // total * f + slot - start - f),
            "The symbol is right. You take off its own slots as well: frequencies[:symbol + 1] includes its own.",
        ),
        Misconception(
            "always symbol 0",
            _pop_first_that_begins,
            "The first symbol whose slots begin at the slot or before is always symbol 0. Its slots must also end "
            "behind it: slot < start + frequency.",
        ),
        Misconception(
            "rows of 8",
            _pop_rows_of_eight,
            "Rows have 8 numbers in the picture only. In general it is sum(frequencies).",
        ),
        Misconception(
            "only the place",
            _pop_with(lambda state, total, f, slot, start: slot - start),
            "The symbol is right. Its place in this row is, too, but the full rows before count as well: state // "
            "total of them, `frequency` numbers each.",
        ),
        Misconception(
            "the frequency in place of the symbol",
            _pop_frequency_for_symbol,
            "The state is right. You return the symbol's frequency; asked for is its number, which is its place in "
            "the list.",
        ),
        Misconception(
            "the slot held against one frequency",
            _pop_slot_below_frequency,
            "You compare the slot with the frequency alone. Slots are counted from the beginning of the row: compare "
            "with the running sum, or make the slot smaller on the way.",
        ),
    ],
    alternatives=[_pop_by_owners, _pop_by_search],
    hints=[
        "The slot is state % total. Which symbol owns it? The first slots of a row belong to symbol 0, as many as "
        "its frequency, the next ones to symbol 1.",
        "Which of its numbers is it? Each full row before has `frequency` of them, and in this row there are slot - "
        "start before it.",
        "Go through the symbols with `start` growing by their frequencies while slot >= start + frequencies[symbol]. "
        "Then state // total * frequency + slot - start.",
    ],
    why="""Every number belongs to one symbol, and is one of its numbers: that is the pair. No bit of the state stands
        for one symbol alone, and so a symbol can take a fraction of a bit.
        dc_lab.coding.rans finds the symbol in a table with an entry for each slot.""",
)

# --- 11.3: chances learned on the way --------------------------------------------------------------------------------


def _adaptive(bits: Sequence[int], contexts: Sequence[int]) -> float:
    seen: dict[int, list[float]] = {}
    total = 0.0
    for bit, context in zip(bits, contexts, strict=True):
        counts = seen.setdefault(context, [0.5, 0.5])
        total -= math.log2(counts[bit] / (counts[0] + counts[1]))
        counts[bit] += 1
    return total


def _adaptive_by_gamma(bits: Sequence[int], contexts: Sequence[int]) -> float:
    """In closed form: what a context costs depends on how many ones and zeros it saw, not on their order."""
    total = 0.0
    pairs = list(zip(bits, contexts, strict=True))
    for context in set(contexts):
        ones, zeros = pairs.count((1, context)), pairs.count((0, context))
        gain = math.lgamma(ones + 0.5) + math.lgamma(zeros + 0.5) - math.lgamma(ones + zeros + 1) - math.log(math.pi)
        total -= gain / math.log(2)
    return total


def _adaptive_by_chance_of_one(bits: Sequence[int], contexts: Sequence[int]) -> float:
    chance: dict[int, float] = defaultdict(lambda: 0.5)
    seen: dict[int, int] = defaultdict(int)
    total = 0.0
    for bit, context in zip(bits, contexts, strict=True):
        total += math.log2(1 / (chance[context] if bit else 1 - chance[context]))
        chance[context] += (bit - chance[context]) / (seen[context] + 2)
        seen[context] += 1
    return total


def _learned(
    first: tuple[float, float] = (0.5, 0.5),
    context_of: Callable[[list[int], int], Any] = lambda contexts, i: contexts[i],
    cost: Callable[[list[float], int], float] = lambda counts, bit: -math.log2(counts[bit] / sum(counts)),
    learn_first: bool = False,
    step: float = 1.0,
) -> Callable[[Sequence[int], Sequence[int]], float]:
    """A version that differs in how counts begin, whose they are, what a bit costs, or when they are updated."""

    def wrong(bits: Sequence[int], contexts: Sequence[int]) -> float:
        seen: dict[Any, list[float]] = {}
        total = 0.0
        for i, bit in enumerate(bits):
            counts = seen.setdefault(context_of(list(contexts), i), list(first))
            if learn_first:
                counts[bit] += step
            total += cost(counts, bit)
            if not learn_first:
                counts[bit] += step
        return total

    return wrong


def _log2_or_inf(share: float) -> float:
    return -math.log2(share) if share else math.inf


def _from_zero(counts: list[float], bit: int) -> float:
    return _log2_or_inf(counts[bit] / sum(counts)) if sum(counts) else 1.0


def _adaptive_from_zero_raises(bits: Sequence[int], contexts: Sequence[int]) -> float:
    return _learned((0, 0))(bits, contexts)


def _of_the_whole(bits: Sequence[int], contexts: Sequence[int]) -> float:
    """Entropy with the counts of the whole row, context by context."""
    counts: dict[int, list[int]] = {}
    for bit, context in zip(bits, contexts, strict=True):
        counts.setdefault(context, [0, 0])[bit] += 1
    return 0.0 + sum(
        math.log2(sum(counts[context]) / counts[context][bit]) for bit, context in zip(bits, contexts, strict=True)
    )


def _of_the_whole_smoothed(bits: Sequence[int], contexts: Sequence[int]) -> float:
    counts: dict[int, list[float]] = {}
    for bit, context in zip(bits, contexts, strict=True):
        counts.setdefault(context, [0.5, 0.5])[bit] += 1
    return 0.0 + sum(
        math.log2(sum(counts[context]) / counts[context][bit]) for bit, context in zip(bits, contexts, strict=True)
    )


def _averaged(bits: Sequence[int], contexts: Sequence[int]) -> float:
    return _adaptive(bits, contexts) / len(bits) if len(bits) else 0.0


def _chance_itself(bits: Sequence[int], contexts: Sequence[int]) -> float:
    return float(2 ** -_adaptive(bits, contexts))


def _in_nats(bits: Sequence[int], contexts: Sequence[int]) -> float:
    return _adaptive(bits, contexts) * math.log(2)


def _negative_bits(bits: Sequence[int], contexts: Sequence[int]) -> float:
    return -_adaptive(bits, contexts)


def _in_bytes(bits: Sequence[int], contexts: Sequence[int]) -> float:
    return _adaptive(bits, contexts) / 8


def _rounded_up(bits: Sequence[int], contexts: Sequence[int]) -> float:
    return float(math.ceil(_adaptive(bits, contexts) - 1e-9))


def _product_too_small(bits: Sequence[int], contexts: Sequence[int]) -> float:
    chance = 1.0
    seen: dict[int, list[float]] = {}
    for bit, context in zip(bits, contexts, strict=True):
        counts = seen.setdefault(context, [0.5, 0.5])
        chance *= counts[bit] / sum(counts)
        counts[bit] += 1
    return _log2_or_inf(chance)


def _product_raises(bits: Sequence[int], contexts: Sequence[int]) -> float:
    if math.isinf(_product_too_small(bits, contexts)):
        raise ValueError("math domain error")
    return _adaptive(bits, contexts)


def _counts_of_both_by_order(bits: Sequence[int], contexts: Sequence[int]) -> float:
    """Contexts as indices of a list as long as there are different ones."""
    counts = [[0.5, 0.5] for _ in range(len(set(contexts)))]
    total = 0.0
    for bit, context in zip(bits, contexts, strict=True):
        total -= math.log2(counts[context][bit] / sum(counts[context]))
        counts[context][bit] += 1
    return total


def _forgets(bits: Sequence[int], contexts: Sequence[int]) -> float:
    """Counts begin anew whenever the context changes."""
    total, counts, before = 0.0, [0.5, 0.5], None
    for bit, context in zip(bits, contexts, strict=True):
        if context != before:
            counts, before = [0.5, 0.5], context
        total -= math.log2(counts[bit] / sum(counts))
        counts[bit] += 1
    return total


def _entropy_of_chances(bits: Sequence[int], contexts: Sequence[int]) -> float:
    """The entropy of each chance, whatever bit came."""

    def cost(counts: list[float], bit: int) -> float:
        share = counts[1] / sum(counts)
        return -share * math.log2(share) - (1 - share) * math.log2(1 - share)

    return _learned(cost=cost)(bits, contexts)


def _smoothed_entropy(bits: Sequence[int], contexts: Sequence[int]) -> float:
    """n times the entropy of (ones + 1/2) / (n + 1), context by context."""
    total = 0.0
    for context in set(contexts):
        here = [bit for bit, other in zip(bits, contexts, strict=True) if other == context]
        share = (sum(here) + 0.5) / (len(here) + 1)
        total -= len(here) * (share * math.log2(share) + (1 - share) * math.log2(1 - share))
    return total


def _no_bits_refused(bits: Sequence[int], contexts: Sequence[int]) -> float:
    if not len(bits):
        raise ValueError
    return _adaptive(bits, contexts)


def _two_contexts(bits: Sequence[int], contexts: Sequence[int]) -> float:
    if max(contexts, default=0) > 1:
        raise IndexError
    return _adaptive(bits, contexts)


def _costs(bits: Sequence[int], contexts: Sequence[int]) -> list[float]:
    ends = [_adaptive(bits[:i], contexts[:i]) for i in range(len(bits) + 1)]
    return [after - before for before, after in pairwise(ends)]


def _ones_counted(bits: Sequence[int], contexts: Sequence[int]) -> float:
    seen: dict[int, list[float]] = {}
    total = 0.0
    for bit, context in zip(bits, contexts, strict=True):
        counts = seen.setdefault(context, [0.5, 0.5])
        total -= math.log2(counts[bit] / sum(counts))
        counts[1] += 1
    return total


def _weighted(counts: list[float], bit: int) -> float:
    share = counts[bit] / sum(counts)
    return -share * math.log2(share)


def _each_rounded_up(counts: list[float], bit: int) -> float:
    return float(math.ceil(-math.log2(counts[bit] / sum(counts))))


def _draw_bits(rng: np.random.Generator) -> Case:
    n = int(rng.integers(1, 13))
    contexts = [int(c) for c in rng.choice([0, 1, 2, 5], n)]
    return [int(rng.random() < (0.2, 0.8, 0.5)[c % 3]) for c in contexts], contexts


ADAPTIVE = Exercise(
    id="11.3",
    title="Chances learned on the way",
    minutes=15,
    stub='''
def adaptive_bits(bits, contexts):
    """Bits that a row of 0 and 1 takes, coded with chances learned on the way in each context."""
    raise NotImplementedError("your turn")
''',
    reference=_adaptive,
    solution_text='''
def adaptive_bits(bits, contexts):
    """Bits that a row of 0 and 1 takes, coded with chances learned on the way in each context."""
    seen, total = {}, 0.0
    for bit, context in zip(bits, contexts):
        counts = seen.setdefault(context, [0.5, 0.5])
        total += np.log2((counts[0] + counts[1]) / counts[bit])
        counts[bit] += 1
    return float(total)
''',
    shown=([1, 1, 0], [0, 0, 0]),
    cases=[
        ([], []),
        ([0], [0]),
        ([1], [3]),
        ([1, 0], [0, 0]),
        ([0, 0, 0], [0, 0, 0]),
        ([1, 1, 0], [0, 1, 0]),
        ([1, 0, 1, 0], [0, 1, 0, 1]),
        ([0, 1, 1, 1], [7, 7, 2, 7]),
        ([1, 1, 1, 0, 1, 1], [0, 0, 1, 1, 0, 0]),
        ([0, 0, 1, 0, 0, 0, 0, 1], [0] * 8),
        ([0] * 40 + [1] * 40, [0, 1] * 40),
        ([0, 1] * 700, [0, 0] * 700),
    ],
    draw=_draw_bits,
    misconceptions=[
        Misconception(
            "learned before it is coded",
            _learned(learn_first=True),
            "You count the bit first and then ask what it costs. The reader does not know it yet, and could not "
            "compute the same chance. First the cost, with the counts as they are; then count.",
        ),
        Misconception(
            "counts from 1",
            _learned((1, 1)),
            "Your counts begin at 1, which is Laplace's rule and learns more slowly; or they begin at one half and "
            "grow by one half, which is the same. Here they begin at one half and grow by 1.",
        ),
        Misconception(
            "one half for both together",
            _learned((0.25, 0.25)),
            "Your counts begin at a quarter each. (dc_lab.coding.adaptive does the same.) Asked for is one half each.",
        ),
        Misconception(
            "counts from 0, a chance of 0",
            _learned((0, 0), cost=_from_zero),
            "Your counts begin at 0, and so a bit that did not come yet has chance 0 and would take infinitely many "
            "bits. Begin with one half each.",
        ),
        Misconception(
            "counts from 0, division by 0",
            _adaptive_from_zero_raises,
            "Your counts begin at 0: the first chance is 0 / 0. Begin with one half each.",
        ),
        Misconception(
            "contexts forgotten",
            _learned(context_of=lambda contexts, i: 0),
            "You have one pair of counts for all. Each context has its own. (If you made a list of pairs: "
            "[[0.5, 0.5]] * n is n times the same pair.)",
        ),
        Misconception(
            "the context of the bit before",
            _learned(context_of=lambda contexts, i: contexts[i - 1] if i else None),
            "You use the context of the bit before. Bit i belongs to contexts[i].",
        ),
        Misconception(
            "the bit before as the context",
            lambda bits, contexts: _learned(context_of=lambda c, i: bits[i - 1] if i else None)(bits, contexts),
            "You take the bit before as the context. Which one it is says `contexts`.",
        ),
        Misconception(
            "the bit in its own context",
            lambda bits, contexts: _learned(context_of=lambda c, i: (c[i], bits[i]))(bits, contexts),
            "You look up the counts by context and bit together. The reader does not know the bit: a context has a "
            "pair of counts, and the bit chooses from it only for its cost.",
        ),
        Misconception(
            "counts begin anew where the context changes",
            _forgets,
            "You begin anew whenever the context changes. A context keeps its counts until it comes again: "
            "a dictionary from context to counts.",
        ),
        Misconception(
            "contexts as places in a list",
            _counts_of_both_by_order,
            "Contexts are any whole numbers, and may have gaps: 7 and 2, for instance. Use a dictionary.",
        ),
        Misconception(
            "nothing learned",
            lambda bits, contexts: float(len(bits)),
            "Every bit takes one bit: the counts never change. After each bit, add 1 to its count.",
        ),
        Misconception(
            "counts of the whole row",
            _of_the_whole,
            "You count the whole row first. That is the entropy, and the reader would need the counts: a table. "
            "Here both begin with nothing and count as they go.",
        ),
        Misconception(
            "counts of the whole row and one half",
            _of_the_whole_smoothed,
            "You count the whole row first, then sum. The chance of a bit comes from the bits before it only: cost "
            "and count in the same loop.",
        ),
        Misconception(
            "the chance of a 1, whatever came",
            _learned(cost=lambda counts, bit: -math.log2(counts[1] / sum(counts))),
            "You always take the chance of a 1. A bit costs by the chance of what came: of a 0 it is the 0's count.",
        ),
        Misconception(
            "the chance of a 0, whatever came",
            _learned(cost=lambda counts, bit: -math.log2(counts[0] / sum(counts))),
            "You always take the chance of a 0. A bit costs by the chance of what came: counts[bit].",
        ),
        Misconception(
            "the other one's chance",
            _learned(cost=lambda counts, bit: -math.log2(counts[1 - bit] / sum(counts))),
            "You take the chance of the bit that did not come, or count that one. What came often must become cheap: "
            "counts[bit], for both.",
        ),
        Misconception(
            "entropy of each chance",
            _entropy_of_chances,
            "You add the entropy of each chance: what a bit would cost on average. Asked for is what these bits cost: "
            "log2(1 / chance of the bit that came).",
        ),
        Misconception(
            "counts not divided",
            _learned(cost=lambda counts, bit: -math.log2(counts[bit])),
            "A chance is the bit's count divided by the sum of both.",
        ),
        Misconception(
            "sum of the shares",
            _learned(cost=lambda counts, bit: counts[bit] / sum(counts)),
            "You add the chances themselves. A chance p costs log2(1 / p) bits.",
        ),
        Misconception(
            "natural logarithm",
            _in_nats,
            "math.log and np.log are natural logarithms. Bits are log2.",
        ),
        Misconception("bits below 0", _negative_bits, "log2 of a chance is negative. What it costs is its negative."),
        Misconception("bytes", _in_bytes, "This is in bytes. Asked for are bits; the division by 8 comes later."),
        Misconception(
            "bits a bit", _averaged, "You divide by how many there are. Asked for is the sum over the whole row."
        ),
        Misconception(
            "whole bits",
            _rounded_up,
            "You round up. The sum may stay a fraction: a coder without the one-bit floor comes that near.",
        ),
        Misconception(
            "the chance itself",
            _chance_itself,
            "You return the product of all chances. Bits are log2(1 / product); better, sum the logarithms, since the "
            "product soon is too small for a float.",
        ),
        Misconception(
            "a product too small for a float",
            _product_too_small,
            "The product of many chances becomes 0 in floats, and its logarithm infinite. Sum the logarithms instead.",
        ),
        Misconception(
            "the logarithm of 0",
            _product_raises,
            "The product of many chances becomes 0 in floats, and log2(0) fails. Sum the logarithms instead.",
        ),
        Misconception(
            "each cost times its chance",
            _learned(cost=_weighted),
            "-p log2(p) is a term of the entropy: what a symbol costs, times how often it comes. This bit came, "
            "once: log2(1 / p).",
        ),
        Misconception(
            "each bit rounded up",
            _learned(cost=_each_rounded_up),
            "You round each bit's cost up. Without the one-bit floor, a bit may cost a fraction: that is the point.",
        ),
        Misconception(
            "entropy of smoothed counts",
            _smoothed_entropy,
            "You count the whole row, add one half, and take the entropy. The reader does not have these counts yet: "
            "the chance of a bit comes from the bits before it.",
        ),
        Misconception(
            "an empty row refused",
            _no_bits_refused,
            "An empty row costs nothing: 0.0. max([]) and a mean of nothing fail. A dictionary needs no largest "
            "context.",
        ),
        Misconception(
            "two contexts",
            _two_contexts,
            "You have room for the contexts 0 and 1 only. A context is any whole number: use a dictionary.",
        ),
        Misconception(
            "a list of costs",
            _costs,
            "These are the costs of the single bits. Return their sum.",
        ),
        Misconception(
            "ones counted, whatever came",
            _ones_counted,
            "After each bit you count a 1. Count what came: counts[bit] += 1.",
        ),
        Misconception(
            "only the first bit",
            lambda bits, contexts: 1.0 if len(bits) else None,
            "You return after the first bit: is the `return` within the loop?",
        ),
        Misconception(
            "1 minus the chance",
            _learned(cost=lambda counts, bit: 1 - counts[bit] / sum(counts)),
            "1 - p is the chance that it would not come. What it costs is log2(1 / p) bits.",
        ),
    ],
    alternatives=[_adaptive_by_gamma, _adaptive_by_chance_of_one],
    hints=[
        "A dictionary from context to a pair of counts, which begins as [0.5, 0.5]: seen.setdefault(context, "
        "[0.5, 0.5]) makes it where it is missing.",
        "The chance of a bit is counts[bit] / (counts[0] + counts[1]), and it costs log2(1 / chance). Add that up.",
        "Only then counts[bit] += 1, so that the reader, who learns the bit after that, can do the same.",
    ],
    why="""Counts that begin at one half are the rule of Krichevsky and Trofimov (1981): for n bits it costs about
        log2(n) / 2 bits more than the entropy of the row's own counts, whatever the row. No table is stored; that is
        what the reader pays for learning. dc_lab.coding.adaptive begins with a quarter, which learns a little faster
        where one of the two is rare.""",
)

# --- 11.4: one competition -------------------------------------------------------------------------------------------

Masks = list[np.ndarray]


def _global(scores: Sequence[np.ndarray], keep: int) -> Masks:
    every = np.concatenate([score.ravel() for score in scores])
    mask = np.zeros(len(every), bool)
    mask[np.argsort(-every, kind="stable")[:keep]] = True
    ends = np.cumsum([score.size for score in scores])[:-1]
    return [part.reshape(score.shape) for part, score in zip(np.split(mask, ends), scores, strict=True)]


def _global_by_loops(scores: Sequence[np.ndarray], keep: int) -> Masks:
    places = [(layer, index) for layer, score in enumerate(scores) for index in np.ndindex(score.shape)]
    places.sort(key=lambda place: -float(scores[place[0]][place[1]]))  # a stable sort: ties stay in order
    masks = [np.zeros(score.shape, bool) for score in scores]
    for layer, index in places[:keep]:
        masks[layer][index] = True
    return masks


def _global_by_threshold(scores: Sequence[np.ndarray], keep: int) -> Masks:
    every = np.concatenate([score.ravel() for score in scores])
    if keep == 0:
        return [np.zeros(score.shape, bool) for score in scores]
    threshold = np.partition(every, len(every) - keep)[len(every) - keep]
    left = keep - int((every > threshold).sum())
    masks = []
    for score in scores:
        mask, ties = score > threshold, np.flatnonzero(score == threshold)[:left]
        mask.ravel()[ties] = True
        left -= len(ties)
        masks.append(mask)
    return masks


def _parts(mask: np.ndarray, scores: Sequence[np.ndarray]) -> Masks:
    ends = np.cumsum([score.size for score in scores])[:-1]
    return [part.reshape(score.shape) for part, score in zip(np.split(mask, ends), scores, strict=True)]


def _every(scores: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate([score.ravel() for score in scores])


def _best(values: np.ndarray, keep: int) -> np.ndarray:
    mask = np.zeros(len(values), bool)
    mask[np.argsort(-values, kind="stable")[:keep]] = True
    return mask


def _threshold_of(every: np.ndarray, keep: int) -> float:
    return float(np.sort(every)[::-1][keep - 1]) if keep else math.inf


def _same_share(scores: Sequence[np.ndarray], keep: int) -> Masks:
    share = keep / max(len(_every(scores)), 1)
    return [_best(score.ravel(), round(share * score.size)).reshape(score.shape) for score in scores]


def _same_number(scores: Sequence[np.ndarray], keep: int) -> Masks:
    return [_best(score.ravel(), keep // len(scores)).reshape(score.shape) for score in scores]


def _keep_each(scores: Sequence[np.ndarray], keep: int) -> Masks:
    return [_best(score.ravel(), keep).reshape(score.shape) for score in scores]


def _ties_too_many(scores: Sequence[np.ndarray], keep: int) -> Masks:
    threshold = _threshold_of(_every(scores), keep)
    return [score >= threshold for score in scores]


def _ties_too_many_without_none(scores: Sequence[np.ndarray], keep: int) -> Masks:
    """keep = 0 takes the last of the sorted ones, the smallest: everything is kept."""
    threshold = np.sort(_every(scores))[::-1][keep - 1]
    return [score >= threshold for score in scores]


def _ties_too_few(scores: Sequence[np.ndarray], keep: int) -> Masks:
    threshold = _threshold_of(_every(scores), keep)
    return [score > threshold for score in scores]


def _above_the_next(scores: Sequence[np.ndarray], keep: int) -> Masks:
    """A threshold that is the first score to go: right without ties."""
    every = np.sort(_every(scores))[::-1]
    threshold = every[keep] if keep < len(every) else -math.inf
    return [score > threshold for score in scores]


def _above_the_next_raises(scores: Sequence[np.ndarray], keep: int) -> Masks:
    threshold = np.sort(_every(scores))[::-1][keep]
    return [score > threshold for score in scores]


def _last_of_ties(scores: Sequence[np.ndarray], keep: int) -> Masks:
    every = _every(scores)
    mask = np.zeros(len(every), bool)
    mask[np.argsort(every, kind="stable")[len(every) - keep :]] = True
    return _parts(mask, scores)


def _minus_keep(scores: Sequence[np.ndarray], keep: int) -> Masks:
    every = _every(scores)
    mask = np.zeros(len(every), bool)
    mask[np.argsort(every, kind="stable")[-keep:]] = True
    return _parts(mask, scores)


def _minus_keep_reversed(scores: Sequence[np.ndarray], keep: int) -> Masks:
    """Stable from behind, and still everything for keep = 0."""
    every = _every(scores)
    return _parts(_best(every, keep if keep else len(every)), scores)


def _smallest(scores: Sequence[np.ndarray], keep: int) -> Masks:
    every = _every(scores)
    mask = np.zeros(len(every), bool)
    mask[np.argsort(every, kind="stable")[:keep]] = True
    return _parts(mask, scores)


def _removed(scores: Sequence[np.ndarray], keep: int) -> Masks:
    return [~mask for mask in _global(scores, keep)]


def _keep_removed(scores: Sequence[np.ndarray], keep: int) -> Masks:
    every = _every(scores)
    return _parts(_best(every, len(every) - keep), scores)


def _one_row(scores: Sequence[np.ndarray], keep: int) -> np.ndarray:
    return _best(_every(scores), keep)


def _flat_masks(scores: Sequence[np.ndarray], keep: int) -> Masks:
    return [mask.ravel() for mask in _global(scores, keep)]


def _numbers(scores: Sequence[np.ndarray], keep: int) -> list[np.ndarray]:
    return [mask.astype(float) for mask in _global(scores, keep)]


def _whole_numbers(scores: Sequence[np.ndarray], keep: int) -> list[np.ndarray]:
    return [mask.astype(int) for mask in _global(scores, keep)]


def _kept_scores(scores: Sequence[np.ndarray], keep: int) -> list[np.ndarray]:
    return [np.where(mask, score, 0) for mask, score in zip(_global(scores, keep), scores, strict=True)]


def _relative(scores: Sequence[np.ndarray], keep: int) -> Masks:
    scaled = [score / max(float(score.max(initial=0)), 1e-30) for score in scores]
    return _global(scaled, keep)


def _relative_to_mean(scores: Sequence[np.ndarray], keep: int) -> Masks:
    scaled = [score / max(float(score.sum()) / max(score.size, 1), 1e-30) for score in scores]
    return _global(scaled, keep)


def _column_by_column(scores: Sequence[np.ndarray], keep: int) -> Masks:
    every = np.concatenate([score.ravel(order="F") for score in scores])
    ends = np.cumsum([score.size for score in scores])[:-1]
    pieces = np.split(_best(every, keep), ends)
    return [part.reshape(score.shape, order="F") for part, score in zip(pieces, scores, strict=True)]


def _columns_back_in_rows(scores: Sequence[np.ndarray], keep: int) -> Masks:
    every = np.concatenate([score.ravel(order="F") for score in scores])
    return _parts(_best(every, keep), scores)


def _layers_in_turn(scores: Sequence[np.ndarray], keep: int) -> Masks:
    """Fills up layer by layer."""
    masks = []
    for score in scores:
        mask = _best(score.ravel(), min(keep, score.size)).reshape(score.shape)
        keep -= int(mask.sum())
        masks.append(mask)
    return masks


def _by_quantile(scores: Sequence[np.ndarray], keep: int) -> Masks:
    every = _every(scores)
    threshold = np.quantile(every, 1 - keep / len(every)) if len(every) else 0.0
    return [score >= threshold for score in scores]


def _as_dict(scores: Sequence[np.ndarray], keep: int) -> dict[int, np.ndarray]:
    return dict(enumerate(_global(scores, keep)))


def _above_quantile(scores: Sequence[np.ndarray], keep: int) -> Masks:
    threshold = np.quantile(_every(scores), 1 - keep / len(_every(scores)))
    return [score > threshold for score in scores]


def _from_the_end_raises(scores: Sequence[np.ndarray], keep: int) -> Masks:
    every = np.sort(_every(scores))
    threshold = every[len(every) - keep]
    return [score >= threshold for score in scores]


def _until_full(scores: Sequence[np.ndarray], keep: int) -> Masks:
    """The threshold or above, in order, until there are enough: ties in front take the places of larger ones."""
    every = _every(scores)
    good = every >= _threshold_of(every, keep)
    return _parts(good & (np.cumsum(good) <= keep), scores)


def _rows_not_joined(scores: Sequence[np.ndarray], keep: int) -> Masks:
    threshold = np.sort(np.concatenate(scores))[-keep]
    return [score >= threshold for score in scores]


def _order_for_rank(scores: Sequence[np.ndarray], keep: int) -> Masks:
    return _parts(np.argsort(-_every(scores), kind="stable") < keep, scores)


def _share_by_threshold(scores: Sequence[np.ndarray], keep: int) -> Masks:
    share = keep / len(_every(scores))
    return [score >= np.sort(score.ravel())[-max(1, round(share * score.size))] for score in scores]


def _split_by_sizes(scores: Sequence[np.ndarray], keep: int) -> Masks:
    pieces = np.split(_best(_every(scores), keep), [score.size for score in scores][:-1])
    return [piece.reshape(score.shape) for piece, score in zip(pieces, scores, strict=True)]


def _one_array(scores: Sequence[np.ndarray], keep: int) -> np.ndarray:
    stacked = np.array(scores)
    return _best(stacked.ravel(), keep).reshape(stacked.shape)


def _cut_by_rows(scores: Sequence[np.ndarray], keep: int) -> Masks:
    mask, at, masks = _best(_every(scores), keep), 0, []
    for score in scores:
        masks.append(mask[at : at + len(score)])
        at += len(score)
    return masks


def _in_order(case: Case, expected: Masks, got: Any) -> str | None:
    """None if equal. As large as asked for, but not the first of equal ones, is told in words; the rest is compared."""
    scores, _ = case
    if not isinstance(got, (list, tuple)) or len(got) != len(expected):
        raise TypeError
    for mask, right in zip(got, expected, strict=True):
        if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_ or mask.shape != right.shape:
            raise TypeError
    if all(np.array_equal(mask, right) for mask, right in zip(got, expected, strict=True)):
        return None
    kept, wanted = (
        np.sort(np.concatenate([score[mask] for score, mask in zip(scores, masks, strict=True)]))
        for masks in (got, expected)
    )
    if np.array_equal(kept, wanted):
        return (
            "the kept scores are as large as they should be, but among equal ones they are not the first "
            '(argsort keeps their order only with kind="stable")'
        )
    raise ValueError


def _draw_scores(rng: np.random.Generator) -> Case:
    scores = [
        np.asarray(rng.integers(0, 6, tuple(rng.integers(1, 4, 2))) * float(10.0 ** rng.integers(-1, 2)))
        for _ in range(int(rng.integers(1, 4)))
    ]
    return scores, int(rng.integers(0, sum(score.size for score in scores) + 1))


SCORES = [np.array([[9.0, 1.0, 4.0], [0.0, 6.0, 2.0]]), np.array([[3.0, 5.0], [8.0, 7.0]])]

GLOBAL = Exercise(
    id="11.4",
    title="One competition for all layers",
    minutes=15,
    stub='''
def global_masks(scores, keep):
    """Masks that keep the `keep` largest scores of all layers together; among equal ones the first."""
    raise NotImplementedError("your turn")
''',
    reference=_global,
    solution_text='''
def global_masks(scores, keep):
    """Masks that keep the `keep` largest scores of all layers together; among equal ones the first."""
    every = np.concatenate([score.ravel() for score in scores])
    mask = np.zeros(len(every), bool)
    mask[np.argsort(-every, kind="stable")[:keep]] = True
    ends = np.cumsum([score.size for score in scores])[:-1]
    return [part.reshape(score.shape) for part, score in zip(np.split(mask, ends), scores)]
''',
    shown=(SCORES, 4),
    accept=_in_order,
    cases=[
        ([np.array([1.0])], 0),
        ([np.array([1.0])], 1),
        ([np.array([1.0, 1.0])], 1),
        ([np.array([2.0, 5.0, 3.0])], 2),
        ([np.array([1.0]), np.array([1.0])], 1),
        ([np.array([[1.0, 2.0]]), np.array([3.0, 4.0])], 0),
        ([np.array([[1.0, 2.0]]), np.array([3.0, 4.0])], 2),
        ([np.array([[1.0, 2.0]]), np.array([3.0, 4.0])], 4),
        ([np.array([[2.0, 1.0], [1.0, 1.0]]), np.array([[1.0], [3.0]])], 3),
        ([np.array([[0.5, 0.1], [0.1, 0.5]]), np.array([[50.0, 10.0]])], 3),
        ([np.zeros((2, 2)), np.zeros(3)], 5),
        ([np.array([]), np.array([2.0, 1.0])], 1),
        ([np.array([[3.0, 1.0], [1.0, 2.0]]), np.array([[1.0, 2.0], [0.0, 1.0]])], 4),
        ([np.array([0.1]), np.array([0.2, 0.4]), np.array([[0.3]])], 2),
        (SCORES, 7),
    ],
    draw=_draw_scores,
    misconceptions=[
        Misconception(
            "the same share of each layer",
            _same_share,
            "You keep the same share of each layer. Here layers compete: one may keep nearly everything, another "
            "next to nothing. Sort the scores of all of them together.",
        ),
        Misconception(
            "the same number in each layer",
            _same_number,
            "You give each layer the same number of weights. The number is for all together, and scores decide "
            "who gets them.",
        ),
        Misconception(
            "so many in each layer",
            _keep_each,
            "You keep `keep` weights in every layer. It is the number for all layers together.",
        ),
        Misconception(
            "layer by layer until all are given away",
            _layers_in_turn,
            "The first layer takes all it can and leaves the rest to the next. Compare scores across layers: put them "
            "into one row first.",
        ),
        Misconception(
            "all of equal scores, and everything for 0",
            _ties_too_many_without_none,
            "Two things. Where several scores equal the threshold you keep all of them, and so more than `keep`. And "
            "for keep = 0 the index keep - 1 is -1, the smallest score of all.",
        ),
        Misconception(
            "all of equal scores",
            _ties_too_many,
            "Where several scores equal the threshold you keep all of them, and so more than `keep`. Take the first "
            "ones: by argsort, or by filling up to the number.",
        ),
        Misconception(
            "none of equal scores",
            _ties_too_few,
            "score > threshold leaves the threshold itself out, so fewer than `keep` are kept.",
        ),
        Misconception(
            "above the first that goes",
            _above_the_next,
            "Your threshold is the largest score that goes. Where it equals some that should stay, these go as well. "
            "Exactly `keep` have to be left.",
        ),
        Misconception(
            "above the first that goes, and nothing goes",
            _above_the_next_raises,
            "Your threshold is the largest score that goes. There is none where all are kept; and where it equals some "
            "that should stay, these go as well.",
        ),
        Misconception(
            "threshold by quantile",
            _by_quantile,
            "A quantile lies between scores, or on one of several equal ones. How many are kept is then a matter of "
            "luck. Exactly `keep` have to be left.",
        ),
        Misconception(
            "the last of equal scores",
            _last_of_ties,
            "Among equal scores you keep the last ones. Asked for are the first: sort the negative scores, with "
            'kind="stable".',
        ),
        Misconception(
            "[-keep:]",
            _minus_keep,
            "[-keep:] is everything for keep = 0, and among equal scores it takes the last ones. Sort the negative "
            'scores with kind="stable" and take [:keep].',
        ),
        Misconception(
            "everything for 0",
            _minus_keep_reversed,
            "For keep = 0 you keep everything: [-0:] is the whole row. Take [:keep] of the descending order.",
        ),
        Misconception(
            "the smallest",
            _smallest,
            "You keep the smallest scores: argsort goes upwards. Sort -scores, or take the other end.",
        ),
        Misconception(
            "True for what goes",
            _removed,
            "Your masks are True where a weight is removed. True means kept.",
        ),
        Misconception(
            "so many removed",
            _keep_removed,
            "You remove `keep` of them. It is the number that stays.",
        ),
        Misconception(
            "one row for all",
            _one_row,
            "The right ones, but in one long row. Return a list with a mask for each layer, in its shape: np.split at "
            "the running sum of the sizes, then reshape.",
        ),
        Misconception(
            "layers without their shapes",
            _flat_masks,
            "Each of your masks is one row. Give it the shape of its layer: mask.reshape(score.shape).",
        ),
        Misconception(
            "0.0 and 1.0",
            _numbers,
            "Your masks hold floats. A mask is of booleans: np.zeros(n, bool), or a comparison.",
        ),
        Misconception("0 and 1", _whole_numbers, "Your masks hold whole numbers. A mask is of booleans."),
        Misconception(
            "scores in place of masks",
            _kept_scores,
            "You return the scores that stay. Asked for are masks, True where a weight is kept.",
        ),
        Misconception(
            "relative to the layer's largest",
            _relative,
            "You divide each layer's scores by its largest. Then every layer has a best weight of the same score, and "
            "layers do not compete as they are. Compare the scores themselves.",
        ),
        Misconception(
            "relative to the layer's mean",
            _relative_to_mean,
            "You divide each layer's scores by their mean. A layer whose weights all matter loses by that. Compare the "
            "scores themselves.",
        ),
        Misconception(
            "columns written back as rows",
            _columns_back_in_rows,
            "You read layers column by column and write the masks back row by row. ravel() and reshape(shape) use the "
            "same order by themselves.",
        ),
        Misconception(
            "column by column",
            _column_by_column,
            "Among equal scores you go column by column. The first ones are those of the first rows (C order).",
        ),
        Misconception(
            "a dictionary",
            _as_dict,
            "The masks are right. Return them as a list, in the order of the layers.",
        ),
        Misconception(
            "above a quantile",
            _above_quantile,
            "A quantile lies between scores, or on one of them, and > leaves that one out. How many are kept is then a "
            "matter of luck. Exactly `keep` have to be left.",
        ),
        Misconception(
            "all of equal scores, and 0 refused",
            _from_the_end_raises,
            "Two things. Where several scores equal the threshold you keep all of them. And for keep = 0 there is no "
            "score at len - keep: nothing is kept then.",
        ),
        Misconception(
            "in order until there are enough",
            _until_full,
            "You go through the scores in order and stop when there are enough. Where several equal the threshold, "
            "early ones take the places of larger ones that come later. First all above it, then fill up with equal "
            "ones.",
        ),
        Misconception(
            "layers not made into rows",
            _rows_not_joined,
            "np.concatenate joins arrays whose shapes fit. Layers have any shapes: ravel() each of them first. And "
            "[-keep] is the first entry, the smallest, for keep = 0.",
        ),
        Misconception(
            "one array of all layers",
            _one_array,
            "np.array(scores) needs layers of one shape. They have any shapes: np.concatenate([score.ravel() for score "
            "in scores]), and a list of masks in the end.",
        ),
        Misconception(
            "cut by rows",
            _cut_by_rows,
            "len(score) is the number of rows of a layer. Cut by score.size, and give each piece the layer's shape.",
        ),
        Misconception(
            "places taken for ranks",
            _order_for_rank,
            "argsort gives places in order of their score, not the rank of each score. mask[order[:keep]] = True sets "
            "the right ones; a second argsort would give ranks.",
        ),
        Misconception(
            "a threshold for each layer",
            _share_by_threshold,
            "You take a threshold from each layer by itself, the same share of each. Take one from all scores "
            "together.",
        ),
        Misconception(
            "split by sizes",
            _split_by_sizes,
            "np.split wants the places where to cut, not the sizes of the pieces: np.cumsum(sizes)[:-1].",
        ),
    ],
    alternatives=[_global_by_loops, _global_by_threshold],
    hints=[
        "Put all scores into one row: np.concatenate([score.ravel() for score in scores]).",
        'np.argsort(-row, kind="stable")[:keep] are the places of the largest, and of equal ones the first. Set them '
        "True in a row of False.",
        "Cut the row into layers, np.split(row, ends) with the running sum of the sizes but the last, and reshape.",
    ],
    why="""A density for each layer is a guess; a threshold for all is one number, and the layers' densities come out.
        What is compared decides what comes out, though: magnitudes of two layers mean different things. records.slim
        compares w**2 times the gradient's root mean square, divided by the bits that the weight takes.""",
)

# --- 11.5: an honest choice ------------------------------------------------------------------------------------------

HONEST = Question(
    id="11.5",
    title="An honest choice",
    minutes=5,
    kind="choice",
    prompt="Forty plans gave forty files. Which way to a line on the leaderboard is honest?",
    stub="way = ...",
    answer="c",
    choices={
        "a": "Of the files with a test error of at most 1.58 %, take the smallest, and state its test error.",
        "b": "Take the smallest with a held-out error of at most 1.58 %. If its test error is higher, go on to the "
        "next one until it is not.",
        "c": "Take the smallest with a held-out error of at most 1.58 %. State its test error, even if it is 1.7 %.",
        "d": "Take the smallest with a held-out error of at most 1.58 %, and state that error: the test images were "
        "never touched.",
    },
    wrong=[
        WrongAnswer(
            "a",
            "a",
            "Forty files are measured on the test images, and one is picked by what came out. Part of its low error is "
            "luck with these 10,000 images, and it is picked for its luck too.",
        ),
        WrongAnswer(
            "b",
            "b",
            "Going on until the test error suits is a choice on the test images, too, only a slower one. The test says "
            "what you got; it has no say in what you take.",
        ),
        WrongAnswer(
            "d",
            "d",
            "The choice is made on the held-out images, so that their error is the flattered one: the best of forty "
            "on these images. Images that had no say in the choice are needed to state it.",
        ),
    ],
    hints=[
        "An error is a fair estimate on images that had no say in what was chosen. Which images had a say in each?",
        "In which of them could the stated error have come out too high?",
        "Two of them look at the test images before the choice is final, one never does.",
    ],
    why="""Only there could the test still say no, and would have been heard. If 1.7 % is too much, a new search with a
        stricter bound on the held-out images is fair, as long as one says how often the test images were asked.""",
)

EXERCISES: list[AnyExercise] = [PUSH, POP, ADAPTIVE, GLOBAL, HONEST]
