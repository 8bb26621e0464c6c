"""Exercises of lesson 05: integers and back, a range, a scale for each channel, 4 bits in groups, a lab."""

from dc_lab.course.lessons.lesson_05 import (
    ex_1_quantize,
    ex_2_dequantize,
    ex_3_choose_qparams,
    ex_4_channel_scales,
    ex_5_quantize_groups,
    ex_6_dequantize_groups,
    lab,
)
from dc_lab.course.predictions import Prediction

TITLE = "Quantized tensors"
MODULE = "quantized"
EXERCISES = [
    ex_1_quantize.exercise,
    ex_2_dequantize.exercise,
    ex_3_choose_qparams.exercise,
    ex_4_channel_scales.exercise,
    ex_5_quantize_groups.exercise,
    ex_6_dequantize_groups.exercise,
]
PREDICTIONS = [
    Prediction("05.a", "error of ip1 in 8 bits with one scale, as a share of its spread", "of the spread", 0, 1),
]
LABS = [lab.LAB]
