"""Lesson 05, Quantized tensors: a ruler of whole numbers, how to place it, and one ruler a channel."""

from dc_lab.course.lessons.lesson_05 import (
    ex_1_reach,
    ex_2_quantize,
    ex_3_dequantize,
    ex_4_choose_ruler,
    ex_5_channel_scales,
)

TITLE = "Quantized tensors"
MODULE = "quantized"
EXERCISES = [
    ex_1_reach.exercise,
    ex_2_quantize.exercise,
    ex_3_dequantize.exercise,
    ex_4_choose_ruler.exercise,
    ex_5_channel_scales.exercise,
]
