"""The command line: `python -m dc_lab`, also `dc-lab`."""

import argparse
import contextlib
import hashlib
import json
import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dc_lab import __version__, dcz

# Modules that need torch are imported where they are used: `--help` answers at once.

NET_NAMES = ("lenet-300-100", "lenet-5")
IMAGENET_NAMES = ("alexnet", "vgg-16")


class UserError(Exception):
    """What was asked for cannot be done; the message says why in one line."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code is 0 if it worked, 2 for an error in what was given.

    It is 1 if `doctor` or `leaderboard` found something.

    Errors are one line on stderr.
    """
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output went away, as `head` does: nothing to report
        return 1
    except KeyboardInterrupt:
        print("dc-lab: interrupted", file=sys.stderr)
        return 130
    except Exception as error:
        message = _explain(error)
        if message is None:
            raise
        print(f"dc-lab: {message}", file=sys.stderr)
        return 2


def _explain(error: Exception) -> str | None:
    """One line about an error that comes from what the user gave; None for a defect of ours."""
    from dc_lab.archive import ArchiveError
    from dc_lab.checkpoints.weights import WeightsError
    from dc_lab.networks.datasets import DataError

    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, (UserError, ArchiveError, DataError, WeightsError, OSError)):
        return " ".join(str(error).split())
    return None


def _asked(work: Callable[[], Any]) -> Any:
    """Run `work`, whose ValueErrors are about what the user gave."""
    try:
        return work()
    except ValueError as error:
        raise UserError(str(error)) from error


def _check_output(path: Path, force: bool) -> None:
    """Refuse to overwrite, or to write where there is no folder, before any work is done."""
    if path.is_dir():
        raise UserError(f"{path} is a folder, expected a file name")
    if path.exists() and not force:
        raise UserError(f"{path} exists; --force replaces it")
    if not path.parent.is_dir():
        raise UserError(f"{path.parent}: no such folder")


# --- demo ---


def demo(options: argparse.Namespace) -> int:
    """The main job: a trained network in, a small file out, the same network back."""
    from dc_lab import pipeline
    from dc_lab.cli import report
    from dc_lab.networks import datasets, models

    net = options.net
    folder = options.out or Path("runs") / net
    outputs = report.output_paths(folder, net)
    # The default folder is the demo's own; what stands in a folder that the user names is not overwritten unasked.
    existing = next((path for path in outputs.values() if path.exists()), None)
    if options.out is not None and existing is not None and not options.force:
        raise UserError(f"{existing} exists; --force replaces it")
    recipe = _asked(lambda: pipeline.Recipe.load(options.recipe)) if options.recipe else pipeline.default_recipe(net)
    model = models.build(net)
    weights_path = options.weights or checkpoint_path(net)
    _load_into(model, weights_path)
    _asked(lambda: pipeline.check_recipe(model, recipe))
    train, held_out, test = (datasets.mnist(split) for split in datasets.SPLITS)
    folder.mkdir(parents=True, exist_ok=True)

    print(
        f"{net}, {pipeline.float32_bytes(model):,} bytes of float32 parameters, from {_shown(weights_path)}", flush=True
    )
    result = _asked(lambda: pipeline.run(model, recipe, outputs["dcz"], train, held_out, test, progress=True))
    print()
    print(report.text(net, result))
    report.write(outputs, net, recipe, result)
    print()
    print(f"Written to {_shown(folder)}: {', '.join(path.name for path in outputs.values())}")
    print(f"Look at {_shown(outputs['html'])}. The file alone is enough to classify with:")
    print(f"  python -m dc_lab evaluate {net} {_shown(outputs['dcz'])}")
    return 0


