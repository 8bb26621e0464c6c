"""Exercises of lesson 07: entropy, Huffman's code lengths, canonical codes, packing bits, and when it does not pay."""

from dc_lab.course.lessons.lesson_07 import (
    ex_1_entropy_and_mean,
    ex_2_code_lengths,
    ex_3_canonical_codes,
    ex_4_encode,
    ex_5_no_gain,
)

TITLE = "Huffman coding"
MODULE = "huffman"
EXERCISES = [
    ex_1_entropy_and_mean.exercise,
    ex_2_code_lengths.exercise,
    ex_3_canonical_codes.exercise,
    ex_4_encode.exercise,
    ex_5_no_gain.exercise,
]
