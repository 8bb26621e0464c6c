"""`dc-lab grade`: the folders of a class judged again."""

import argparse
import functools
import secrets
import sys
from pathlib import Path

from dc_lab.cli.common import MOST_WORKERS, UserError, check_output, whole
from dc_lab.support.tables import plural

SUMMARY = "For teachers: judge the folders of a class again, into a table."
DETAILS = (
    "Each answer runs in a process of its own, with cases drawn from a seed that learners do not know. A point for "
    "each exercise; outputs and progress earn nothing. FOLDER is a work folder, or a folder with work folders in it. "
    "What counts as an answer, what is limited and what the flags mean: notebooks/README.md, For teachers."
)
MOST_SEED = 2**31 - 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folders, where the results go, and how to judge."""
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="work folders, or folders of them")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="CSV", help="the table, such as grades.csv")
    parser.add_argument("--pages", type=Path, metavar="DIR", help="also an HTML page for each learner, with feedback")
    parser.add_argument("--lessons", nargs="+", metavar="NN", help="lessons to judge (default: those in the folders)")
    parser.add_argument("--seed", type=whole(1, MOST_SEED), metavar="N", help="of the cases (default: drawn, and said)")
    parser.add_argument(
        "--variants", type=whole(1, MOST_SEED), metavar="SEED", help="the seed that `handout --learners` printed"
    )
    parser.add_argument("--workers", type=whole(1, MOST_WORKERS), default=1, metavar="N", help="learners at a time")
    parser.add_argument(
        "--memory",
        type=whole(1, 1024),
        default=4,
        metavar="GIB",
        help="of each answer's process (default: %(default)s)",
    )
    parser.add_argument("--no-labs", action="store_true", help="do not score the labs, which takes minutes")
    parser.add_argument("--graduate", action="store_true", help="go the whole way with each mine; minutes each")
    parser.add_argument("-f", "--force", action="store_true", help="replace CSV and pages that are there")


def run(options: argparse.Namespace) -> int:
    """Judge, with a line for each learner, and write."""
    from dc_lab.course import variants
    from dc_lab.course.exercises import lesson_numbers
    from dc_lab.course.grading import fence, learner, results
    from dc_lab.support import files, points

    check_output(options.out, options.force)
    folders = results.folders_of(options.folders)
    lessons = tuple(sorted(set(options.lessons or results.lessons_in(folders))))
    if unknown := [number for number in lessons if number not in lesson_numbers()]:
        raise UserError(f"no lesson {unknown[0]!r}; there are {', '.join(lesson_numbers())}")
    if not lessons:
        raise UserError("no lesson in any of the folders; --lessons names them")
    if options.pages is not None:
        _check_pages(options.pages, results.page_names(list(folders.values())), options.force)
    seed = options.seed or secrets.randbelow(MOST_SEED) + 1
    what = f"lesson{'s' * (len(lessons) > 1)} {' '.join(lessons)}"
    print(f"{plural(len(folders), 'folder')}, {what}, seed {seed}", flush=True)
    print(fence.SAID[fence.kind()], flush=True)
    calls = [
        functools.partial(
            learner.grade,
            learner.Task(
                folder,
                name,
                lessons,
                seed=variants.seed_of(seed, name),
                memory=options.memory << 30,
                labs=not options.no_labs,
                graduate=options.graduate,
                variant=variants.seed_of(options.variants, folder.resolve().name) if options.variants else 0,
            ),
        )
        for folder, name in folders.items()
    ]
    found: dict[int, learner.Result] = {}
    with points.processes(min(options.workers, len(calls))) as executor:
        for done, (place, result) in enumerate(points.as_found(calls, executor), 1):
            found[place] = result
            said = result.problem or plural(result.total, "point")
            print(f"{done} of {len(calls)}: {results.visible(f'{result.name}: {said}')}", flush=True)
    ordered = [found[place] for place in range(len(calls))]
    learner.flag_alike(ordered)
    files.write(options.out, results.table(ordered, lessons, options.graduate).encode())
    if options.pages is not None:
        results.write_pages(ordered, options.pages, seed)
    print(f"{options.out}: {plural(len(ordered), 'row')}, seed {seed}", file=sys.stdout)
    return 0


def _check_pages(folder: Path, names: list[str], force: bool) -> None:
    """Refuse to write over pages, or where none can be, before any work is done; make the folder."""
    from dc_lab.support import files

    files.check_path(folder)
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is there and no folder")
    there = [name for name in names if (folder / name).exists()]
    if there and not force:
        others = f" and {plural(len(there) - 1, 'more page')} exist" if len(there) > 1 else " exists"
        raise UserError(f"{folder / there[0]}{others}; --force replaces them")
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        files.check_writable(folder / name)
