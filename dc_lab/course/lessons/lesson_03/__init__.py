"""Exercises of lesson 03: compressed sparse rows, gaps, fillers, and back to positions."""

from dc_lab.course.lessons.lesson_03 import (
    ex_1_to_csr,
    ex_2_break_even,
    ex_3_zero_runs,
    ex_4_relative_index,
    ex_5_positions,
)

TITLE = "Storing what is left"
MODULE = "sparse"
EXERCISES = [
    ex_1_to_csr.exercise,
    ex_2_break_even.exercise,
    ex_3_zero_runs.exercise,
    ex_4_relative_index.exercise,
    ex_5_positions.exercise,
]
