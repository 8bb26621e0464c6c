"""Lesson 01, Where the bytes are: the exercises."""

from dc_lab.course.lessons.lesson_01 import (
    ex_1_layer_parameters,
    ex_2_bytes_by_layer,
    ex_3_error_percent,
    ex_4_what_is_lacking,
    ex_5_float32_fields,
)

TITLE = "Where the bytes are"
MODULE = "compare"
EXERCISES = [
    ex_1_layer_parameters.exercise,
    ex_2_bytes_by_layer.exercise,
    ex_3_error_percent.exercise,
    ex_4_what_is_lacking.exercise,
    ex_5_float32_fields.exercise,
]
