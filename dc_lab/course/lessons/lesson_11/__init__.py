"""Exercises of lesson 11: rANS a step each way, a range coder, chances learned on the way, mixing, a choice; a lab."""

from dc_lab.course.lessons.lesson_11 import (
    ex_1_push,
    ex_2_pop,
    ex_3_encoder,
    ex_4_decoder,
    ex_5_contexts,
    ex_6_mixture,
    ex_7_honest_choice,
    lab,
)
from dc_lab.course.predictions import Prediction

TITLE = "Beat the paper"
MODULE = "adaptive"
EXERCISES = [
    ex_1_push.exercise,
    ex_2_pop.exercise,
    ex_3_encoder.exercise,
    ex_4_decoder.exercise,
    ex_5_contexts.exercise,
    ex_6_mixture.exercise,
    ex_7_honest_choice.exercise,
]
PREDICTIONS = [
    Prediction("11.a", "bytes of the positions of the first layer", "bytes", 0, 30_000),
]
LABS = [lab.LAB]
