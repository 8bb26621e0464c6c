"""What `grade` is given and what it leaves: the folders of a class, and a page for each learner."""

import html
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from dc_lab.course import work
from dc_lab.course.display import Message
from dc_lab.course.exercises import lesson_numbers
from dc_lab.course.grading.learner import Result
from dc_lab.support import files

HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{name}</title>
<style>body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 50em; margin: 2em auto; padding: 0 1em }}
pre {{ overflow-x: auto }}</style></head><body>
"""


def folders_of(given: Sequence[Path]) -> dict[Path, str]:
    """The folders to be graded, in order, and what each is called; one that holds others stands for them."""
    found: list[Path] = []
    for path in given:
        inner = [] if _is_a_learners(path) or not path.is_dir() else sorted(each for each in path.iterdir() if each.is_dir())
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


def write_pages(results: Sequence[Result], folder: Path, seed: int) -> None:
    """A page for each learner: what each check says, and the flags of which they should know."""
    taken: set[str] = set()
    for result in results:
        stem = re.sub(r"[^\w.-]+", "_", result.name).strip("._") or "learner"
        name, number = stem, 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name.casefold())
        files.write(folder / f"{name}.html", page(result, seed).encode("utf-8", "replace"))


def page(result: Result, seed: int) -> str:
    """A learner's page."""
    name = html.escape(result.name)
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
    if result.graduate:
        parts.append(f"<h2>The whole way</h2>\n<p>{html.escape(result.graduate)}</p>\n")
    return "".join([*parts, "</body></html>\n"])
