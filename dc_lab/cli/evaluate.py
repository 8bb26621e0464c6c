"""`dc-lab evaluate`: what a file of weights is worth on images that nothing was chosen by."""

import argparse
from pathlib import Path

from dc_lab.cli.common import add_net, arrays_of, asked

SUMMARY = "Error of a network on the 10,000 test images."
DETAILS = "The test images are for reporting: choose nothing by them."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The network and its weights."""
    add_net(parser)
    parser.add_argument("weights", type=Path, metavar="WEIGHTS|FILE.dcz")


def run(options: argparse.Namespace) -> int:
    """Restore the network from the file and test it."""
    from dc_lab import pipeline
    from dc_lab.networks import datasets, training

    arrays = arrays_of(options.weights)
    model = asked(lambda: pipeline.restored(options.net, arrays))
    test = datasets.mnist("test")
    error = training.error_percent(model, test)
    wrong = round(error * len(test.labels) / 100)
    print(
        f"{options.net} with {options.weights}: error {error:.2f} % ({wrong} of {len(test.labels):,} test images wrong)"
    )
    return 0
