"""notebooks/CLAIMS.md: its numbers are those of the data, its places and commands exist, and nothing is left out."""

import ast
import importlib.util
import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from dc_lab.cli import main as command
from dc_lab.course import lab, lay, notebooks
from dc_lab.course.teaching import claim, claim_list, claims
from dc_lab.course.teaching.claim import CAUSE, LEAST, METHOD, ONE, PAIR, README, Claim, One, Pair, Runs, Seeds
from dc_lab.measure import curves, evidence
from dc_lab.measure.curves import lesson_02, lesson_04_starts, lesson_06

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "notebooks/CLAIMS.md").read_text(encoding="utf-8")
LESSONS = [name[:2] for name in lay.lesson_names()]


def test_the_page_is_up_to_date():
    assert claims.page(claim_list.CLAIMS) == PAGE, "run python -m dc_lab.course.teaching.claims"


def test_the_page_is_written_anew(tmp_path):
    claims.main(tmp_path / "CLAIMS.md")
    assert (tmp_path / "CLAIMS.md").read_text(encoding="utf-8") == PAGE


def test_there_is_a_row_for_each_claim_under_its_lesson():
    rows = PAGE.count("| `python -")
    assert rows == len(claim_list.CLAIMS)
    assert {each.lesson for each in claim_list.CLAIMS} == {*LESSONS, README}
    assert re.findall(r"^## (\d\d)", PAGE, re.MULTILINE) == LESSONS
    for lesson in LESSONS:
        own = PAGE.split(f"\n## {lesson} ")[1].split("\n## ")[0]
        assert own.count("| `python -") == sum(each.lesson == lesson for each in claim_list.CLAIMS)


def test_no_claim_is_listed_twice():
    said = [(each.lesson, each.heading, each.says) for each in claim_list.CLAIMS]
    assert len(set(said)) == len(said)


# --- the rule ---


def test_a_claim_about_a_method_has_five_seeds_or_says_why_not():
    for each in claim_list.CLAIMS:
        if each.kind == METHOD:
            assert all(isinstance(source, Seeds) for source in each.sources), each.says
            assert all(len(source.numbers()) >= LEAST for source in each.sources) or each.reason, each.says
        assert bool(each.reason) == each.is_short, each.says


def test_two_networks_are_compared_image_by_image():
    for each in claim_list.CLAIMS:
        assert (each.kind == PAIR) == all(isinstance(source, Pair) for source in each.sources), each.says
        if each.kind == PAIR:
            assert all(re.search(r"only .+ wrong: \d.*; only .+: \d.*; p [=<]", found.text) for found in each.found())


def test_a_cause_has_an_experiment_and_a_method_a_rival():
    alone = [each.says for each in claim_list.CLAIMS if each.kind in (CAUSE, METHOD) and not each.beside]
    assert alone == ["the seed alone moves the error"]


def test_a_lesson_prints_a_spread_of_fewer_seeds_only_where_that_is_said():
    for lesson in LESSONS:
        shown = "\n".join(outputs(lesson))
        few = {int(n) for n in re.findall(r"\(n = (\d+)\)", shown) if int(n) < LEAST}
        said = {each.n for each in claim_list.CLAIMS if each.lesson == lesson and each.is_short}
        assert few <= said, lesson


# --- the places ---


def outputs(lesson):
    """The texts that the cells of a lesson print, in order."""
    cells = notebooks.read_notebook(claim.lesson_path(lesson))["cells"]
    return [claim.output_text(output) for cell in cells for output in cell.get("outputs", [])]


def test_every_place_exists():
    for each in claim_list.CLAIMS:
        assert each.heading in claim.headings(each.lesson), (each.lesson, each.heading)
    with pytest.raises(ValueError, match="no heading 'Nowhere'"):
        claims.in_order("02", [Claim("02", "Nowhere", ONE, "something", (One("{}", "x"),))])
    with pytest.raises(ValueError, match="no output is like"):
        Claim("02", "Count it", ONE, "something", (One("{}", "not there: (.*)"),)).found()


def test_what_is_below_a_heading_goes_down_to_the_next_that_is_as_high():
    text = claim.section("02", "Who makes up for the missing weights?")
    assert "only dense wrong: 12" in text  # under a heading of its own, lower down
    assert "one-shot" not in text
    assert "of 300 neurons" in claim.section("02", "A little at a time")


def test_every_command_is_there():
    parser = command._parser()
    for each in claim_list.CLAIMS:
        assert each.commands
        for line in each.commands:
            words = shlex.split(line)
            assert words[0] == "python"
            if words[1] == "-c":
                ast.parse(words[2])
                assert lab.labs_of(each.lesson)
            elif words[2] == "dc_lab":
                options = parser.parse_args(words[3:])
                assert set(getattr(options, "names", [])) <= set(curves.ALL)
            else:
                assert words[1:3] == ["-m", "dc_lab.course.execute"]
                assert importlib.util.find_spec(words[2])
                assert set(words[3:]) <= set(LESSONS)


