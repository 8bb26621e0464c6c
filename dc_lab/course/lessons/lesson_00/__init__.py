"""Lesson 00, Start here: the exercises, and the map of the course."""

from dc_lab.course.lessons.lesson_00 import ex_1_compression_ratio, ex_2_codes_of_4_bits, ex_3_which_images
from dc_lab.course.lessons.lesson_00.contents import course_map

__all__ = ["EXERCISES", "TITLE", "course_map"]

TITLE = "Start here"
EXERCISES = [ex_1_compression_ratio.exercise, ex_2_codes_of_4_bits.exercise, ex_3_which_images.exercise]
