"""notebooks/TEACHING.md: its minutes are the notebooks', its points `grade`'s, its commands exist, its table is new."""

import itertools
import re
from pathlib import Path

import pytest

from dc_lab.cli import main as command
from dc_lab.course import exercises, graduate, lab, lay, notebooks
from dc_lab.course.grading import results
from dc_lab.course.teaching import exam, mistakes, slides

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
GUIDE = (NOTEBOOKS / "TEACHING.md").read_text(encoding="utf-8")
PATH = (NOTEBOOKS / "README.md").read_text(encoding="utf-8")
LESSONS = [name[:2] for name in lay.lesson_names()]


def section(title):
    """The text under a heading of the guide, up to the next one."""
    return GUIDE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def sheet(title):
    """(from, minutes, what) of each row of a run sheet."""
    rows = re.findall(r"^\| (\d\d):(\d\d) \| (\d+) \| ([^|]+?) \|", section(title), re.MULTILINE)
    return [(60 * int(hour) + int(minute), int(takes), what) for hour, minute, takes, what in rows]


def reading(number):
    """Minutes to read and run a lesson, as its notebook says."""
    [path] = NOTEBOOKS.glob(f"{number}_*.ipynb")
    return int(re.search(r"(\d+) to read and run", path.read_text(encoding="utf-8"))[1])


DAYS = {"Half a day": "half a day", "A day": "one day"}


@pytest.mark.parametrize("title", DAYS)
def test_a_run_sheet_has_no_gaps(title):
    rows = sheet(title)
    assert len(rows) > 10
    for (start, takes, what), (following, _, _) in itertools.pairwise(rows):
        assert start + takes == following, what
    assert rows[-1][1:] == (0, "end")


@pytest.mark.parametrize(("title", "plan"), DAYS.items())
def test_a_run_sheet_takes_the_minutes_that_the_notebooks_say(title, plan):
    read, solved = {}, []
    for _, takes, what in sheet(title):
        if re.fullmatch(r"\d\d read", what):
            read[what[:2]] = read.get(what[:2], 0) + takes
        elif re.fullmatch(r"\d\d\.\d", what):
            assert takes == exercises.find(what).minutes, what
            solved.append(what)
    assert read == {number: reading(number) for number in read}
    # The plan in the path is this sheet.
    [(lessons, minutes)] = re.findall(rf"^\| {plan}: [^|]+ \| ([^|]+) \| (\d+) \|", PATH, re.MULTILINE)
    planned = {}
    for part in lessons.split(", "):
        number, chosen = re.fullmatch(r"(\d\d)(?: \((.+)\))?", part).groups()
        every = [exercise.id for exercise in exercises.find_lesson(number).exercises]
        planned[number] = every if chosen is None else [] if chosen == "read" else chosen.split()
    assert set(planned) == set(read)
    assert sorted(solved) == sorted(name for names in planned.values() for name in names)
    assert int(minutes) == sum(read.values()) + sum(exercises.find(name).minutes for name in solved)


@pytest.mark.parametrize("title", DAYS)
def test_nobody_sits_longer_than_an_hour_and_a_half(title):
    sitting = 0
    for _, takes, what in sheet(title):
        sitting = 0 if what in ("break", "lunch") else sitting + takes
        assert sitting <= 90


@pytest.mark.parametrize("title", DAYS)
def test_words_in_quotes_are_headings_of_the_lesson_in_their_order(title):
    rows = re.findall(r"^\| [\d:]+ \| \d+ \| (\d\d) read \| ([^|]+) \|", section(title), re.MULTILINE)
    assert len(rows) > 5
    last = {}
    for number, how in rows:
        [path] = NOTEBOOKS.glob(f"{number}_*.ipynb")
        cells = notebooks.read_notebook(path)["cells"]
        text = "\n".join(cell["source"] for cell in cells if cell["cell_type"] == "markdown")
        headings = re.findall(r"^#{2,3} (.+)$", text, re.MULTILINE)
        said = re.findall(r'"([^"]+)"', how)
        assert said, how
        for each in said:
            assert headings.index(each) > last.get(number, -1), each
            last[number] = headings.index(each)


def test_what_is_cut_saves_no_more_than_it_takes():
    cuts = re.findall(
        r"^\d\. \*\*(\d\d(?:\.\d)?)(?: read)?\*\*.*?Saves (\d+) minutes", section("When the room is slow"), re.M | re.S
    )
    assert len(cuts) == 6
    for what, minutes in cuts:
        assert int(minutes) <= (exercises.find(what).minutes if "." in what else reading(what))


def test_every_lesson_has_figures_with_a_question_and_a_trap():
    entries = re.findall(
        r"^\*\*(\d\d), slide (.+?)\.\*\*(.+?)(?=\n\n)", section("What to say at which figure") + "\n\n", re.M | re.S
    )
    assert sorted({number for number, _, _ in entries}) == LESSONS
    for number, figure, text in entries:
        assert text.count("*Ask*:") == text.count("*Trap*:") == 1, (number, figure)
        assert text.count("?") >= 1
    assert max(sum(number == lesson for number, _, _ in entries) for lesson in LESSONS) <= 3


def test_the_guide_and_the_slides_call_a_figure_by_one_name():
    said = re.findall(r"^\*\*(\d\d), slide (\d+): (.+?)\.\*\*", GUIDE, re.MULTILINE)
    shown = [
        (number, str(place), slide.name)
        for number, path in slides.lessons().items()
        for place, slide in enumerate(slides.slides_of(notebooks.read_notebook(path)), 1)
        if slide.name
    ]
    assert said == shown


# --- where people get stuck ---