def _shown(path: Path) -> str:
    """A path relative to the working folder where that is shorter."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def checkpoint_path(net: str) -> Path:
    """The shipped, trained weights of a network."""
    from dc_lab.networks import datasets

    return datasets.checkpoint(f"{net}.safetensors")


def _load_into(model: Any, path: Path) -> None:
    """Weights from a weight file or a `.dcz` file into a model."""
    from dc_lab import pipeline

    arrays = _arrays(path)
    if _has_integers(arrays):
        raise UserError(f"{path} holds a quantized network; expected float32 weights")
    _asked(lambda: pipeline.load_arrays(model, arrays))


def _arrays(path: Path) -> dict[str, Any]:
    """The tensors of a weight file or a `.dcz` file."""
    from dc_lab import archive
    from dc_lab.checkpoints import weights

    return archive.load(path) if path.suffix == ".dcz" else weights.load_weights(path)


def _has_integers(arrays: Mapping[str, Any]) -> bool:
    from dc_lab.quantized import QuantizedTensor

    return any(isinstance(array, QuantizedTensor) for array in arrays.values())


# --- compress, decompress, inspect, evaluate ---


def compress(options: argparse.Namespace) -> int:
    """A plain state_dict into a `.dcz` file, without training."""
    from concurrent.futures import ThreadPoolExecutor

    from tqdm import tqdm

    from dc_lab import archive
    from dc_lab.checkpoints.compress import Compressed
    from dc_lab.checkpoints.weights import open_weights
    from dc_lab.support.tables import shape_text, text_table

    _check_output(options.output, options.force)
    began = time.perf_counter()
    with contextlib.ExitStack() as stack:
        weights = stack.enter_context(open_weights(options.weights))
        densities, codebook_bits, said = _like(options, weights.shapes)
        values = sum(math.prod(shape) for shape in weights.shapes.values())
        bar = stack.enter_context(tqdm(total=values, desc="compress", unit="value", unit_scale=True, delay=1))
        executor = stack.enter_context(ThreadPoolExecutor(options.workers)) if options.workers > 1 else None
        compressed = _asked(
            lambda: Compressed(weights, weights.shapes, densities, codebook_bits, bar.update, executor, archive.encoded)
        )
        stack.callback(compressed.cancel)
        _asked(lambda: archive.save(options.output, compressed))
    seconds = time.perf_counter() - began

    contents = archive.read_file(options.output)
    rows = []
    for row in compressed.rows:
        dense = contents.tensors[row.name].nbytes
        bits = f"{row.bits}" if row.bits else "-"
        kind = contents.kinds[row.name]
        rows.append(
            [
                row.name,
                shape_text(row.shape),
                f"{row.kept_pct:.1f}",
                bits,
                f"{row.change:.2f}",
                kind,
                f"{dense:,}",
                f"{contents.bytes_of(row.name):,}",
            ]
        )
    header = ["tensor", "shape", "kept %", "bits", "change %", "stored as", "bytes before", "bytes"]
    print(text_table(header, rows))
    dense = sum(array.nbytes for array in contents.tensors.values())
    total = options.output.stat().st_size
    print()
    print(f"{options.output}: {total:,} bytes, {_ratio(dense, total)} smaller than the {dense:,} bytes of the tensors")
    print(f"in {seconds:.1f} s. Nothing was retrained: the values moved by as much as the column `change %` says (root")
    print("mean square, relative), and what this does to the network's error only a test with its data can tell.")
    print("Pruning without retraining usually costs accuracy; `demo` shows what retraining wins back.")
    if said:
        print(said)
    return 0


def _like(options: argparse.Namespace, shapes: Mapping[str, tuple[int, ...]]) -> tuple[list[Any], list[Any], str]:
    """(densities, bits, what to say): the rules of `--like`, followed by those that the user gives."""
    from dc_lab.measure import imagenet

    found = imagenet.recognise(shapes)
    if options.like is None:
        said = "" if found is None else (
            f"These are the layers of {found.net} by {found.names} names: --like {found.net} gives each of them the\n"
            "density and the bits that it has in the paper."
        )  # fmt: skip
        return options.density, options.bits, said
    if found is None or found.net != options.like:
        names = " or ".join(", ".join(row) for row in imagenet.first_names(options.like))
        raise UserError(
            f"{options.weights} has the layers of {'no network that is known' if found is None else found.net}; "
            f"--like {options.like} expects {names}. --density and --bits set layers one by one"
        )
    densities, bits = imagenet.rules(found.net, found.layers)
    said = (
        f"Recognised: {found.net}, {len(found.layers)} layers by {found.names} names. Densities and bits are those of\n"
        f"the paper's table {imagenet.TABLES[found.net]}, where --density and --bits did not say otherwise."
    )
    here = sum(math.prod(shapes[f"{name}.weight"]) for name in found.layers.values())
    if here != imagenet.weights_of(found.net):
        said += (
            f"\nThe paper's network has {imagenet.weights_of(found.net):,} weights, this one {here:,}: another variant."
        )
    return densities + options.density, bits + options.bits, said


def _ratio(before: int, after: int) -> str:
    return f"{before / after:.1f}x"


def decompress(options: argparse.Namespace) -> int:
    """A `.dcz` file back into a weight file."""
    from dc_lab import archive
    from dc_lab.checkpoints import weights
    from dc_lab.quantized import QuantizedTensor

    _check_output(options.output, options.force)
    if options.output.suffix not in (".safetensors", ".npz"):
        raise UserError(f"{options.output}: can write .safetensors and .npz")
    tensors = archive.load(options.file, options.max_bytes)
    integers = _has_integers(tensors)
    if integers:
        tensors = {name: t.dequantize() if isinstance(t, QuantizedTensor) else t for name, t in tensors.items()}
    weights.save_weights(options.output, tensors)
    print(f"{options.output}: {len(tensors)} tensors, {options.output.stat().st_size:,} bytes")
    if integers:
        print("Quantized tensors became the float32 values that they stand for.")
    return 0


CALIBRATION_IMAGES = 1_000


def quantize(options: argparse.Namespace) -> int:
    """A network in integers of 2 to 8 bits, into a `.dcz` file, without training."""
    from dc_lab import archive, dynamic, pipeline
    from dc_lab.networks import datasets, models, training
    from dc_lab.support.tables import shape_text, text_table

    _check_output(options.output, options.force)
    path = checkpoint_path(options.network) if options.network in NET_NAMES else Path(options.network)
    arrays = _arrays(path)
    if _has_integers(arrays):
        raise UserError(f"{path} is quantized already")
    net = next((net for net in NET_NAMES if _fits(models.build(net), arrays)), None)
    if net is None and options.static:
        raise UserError(f"{path} is none of {', '.join(NET_NAMES)}: static quantization has to run the network")
    tensors = _asked(lambda: _integers(net, arrays, options.bits, options.dynamic))
    _asked(lambda: archive.save(options.output, tensors))

    contents = archive.read_file(options.output)
    pipeline.check_same(contents.tensors, tensors)
    rows = []
    for name, tensor in contents.tensors.items():
        before = f"{arrays[name].nbytes:,}" if name in arrays else "-"
        bits, size = getattr(tensor, "bits", "-"), f"{contents.bytes_of(name):,}"
        rows.append([name, shape_text(tensor.shape), bits, contents.kinds[name], before, size])
    print(text_table(["tensor", "shape", "bits", "stored as", "bytes before", "bytes"], rows))
    dense, total = sum(array.nbytes for array in arrays.values()), options.output.stat().st_size
    print()
    print(f"{options.output}: {total:,} bytes, {_ratio(dense, total)} smaller than the {dense:,} bytes of the tensors")
    if net is None:
        print("Not a network that this program knows: its matrices were quantized, and nothing was tested.")
        return 0
    if options.dynamic:
        print("dynamic: the inputs of a layer get scale and zero point in each call")
    else:
        print(f"static: scale and zero point of the inputs are those of {CALIBRATION_IMAGES:,} training images")
    model, test = models.build(net), datasets.mnist("test")
    pipeline.load_arrays(model, arrays)
    error = training.error_percent(model, test)
    restored = training.error_percent(dynamic.from_state(model, contents.tensors), test)
    print(f"error of {net} on the test images: float32 {error:.2f} %, with this file {restored:.2f} %")
    return 0


def _fits(model: Any, arrays: Mapping[str, Any]) -> bool:
    """Whether these are the tensors of the model's state_dict, by name and shape."""
    expected = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    return expected == {name: array.shape for name, array in arrays.items()}


