"""`dc-lab graduate`: the whole of Deep Compression with the learner's own `mine`."""

import argparse
import sys
from pathlib import Path

from dc_lab.cli.common import NET_NAMES, UserError, shown, work_folder

SUMMARY = "The whole way with your own code: from a trained network to a file and back."
DETAILS = (
    "Prunes, retrains, shares, codes, writes and reads with the functions in FOLDER/mine, and tests the network that "
    "comes out. What is missing there is taken from the course, and named. LeNet-300-100 takes about three minutes on "
    "two cores, LeNet-5 several times as long. The same mine gives the same bytes."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The work folder, where to write, and which network."""
    parser.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="the work folder (default: work)")
    parser.add_argument("-o", "--out", type=Path, metavar="OUT", help="folder to write to (default: FOLDER/graduate)")
    parser.add_argument("--net", choices=NET_NAMES, default=NET_NAMES[0], help="which network (default: %(default)s)")


def run(options: argparse.Namespace) -> int:
    """Find the folder, go the way, print the report."""
    from dc_lab.course import graduate, work
    from dc_lab.support import files

    folder = work_folder(options.folder, work)
    out = options.out or folder.path / "graduate"
    files.check_path(out)
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is there and no folder")
    for path in graduate.output_paths(out, options.net).values():
        if path.exists() or out.is_dir():
            files.check_writable(path)
    try:
        report = graduate.run(folder, options.net, out, progress=sys.stderr.isatty(), say=_say)
    except graduate.GraduateError as error:
        raise UserError(str(error)) from error
    print()
    print(graduate.text(report))
    paths = graduate.output_paths(out, options.net)
    print(f"Your file: {shown(paths['file'])}      The page: {shown(paths['page'])}")
    return 0


def _say(line: str) -> None:
    print(line, flush=True)
