"""Lesson 00, Start here: the exercises, and the map of the course."""

from pathlib import Path

import numpy as np

from dc_lab.course.exercises import AnyExercise, Exercise, Misconception, Question, WrongAnswer, find_lesson
from dc_lab.support.tables import text_table

TITLE = "Start here"

LESSONS = {
    "00": "Start here: the whole story in one minute",
    "01": "Where the bytes are",
    "02": "Pruning",
    "03": "Storing what is left",
    "04": "Weight sharing",
    "05": "Quantized tensors",
    "06": "Static and dynamic quantization",
    "07": "Huffman coding",
    "08": "Deep Compression, end to end",
    "09": "Speed and energy",
    "10": "ImageNet scale: AlexNet and VGG-16",
    "11": "Beat the paper",
}


def course_map(folder: Path) -> str:
    """A line a lesson: its exercises and their minutes, or "to come" where `folder` has no notebook of it yet."""
    rows: list[tuple[object, ...]] = []
    for number, title in LESSONS.items():
        if any(folder.glob(f"{number}_*.ipynb")):
            exercises = find_lesson(number).exercises
            rows.append((f"{number} {title}", len(exercises), sum(exercise.minutes for exercise in exercises)))
        else:
            rows.append((f"{number} {title}", "to come", ""))
    return text_table(("lesson", "exercises", "minutes for them"), rows)


# --- 00.1 ----------------------------------------------------------------------------------------------------------


def compression_ratio(parameters: int, file_bytes: int) -> float:
    return 4 * parameters / file_bytes


def _by_bits(parameters: int, file_bytes: int) -> float:
    dense_bits = 32 * parameters
    return dense_bits / (8 * file_bytes)


def _numbers_for_bytes(parameters: int, file_bytes: int) -> float:
    return parameters / file_bytes


def _upside_down(parameters: int, file_bytes: int) -> float:
    return file_bytes / (4 * parameters)


def _upside_down_numbers(parameters: int, file_bytes: int) -> float:
    return file_bytes / parameters


def _percent_left(parameters: int, file_bytes: int) -> float:
    return 100 * file_bytes / (4 * parameters)


def _percent_saved(parameters: int, file_bytes: int) -> float:
    return 100 * (1 - file_bytes / (4 * parameters))


def _share_saved(parameters: int, file_bytes: int) -> float:
    return 1 - file_bytes / (4 * parameters)


def _bytes_saved(parameters: int, file_bytes: int) -> float:
    return 4 * parameters - file_bytes


def _bits_over_bytes(parameters: int, file_bytes: int) -> float:
    return 32 * parameters / file_bytes


def _float64(parameters: int, file_bytes: int) -> float:
    return 8 * parameters / file_bytes


def _floored(parameters: int, file_bytes: int) -> int:
    return 4 * parameters // file_bytes


def _rounded(parameters: int, file_bytes: int) -> int:
    return round(4 * parameters / file_bytes)


def _one_decimal(parameters: int, file_bytes: int) -> float:
    return round(4 * parameters / file_bytes, 1)


def _two_decimals(parameters: int, file_bytes: int) -> float:
    return round(4 * parameters / file_bytes, 2)


def _divided_by_4(parameters: int, file_bytes: int) -> float:
    return parameters / 4 / file_bytes


def _mixed_kb(parameters: int, file_bytes: int) -> float:
    return (4 * parameters / 1024) / (file_bytes / 1000)


def _kb_over_bytes(parameters: int, file_bytes: int) -> float:
    return 4 * parameters / 1000 / file_bytes


def _never_below_one(parameters: int, file_bytes: int) -> float:
    return max(1.0, 4 * parameters / file_bytes)


def _draw_file(rng: np.random.Generator) -> tuple[int, int]:
    return int(rng.integers(1, 500_000)), int(rng.integers(20, 2_000_000))


