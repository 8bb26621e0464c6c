"""Lesson 04, Weight sharing: k-means in one dimension, the gradient of a centroid, and the rate formula."""

from dc_lab.course.lessons.lesson_04 import (
    ex_1_encode,
    ex_2_update,
    ex_3_linear_start,
    ex_4_centroid_gradient,
    ex_5_compression_rate,
)

TITLE = "Weight sharing"
MODULE = "sharing"
EXERCISES = [
    ex_1_encode.exercise,
    ex_2_update.exercise,
    ex_3_linear_start.exercise,
    ex_4_centroid_gradient.exercise,
    ex_5_compression_rate.exercise,
]
