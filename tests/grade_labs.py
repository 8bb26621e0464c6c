"""Every lab in the grader: the course's own answer, and those of four who cheat or never end.

python tests/grade_labs.py [LAB ...]     prints what each should get and what it got
"""

import contextlib
import dataclasses
import inspect
import io
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

from dc_lab.course import lab, lab_process, lay, notebooks, work
from dc_lab.course.exercises import find_lesson, lesson_numbers
from dc_lab.course.grading import answers, fence, learner, remote

FOREVER = 5.0
"""Seconds in place of a lab's own limit, for answers that never end."""


def source_of(known):
    """The course's own functions as one cell."""
    functions = [known.reference] + ([known.reference_decoder] if isinstance(known, lab.Codec) else [])
    texts = [Path(inspect.getsourcefile(each)).read_text(encoding="utf-8") for each in functions]
    names = [each.__name__ for each in functions]
    for name, wanted in zip(names, answers.lab_names(known), strict=True):
        if name != wanted:
            texts.append(f"{wanted} = {name}")
    return "\n\n".join(texts)


def cheats(known):
    """Name to a cell: none of these has found an answer."""
    names = answers.lab_names(known)

    def cell(*lines):
        return "\n\n".join(f"def {name}(*given):\n    " + "\n    ".join(lines) for name in names)

    module, called = known.reference.__module__, known.reference.__name__
    held_out = "t10k-labels" if "12" in known.id else "held_out"
    return {
        "imports the reference": cell(f"from {module} import {called} as found", "return found(*given)"),
        "reads its source": cell(
            "import pathlib, sys",
            f"text = pathlib.Path({inspect.getsourcefile(known.reference)!r}).read_text()",
            "space = {'__name__': 'x'}",
            "exec(text, space)",
            f"return space[{called!r}](*given)",
        ),
        "reads the data by a way round": cell(
            "import os",
            "here = os.path.relpath('/', os.getcwd())",
            f"place = os.path.join(here, {str(lay.places.folder('data'))!r}.lstrip('/'))",
            "found = b''",
            "for name in os.listdir(place):",
            "    found += open(os.path.join(os.fsencode(place), os.fsencode(name)), 'rb').read(9)",
            f"raise SystemExit('it has read ' + repr(found[:40]) + {held_out!r})",
        ),
        "prints a score, writes the board": cell(
            f"print('{known.id} {known.title}: 0.01 {known.unit}')",
            "import pathlib",
            "for place in ('.', '..'):",
            f"    pathlib.Path(place, 'board.json').write_text('{{\"{known.id}\": [0.01]}}')",
            "return given[0]",
        ),
        "takes forever": cell("while True: pass"),
    }


def graded(known, cell, place):
    """(score or None, what is said) of a folder with this cell in the place of the lab's stub."""
    folder = lay.lay(place, handout=work.Handout((known.id[:2],))).folder
    path = next(folder.path.glob(f"{known.id[:2]}_*.ipynb"))
    notebook = notebooks.read_notebook(path)
    number = next(i for i, each in enumerate(notebook["cells"]) if f'score("{known.id}"' in each["source"])
    extra = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "id": "own", "source": cell}
    notebook["cells"].insert(number, extra)
    notebooks.write_notebook(path, notebook)
    result = learner.Result("made")
    lesson, pool = find_lesson(known.id[:2]), learner.pool_of(folder, known.id[:2], result)
    learner.score_labs(lesson, pool, {}, folder, result, lab_process.Confined(fence.command(remote.secrets())))
    return result.labs.get(known.id, (None, "nothing was found to score")), result.flags


def main(chosen):
    """A row for each lab and answer; 1 where a cheat has a score or the course's answer has none."""
    good = True
    print("| lab | answer | should get | got | flags | seconds |\n|---|---|---|---|---|---|")
    for number in lesson_numbers():
        for known in lab.labs_of(number):
            if chosen and known.id not in chosen:
                continue
            for name, cell in {"the course's": source_of(known), **cheats(known)}.items():
                limit = FOREVER if name == "takes forever" else known.seconds
                others = [each for each in lab.labs_of(number) if each.id != known.id]
                short = [dataclasses.replace(known, seconds=limit), *others]
                began = time.perf_counter()
                with (
                    tempfile.TemporaryDirectory() as place,
                    mock.patch.object(lab, "labs_of", lambda number, short=short: short),
                    contextlib.redirect_stderr(io.StringIO()),
                ):
                    (value, text), flags = graded(known, cell, Path(place) / "work")
                took = time.perf_counter() - began
                right = name == "the course's"
                fine = (value is not None) == right
                good &= fine
                should = f"about {known.reference_score:g}" if right else "no score"
                got = f"{value:.4g}" if value is not None else " ".join(text.split())[:110]
                said = "; ".join(flags) + ("" if fine else " NOT AS EXPECTED")
                print(f"| {known.id} | {name} | {should} | {got} | {said} | {took:.0f} |", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