RATIO = Exercise(
    id="00.1",
    title="The compression ratio of a file",
    minutes=5,
    stub='''
def compression_ratio(parameters, file_bytes):
    """How many times smaller the file is than `parameters` float32 numbers, as a float."""
    raise NotImplementedError("your turn")
''',
    reference=compression_ratio,
    shown=(250, 100),
    cases=[(1, 4), (1, 40), (3, 5), (0, 22), (25, 21), (266_610, 27_000), (266_610, 1_066_440), (431_080, 44_000)],
    draw=_draw_file,
    misconceptions=[
        Misconception(
            "numbers taken for bytes",
            _numbers_for_bytes,
            "You divide the number of parameters by the bytes of the file. Each float32 takes 4 bytes: "
            "multiply by 4 first, so that bytes stand above and below.",
        ),
        Misconception(
            "the ratio upside down",
            _upside_down,
            "Your fraction is file over network, which gets smaller as the file does. The ratio says how many times "
            "smaller the file is: network above, file below.",
        ),
        Misconception(
            "upside down, and numbers taken for bytes",
            _upside_down_numbers,
            "Two things: the network belongs above the line and the file below, and the network takes 4 bytes a "
            "parameter.",
        ),
        Misconception(
            "percent left",
            _percent_left,
            "You say what percentage of the bytes is left. Asked is how many times smaller the file is: 10 % left "
            "is a ratio of 10, 1 % left is a ratio of 100.",
        ),
        Misconception(
            "percent saved",
            _percent_saved,
            "You say what percentage of the bytes is saved. That number hides the difference: 90 % saved is a ratio "
            "of 10, 99 % saved is a ratio of 100. Divide the network's bytes by the file's.",
        ),
        Misconception(
            "share saved",
            _share_saved,
            "You say what share of the bytes is saved, between 0 and 1. The ratio is the network's bytes divided by "
            "the file's.",
        ),
        Misconception(
            "bytes saved",
            _bytes_saved,
            "You say how many bytes are saved. A ratio is a division, not a difference.",
        ),
        Misconception(
            "bits over bytes",
            _bits_over_bytes,
            "32 is the number of bits of a float32, but the file is counted in bytes, so your ratio is 8 times too "
            "large. Use 4 bytes, or turn the file into bits as well.",
        ),
        Misconception(
            "8 bytes a number",
            _float64,
            "8 bytes is a float64, what NumPy makes by default. The network's numbers are float32: 4 bytes each.",
        ),
        Misconception(
            "divided by 4",
            _divided_by_4,
            "Each parameter takes 4 bytes, so that there are 4 times as many bytes as parameters: multiply by 4.",
        ),
        Misconception(
            "KB over bytes",
            _kb_over_bytes,
            "The network is in KB and the file in bytes, so the ratio is 1,000 times too small. Take bytes for both.",
        ),
        Misconception(
            "1,024 for one, 1,000 for the other",
            _mixed_kb,
            "You divide one size by 1,024 and the other by 1,000. Take bytes for both; then no factor is needed.",
        ),
        Misconception(
            "never below 1",
            _never_below_one,
            "You stop at 1. A file may be larger than the numbers in it, since it has a header; then the ratio is "
            "below 1, and should say so.",
        ),
        Misconception(
            "division without remainder",
            _floored,
            "Everything after the decimal point is gone, as `//` and int() do. Divide with `/`, and return that.",
        ),
        Misconception(
            "rounded to a whole number",
            _rounded,
            "The value is right, but you round it. Return the float as it is; round only where you print it.",
        ),
        Misconception(
            "rounded to one decimal",
            _one_decimal,
            "The value is right, but you round it to one decimal. Return it as it is; round only where you print it.",
        ),
        Misconception(
            "rounded to two decimals",
            _two_decimals,
            "The value is right, but you round it to two decimals. Return it as it is; round only where you print it.",
        ),
    ],
    alternatives=[_by_bits, lambda parameters, file_bytes: np.float64(parameters) * 32 / 8 / file_bytes],
    hints=[
        "How many bytes do the parameters take before anything is compressed? A float32 has 32 bits.",
        "32 bits are 4 bytes. The network takes 4 * parameters bytes.",
        "Network's bytes divided by file's bytes: 4 * parameters / file_bytes.",
    ],
    why="Both sizes are in bytes, so the units cancel. A ratio below 1 means that the file is larger than the network, "
    "which does happen with small networks: a header and a codebook cost bytes too.",
)


# --- 00.2 ----------------------------------------------------------------------------------------------------------

