"""`dc-lab record`: the smallest networks of the course, made again."""

import argparse
from pathlib import Path

from dc_lab.cli.common import MOST_SEED, UserError, add_net, asked, check_output, whole

SUMMARY = "Make one of the records in data/records from nothing: train, prune, share, write the file, test it once."
DETAILS = (
    "The plan is data: layers compete for weights, dead neurons go, weights share few values. Choices were "
    "made on the held-out images. A JSON beside it states what it is: `leaderboard` holds it to that."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The network, the file to write, and what to take instead of the record's own plan and seed."""
    add_net(parser)
    parser.add_argument("--out", type=Path, metavar="FILE.dcz", help="default: runs/record-NET.dcz")
    parser.add_argument("--plan", type=Path, metavar="FILE", help=".toml or .json instead of the record's own plan")
    parser.add_argument("--seed", type=whole(0, MOST_SEED), help="instead of the plan's")
    parser.add_argument("--force", action="store_true", help="replace what stands there")


def run(options: argparse.Namespace) -> int:
    """Make the file that the plan describes, and write the statement beside it."""
    from dataclasses import replace

    from dc_lab.networks import datasets
    from dc_lab.records import board, make, plan

    chosen = asked(lambda: plan.load(options.plan)) if options.plan else plan.shipped(options.net)
    if chosen.net != options.net:
        raise UserError(f"{options.plan} is a plan for {chosen.net}, not for {options.net}")
    if options.seed is not None:
        chosen = asked(lambda: replace(chosen, seed=options.seed))
    output = options.out or Path("runs") / f"record-{options.net}.dcz"
    if options.out is None:
        output.parent.mkdir(exist_ok=True)
    if output.suffix != ".dcz":
        raise UserError(f"{output}: expected a name that ends in .dcz")
    for path in (output, output.with_suffix(".json")):
        check_output(path, options.force)
    train_images, held_out, test = (datasets.mnist(split) for split in datasets.SPLITS)
    made = asked(lambda: make.make(chosen, output, train_images, held_out, test, lambda text: print(text, flush=True)))
    command = f"python -m dc_lab record {options.net}"
    command += f" --plan {options.plan.as_posix()}" if options.plan else ""
    command += f" --seed {options.seed}" if options.seed is not None else ""
    board.Statement(
        net=chosen.net, command=command, seed=chosen.seed, bytes=made.bytes, held_out_error=made.held_out_error,
        test_error=made.test_error, seconds=round(made.seconds, 1), date=made.date,
    ).save(output.with_suffix(".json"))  # fmt: skip
    print(f"{output}: {made.bytes:,} bytes, {made.ratio:.1f}x smaller than {plan.dense_bytes(chosen.net):,}")
    print(f"error: held-out {made.held_out_error:.2f} %, test {made.test_error:.2f} %; {made.seconds:.0f} s")
    return 0
