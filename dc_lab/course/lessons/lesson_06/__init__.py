"""Exercises of lesson 06: integer products, requantization, calibration, a dynamic layer, convolutions, training."""

from dc_lab.course.lessons.lesson_06 import (
    ex_1_integer_product,
    ex_2_requantize,
    ex_3_seen_range,
    ex_4_integer_convolution,
    ex_5_dynamic_linear,
    ex_6_train_rounded,
    lab,
)
from dc_lab.course.predictions import Prediction

TITLE = "Static and dynamic quantization"
MODULE = "integers"
EXERCISES = [
    ex_1_integer_product.exercise,
    ex_2_requantize.exercise,
    ex_3_seen_range.exercise,
    ex_4_integer_convolution.exercise,
    ex_5_dynamic_linear.exercise,
    ex_6_train_rounded.exercise,
]
PREDICTIONS = [
    Prediction("06.a", "held-out error with weights of 2 bits, not trained", "%", 0, 100),
]
LABS = [lab.LAB]
