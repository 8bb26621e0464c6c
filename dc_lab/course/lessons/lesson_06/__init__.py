"""Exercises of lesson 06: integer products, requantization, calibration, a dynamic layer, straight-through."""

from dc_lab.course.lessons.lesson_06 import (
    ex_1_integer_product,
    ex_2_requantize,
    ex_3_moving_range,
    ex_4_dynamic_linear,
    ex_5_straight_through,
)

TITLE = "Static and dynamic quantization"
MODULE = "integers"
EXERCISES = [
    ex_1_integer_product.exercise,
    ex_2_requantize.exercise,
    ex_3_moving_range.exercise,
    ex_4_dynamic_linear.exercise,
    ex_5_straight_through.exercise,
]
