"""`dc-lab bench`: how fast we are, and how fast others are."""

import argparse

SUMMARY = "Time the coder, k-means and whole files side by side with peers."
DETAILS = "Peers that are not installed are left out. Speeds are medians, peers measured in the same run."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which part."""
    parser.add_argument(
        "--only", choices=("huffman", "ans", "kmeans", "files", "quantized", "layers"), help="one part alone"
    )


def run(options: argparse.Namespace) -> int:
    """Measure and print the tables (they are in `measure/bench.py`)."""
    from dc_lab.measure import bench

    bench.run(options.only)
    return 0