# --- the numbers ---


def test_numbers_are_those_that_the_lessons_draw():
    """The calls' own values, against what `stored` hands to the notebooks."""
    drawn = lesson_02.stored()["schedules"]["gradual"][lesson_02.SCHEDULE_DENSITIES.index(0.01)]
    assert Seeds("", "lesson_02", "scheduled(way='gradual', density=0.01, seed=*)").numbers() == drawn
    drawn = lesson_02.stored()["criteria"]["curvature"][3]
    assert Seeds("", "lesson_02", "unretrained(seed=*)", ("criteria", "curvature", 3)).numbers() == drawn
    drawn = lesson_04_starts.stored()["trained"][1]
    call = "errors(net='lenet-300-100', bits=2, seed=*)"
    assert Seeds("", "lesson_04_starts", call, ("cube root", "trained")).numbers() == drawn
    drawn = lesson_06.stored()["errors"]["per tensor, straight-through"][1]
    place = ("2", "per tensor, straight-through", 0)
    np.testing.assert_array_equal(Seeds("", "lesson_06", "rounded(seed=*)", place).numbers(), drawn)
    with pytest.raises(ValueError, match="has no point scheduled"):
        Seeds("", "lesson_02", "scheduled(way='never', density=0.01, seed=*)").numbers()


def test_what_is_said_of_numbers():
    seeds = tuple(
        Seeds(way, "lesson_02", f"scheduled(way='{way}', density=0.01, seed=*)") for way in ("gradual", "one-shot")
    )
    one, other = Claim("02", "Count it", METHOD, "x", seeds).found()
    values = [source.numbers() for source in seeds]
    assert (one.n, one.of, one.text) == (5, "5 seeds", f"gradual {evidence.spread(values[0]).short}")
    assert other.text == f"one-shot {evidence.spread(values[1]).short} (first lower: 5 of 5, p = 0.062)"
    [alone, _] = Claim("02", "Count it", METHOD, "x", seeds, paired=False).found()
    assert "lower" not in alone.text
    runs = Runs("a random half", r"at random, mean .*\n(?:.*\n)*?0\.5 +\S+ +(.*)", "samples")
    [found] = Claim("02", "What happens when we cut", ONE, "x", (runs,)).found()
    assert found.of == "5 samples"


def test_a_claim_of_few_seeds_is_short():
    one = Seeds("one plan", "lesson_11", "seen_twice(keep=3000, seed=*)", ("held-out",))
    few = Claim("11", "Make one yourself", METHOD, "x", (one,), reason="y")
    assert few.n == 1
    assert few.is_short
    assert "| 11 | x | y |" in claims.short([few])
    assert claims.short([]) == "None."


# --- nothing is left out ---


def test_every_stored_curve_is_in_the_table_or_named():
    left = claims.unclaimed(claim_list.CLAIMS)
    starts = list(claim_list.NOT_CLAIMED)
    assert [curve for curve in left if not curve.startswith(tuple(starts))] == []
    assert [start for start in starts if not any(curve.startswith(start) for curve in left)] == []
    files = {path.stem for path in (ROOT / "data/figures").glob("*.json")}
    assert files == {*curves.ALL, *claim_list.TIMES}


@pytest.mark.parametrize("name", list(claim_list.TIMES))
def test_files_of_times_hold_no_points(name):
    assert "points" not in json.loads((ROOT / f"data/figures/{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_comparison_that_a_lesson_prints_is_claimed(lesson):
    printed = set()
    for text in outputs(lesson):
        printed |= set(re.findall(r"only (.+?) wrong: ([\d,]+) +only (.+?) wrong: ([\d,]+)", text))
    claimed = set()
    for each in claim_list.CLAIMS:
        if each.lesson == lesson and each.kind == PAIR:
            for source, found in zip(each.sources, each.found(), strict=True):
                first, second = re.search(r"wrong: ([\d,]+); only .+: ([\d,]+); p", found.text).groups()
                claimed.add((source.first, first, source.second, second))
    assert printed <= claimed


def test_the_curves_of_a_call():
    assert claim.curve_of("a", "f(way='x', density=0.01, seed=3)") == "a: f(way='x', density=*, seed=*)"
    assert claim.curve_of("a", "f(way='x', density=0.01, seed=*)") == "a: f(way='x', density=*, seed=*)"
    assert claim.curve_of("a", "f(price=1e-06, seed=0)") == "a: f(price=*, seed=*)"


# --- links ---


def test_links_lead_here():
    assert "notebooks/CLAIMS.md" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert "](CLAIMS.md)" in (ROOT / "notebooks/README.md").read_text(encoding="utf-8")
