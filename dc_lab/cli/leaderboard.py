"""`dc-lab leaderboard`: whether the records are what they say."""

import argparse
from pathlib import Path

from dc_lab.cli.common import UserError

SUMMARY = "Measure every record in data/records again, beside the published ones."
DETAILS = (
    "Bytes are those of the file, the error that of the network in it on the test images. To enter, "
    "put FILE.dcz and FILE.json from `record` into the folder. Exit code 1 if a statement does not hold."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder with the records."""
    parser.add_argument("folder", type=Path, nargs="?", metavar="FOLDER", help="default: data/records")


def run(options: argparse.Namespace) -> int:
    """Measure and print the board (its text is in `records/board.py`); 1 if a statement does not hold."""
    from dc_lab.networks import datasets
    from dc_lab.records import board

    folder = options.folder or datasets.data_dir() / "records"
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder")
    rows = board.entries(folder, datasets.mnist("test"))
    print(board.text([*rows, *board.published()]))
    return 1 if any(row.problems for row in rows) else 0
