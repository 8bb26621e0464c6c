"""`dc-lab quantize`: the weights of a trained network in a few bits each."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dc_lab.cli.common import (
    NET_NAMES,
    WEIGHT_SUFFIXES,
    UserError,
    arrays_of,
    asked,
    check_output,
    checkpoint_path,
    has_integers,
    smaller,
    whole,
)

if TYPE_CHECKING:
    from dc_lab.archive import Contents

SUMMARY = "A network in integers of 2 to 8 bits, into a `.dcz` file, without training."
DETAILS = (
    "Each output of a layer has a scale; integers are Huffman-coded where that is smaller. Static (the "
    "default) also stores scale and zero point of each layer's input, from 1,000 training images; dynamic leaves "
    "them to be chosen in each call. Of a network other than the two below, the weights are quantized."
)

CALIBRATION_IMAGES = 1_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Network in, file out, bits, and when the scales of a layer's input are chosen."""
    parser.add_argument(
        "network", metavar="NET|WEIGHTS", help=f"{' or '.join(NET_NAMES)}, as shipped; or a file of weights"
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--static", action="store_true", help="fixed rulers for the inputs of layers")
    how.add_argument("--dynamic", action="store_true", help="rulers for the inputs chosen in each call")
    parser.add_argument("--bits", type=whole(), default=8, help="of the weights, 2 to 8 (default: %(default)s)")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.dcz")
    parser.add_argument("--force", action="store_true", help="replace an existing output")


def run(options: argparse.Namespace) -> int:
    """Quantize, write the file, read it back, and test the network in it where it is one that we know."""
    from dc_lab import archive, pipeline
    from dc_lab.networks import models

    path = checkpoint_path(options.network) if options.network in NET_NAMES else Path(options.network)
    check_output(options.output, options.force, [path], WEIGHT_SUFFIXES)
    arrays = arrays_of(path)
    if has_integers(arrays):
        raise UserError(f"{path} is quantized already")
    net = next((net for net in NET_NAMES if _fits(models.build(net), arrays)), None)
    if net is None and options.static:
        raise UserError(f"{path} is none of {', '.join(NET_NAMES)}: static quantization has to run the network")
    tensors = asked(lambda: _integers(net, arrays, options.bits, options.dynamic))
    asked(lambda: archive.save(options.output, tensors))

    contents = archive.read_file(options.output)
    pipeline.check_same(contents.tensors, tensors)
    print(_table(arrays, contents))
    print()
    print(smaller(options.output, sum(array.nbytes for array in arrays.values())))
    if net is None:
        print("Not a network that this program knows: its matrices were quantized, and nothing was tested.")
        others = sorted({str(array.dtype) for array in arrays.values() if _is_matrix(array)} - {"float32"})
        if others:
            print(f"Matrices of {', '.join(others)} were quantized as float32, which they come back as.")
        return 0
    if options.dynamic:
        print("dynamic: the inputs of a layer get scale and zero point in each call")
    else:
        print(f"static: scale and zero point of the inputs are those of {CALIBRATION_IMAGES:,} training images")
    before, after = _errors(net, arrays, contents.tensors)
    print(f"error of {net} on the test images: float32 {before:.2f} %, with this file {after:.2f} %")
    return 0


def _fits(model: Any, arrays: Mapping[str, Any]) -> bool:
    """Whether these are the tensors of the model's state_dict, by name and shape."""
    expected = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    return expected == {name: array.shape for name, array in arrays.items()}


def _integers(net: str | None, arrays: Mapping[str, Any], bits: int, is_dynamic: bool) -> dict[str, Any]:
    """The tensors of the network in integers; of one that is not known, the matrices and kernels alone."""
    import numpy as np
    from torch import nn

    from dc_lab import dynamic
    from dc_lab.integers import aware
    from dc_lab.networks import datasets, models, state, training

    if net is None:
        return {
            name: aware.quantize_weight(array.astype(np.float32), bits) if _is_matrix(array) else array
            for name, array in arrays.items()
        }
    model = models.build(net)
    state.load_arrays(model, arrays)
    if is_dynamic:
        return dynamic.state(dynamic.quantize_dynamic(model, (nn.Linear, nn.Conv2d), bits, per_channel=True))
    images = training.to_tensor(datasets.mnist("train").pixels[:CALIBRATION_IMAGES])
    return dynamic.state(dynamic.quantize_static(model, images, bits))


def _is_matrix(array: Any) -> bool:
    """Whether a tensor is quantized in a network that is not known: real, of two dimensions or more."""
    from dc_lab.support.dtypes import is_float

    return is_float(array.dtype) and array.ndim >= 2


def _table(arrays: Mapping[str, Any], contents: "Contents") -> str:
    """A line a tensor of the file; `arrays` are those before."""
    from dc_lab.support.tables import shape_text, text_table

    rows = []
    for name, tensor in contents.tensors.items():
        before = f"{arrays[name].nbytes:,}" if name in arrays else "-"
        bits, size = getattr(tensor, "bits", "-"), f"{contents.bytes_of(name):,}"
        rows.append([name, shape_text(tensor.shape), bits, contents.kinds[name], before, size])
    return text_table(["tensor", "shape", "bits", "stored as", "bytes before", "bytes"], rows)


def _errors(net: str, arrays: Mapping[str, Any], tensors: Mapping[str, Any]) -> tuple[float, float]:
    """Percent of the test images wrong: of the network with these arrays, and of the one in integers."""
    from dc_lab import dynamic
    from dc_lab.networks import datasets, models, state, training

    model, test = models.build(net), datasets.mnist("test")
    state.load_arrays(model, arrays)
    before = training.error_percent(model, test)
    return before, training.error_percent(dynamic.from_state(model, tensors), test)
