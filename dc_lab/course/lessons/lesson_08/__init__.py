"""Exercises of lesson 08: a reader and a writer of `.dcz` files, from the description of the format alone."""

from dc_lab.course.lessons.lesson_08 import (
    ex_1_read_varint,
    ex_2_read_stream,
    ex_3_read_tensor,
    ex_4_read_dcz,
    ex_5_write_varint,
    ex_6_write_stream,
    ex_7_write_tensor,
    ex_8_write_dcz,
)
from dc_lab.course.lessons.lesson_08.common import EXAMPLE
from dc_lab.course.lessons.lesson_08.decoder import fields
from dc_lab.course.predictions import Prediction

__all__ = ["EXAMPLE", "EXERCISES", "PREDICTIONS", "TITLE", "fields"]

TITLE = "Deep Compression, end to end"
MODULE = "dcz"
EXERCISES = [
    ex_1_read_varint.exercise,
    ex_2_read_stream.exercise,
    ex_3_read_tensor.exercise,
    ex_4_read_dcz.exercise,
    ex_5_write_varint.exercise,
    ex_6_write_stream.exercise,
    ex_7_write_tensor.exercise,
    ex_8_write_dcz.exercise,
]
PREDICTIONS = [
    Prediction("08.a", "size of the file that your writer makes of the whole network", "bytes", 0, 1_066_440),
]