def _integers(net: str | None, arrays: Mapping[str, Any], bits: int, is_dynamic: bool) -> dict[str, Any]:
    """The tensors of the network in integers; of one that is not known, the matrices and kernels alone."""
    from torch import nn

    from dc_lab import dynamic, pipeline
    from dc_lab.integers import aware
    from dc_lab.networks import datasets, models, training

    if net is None:
        return {
            name: aware.quantize_weight(array, bits) if array.dtype == "float32" and array.ndim >= 2 else array
            for name, array in arrays.items()
        }
    model = models.build(net)
    pipeline.load_arrays(model, arrays)
    if is_dynamic:
        return dynamic.state(dynamic.quantize_dynamic(model, (nn.Linear, nn.Conv2d), bits, per_channel=True))
    images = training.to_tensor(datasets.mnist("train").pixels[:CALIBRATION_IMAGES])
    return dynamic.state(dynamic.quantize_static(model, images, bits))


def inspect(options: argparse.Namespace) -> int:
    """Where every byte of a `.dcz` file goes."""
    from dc_lab import archive
    from dc_lab.cli import report

    contents = archive.read_file(options.file, options.max_bytes)
    size = options.file.stat().st_size
    if options.json:
        print(json.dumps(report.inspection(contents, size), indent=2))
    else:
        print(report.inspection_text(contents, size))
    return 0


