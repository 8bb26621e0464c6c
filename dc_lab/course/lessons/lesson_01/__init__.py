"""Exercises of lesson 01: what a layer takes, an error, two networks compared, and bits that are kept."""

from dc_lab.course.lessons.lesson_01 import (
    ex_1_layer_parameters,
    ex_2_bytes_by_layer,
    ex_3_error_percent,
    ex_4_compare,
    ex_5_keep_fraction_bits,
)
from dc_lab.course.predictions import Prediction

TITLE = "Where the bytes are"
MODULE = "compare"
EXERCISES = [
    ex_1_layer_parameters.exercise,
    ex_2_bytes_by_layer.exercise,
    ex_3_error_percent.exercise,
    ex_4_compare.exercise,
    ex_5_keep_fraction_bits.exercise,
]
PREDICTIONS = [
    Prediction("01.a", "held-out error with no fraction bits at all", "%", 0, 100),
]
