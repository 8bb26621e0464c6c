"""Exercises of lesson 09: products from compressed rows and from clusters, the roofline, energy."""

from dc_lab.course.lessons.lesson_09 import (
    ex_1_csr_product,
    ex_2_cluster_product,
    ex_3_predicted_times,
    ex_4_turning_point,
    ex_5_layer_energy,
)

TITLE = "Speed and energy"
MODULE = "speed"
EXERCISES = [
    ex_1_csr_product.exercise,
    ex_2_cluster_product.exercise,
    ex_3_predicted_times.exercise,
    ex_4_turning_point.exercise,
    ex_5_layer_energy.exercise,
]