def evaluate(options: argparse.Namespace) -> int:
    """Error of a network on the 10,000 test images."""
    from dc_lab import pipeline
    from dc_lab.networks import datasets, training

    arrays = _arrays(options.weights)
    model = _asked(lambda: pipeline.restored(options.net, arrays))
    test = datasets.mnist("test")
    error = training.error_percent(model, test)
    wrong = round(error * len(test.labels) / 100)
    print(
        f"{options.net} with {options.weights}: error {error:.2f} % ({wrong} of {len(test.labels):,} test images wrong)"
    )
    return 0


# --- train, doctor, bench ---


def train(options: argparse.Namespace) -> int:
    """Train a network from scratch; with the default settings, this made the shipped checkpoint."""
    from dc_lab import pipeline
    from dc_lab.checkpoints import weights
    from dc_lab.networks import datasets, models, training

    net = options.net
    output = options.output or Path("runs") / f"{net}.safetensors"
    if options.output is None:
        output.parent.mkdir(exist_ok=True)
    _check_output(output, options.force)
    settings = dict(training.SCHEDULES[net])
    if options.epochs is not None:
        settings["epochs"] = options.epochs
    train_images, held_out, test = (datasets.mnist(split) for split in datasets.SPLITS)
    model = models.build(net, options.seed)
    began = time.perf_counter()
    loss = training.fit(model, train_images, training.Schedule(seed=options.seed, **settings), label=f"train {net}")
    weights.save_weights(output, pipeline.state_arrays(model))
    digest = hashlib.sha256(output.read_bytes()).hexdigest()
    print(f"{output}: {output.stat().st_size:,} bytes, SHA-256 {digest}")
    print(f"{', '.join(f'{key} {value}' for key, value in settings.items())}, seed {options.seed}: ", end="")
    print(f"loss {loss:.4f} nats, {time.perf_counter() - began:.0f} s")
    print(f"error: held-out {training.error_percent(model, held_out):.2f} %", end=", ")
    print(f"test {training.error_percent(model, test):.2f} %")
    return 0


# --- records ---


