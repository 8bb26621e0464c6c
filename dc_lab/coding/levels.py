"""Adaptive coding of the levels of a network on a coarse grid: from maps of whole numbers to decisions, and back.

It is `adaptive` with more to go by. Each level is: is it zero, its sign, whether it goes beyond 1, beyond 2 and so on.
The chance of each is mixed from as many contexts as speak to it.
"""

from collections import defaultdict
from collections.abc import Sequence

from dc_lab.coding.adaptive import BITS, MOST_LOGIT, Decide, learned, logits


class Mixture:
    """Chances in several contexts at once: their logits, each times its weight, are summed, and the weights learn."""

    def __init__(self, contexts: int, start: int, weight: int, rate: int) -> None:
        """`start` : the chance of a context not seen before, in 2**-16.

        `weight` : of each context at first, in 2**-20. `rate` : the weights move by 2**-rate of logit times error.
        """
        fresh = start << BITS - 6
        self.states: list[defaultdict[object, int]] = [defaultdict(lambda: fresh) for _ in range(contexts)]
        self.weights = [weight] * contexts
        self.rate, self.half = rate, 1 << rate - 1
        self.squash, self.stretch = logits()

    def decide(self, decide: Decide, contexts: Sequence[object], bit: int) -> int:
        # What each context says of the chance, as a logit. Nothing is known in one that is new, and it says nothing.
        known = [states[context] for states, context in zip(self.states, contexts, strict=True)]
        said = [self.stretch[state >> 16] if state & 1023 else 0 for state in known]
        # Their weighted sum is the logit of the chance that is used.
        total = sum(logit * weight for logit, weight in zip(said, self.weights, strict=True)) >> 20
        chance = self.squash[min(max(total, -MOST_LOGIT), MOST_LOGIT) + MOST_LOGIT]
        bit = decide(chance, bit)
        # Contexts that spoke for the decision gain weight, the others lose it. Then each context learns the decision.
        error = (bit << 16) - chance
        self.weights = [
            weight + (logit * error + self.half >> self.rate) for weight, logit in zip(self.weights, said, strict=True)
        ]
        for states, context, state in zip(self.states, contexts, known, strict=True):
            states[context] = learned(state, bit)
        return bit


def walk(decide: Decide, levels: list[int], columns: int, side: int, most: int) -> None:
    """Code the levels of one tensor, in place: writing, they stay as they are; reading, they become what is read.

    Parameters
    ----------
    levels : rows of `columns` levels each, from -`most` to `most`. side : columns are maps of side x side.
    """
    there = Mixture(6, 13107, 235_930, 11)
    sign, beyond = Mixture(3, 32768, 293_601, 11), Mixture(3, 26214, 293_601, 11)
    in_map = side * side
    for start in range(0, len(levels), max(columns, 1)):
        row = start // columns
        for column in range(columns):
            at = start + column
            place = column % in_map
            down, right = divmod(place, side)
            # The neighbours that are known: left, above, both beside that, and one further each way. Outside is 0.
            left = levels[at - 1] if right else 0
            above = levels[at - side] if down else 0
            above_left = levels[at - side - 1] if down and right else 0
            above_right = levels[at - side + 1] if down and right < side - 1 else 0
            further_left = levels[at - 2] if right > 1 else 0
            further_up = levels[at - 2 * side] if down > 1 else 0
            before = levels[at - columns] if row else 0
            before_that = levels[at - 2 * columns] if row > 1 else 0
            near = (left != 0, above != 0, above_left != 0, above_right != 0)
            count = sum(near) + (further_left != 0) + (further_up != 0)
            behind = (before != 0) + (before_that != 0)
            # Is one there? By its row, column, map, place in the map, neighbours, and how many of these there are.
            of_map = row, column // in_map
            level = levels[at]
            if not there.decide(decide, (row, column, of_map, place, near, (count, behind)), level != 0):
                levels[at] = 0
                continue
            # Its sign: those of its neighbours, and of its map.
            signs = [(value > 0) - (value < 0) for value in (left, above, above_left, above_right)]
            toward = sum(signs)
            around = (toward > 0) - (toward < 0), signs[0]
            positive = sign.decide(decide, ((signs[0], signs[1]), around, of_map), level > 0)
            # How far it goes: a decision for each step beyond 1. By its neighbours, by its row and sign, by how many
            # neighbours there are.
            size, step = abs(level), 1
            sizes = min(abs(left), 2), min(abs(above), 2)
            while step < most and beyond.decide(
                decide, ((step, sizes), (step, row, positive), (step, count)), size > step
            ):
                step += 1
            levels[at] = step if positive else -step
