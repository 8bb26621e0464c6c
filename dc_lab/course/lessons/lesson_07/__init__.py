"""Exercises of lesson 07: entropy, Huffman's lengths, canonical codewords, both directions, and a lab of rows."""

from dc_lab.course.lessons.lesson_07 import (
    ex_1_entropy_and_mean,
    ex_2_code_lengths,
    ex_3_canonical_codes,
    ex_4_encode,
    ex_5_decode,
    lab,
)
from dc_lab.course.predictions import Prediction

TITLE = "Huffman coding"
MODULE = "huffman"
EXERCISES = [
    ex_1_entropy_and_mean.exercise,
    ex_2_code_lengths.exercise,
    ex_3_canonical_codes.exercise,
    ex_4_encode.exercise,
    ex_5_decode.exercise,
]
PREDICTIONS = [
    Prediction("07.a", "bytes of the first layer in the file", "bytes", 0, 30_000),
]
LABS = [lab.LAB]