CODES = Question(
    id="00.2",
    title="266,610 codes of 4 bits",
    minutes=5,
    kind="number",
    prompt="How many KB do 266,610 codes of 4 bits take?",
    stub="kilobytes = ...",
    answer=266_610 * 4 / 8 / 1000,
    tolerance=0.003,
    wrong=[
        WrongAnswer(
            "1 KB = 1,024 bytes",
            266_610 * 4 / 8 / 1024,
            "You divide by 1,024. In the paper and in this course a KB is 1,000 bytes (1,024 bytes are a KiB).",
        ),
        WrongAnswer(
            "bits taken for bytes",
            266_610 * 4 / 1000,
            "That is 4 bytes a code, the size of the float32 weights. The codes have 4 bits, and 8 bits make a byte.",
        ),
        WrongAnswer(
            "bits taken for bytes, and 1,024",
            266_610 * 4 / 1024,
            "Two things: 4 bits are half a byte, not 4 bytes; and a KB is 1,000 bytes here.",
        ),
        WrongAnswer("bytes, not KB", 266_610 * 4 / 8, "These are bytes. Divide by 1,000 for KB."),
        WrongAnswer("bits, not KB", 266_610 * 4, "These are bits. Divide by 8 for bytes, then by 1,000 for KB."),
        WrongAnswer("MB, not KB", 266_610 * 4 / 8 / 1e6, "These are megabytes, 1,000 KB each. Divide by 1,000 once."),
        WrongAnswer(
            "a byte for each code",
            266_610 / 1000,
            "That is one byte for each code. Two codes of 4 bits share a byte.",
        ),
        WrongAnswer(
            "16 bits a code",
            266_610 * 16 / 8 / 1000,
            "That is 16 bits a code. 4 bits can tell 16 values apart, but a code takes only the 4.",
        ),
        WrongAnswer(
            "4 bits and 4 bytes",
            266_610 * 4 * 4 / 1000,
            "You multiply by 4 twice. The code takes the place of the 4 bytes: 4 bits for each parameter, and no more.",
        ),
        WrongAnswer(
            "one bit a code",
            266_610 / 8 / 1000,
            "That is one bit a code: the division by 8 is there, but not the factor 4.",
        ),
        WrongAnswer(
            "the ratio, not the size",
            8.0,
            "8 is how many times smaller the codes are than the float32 weights. Asked is their size in KB.",
        ),
    ],
    hints=[
        "Work in three steps: bits in all, then bytes, then KB.",
        "266,610 × 4 = 1,066,440 bits.",
        "1,066,440 bits / 8 = 133,305 bytes; a KB is 1,000 bytes.",
    ],
    why="1,066,440 bits are 133,305 bytes, 133.3 KB: 8 times fewer than the float32 weights, since 4 bits are an "
    "eighth of 32. Few distinct weights alone cannot reach the shipped file; most of its weights have to be gone too.",
)


# --- 00.3 ----------------------------------------------------------------------------------------------------------

IMAGES = Question(
    id="00.3",
    title="Which images decide",
    minutes=5,
    kind="choice",
    prompt="You make five files with five recipes and want to keep the best. On which images do you compare them?",
    choices={
        "a": "the 55,000 training images",
        "b": "the 5,000 held-out images",
        "c": "the 10,000 test images",
        "d": "all 70,000 images: the more, the better",
    },
    stub="answer = ...",
    answer="b",
    wrong=[
        WrongAnswer(
            "the training images",
            "a",
            "The networks were trained on these, so they do better on them than on digits they have never seen. A "
            "recipe that learns them by heart would win.",
        ),
        WrongAnswer(
            "the test images",
            "c",
            "Whoever keeps the best of five on the test images has picked the one that was luckiest there, and the "
            "error then printed is too good. The test images are for the report, after the choice.",
        ),
        WrongAnswer(
            "all images",
            "d",
            "55,000 of these were trained on, and the test images are used up by looking at them to choose. Only "
            "images that serve neither purpose can decide.",
        ),
    ],
    hints=[
        "Which images did the training see? Their error is too good.",
        "An error that you chose the smallest of is too good as well. Which one do you want to report?",
        "There are images that are neither trained on nor reported on.",
    ],
    why="The held-out images are new to the network and not those of the report. They decide; the test images are "
    "looked at once, at the end. The lessons keep to it: densities and bits are chosen on the held-out images.",
)

EXERCISES: list[AnyExercise] = [RATIO, CODES, IMAGES]
