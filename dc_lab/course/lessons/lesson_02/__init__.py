"""Exercises of lesson 02: what a weight is worth, a mask, a training loop that keeps zeros, gradual pruning."""

from dc_lab.course.lessons.lesson_02 import (
    ex_1_loss_increase,
    ex_2_magnitude_mask,
    ex_3_train_masked,
    ex_4_cubic_density,
    ex_5_prune_gradually,
    lab,
)
from dc_lab.course.predictions import Prediction

TITLE = "Pruning"
MODULE = "pruning"
EXERCISES = [
    ex_1_loss_increase.exercise,
    ex_2_magnitude_mask.exercise,
    ex_3_train_masked.exercise,
    ex_4_cubic_density.exercise,
    ex_5_prune_gradually.exercise,
]
PREDICTIONS = [
    Prediction("02.a", "held-out error with 8 % of the weights, not retrained", "%", 0, 100),
]
LABS = [lab.LAB]
