"""Exercises of lesson 10: grouped convolutions, the floor of a layer, fillers, and weights with nothing lost."""

from dc_lab.course.lessons.lesson_10 import (
    ex_1_parameters,
    ex_2_position_bits,
    ex_3_floor_bytes,
    ex_4_fillers_expected,
    ex_5_split_bfloat16,
    ex_6_join_bfloat16,
)
from dc_lab.course.predictions import Prediction

TITLE = "ImageNet scale: AlexNet and VGG-16"
MODULE = "floor"
PREDICTIONS = [
    Prediction("10.a", "bits a weight in bfloat16 when exponents have Huffman's codewords", "bits", 0, 32),
]
EXERCISES = [
    ex_1_parameters.exercise,
    ex_2_position_bits.exercise,
    ex_3_floor_bytes.exercise,
    ex_4_fillers_expected.exercise,
    ex_5_split_bfloat16.exercise,
    ex_6_join_bfloat16.exercise,
]
