"""Notebooks as the JSON that they are: read and written, where a learner writes in them, and two put together.

Which cell of one notebook is which of another is found by the cells' ids, or else by their text and by what they hold.
"""

import difflib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dc_lab.course.work import WorkError
from dc_lab.support import files

Cells = list[dict[str, Any]]


def read_notebook(path: Path) -> dict[str, Any]:
    """A notebook as its JSON, with each cell's source as one text.

    Raises
    ------
    WorkError : it is none.
    """
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            cell["source"] = "".join(cell["source"])
            if cell["cell_type"] not in ("code", "markdown", "raw"):
                raise ValueError("a cell of an unknown kind")
    except (ValueError, KeyError, TypeError) as error:
        raise WorkError(f"{path} is no notebook: {error}") from error
    return notebook


def notebook_bytes(notebook: dict[str, Any]) -> bytes:
    """As Jupyter writes it: sources in lines, one space of indentation."""
    cells = [{**cell, "source": cell["source"].splitlines(keepends=True)} for cell in notebook["cells"]]
    return json.dumps({**notebook, "cells": cells}, indent=1, ensure_ascii=False, sort_keys=True).encode() + b"\n"


def write_notebook(path: Path, notebook: dict[str, Any]) -> None:
    """Write a notebook, complete or not at all."""
    files.write(path, notebook_bytes(notebook))


def cleared(notebook: dict[str, Any]) -> dict[str, Any]:
    """The notebook as if it had never run."""
    return {**notebook, "cells": [cleared_cell(cell) for cell in notebook["cells"]]}


def cleared_cell(cell: dict[str, Any]) -> dict[str, Any]:
    """A cell as if it had never run."""
    return {**cell, "outputs": [], "execution_count": None} if cell["cell_type"] == "code" else dict(cell)


_CHECK = re.compile(r"""\bcheck\(\s*["']([^"']+)["']""")
_PREDICT = re.compile(r"""^\s*predict\(\s*["']([^"']+)["']""", re.MULTILINE)


def slots(cells: Cells) -> dict[str, int]:
    """Where the learner writes: a key for each answer and each prediction, and the number of its cell.

    The answer to an exercise stands in the code cell above the one with its check.
    """
    found: dict[str, int] = {}
    above: int | None = None
    for i, cell in enumerate(cells):
        if cell["cell_type"] != "code":
            continue
        for match in _PREDICT.finditer(cell["source"]):
            found.setdefault(f"predict {match[1]}", i)
        for match in _CHECK.finditer(cell["source"]):
            if above is not None:
                found.setdefault(f"answer {match[1]}", above)
            found.setdefault(f"check {match[1]}", i)
        above = i
    return found


def matches(a: Cells, b: Cells) -> dict[int, int]:
    """Which cell of `b` each cell of `a` is: by its id where both have the same ids, else by text and by slot."""
    ids = {cell["id"]: j for j, cell in enumerate(b) if cell.get("id")}
    pairs = {i: ids[cell["id"]] for i, cell in enumerate(a) if cell.get("id") in ids}
    return pairs if 2 * len(pairs) > len(a) else matches_by_text(a, b)


def matches_by_text(a: Cells, b: Cells) -> dict[int, int]:
    """The same by equal text and by slot alone."""
    texts_a, texts_b = ([(cell["cell_type"], cell["source"]) for cell in cells] for cells in (a, b))
    pairs: dict[int, int] = {}
    for i, j, length in difflib.SequenceMatcher(None, texts_a, texts_b, autojunk=False).get_matching_blocks():
        pairs.update({i + k: j + k for k in range(length)})
    taken, places = set(pairs.values()), slots(b)
    for key, i in slots(a).items():
        if i not in pairs and places.get(key) is not None and places[key] not in taken:
            pairs[i] = places[key]
            taken.add(places[key])
    return pairs


def merged(laid: Cells, old: Cells, new: Cells) -> tuple[Cells, Sequence[tuple[str, int]]]:
    """The new cells with what is the learner's; how many answers and added cells came over, and what did not."""
    to_laid, to_new = matches(old, laid), matches_by_text(laid, new)
    by_slot = {place: key for key, place in slots(laid).items() if not key.startswith("check ")}
    filled: dict[int, str] = {}
    added: dict[int, Cells] = {}
    answers = lost = 0
    place = -1  # the new cell behind which an added one stands; -1 is the top
    for i, cell in enumerate(old):
        before = to_laid.get(i)
        if before is None:
            if cell["source"].strip():
                added.setdefault(place, []).append(cleared_cell(cell))
            continue
        target = to_new.get(before)
        place = target if target is not None else place
        if cell["source"] == laid[before]["source"]:
            continue
        is_answer = before in by_slot
        if target is not None and (is_answer or laid[before]["source"] == new[target]["source"]):
            filled[target] = cell["source"]
            answers += 1
        else:
            lost += 1
    taken = {cell["id"] for cell in new if cell.get("id")}
    cells = list(added.get(-1, []))
    for j, cell in enumerate(new):
        cells.append({**cell, "source": filled[j]} if j in filled else cell)
        cells += added.get(j, [])
    _rename_twins(cells, taken)
    return cells, [("answer", answers), ("cell", sum(map(len, added.values()))), ("lost", lost)]


def _rename_twins(cells: Cells, taken: set[str]) -> None:
    """No two cells of a notebook have one id."""
    seen: set[str] = set()
    for cell in cells:
        if (name := cell.get("id")) is None:
            continue
        number = 1
        while name in seen:
            name, number = f"added-{number}", number + 1
            name = name if name not in taken else cell["id"]
        cell["id"] = name
        seen.add(name)
