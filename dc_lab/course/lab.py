"""Labs: open tasks with a score, and how one is found.

The learner's function runs in a fresh process, on what that process is given (`lab_process`). What it returns is
measured here, on data that stayed here, and kept on a local board (`lab_scores`).

A `Codec` is a lab of two functions, which make bytes of something and something of the bytes. Each call has a process
of its own, which writes no files, so that nothing but the bytes gets from the one to the other. The decoder's source
is counted with them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from dc_lab.course.exercises import listed
from dc_lab.course.values import describe

Value = np.ndarray | Mapping[str, np.ndarray] | bytes | tuple[int, ...]


class LabError(Exception):
    """Why what a function returned has no score; the text is for the learner."""


@dataclass(frozen=True)
class Score:
    """What counts, and a sentence with everything that was measured."""

    value: float
    text: str


@dataclass(frozen=True)
class Lab:
    """An open task.

    Attributes
    ----------
    id : lesson and "lab", such as "02.lab".
    name : of the function that the learner writes.
    stub : source of the notebook's cell.
    inputs : the function's arguments, each an array, a dict of arrays, bytes, or a tuple of integers.
    measure : the score of what it returned; raises LabError where that is against the rules.
    better : whether a lower or a higher score is better.
    unit : of the score, behind the number.
    seconds : after which the process is stopped.
    reference : the course's own function: standing alone, as the learner's has to.
    reference_score : what it reaches; `dc_lab.course.lab_process.measure_reference` measures it again.
    others : what other answers of the course's reach, by what they are; the board shows them, too.
    """

    id: str
    title: str
    minutes: int
    name: str
    stub: str
    inputs: Callable[[], Sequence[Value]]
    measure: Callable[[Any], Score]
    better: Literal["lower", "higher"]
    unit: str
    seconds: float
    reference: Callable[..., Any]
    reference_score: float
    others: Mapping[str, float] = field(default_factory=dict, kw_only=True)


@dataclass(frozen=True)
class Coded:
    """What a codec made of its inputs: the bytes of each, what came back of them, and the size of the decoder."""

    inputs: Sequence[Value]
    payloads: Sequence[bytes]
    decoded: Sequence[Any]
    code_bytes: int

    @property
    def bytes_each(self) -> float:
        """Bytes for each input, the decoder's source included: it is needed once for all of them."""
        return (sum(map(len, self.payloads)) + self.code_bytes) / len(self.payloads)


@dataclass(frozen=True)
class Codec(Lab):
    """An open task with two functions: `name` makes bytes of each of `inputs`, `decoder` makes the input of the bytes.

    Attributes
    ----------
    inputs : what is encoded; each is the encoder's only argument, in a process of its own.
    measure : the score of what came out, given as `Coded`.
    decoder : name of the decoder.
    told : what the decoder is given after the bytes, such as the shape, from the input.
    reference_decoder : the course's own decoder, in a module of its own, as that is what is counted.
    """

    decoder: str
    told: Callable[[Any], Sequence[Value]]
    reference_decoder: Callable[..., Any]


def came_back(value: Any) -> str:
    """What came back from a lab's process, in words; a single value comes as an array without dimensions."""
    return describe(value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value)


def names_of(lab: Lab) -> tuple[str, ...]:
    """Of the functions that the learner writes."""
    return (lab.name, lab.decoder) if isinstance(lab, Codec) else (lab.name,)


def labs_of(lesson: str) -> Sequence[Lab]:
    """The labs of a lesson."""
    found: Sequence[Lab] = listed(lesson, "LABS")
    return found


def find_lab(lab_id: str) -> Lab:
    """The lab of this id.

    Raises
    ------
    ValueError : there is none.
    """
    number = str(lab_id).partition(".")[0]
    labs = labs_of(number)
    for lab in labs:
        if lab.id == lab_id:
            return lab
    raise ValueError(f"no lab {lab_id!r}; lesson {number} has {', '.join(lab.id for lab in labs) or 'none'}")
