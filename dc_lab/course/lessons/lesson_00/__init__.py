"""Lesson 00, Start here: one exercise to see how exercises work, cells that go wrong, and the map of the course."""

from dc_lab.course.lessons.lesson_00 import ex_1_compression_ratio
from dc_lab.course.lessons.lesson_00.contents import course_map
from dc_lab.course.lessons.lesson_00.wrong_cells import run_as_cell
from dc_lab.course.predictions import Prediction

__all__ = ["EXERCISES", "MODULE", "PREDICTIONS", "TITLE", "course_map", "run_as_cell"]

TITLE = "Start here"
MODULE = "compare"
EXERCISES = [ex_1_compression_ratio.exercise]
PREDICTIONS = [
    Prediction("00.a", "how many times smaller the finished file is", "times", 1, 100_000),
]
