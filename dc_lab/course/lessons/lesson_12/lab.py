"""Labs 12: the smallest file for a classifier with at most 8 %, and with at most 2 % of the images wrong."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dc_lab.course.lab import Codec, Coded, LabError, Score, Value, came_back
from dc_lab.course.lessons.lesson_12 import lab_decoder, lab_linear, lab_linear_small, lab_linear_small_decoder
from dc_lab.networks import datasets


def inputs() -> Sequence[Mapping[str, np.ndarray]]:
    """One input: the 55,000 training "images", uint8 (n, 784), and their "labels"."""
    images = datasets.mnist("train")
    return [{"images": _rows(images), "labels": images.labels}]


def _rows(images: datasets.Images) -> np.ndarray:
    return images.pixels.reshape(len(images.labels), -1)


def held_out(training: Any) -> Sequence[Value]:
    """What the decoder is given beside the bytes: the 5,000 held-out images, uint8 (5000, 784), without labels."""
    return [_rows(datasets.mnist("held_out"))]


def problem(answers: Any) -> str | None:
    """What is wrong with the form of the answers, in words; None if they can be scored."""
    labels = datasets.mnist("held_out").labels
    if not isinstance(answers, np.ndarray) or answers.dtype.kind not in "iu" or answers.shape != labels.shape:
        came = came_back(answers)
        return f"classify has to return an array of {len(labels):,} whole numbers, one digit an image, not {came}."
    return None


def scored(found: Coded, most: float) -> Score:
    """Bytes of the file and of the decoder's source.

    Raises
    ------
    LabError : more than `most` percent of the held-out images are wrong.
    """
    [answers] = found.decoded
    if (wrong := problem(answers)) is not None:
        raise LabError(wrong)
    error = 100 * float(np.mean(answers != datasets.mnist("held_out").labels))
    if error > most:
        raise LabError(f"{error:.2f} % of the held-out images are wrong. At most {most:g} % may be.")
    sizes = f"The file takes {len(found.payloads[0]):,} bytes, the decoder's source {found.code_bytes:,}"
    return Score(found.bytes_each, f"{sizes}; {error:.2f} % are wrong.")


STUB = '''
def encode(training):
    """The file, as bytes; `training` has "images", uint8 (n, 784), and "labels"."""
    raise NotImplementedError("your turn")


def classify(data, images):
    """The digit that the classifier in `data` sees in each of `images`, uint8 (n, 784)."""
    raise NotImplementedError("your turn")
'''.strip()

LAB = Codec(
    id="12.lab",
    title="The smallest file with at most 8 % wrong",
    minutes=30,
    name="encode",
    stub=STUB,
    inputs=inputs,
    measure=lambda found: scored(found, 8),
    better="lower",
    unit="bytes",
    seconds=180,
    reference=lab_linear.encode,
    reference_score=331.0,
    others={"levels through zlib": 516.0, "random code of the lesson": 602.0},
    decoder="classify",
    told=held_out,
    reference_decoder=lab_decoder.classify,
)

SMALL = Codec(
    id="12.small",
    title="The smallest file with at most 2 % wrong",
    minutes=60,
    name="encode",
    stub=STUB,
    inputs=inputs,
    measure=lambda found: scored(found, 2),
    better="lower",
    unit="bytes",
    seconds=180,
    reference=lab_linear_small.encode,
    reference_score=732.0,
    others={"two convolutions": 2654.0},
    decoder="classify",
    told=held_out,
    reference_decoder=lab_linear_small_decoder.classify,
)

LABS = [LAB, SMALL]
