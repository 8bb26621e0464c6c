"""What differs from learner to learner: a seed of each, and questions whose choices stand in another order."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from dc_lab.course.exercises import AnyExercise, Question

MOST_SEED = 2**31 - 1


def seed_of(seed: int, learner: str) -> int:
    """The seed of one learner, 1 to MOST_SEED, out of that of the class and the name of the learner's folder.

    It is the same on every machine. Nobody who does not know the seed of the class can work it out.
    """
    name = unicodedata.normalize("NFC", learner)
    digest = hashlib.sha256(f"{seed} {name}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") % MOST_SEED + 1


def ask(cells: Iterable[dict[str, Any]], exercises: Iterable[AnyExercise], variant: int) -> None:
    """Write the choices of a lesson's questions into its text, in the order of a variant.

    Raises
    ------
    ValueError : the choices of a question do not stand in the text, one by one as a list.
    """
    texts = [cell for cell in cells if cell["cell_type"] == "markdown"]
    for question in exercises:
        if variant == 0 or not isinstance(question, Question) or question.kind != "choice":
            continue
        place = next(
            (cell for cell in texts if re.search(rf"^#+ .*\b{re.escape(question.id)}\b", cell["source"], re.M)), None
        )
        if place is None:
            raise ValueError(f"question {question.id} does not stand in its lesson")
        place["source"] = _in_order(place["source"], question, question.variant(variant).choices)


def _in_order(text: str, question: Question, choices: Mapping[str, str]) -> str:
    """A list of choices, each with the text that it has now."""
    found = {match[1]: match for match in re.finditer(r"^- \*\*(\w+)\*\*: (.*(?:\n  .*)*)", text, re.M)}
    said = {" ".join(match[2].split()): match[2] for match in found.values()}
    missing = [letter for letter, each in question.choices.items() if letter not in found or each not in said]
    if missing:
        raise ValueError(f"choice {missing[0]} of question {question.id} does not stand in its lesson as it is judged")
    for letter, match in sorted(found.items(), key=lambda pair: -pair[1].start()):
        start, end = match.span(2)
        text = text[:start] + said[choices[letter]] + text[end:]
    return text
