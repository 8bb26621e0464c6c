"""`dc-lab slides`: a deck of slides for each lesson."""

import argparse
from pathlib import Path

from dc_lab.cli.common import UserError, shown
from dc_lab.support.tables import plural

SUMMARY = "For teachers: slides of the lessons' figures, each deck one page that needs no network."
DETAILS = (
    "A slide shows a question of the lesson, then the figure that answers it and a sentence on what to look at. "
    "Open index.html in a browser; arrow keys go on and back, and printing gives a page a slide."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Lessons and the folder."""
    parser.add_argument("lessons", nargs="*", metavar="NN", help="numbers of lessons, such as 02 04; none means all")
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("slides"), metavar="FOLDER", help="where they go (slides)"
    )


def run(options: argparse.Namespace) -> int:
    """Write the decks."""
    from dc_lab.course.teaching import slides

    try:
        made = slides.write(options.output, options.lessons)
    except ValueError as error:
        raise UserError(str(error)) from error
    print(f"{plural(len(made), 'deck')}; begin with {shown(options.output / 'index.html')}")
    return 0
