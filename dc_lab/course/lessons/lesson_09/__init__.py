"""Exercises of lesson 09: products on what is stored, the roofline, neurons removed whole, energy."""

from dc_lab.course.lessons.lesson_09 import (
    ex_1_csr_product,
    ex_2_codebook_product,
    ex_3_predicted_times,
    ex_4_neuron_scores,
    ex_5_remove_neurons,
    ex_6_shrink,
    ex_7_layer_energy,
    lab,
)
from dc_lab.course.predictions import Prediction

TITLE = "Speed and energy"
MODULE = "speed"
EXERCISES = [
    ex_1_csr_product.exercise,
    ex_2_codebook_product.exercise,
    ex_3_predicted_times.exercise,
    ex_4_neuron_scores.exercise,
    ex_5_remove_neurons.exercise,
    ex_6_shrink.exercise,
    ex_7_layer_energy.exercise,
]
PREDICTIONS = [
    Prediction("09.a", "times faster with 30 % of the neurons, one image at a time", "times faster", 0, 100),
]
LABS = [lab.LAB]
