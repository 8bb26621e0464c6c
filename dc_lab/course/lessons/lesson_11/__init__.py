"""Exercises of lesson 11: one step of rANS each way, chances learned on the way, a global mask, an honest choice."""

from dc_lab.course.lessons.lesson_11 import (
    ex_1_push,
    ex_2_pop,
    ex_3_adaptive_bits,
    ex_4_global_masks,
    ex_5_honest_choice,
)

TITLE = "Beat the paper"
MODULE = "adaptive"
EXERCISES = [
    ex_1_push.exercise,
    ex_2_pop.exercise,
    ex_3_adaptive_bits.exercise,
    ex_4_global_masks.exercise,
    ex_5_honest_choice.exercise,
]
