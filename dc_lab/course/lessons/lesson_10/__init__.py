"""Exercises of lesson 10: grouped convolutions, the entropy of positions, the floor of a layer, fillers."""

from dc_lab.course.lessons.lesson_10 import (
    ex_1_parameters,
    ex_2_position_bits,
    ex_3_floor_bytes,
    ex_4_fillers_expected,
    ex_5_below_the_floor,
)

TITLE = "ImageNet scale: AlexNet and VGG-16"
EXERCISES = [
    ex_1_parameters.exercise,
    ex_2_position_bits.exercise,
    ex_3_floor_bytes.exercise,
    ex_4_fillers_expected.exercise,
    ex_5_below_the_floor.exercise,
]
