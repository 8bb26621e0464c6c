"""Exercises of lesson 08: a decoder of `.dcz` files, written from the format's description, and the paper's own sum."""

from dc_lab.course.lessons.lesson_08 import (
    ex_1_read_varint,
    ex_2_read_stream,
    ex_3_read_tensor,
    ex_4_read_dcz,
    ex_5_table_2,
)
from dc_lab.course.lessons.lesson_08.decoder import fields

__all__ = ["EXERCISES", "TITLE", "fields"]

TITLE = "Deep Compression, end to end"
MODULE = "dcz"
EXERCISES = [
    ex_1_read_varint.exercise,
    ex_2_read_stream.exercise,
    ex_3_read_tensor.exercise,
    ex_4_read_dcz.exercise,
    ex_5_table_2.exercise,
]
