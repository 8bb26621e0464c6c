"""Exercises of lesson 12: levels by price, bits in the loss, a random code and its reader; two labs."""

from dc_lab.course.lessons.lesson_12 import (
    ex_1_choose,
    ex_2_bits_between,
    ex_3_draws,
    ex_4_pick,
    ex_5_read,
    lab,
)
from dc_lab.course.predictions import Prediction

TITLE = "Below the entropy"
MODULE = "below"
EXERCISES = [
    ex_1_choose.exercise,
    ex_2_bits_between.exercise,
    ex_3_draws.exercise,
    ex_4_pick.exercise,
    ex_5_read.exercise,
]
PREDICTIONS = [
    Prediction("12.a", "bytes for a linear classifier with at most 8 % wrong", "bytes", 0, 8_000),
]
LABS = lab.LABS
