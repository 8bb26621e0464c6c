"""`dc-lab exam`: questions with numbers from a seed, and their key."""

import argparse
from pathlib import Path

from dc_lab.cli.common import UserError, check_output, shown
from dc_lab.support.tables import plural

SUMMARY = "For teachers: an exam with its key, as Markdown."
DETAILS = (
    "Questions to be answered with pencil and calculator, over all lessons or some. Sizes, counts and weights are "
    "those of the files that come with the course, other numbers are drawn from the seed; the key is worked out by "
    "dc_lab. The same seed gives the same exam. Any program that prints Markdown prints it."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Lessons, seed and the two files."""
    parser.add_argument("lessons", nargs="*", metavar="NN", help="numbers of lessons, such as 02 04; none means all")
    parser.add_argument("--seed", type=int, default=0, help="whole number, 0 or more (0)")
    parser.add_argument("--each", type=int, metavar="N", help="at most N questions of each lesson; the seed says which")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.md", help="the sheet")
    parser.add_argument("--key", type=Path, metavar="FILE.md", help="the answers, in a file of their own")
    parser.add_argument("--force", action="store_true", help="replace what stands there")


def run(options: argparse.Namespace) -> int:
    """Write the sheet and the key."""
    from dc_lab.course.teaching import exam
    from dc_lab.support import files

    if options.key is not None and options.key.resolve() == options.output.resolve():
        raise UserError(f"sheet and key must be two files, got {options.output} for both")
    for path in filter(None, (options.output, options.key)):
        check_output(path, options.force)
    try:
        drawn = exam.draw(options.seed, options.lessons, options.each)
    except ValueError as error:
        raise UserError(str(error)) from error
    files.write(options.output, exam.sheet(drawn).encode())
    asked, points = plural(len(drawn.asked), "question"), plural(drawn.points, "point")
    print(f"{shown(options.output)}: {asked}, {points}, seed {drawn.seed}")
    if options.key is not None:
        files.write(options.key, exam.key(drawn).encode())
        print(f"{shown(options.key)}: the key")
    return 0
