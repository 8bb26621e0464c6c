"""`dc-lab train`: the dense networks that everything else begins with."""

import argparse
import hashlib
import time
from pathlib import Path

from dc_lab.cli.common import MOST_EPOCHS, MOST_SEED, add_net, check_output, whole

SUMMARY = "Train a network from scratch; with the default settings, this made the shipped checkpoint."
DETAILS = "Takes one to five minutes on two cores."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The network, the file to write, and what to change of its schedule."""
    add_net(parser)
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help=".safetensors, .npz or .pt (default: runs/NET.safetensors)"
    )  # fmt: skip
    parser.add_argument(
        "--epochs", type=whole(0, MOST_EPOCHS), help="passes over the training images (default: the network's own)"
    )
    parser.add_argument("--seed", type=whole(0, MOST_SEED), default=0, help="(default: %(default)s)")
    parser.add_argument("--force", action="store_true", help="replace an existing output")


def run(options: argparse.Namespace) -> int:
    """Train, write the weights, and test them."""
    from dc_lab.checkpoints import saving, weights
    from dc_lab.networks import datasets, models, state, training

    net = options.net
    output = options.output or Path("runs") / f"{net}.safetensors"
    if options.output is None:
        output.parent.mkdir(exist_ok=True)
    check_output(output, options.force)
    saving.check_suffix(output)
    settings = dict(training.SCHEDULES[net])
    if options.epochs is not None:
        settings["epochs"] = options.epochs
    train_images, held_out, test = (datasets.mnist(split) for split in datasets.SPLITS)
    model = models.build(net, options.seed)
    began = time.perf_counter()
    loss = training.fit(model, train_images, training.Schedule(seed=options.seed, **settings), label=f"train {net}")
    weights.save_weights(output, state.state_arrays(model))
    digest = hashlib.sha256(output.read_bytes()).hexdigest()
    print(f"{output}: {output.stat().st_size:,} bytes, SHA-256 {digest}")
    print(f"{', '.join(f'{key} {value}' for key, value in settings.items())}, seed {options.seed}: ", end="")
    print(f"loss {loss:.4f} nats, {time.perf_counter() - began:.0f} s")
    print(f"error: held-out {training.error_percent(model, held_out):.2f} %", end=", ")
    print(f"test {training.error_percent(model, test):.2f} %")
    return 0
