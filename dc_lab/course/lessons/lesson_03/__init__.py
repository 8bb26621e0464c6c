"""Exercises of lesson 03: compressed sparse rows and back, gaps with fillers and back, and a lab of positions."""

from dc_lab.course.lessons.lesson_03 import (
    ex_1_to_csr,
    ex_2_from_csr,
    ex_3_zero_runs,
    ex_4_relative_index,
    ex_5_from_relative,
    lab,
)
from dc_lab.course.predictions import Prediction

TITLE = "Storing what is left"
MODULE = "sparse"
EXERCISES = [
    ex_1_to_csr.exercise,
    ex_2_from_csr.exercise,
    ex_3_zero_runs.exercise,
    ex_4_relative_index.exercise,
    ex_5_from_relative.exercise,
]
PREDICTIONS = [
    Prediction("03.a", "fillers of the first layer with gaps of 8 bits", "fillers", 0, 235_200),
]
LABS = [lab.LAB]
