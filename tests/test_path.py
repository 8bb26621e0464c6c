"""notebooks/README.md and GLOSSARY.md: minutes, plans and words are those of the notebooks."""

import re
from pathlib import Path

import nbformat
import pytest

from dc_lab.course import exercises, lab

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
PATHS = {path.name[:2]: path for path in sorted(NOTEBOOKS.glob("*.ipynb"))}
README = (NOTEBOOKS / "README.md").read_text(encoding="utf-8")


def prose(number: str) -> str:
    notebook = nbformat.read(PATHS[number], as_version=4)
    return " ".join(" ".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown").split())


def minutes_said(number: str) -> tuple[int, int, int]:
    """(all, reading, exercises), as the notebook's first cell says."""
    found = re.search(r"\*\*Time\*\*: (\d+) minutes: (\d+) to read and run, (\d+) for", prose(number))
    assert found, number
    whole, reading, own = map(int, found.groups())
    return whole, reading, own


def rows(text: str, columns: int) -> list[list[str]]:
    """The cells of every line of a table with so many columns, heads left out."""
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:2] == "| "]
    return [cells for cells in lines if len(cells) == columns and not cells[0].startswith(("lesson", "plan", "word"))]


@pytest.mark.parametrize("number", PATHS)
def test_a_notebook_says_how_long_it_takes(number):
    whole, reading, own = minutes_said(number)
    assert own == sum(exercise.minutes for exercise in exercises.find_lesson(number).exercises)
    assert whole == reading + own


def test_the_table_of_lessons():
    table = rows(README, 5)
    assert [cells[0][1:3] for cells in table] == list(PATHS)
    for lesson, _, reading, own, needs in table:
        number = lesson[1:3]
        title, target = re.fullmatch(r"\[\d\d (.+)\]\((.+)\)", lesson).groups()
        assert target == PATHS[number].name
        assert prose(number).startswith(f"# {number} {title}")
        assert (int(reading), int(own)) == minutes_said(number)[1:]
        assert all(other in PATHS for other in re.findall(r"\b\d\d\b", needs))


def test_the_front_page_names_the_labs():
    page = (NOTEBOOKS.parent / "README.md").read_text(encoding="utf-8")
    table = {cells[0][:2]: cells[1] for cells in rows(page, 2) if re.match(r"\d\d ", cells[0])}
    assert list(table) == list(PATHS)
    for number, built in table.items():
        [said] = re.findall(r"; (a|two) labs?$", built) or [""]
        assert {"": 0, "a": 1, "two": 2}[said] == len(lab.labs_of(number)), number


def test_the_plans_sum_to_their_minutes():
    plans = rows(README, 3)
    assert len(plans) >= 6
    for name, lessons, minutes in plans:
        total = 0
        for part in re.split(r",\s*", lessons):
            number, chosen = re.fullmatch(r"(\d\d)(?: \((.+)\))?", part).groups()
            whole, reading, _ = minutes_said(number)
            if chosen is None:
                total += whole
            else:
                ids = [] if chosen == "read" else chosen.split()
                total += reading + sum(exercises.find(exercise).minutes for exercise in ids)
        assert total == int(minutes), f"{name}: {lessons} take {total} minutes"


def test_the_glossary():
    words = rows((NOTEBOOKS / "GLOSSARY.md").read_text(encoding="utf-8"), 3)
    assert len(words) >= 40
    names = [word.lower() for word, _, _ in words]
    assert names == sorted(names)
    for word, meaning, number in words:
        assert meaning
        said = prose(number).lower().replace("*", "").replace("`", "").replace("zero_point", "zero point")
        for part in word.lower().split(", "):
            assert part in said, f"{word} is not in lesson {number}"