def test_the_table_of_mistakes_is_up_to_date():
    assert mistakes.up_to_date(GUIDE) == GUIDE, "run python -m dc_lab.course.teaching.mistakes"


def test_the_guide_is_written_anew(tmp_path):
    old = GUIDE.replace(mistakes.chosen(), "old\n")
    assert old != GUIDE
    (tmp_path / "TEACHING.md").write_text(old, encoding="utf-8")
    mistakes.main(tmp_path / "TEACHING.md")
    assert (tmp_path / "TEACHING.md").read_text(encoding="utf-8") == GUIDE
    with pytest.raises(ValueError, match="one section"):
        mistakes.up_to_date("no section")


def test_all_mistakes_of_a_lesson_are_listed():
    text = mistakes.listed(["02"])
    known = [each for exercise in exercises.find_lesson("02").exercises for each in mistakes.mistakes_of(exercise)]
    assert text.count("\n- **") == len(known)
    assert all(f"- **{each.name}**: " in text for each in known)
    with pytest.raises(ValueError, match="'77'"):
        mistakes.listed(["77"])


def test_mistakes_of_an_exercise_are_those_alone():
    text = mistakes.listed(["02.2"])
    assert re.findall(r"^### (\S+)", text, re.MULTILINE) == ["02.2"]
    assert text.count("\n- **") == len(mistakes.mistakes_of(exercises.find("02.2")))
    assert text in mistakes.listed(["02.2", "02.2"])
    # Beside a lesson: that one whole, the exercise alone.
    both = mistakes.listed(["04", "02.2"])
    every = [exercise.id for exercise in exercises.find_lesson("04").exercises]
    assert re.findall(r"^### (\S+)", both, re.MULTILINE) == ["02.2", *every]
    assert mistakes.listed(["02", "02.2"]) == mistakes.listed(["02"])


@pytest.mark.parametrize(
    ("text", "written"), [("a * b\n c", r"a \* b c"), ("`a * b` * c", r"`a * b` \* c"), ("`x", "`x")]
)
def test_one_line(text, written):
    assert mistakes.one_line(text) == written


def test_the_command_for_mistakes(tmp_path, capsys):
    assert command.main(["mistakes", "02", "-o", str(tmp_path / "m.md")]) == 0
    assert (tmp_path / "m.md").read_text(encoding="utf-8") == mistakes.listed(["02"])
    assert command.main(["mistakes", "02"]) == 0
    assert mistakes.listed(["02"]) in capsys.readouterr().out
    assert command.main(["mistakes", "02.2"]) == 0
    assert mistakes.listed(["02.2"]) in capsys.readouterr().out
    for number in ("77", "02.99", "02."):
        assert command.main(["mistakes", number]) == 2
        assert f"'{number}'" in capsys.readouterr().err


# --- points ---


def test_the_points_add_up_and_are_those_of_grade():
    table = dict(re.findall(r"^\| ([a-z ]+) \| (\d+) \|", section("A graded lab"), re.MULTILINE))
    total = int(table.pop("sum"))
    assert total == sum(map(int, table.values())) == 100
    graded = [f"0{n}" for n in range(9)]
    assert int(table["exercises"]) == sum(len(exercises.find_lesson(number).exercises) for number in graded)
    labs = [each for number in graded for each in lab.labs_of(number)]
    assert int(table["labs"]) == 3 * len(labs)
    assert f"{sum(map(len, graduate.NAMES.values()))} parts" in section("A graded lab")
    assert exam.draw(0, graded).points >= int(table["written exam"])


def test_the_columns_in_the_guide_are_those_of_grade():
    heads = results.table([], ["02"], True).splitlines()[0].split(",")
    said = re.findall(r"`(graduate [a-z ]+)`", section("A graded lab"))
    assert said
    assert set(said) <= set(heads)
    assert sum(head.startswith("graduate ") for head in heads) == 5
    assert "five about the whole way" in section("A graded lab")


def test_the_labs_scores_are_those_of_the_course():
    text = " ".join(section("A graded lab").split())
    said = {
        number: float(score.replace(",", ""))
        for score, number in re.findall(r"([\d.,]+) (?:% wrong|%|bytes|KB) in (\d\d)", text)
    }
    known = {each.id[:2]: each.reference_score for number in said for each in lab.labs_of(number)}
    assert said == pytest.approx(known, rel=1e-3)
    assert sorted(said) == ["02", "03", "04", "05", "06", "07"]
    assert {each.better for number in said for each in lab.labs_of(number)} == {"lower"}


# --- commands and links ---


def test_commands_are_there():
    known = {module.__name__.rpartition(".")[2] for module in command.COMMANDS}
    said = set(re.findall(r"\bdc-lab (\w+)", GUIDE))
    assert said <= known
    assert {"doctor", "handout", "grade", "exam", "slides", "mistakes", "graduate"} <= said
    makefile = (NOTEBOOKS.parent / "Makefile").read_text(encoding="utf-8")
    assert all(f"\n{target}:" in makefile for target in re.findall(r"`make (\w+)", GUIDE))


def test_the_options_in_the_guide_are_taken():
    parser = command._parser()
    lines = re.findall(r"`dc-lab ([^`]+)`|^    dc-lab (.+)$", GUIDE, re.MULTILINE)
    written = [line.split() for one, other in lines if (line := one or other)]
    whole = [words for words in written if len(words) > 1 and "…" not in words and words != ["exam"]]
    assert len(whole) >= 5
    for words in whole:
        parser.parse_args(words)


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#\s]+)", GUIDE):
        assert (NOTEBOOKS / target).exists(), target
    for readme in (PATH, (NOTEBOOKS.parent / "README.md").read_text(encoding="utf-8")):
        assert re.search(r"\]\((notebooks/)?TEACHING\.md\)", readme)
