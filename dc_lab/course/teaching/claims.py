"""A table of what the lessons claim of training: how many seeds or images, what was found, and how to find it again.

python -m dc_lab.course.teaching.claims         writes notebooks/CLAIMS.md anew
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from dc_lab.course.teaching import claim, claim_list
from dc_lab.course.teaching.claim import CAUSE, KINDS, LEAST, METHOD, ONE, PAIR, README, Claim
from dc_lab.measure import curves
from dc_lab.support import files, places
from dc_lab.support.tables import markdown_table

INTRO = f"""\
# What the lessons claim, and on what it rests

Every claim that depends on training, in the order of the lessons. `python -m dc_lab.course.teaching.claims` writes
this page. The claims are a list in `dc_lab/course/teaching/claim_list.py`. Their numbers are counted, from
`data/figures` and from the stored outputs of the notebooks; `tests/test_claims.py` compares.

- **{METHOD}**: {KINDS[METHOD]}.
- **{PAIR}**: {KINDS[PAIR]}. Lesson 01 explains p.
- **{ONE}**: {KINDS[ONE]}. Others may have another one.
- **{CAUSE}**: {KINDS[CAUSE]}.

Numbers are errors in percent where nothing else is said, as mean ± standard deviation over n. "First lower: 4 of 5"
counts the seeds with which the first of the row has less than this one. p is that of `evidence.by_seed`: with five
seeds it is never below 0.062. "No difference seen" is not "no difference".

`python -m dc_lab figures NAME` measures what `data/figures/NAME.json` lacks, with `--again` all of it;
`python -m dc_lab.course.execute NN` runs a lesson again, whose outputs have the numbers."""


def main(path: Path | None = None) -> None:
    """Write the page."""
    files.write(path or places.folder("notebooks") / "CLAIMS.md", page(claim_list.CLAIMS).encode())


def page(claims: Sequence[Claim]) -> str:
    """The page as Markdown.

    Raises
    ------
    ValueError : a heading or a number of a claim is no longer where it stood.
    """
    parts = [INTRO, counted(claims)]
    for lesson in dict.fromkeys(each.lesson for each in claims):
        own = in_order(lesson, claims)
        title = "The front page" if lesson == README else claim.headings(lesson)[0]
        parts += [f"## {title}", table(own)]
    parts += [f"## Fewer than {LEAST} seeds", short(claims), "## Stored, and no claim rests on it", left_over(claims)]
    return "\n\n".join(parts) + "\n"


def in_order(lesson: str, claims: Sequence[Claim]) -> list[Claim]:
    """The claims of a lesson as its headings come.

    Raises
    ------
    ValueError : the lesson has no such heading.
    """
    there = claim.headings(lesson)
    own = [each for each in claims if each.lesson == lesson]
    for each in own:
        if each.heading not in there:
            raise ValueError(f"lesson {lesson} has no heading {each.heading!r} any more")
    return sorted(own, key=lambda each: there.index(each.heading))


def counted(claims: Sequence[Claim]) -> str:
    """How many claims there are of each kind, and how many of them rest on how much."""
    enough: dict[str, tuple[str, Callable[[Claim], bool]]] = {
        METHOD: (f"{LEAST} seeds or more", lambda each: not each.is_short),
        PAIR: ("discordant images counted", lambda each: bool(each.found())),
        ONE: ("the images are named, or it is a file", lambda each: bool(each.found())),
        CAUSE: ("the experiment is named", lambda each: bool(each.beside)),
    }
    rows = []
    for kind, (what, is_so) in enough.items():
        own = [each for each in claims if each.kind == kind]
        rows.append([kind, str(len(own)), f"{sum(map(is_so, own))}: {what}"])
    return markdown_table(["kind", "claims", "of these"], rows)


def table(claims: Sequence[Claim]) -> str:
    """A row a claim."""
    rows = []
    for each in claims:
        found = each.found()
        rows.append(
            [
                each.heading, each.says, each.kind, ", ".join(dict.fromkeys(one.of for one in found)),
                "; ".join(one.text for one in found), each.beside or "-",
                ", ".join(f"`{command}`" for command in each.commands),
            ]
        )  # fmt: skip
    return markdown_table(["part", "claim", "kind", "n", "found", "beside it", "again"], rows)


def short(claims: Sequence[Claim]) -> str:
    """The claims about a method that have too few seeds, with the reason."""
    rows = [[each.lesson, each.says, each.reason] for each in claims if each.is_short]
    return markdown_table(["lesson", "claim", "why"], rows) if rows else "None."


def left_over(claims: Sequence[Claim]) -> str:
    """The curves of data/figures that are not in the table, those of one reason together."""
    rows = [[f"{name}.json", "", why] for name, why in claim_list.TIMES.items()]
    curves_left = unclaimed(claims)
    for start, why in claim_list.NOT_CLAIMED.items():
        rows.append([f"`{start}`", str(sum(curve.startswith(start) for curve in curves_left)), why])
    return markdown_table(["begins with", "curves", "why"], rows)


def unclaimed(claims: Sequence[Claim]) -> list[str]:
    """The curves of all files that no claim rests on."""
    used = {source.curve for each in claims for source in each.sources if isinstance(source, claim.Seeds)}
    every = dict.fromkeys(claim.curve_of(name, key) for name in curves.ALL for key in claim.stored(name))
    return [curve for curve in every if curve not in used]


if __name__ == "__main__":
    main()
