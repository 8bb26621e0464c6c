"""`dc-lab demo`: Deep Compression of a shipped network, from its checkpoint to one file and a report."""

import argparse
from pathlib import Path

from dc_lab.cli.common import NET_NAMES, UserError, asked, check_output, checkpoint_path, load_into, shown

SUMMARY = "The main job: a trained network in, a small file out, the same network back."
DETAILS = (
    "Takes the shipped checkpoint through pruning, weight sharing and Huffman coding on MNIST, writes one "
    "file, reads it back and tests it. The report stands beside the paper's figures."
)

MINUTES = {"lenet-300-100": 2, "lenet-5": 6}
"""About how long the networks' own recipes take on two cores."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The network, where to write, and what to take instead of what is shipped."""
    parser.add_argument("--net", choices=NET_NAMES, default=NET_NAMES[0], help="which network (default: %(default)s)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder to write to (default: runs/NET)")
    parser.add_argument(
        "--recipe", type=Path, metavar="FILE", help=".toml or .json instead of the network's own recipe"
    )
    parser.add_argument(
        "--weights", type=Path, metavar="FILE", help="trained weights instead of the shipped checkpoint"
    )
    parser.add_argument("--force", action="store_true", help="replace what stands in DIR")


def run(options: argparse.Namespace) -> int:
    """Check everything first, then compress, and write the report (what it shows is in `report.py`)."""
    from dc_lab import pipeline
    from dc_lab.cli import report
    from dc_lab.networks import datasets, models
    from dc_lab.support import files

    net = options.net
    folder = options.out or Path("runs") / net
    outputs = report.output_paths(folder, net)
    # The default folder is the demo's own; what stands in a folder that the user names is not overwritten unasked.
    files.check_path(folder)
    if folder.is_dir():
        for path in outputs.values():
            check_output(path, options.force or options.out is None)
    elif folder.exists():
        raise UserError(f"{folder} is there and no folder")
    recipe = asked(lambda: pipeline.Recipe.load(options.recipe)) if options.recipe else pipeline.default_recipe(net)
    model = models.build(net)
    weights_path = options.weights or checkpoint_path(net)
    load_into(model, weights_path)
    asked(lambda: pipeline.check_recipe(model, recipe))
    train, held_out, test = (datasets.mnist(split) for split in datasets.SPLITS)
    folder.mkdir(parents=True, exist_ok=True)

    size = pipeline.float32_bytes(model)
    if options.recipe is None:
        print(f"This trains for about {MINUTES[net]} minutes on two cores that do nothing else.")
    print(f"{net}, {size:,} bytes of float32 parameters, from {shown(weights_path)}", flush=True)
    result = asked(lambda: pipeline.run(model, recipe, outputs["dcz"], train, held_out, test, progress=True))
    print()
    print(report.text(net, result))
    report.write(outputs, net, recipe, result)
    print()
    print(f"Written to {shown(folder)}: {', '.join(path.name for path in outputs.values())}")
    print(f"Look at {shown(outputs['html'])}. The file alone is enough to classify with:")
    print(f"  python -m dc_lab evaluate {net} {shown(outputs['dcz'])}")
    return 0