def record(options: argparse.Namespace) -> int:
    """Make one of the records in data/records from nothing: train, prune, share, write the file, test it once."""
    from dataclasses import replace

    from dc_lab.networks import datasets
    from dc_lab.records import board, make, plan

    chosen = _asked(lambda: plan.Plan.load(options.plan)) if options.plan else plan.shipped(options.net)
    if chosen.net != options.net:
        raise UserError(f"{options.plan} is a plan for {chosen.net}, not for {options.net}")
    if options.seed is not None:
        chosen = _asked(lambda: replace(chosen, seed=options.seed))
    output = options.out or Path("runs") / f"record-{options.net}.dcz"
    if options.out is None:
        output.parent.mkdir(exist_ok=True)
    if output.suffix != ".dcz":
        raise UserError(f"{output}: expected a name that ends in .dcz")
    for path in (output, output.with_suffix(".json")):
        _check_output(path, options.force)
    train_images, held_out, test = (datasets.mnist(split) for split in datasets.SPLITS)
    made = _asked(lambda: make.make(chosen, output, train_images, held_out, test, lambda text: print(text, flush=True)))
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


def leaderboard(options: argparse.Namespace) -> int:
    """Measure every record in data/records again, beside the published ones."""
    from dc_lab.networks import datasets
    from dc_lab.records import board

    folder = options.folder or datasets.data_dir() / "records"
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder")
    rows = board.entries(folder, datasets.mnist("test"))
    print(board.text([*rows, *board.published()]))
    return 1 if any(row.problems for row in rows) else 0


def doctor(options: argparse.Namespace) -> int:
    """Check this installation."""
    from dc_lab.cli import doctor as examination

    return 0 if examination.report() else 1


def bench(options: argparse.Namespace) -> int:
    """Time the coder, k-means and whole files side by side with peers."""
    from dc_lab.measure import bench as benchmarks

    benchmarks.run(options.only)
    return 0


# --- figures ---


def figures(options: argparse.Namespace) -> int:
    """Measure the heavy curves of the course into data/figures."""
    from concurrent.futures import BrokenExecutor

    from dc_lab.measure import curves

    unknown = [name for name in options.names if name not in curves.ALL]
    if unknown:
        raise UserError(f"no curves named {', '.join(unknown)}; expected {', '.join(curves.ALL)}")
    chosen = [curves.ALL[name] for name in dict.fromkeys(options.names or curves.ALL)]
    if options.list:
        print(_listed(chosen))
        return 0
    with curves.processes(options.workers) if options.workers > 1 else contextlib.nullcontext() as executor:
        for file in chosen:
            todo = len(file.points) if options.again else len(file.missing())
            if not todo:
                print(f"{_shown(file.path)}: has all {len(file.points)} points; --again measures them anew", flush=True)
                continue
            began = time.perf_counter()
            try:
                done = file.measure(executor, options.again, label=file.name)
            except BrokenExecutor as error:
                raise UserError("a worker process ended before its time; what was found is stored") from error
            seconds = time.perf_counter() - began
            changed = f", {done.changed} of them other than before" if options.again else ""
            print(f"{_shown(file.path)}: {done.points} points measured in {seconds:.0f} s{changed}", flush=True)
    return 0


def _listed(chosen: Sequence[Any]) -> str:
    """A table: each file of curves, how many of its points are there, about how long all and the rest take."""
    from dc_lab.support.tables import text_table

    def minutes(points: Sequence[Any]) -> int:
        return math.ceil(sum(point.seconds for point in points) / 60)

    rows = []
    for file in chosen:
        total, missing = len(file.points), file.missing()
        done = f"{total - len(missing)}/{total}"
        rows.append([file.name, done, minutes(file.points), minutes(missing), file.about])
    header = ["file", "points", "minutes for all", "for the rest", "what it holds"]
    table = text_table(header, rows, left=(0, 4))
    return f"{table}\nIn {_shown(chosen[0].path.parent)}. Minutes are those of one idle core."


# --- the parser ---


def _rule(kind: type) -> Callable[[str], Any]:
    """Parses `0.1` or `PATTERN=0.1` into a Rule."""

    def parse(text: str) -> Any:
        from dc_lab.checkpoints.compress import Rule

        pattern, _, value = text.rpartition("=")
        try:
            return Rule(pattern or "*", kind(value))
        except ValueError:
            raise argparse.ArgumentTypeError(f"expected NUMBER or PATTERN=NUMBER, got {text!r}") from None

    return parse


