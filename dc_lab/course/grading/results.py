"""What `grade` is given and what it leaves: the folders of a class, the table, and a page for each learner."""

import csv
import html
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dc_lab.course import lab, work
from dc_lab.course.display import Message
from dc_lab.course.exercises import find_lesson, lesson_numbers
from dc_lab.course.grading.learner import Graduated, Result
from dc_lab.support import files

HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{name}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 50em; margin: 2em auto; padding: 0 1em }}
pre {{ overflow-x: auto }}</style></head><body>
"""


def folders_of(given: Sequence[Path]) -> dict[Path, str]:
    """The folders to be graded, in order, and what each is called; one that holds others stands for them."""
    found: list[Path] = []
    for path in given:
        inner = (
            []
            if _is_a_learners(path) or not path.is_dir()
            else sorted(each for each in path.iterdir() if each.is_dir())
        )
        found += inner or [path]
    found = sorted(dict.fromkeys(found))
    names = [path.name or str(path) for path in found]
    return {path: name if names.count(name) == 1 else path.as_posix() for path, name in zip(found, names, strict=True)}


def _is_a_learners(path: Path) -> bool:
    return work.is_work_folder(path) or any(path.glob("*.ipynb")) or (path / "mine").is_dir()


def lessons_in(folders: Mapping[Path, str]) -> list[str]:
    """The lessons of which any of the folders has a notebook."""
    there = {path.name[:2] for folder in folders if folder.is_dir() for path in folder.glob("[0-9][0-9]_*.ipynb")}
    return sorted(there & set(lesson_numbers()))


def table(results: Sequence[Result], numbers: Sequence[str], with_graduate: bool) -> str:
    """The class as CSV: a row each learner, in the order given."""
    exercises = [each.id for number in numbers for each in find_lesson(number).exercises]
    labs = [each.id for number in numbers for each in lab.labs_of(number)]
    file = io.StringIO()
    rows: Any = csv.writer(file, lineterminator="\n")
    rows.writerow(["folder", "status", *exercises, "total", "of", *labs, *(GRADUATE if with_graduate else []), "flags"])
    for result in results:
        points = {each.exercise_id: str(each.points) for each in result.exercises}
        scores = {name: "" if value is None else f"{value:.4g}" for name, (value, _) in result.labs.items()}
        flags = [*result.flags, *(f"{each.exercise_id}: {flag}" for each in result.exercises for flag in each.flags)]
        cells = [result.name, result.problem or "ok", *(points.get(name, "") for name in exercises)]
        cells += ["" if result.problem else str(result.total), str(len(exercises))]
        cells += [*(scores.get(name, "") for name in labs), *(_graduate_cells(result) if with_graduate else [])]
        rows.writerow([_plain(cell) for cell in [*cells, "; ".join(flags)]])
    return file.getvalue()


GRADUATE = ["graduate bytes", "graduate ratio", "graduate % wrong", "graduate own parts", "graduate other parts"]


def _graduate_cells(result: Result) -> list[str]:
    found = result.graduate
    if found is None:
        return [""] * len(GRADUATE)
    others = [f"{name}: {why}" for name, why in found.others.items()]
    if found.problem:
        return ["", "", "", found.parts, "; ".join([found.problem, *(others if found.own else [])])]
    return [str(found.size), f"{found.ratio:.2f}", f"{found.error:.2f}", found.parts, "; ".join(others)]


def visible(text: str) -> str:
    """A text in one line in which nothing acts on a terminal or hides: what cannot be printed is written as a code."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in " ".join(text.split())
    )


FORMULA = re.compile(r"(^|[;|])\s*(?=[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])")
"""Where a spreadsheet begins a formula: at the start of a cell, some after the separators of other countries too."""


def _plain(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula, in one line."""
    return FORMULA.sub(r"\1'", visible(cell))


def page_names(learners: Sequence[str]) -> list[str]:
    """A file name for each learner's page, no two of them the same on any system."""
    taken: dict[str, str] = {}
    for learner in learners:
        stem = re.sub(r"[^\w.-]+", "_", learner).strip("._")[:100] or "learner"
        name, number = stem, 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken[name.casefold()] = name
    return [f"{name}.html" for name in taken.values()]


def write_pages(results: Sequence[Result], folder: Path, seed: int) -> None:
    """A page for each learner: what each check says, and the flags of which they should know."""
    for result, name in zip(results, page_names([each.name for each in results]), strict=True):
        files.write(folder / name, page(result, seed).encode("utf-8", "replace"))


def page(result: Result, seed: int) -> str:
    """A learner's page."""
    name = html.escape(visible(result.name))
    parts = [HEAD.format(name=name), f"<h1>{name}</h1>\n"]
    if result.problem:
        parts.append(f"<p>Not graded: {html.escape(result.problem)}.</p>\n")
    else:
        parts.append(f"<p>{result.total} of {len(result.exercises)} points; cases drawn with seed {seed}.</p>\n")
    parts += [f"<p>To be looked at: {html.escape(flag)}.</p>\n" for flag in result.flags]
    for graded in result.exercises:
        text = graded.text.replace(f'; hint("{graded.exercise_id}") helps', "")
        where = f" From {graded.where}." if graded.where else ""
        parts.append(f'<section id="{graded.exercise_id}">\n{Message(graded.status, text).html()}\n')
        parts.append(f"<p>{graded.points} points.{where}")
        parts += [f" To be looked at: {html.escape(flag)}." for flag in graded.flags]
        parts.append("</p>\n</section>\n")
    for lab_id, (_, text) in result.labs.items():
        parts.append(f"<h2>{lab_id}</h2>\n<pre>{html.escape(text)}</pre>\n")
    if result.graduate is not None:
        parts.append(_graduate_section(result.graduate))
    return "".join([*parts, "</body></html>\n"])


def _graduate_section(found: Graduated) -> str:
    parts = ["<h2>The whole way</h2>\n"]
    if found.problem:
        parts.append(f"<p>Not gone: {html.escape(found.problem)}.</p>\n")
    else:
        parts.append(
            f"<p>LeNet-300-100 in {found.size:,} bytes, {found.ratio:.1f} times smaller than in float32. "
            f"{found.error:.2f} % of the test images are wrong, {found.dense_error:.2f} % before.</p>\n"
        )
    parts.append(f"<p>{found.parts} parts are yours{_named(found.own)}.</p>\n")
    if found.others:
        items = "".join(
            f"<li><code>{html.escape(name)}</code>: {html.escape(why)}</li>\n" for name, why in found.others.items()
        )
        parts.append(f"<p>The course's stood in for the others:</p>\n<ul>\n{items}</ul>\n")
    return "".join(parts)


def _named(names: Sequence[str]) -> str:
    return f": {', '.join(f'<code>{html.escape(name)}</code>' for name in names)}" if names else ""
