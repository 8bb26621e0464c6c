"""Exercises of lesson 04: the nearest centroid, k-means, where it starts, training shared values, the rate formula."""

from dc_lab.course.lessons.lesson_04 import (
    ex_1_assign,
    ex_2_kmeans,
    ex_3_cube_root_start,
    ex_4_train_codebook,
    ex_5_compression_rate,
    lab,
)
from dc_lab.course.predictions import Prediction

TITLE = "Weight sharing"
MODULE = "sharing"
EXERCISES = [
    ex_1_assign.exercise,
    ex_2_kmeans.exercise,
    ex_3_cube_root_start.exercise,
    ex_4_train_codebook.exercise,
    ex_5_compression_rate.exercise,
]
PREDICTIONS = [
    Prediction("04.a", "held-out error of five networks with four values a layer, chosen by k-means", "%", 0, 100),
]
LABS = [lab.LAB]
