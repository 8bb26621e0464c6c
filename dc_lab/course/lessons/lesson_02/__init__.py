"""Exercises of lesson 02: thresholds, masks of an exact density, densities from a curve, masked steps, a schedule."""

from dc_lab.course.lessons.lesson_02 import (
    ex_1_threshold_mask,
    ex_2_magnitude_mask,
    ex_3_choose_densities,
    ex_4_masked_step,
    ex_5_cubic_density,
)

TITLE = "Pruning"
MODULE = "pruning"
EXERCISES = [
    ex_1_threshold_mask.exercise,
    ex_2_magnitude_mask.exercise,
    ex_3_choose_densities.exercise,
    ex_4_masked_step.exercise,
    ex_5_cubic_density.exercise,
]
