"""`dc-lab progress`: how far the learner is."""

import argparse
from pathlib import Path

from dc_lab.cli.common import UserError, work_folder

SUMMARY = "Print what is solved, tried and left in a work folder."
DETAILS = "The same that `progress()` prints in a notebook, for all lessons that were begun."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder."""
    parser.add_argument("folder", type=Path, nargs="?", metavar="FOLDER", help="default: the work folder here, or work")


def run(options: argparse.Namespace) -> int:
    """Print it."""
    from dc_lab.course import checks, exercises, lab_scores, work

    try:
        folder = work_folder(options.folder, work)
        with folder.changing() as progress:
            states, notes = progress.states(), list(progress.notes)
    except work.WorkError as error:
        raise UserError(str(error)) from error
    for note in notes:
        print(note)
    scores = lab_scores.scores(folder)
    begun = {name.partition(".")[0] for name in (*states, *scores)}
    lessons = [exercises.find_lesson(number) for number in exercises.lesson_numbers() if number in begun]
    for lesson in lessons:
        print("\n".join(checks.progress_lines(lesson, states, scores)))
    if not lessons:
        print("Nothing checked so far.")
    return 0