def _whole(text: str, least: int = 0) -> int:
    value = int(text)
    if value < least:
        raise argparse.ArgumentTypeError(f"expected {least} or more, got {text}")
    return value


def _positive(text: str) -> int:
    return _whole(text, 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dc-lab",
        description="Deep Compression from scratch: prune, share and Huffman-code a network into one small file.",
        epilog="Begin with `demo`; `doctor` says whether everything is installed. `COMMAND --help` has the details.",
    )
    parser.add_argument("--version", action="version", version=f"dc_lab {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(run: Callable[[argparse.Namespace], int], details: str) -> argparse.ArgumentParser:
        summary = (run.__doc__ or "").rstrip(".")
        sub = commands.add_parser(run.__name__, help=summary, description=f"{run.__doc__} {details}")
        sub.set_defaults(run=run)
        return sub

    sub = command(
        demo, "Takes the shipped checkpoint through pruning, weight sharing and Huffman coding on MNIST, writes one "
        "file, reads it back and tests it. The report stands beside the paper's figures."
    )  # fmt: skip
    sub.add_argument("--net", choices=NET_NAMES, default=NET_NAMES[0], help="which network (default: %(default)s)")
    sub.add_argument("--out", type=Path, metavar="DIR", help="folder to write to (default: runs/NET)")
    sub.add_argument("--recipe", type=Path, metavar="FILE", help=".toml or .json instead of the network's own recipe")
    sub.add_argument("--weights", type=Path, metavar="FILE", help="trained weights instead of the shipped checkpoint")
    sub.add_argument("--force", action="store_true", help="replace what stands in DIR")

    sub = command(
        compress, "Tensors of two and more dimensions get a codebook each (5 bits for matrices, 8 for convolutions); "
        "zeros stay zero; a tensor with few enough distinct values comes back exactly. No model class, no data."
    )  # fmt: skip
    sub.add_argument("weights", type=Path, metavar="WEIGHTS", help="state_dict: .safetensors, .npz, .pt, .pth or .bin")
    sub.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.dcz")
    sub.add_argument(
        "--density", type=_rule(float), action="append", default=[], metavar="[PATTERN=]SHARE",
        help="share of weights to keep, 0 to 1, everywhere or where the name or layer matches, as in 'fc*=0.1'; "
        "may be given more than once, the last that fits counts (default: prune nothing)",
    )  # fmt: skip
    sub.add_argument(
        "--bits", type=_rule(int), action="append", default=[], metavar="[PATTERN=]BITS",
        help="codebooks of 2**BITS values, 1 to 16; may be given more than once, the last that fits counts",
    )  # fmt: skip
    sub.add_argument(
        "--like", choices=IMAGENET_NAMES, metavar="NET",
        help=f"{' or '.join(IMAGENET_NAMES)}, with the paper's or torchvision's names of layers: each layer gets its "
        "density and bits of the paper's tables 4 and 5; --density and --bits go before them",
    )  # fmt: skip
    sub.add_argument(
        "--workers", type=_positive, default=1, metavar="N",
        help="tensors to work on at a time, on as many threads; the file is the same (default: %(default)s)",
    )  # fmt: skip
    sub.add_argument("--force", action="store_true", help="replace an existing output")

    sub = command(
        quantize, "Each output of a layer has a scale; integers are Huffman-coded where that is smaller. Static (the "
        "default) also stores scale and zero point of each layer's input, from 1,000 training images; dynamic leaves "
        "them to be chosen in each call. Of a network other than the two below, the weights are quantized."
    )  # fmt: skip
    sub.add_argument(
        "network", metavar="NET|WEIGHTS", help=f"{' or '.join(NET_NAMES)}, as shipped; or a file of weights"
    )
    how = sub.add_mutually_exclusive_group()
    how.add_argument("--static", action="store_true", help="fixed rulers for the inputs of layers")
    how.add_argument("--dynamic", action="store_true", help="rulers for the inputs chosen in each call")
    sub.add_argument("--bits", type=_whole, default=8, help="of the weights, 2 to 8 (default: %(default)s)")
    sub.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.dcz")
    sub.add_argument("--force", action="store_true", help="replace an existing output")

    sub = command(decompress, "The tensors are those that were compressed, to the last bit.")
    sub.add_argument("file", type=Path, metavar="FILE.dcz")
    sub.add_argument("-o", "--output", type=Path, required=True, metavar="WEIGHTS", help=".safetensors or .npz")
    sub.add_argument("--force", action="store_true", help="replace an existing output")
    _add_max_bytes(sub)

    sub = command(inspect, f"The format is specified on one page: {Path(dcz.__file__).with_name('FORMAT.md')}")
    sub.add_argument("file", type=Path, metavar="FILE.dcz")
    sub.add_argument("--json", action="store_true", help="machine-readable")
    _add_max_bytes(sub)

    sub = command(evaluate, "The test images are for reporting: choose nothing by them.")
    sub.add_argument("net", choices=NET_NAMES, metavar="NET", help=" or ".join(NET_NAMES))
    sub.add_argument("weights", type=Path, metavar="WEIGHTS|FILE.dcz")

    sub = command(train, "Takes one to five minutes on two cores.")
    sub.add_argument("net", choices=NET_NAMES, metavar="NET", help=" or ".join(NET_NAMES))
    sub.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: runs/NET.safetensors")
    sub.add_argument("--epochs", type=_whole, help="passes over the training images (default: the network's own)")
    sub.add_argument("--seed", type=_whole, default=0, help="(default: %(default)s)")
    sub.add_argument("--force", action="store_true", help="replace an existing output")

    sub = command(
        figures, "Each point is stored as it is found: a run that was interrupted goes on where it stopped, and one "
        "that finds all points there does nothing. The numbers do not depend on the number of workers."
    )  # fmt: skip
    sub.add_argument("names", nargs="*", metavar="NAME", help="files, as --list shows them (default: all)")
    sub.add_argument("--workers", type=_positive, default=1, metavar="N", help="processes (default: %(default)s)")
    sub.add_argument("--again", action="store_true", help="measure points that are there, too, and replace them")
    sub.add_argument("--list", action="store_true", help="what there is, and about how long it takes on an idle core")

    sub = command(
        record, "The plan is data: layers compete for weights, dead neurons go, weights share few values. Choices were "
        "made on the held-out images. A JSON beside it states what it is: `leaderboard` holds it to that."
    )  # fmt: skip
    sub.add_argument("net", choices=NET_NAMES, metavar="NET", help=" or ".join(NET_NAMES))
    sub.add_argument("--out", type=Path, metavar="FILE.dcz", help="default: runs/record-NET.dcz")
    sub.add_argument("--plan", type=Path, metavar="FILE", help=".toml or .json instead of the record's own plan")
    sub.add_argument("--seed", type=_whole, help="instead of the plan's")
    sub.add_argument("--force", action="store_true", help="replace what stands there")

    sub = command(
        leaderboard, "Bytes are those of the file, the error that of the network in it on the test images. To enter, "
        "put FILE.dcz and FILE.json from `record` into the folder. Exit code 1 if a statement does not hold."
    )  # fmt: skip
    sub.add_argument("folder", type=Path, nargs="?", metavar="FOLDER", help="default: data/records")

    command(doctor, "Each line is [ok] or [FAIL] with the remedy; exit code 1 if anything fails.")

    sub = command(
        bench, "Peers that are not installed are left out. Speeds are medians, peers measured in the same run."
    )
    sub.add_argument(
        "--only", choices=("huffman", "ans", "kmeans", "files", "quantized", "layers"), help="one part alone"
    )
    return parser


def _add_max_bytes(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--max-bytes", type=_whole, metavar="N",
        help="refuse files that unpack to more (default: 1 GiB, or 1,024 times the file)",
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
