"""Version 5: a file that holds one network of a known shape, on coarse grids, and nothing else.

Names and shapes are in the format, and one payload holds the levels of all tensors. What is not among the living units,
which come first, is zero and takes no room. Where the neurons of a Linear layer are kernels at several places each, the
file has the kernels.
"""

import itertools
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from dc_lab.coding import levels
from dc_lab.coding.adaptive import Decoder, Encoder
from dc_lab.coding.kernels import MOST_PLACES, Places, gathered, spread
from dc_lab.dcz import frame, limits
from dc_lab.dcz.contents import Contents, itemized
from dc_lab.dcz.cursor import Reader
from dc_lab.dcz.forms.adaptive import Adaptive
from dc_lab.dcz.forms.form import Stream
from dc_lab.dcz.varint import varint

VERSION = 5
MOST = 15
"""The highest level that can be said."""

KIND = "grid"


class Layer(NamedTuple):
    """A layer of a known network: its weight's shape, and how wide and high the maps are that its columns are."""

    name: str
    shape: tuple[int, ...]
    side: int

    @property
    def columns(self) -> int:
        return math.prod(self.shape[1:])


NETWORKS: dict[int, tuple[Layer, ...]] = {
    1: (Layer("ip1", (300, 784), 28), Layer("ip2", (100, 300), 1), Layer("ip3", (10, 100), 1)),
    2: (
        Layer("conv1", (20, 1, 5, 5), 5),
        Layer("conv2", (50, 20, 5, 5), 5),
        Layer("ip1", (500, 800), 4),
        Layer("ip2", (10, 500), 1),
    ),
}
"""Number -> layers of LeNet-300-100 and LeNet-5."""

WITH_KERNELS = 2
"""So much is added to the number of a network that has kernels in its hidden Linear layers."""


class _Part(NamedTuple):
    """The part of a tensor that has levels: the first `rows` rows, and the first `columns` of each.

    Where there are `places`, a row of levels is a kernel in each of its maps, or the bias of one. Levels are coded as
    maps of `side` x `side`.
    """

    name: str
    shape: tuple[int, ...]
    rows: int
    columns: int
    side: int
    places: Places | None = None

    @property
    def size(self) -> int:
        return self.rows * self.columns

    def taken(self, tensor: np.ndarray) -> np.ndarray | None:
        """The entries that levels stand for (rows, columns); None if the tensor is no kernels at these places."""
        flat = _table(tensor)
        if self.places is None:
            return flat[: self.rows, : self.columns]
        number, size = self.places.number, self.places.size
        if tensor.ndim == 1:
            each = flat[:, : len(tensor) // number**2 * number**2].reshape(-1, number**2)
            same = not flat[:, each.size :].any() and (each == each[:, :1]).all()
            return each[: self.columns, 0].reshape(1, -1) if same else None
        kernels = gathered(flat, self.places)
        if kernels is None:
            return None
        return kernels[: self.rows, : self.columns // size**2].reshape(self.rows, -1)

    def put(self, tensor: np.ndarray, values: np.ndarray) -> None:
        """Write into a tensor of zeros what `taken` takes."""
        flat = _table(tensor)
        if self.places is not None and tensor.ndim == 1:
            values = np.repeat(values, self.places.number**2, axis=1)
        elif self.places is not None:
            size = self.places.size
            values = spread(values.reshape(self.rows, self.columns // size**2, size, size), self.places)
        flat[: values.shape[0], : values.shape[1]] = values


def _table(tensor: np.ndarray) -> np.ndarray:
    """A view of a weight or a bias as rows and columns; a bias is one row."""
    return tensor.reshape(1, -1) if tensor.ndim == 1 else tensor.reshape(len(tensor), -1)


def _parts(layers: tuple[Layer, ...], units: list[int], places: list[Places | None]) -> list[_Part]:
    """Those of each layer's weight and bias, where so many units (or kernels) of the hidden layers live."""
    found = []
    # How many units live in the layer before, and how many columns each has, in a map so wide and high.
    before, columns, side = 1, layers[0].columns, layers[0].side
    for layer, after, living, its in zip(
        layers, [*layers[1:], None], [*units, layers[-1].shape[0]], [*places, None], strict=True
    ):
        size = its.size if its else side
        of_each = size**2 if its else columns
        found.append(_Part(f"{layer.name}.weight", layer.shape, living, before * of_each, size, its))
        found.append(_Part(f"{layer.name}.bias", layer.shape[:1], 1, living, 1, its))
        if after is not None:
            before = living
            columns = its.number**2 if its else after.columns // layer.shape[0]
            side = its.number if its else after.side
    return found


def _hidden(layers: tuple[Layer, ...]) -> list[Layer]:
    """The layers that may have kernels: Linear ones but for the last."""
    return [layer for layer in layers[:-1] if len(layer.shape) == 2]


# --- writing ---


def write(tensors: Mapping[str, Any]) -> list[bytes] | None:
    """The file in pieces, to be joined; None if these tensors are no such network."""
    for number, layers in NETWORKS.items():
        shapes = {
            f"{layer.name}.{what}": layer.shape[: 1 if what == "bias" else None]
            for layer in layers
            for what in ("weight", "bias")
        }
        if list(tensors) == list(shapes) and all(
            isinstance(tensors[name], np.ndarray) and tensors[name].shape == shape and tensors[name].dtype == np.float32
            for name, shape in shapes.items()
        ):
            return _write(number, layers, {name: tensors[name] for name in shapes})
    return None


def _write(number: int, layers: tuple[Layer, ...], tensors: dict[str, np.ndarray]) -> list[bytes] | None:
    # First the step of each tensor.
    grids = {name: grid for name, tensor in tensors.items() if (grid := _grid(tensor)) is not None}
    if len(grids) < len(tensors):
        return None
    found = list(grids.values())
    # Then what lives. With kernels if there are some, and if nothing reads a unit that is of none.
    places = _places(layers, tensors)
    with_kernels = any(its and its.number > 1 for its in places)
    units = _living(layers, tensors, places) if with_kernels else None
    if units is None:
        with_kernels, places = False, [None] * len(places)
        units = _living(layers, tensors, places)
        assert units is not None
    parts = [(part, most) for part, (_, most) in zip(_parts(layers, units, places), found, strict=True) if most]
    levels_of = []
    for part, _ in parts:
        taken = part.taken(tensors[part.name])
        assert taken is not None
        levels_of.append(np.rint(taken / grids[part.name][0]).astype(np.int64))
    decisions = sum(_decisions(whole, most) for whole, (_, most) in zip(levels_of, parts, strict=True))
    if decisions > limits.MAX_LEVEL_DECISIONS:
        return None
    # All levels in one payload.
    encoder = Encoder()
    for whole, (part, most) in zip(levels_of, parts, strict=True):
        levels.walk(encoder.decide, whole.ravel().tolist(), part.columns, part.side, most)
    highest = [most for _, most in found]
    pairs = [low | high << 4 for low, high in zip(highest[::2], highest[1::2], strict=True)]
    steps = b"".join(step.astype("<f2").tobytes() for step, most in found if most)
    head = [bytes([number + WITH_KERNELS * with_kernels]), *map(varint, units)]
    head += [bytes([its.number | its.stride << 4]) for its in places if its]
    return frame.write(VERSION, [*head, bytes(pairs), steps, encoder.finish()])


def _places(layers: tuple[Layer, ...], tensors: dict[str, np.ndarray]) -> list[Places | None]:
    """Where the kernels of each hidden layer stand: of what fits, that with the fewest entries; None in convolutions.

    One kernel that covers all fits always.
    """
    hidden, found = _hidden(layers), []
    side = hidden[0].side
    for layer in hidden:
        weight, bias = tensors[f"{layer.name}.weight"], tensors[f"{layer.name}.bias"]
        best, fewest = Places(1, 1, side), weight.size
        for number, stride in itertools.product(range(2, MOST_PLACES + 1), range(1, MOST_PLACES + 1)):
            its = Places(number, stride, side)
            if its.size < 1 or number**2 > len(weight):
                continue
            entries = len(weight) // number**2 * (weight.shape[1] // side**2) * its.size**2
            part = _Part("", bias.shape, 1, len(weight) // number**2, 1, its)
            if entries < fewest and part.taken(bias) is not None and gathered(weight, its) is not None:
                best, fewest = its, entries
        found.append(best)
        side = best.number
    return [None] * (len(layers) - 1 - len(hidden)) + found


def _living(layers: tuple[Layer, ...], tensors: dict[str, np.ndarray], places: list[Places | None]) -> list[int] | None:
    """How many units, or kernels, each hidden layer has; None if there are more than it has room for.

    A unit lives up to the last one that has a weight, a bias, or a reader. A kernel's units live together.
    """
    found = []
    for (layer, after), its in zip(itertools.pairwise(layers), places, strict=True):
        width, at_once = layer.shape[0], its.number**2 if its else 1
        weight, bias = tensors[f"{layer.name}.weight"], tensors[f"{layer.name}.bias"]
        reading = tensors[f"{after.name}.weight"].reshape(after.shape[0], width, -1)
        alive = weight.reshape(width, -1).any(1) | (bias != 0) | reading.any((0, 2))
        living = -(-(int(np.flatnonzero(alive)[-1]) + 1) // at_once) if alive.any() else 0
        if living * at_once > width:
            return None
        found.append(living)
    return found


def _decisions(part: np.ndarray, most: int) -> int:
    """How many decisions the levels take: one each, and for what is not zero its sign and its steps."""
    magnitudes = np.abs(part[part != 0])
    return part.size + len(magnitudes) + int(np.minimum(magnitudes, most - 1).sum())


def _grid(tensor: np.ndarray) -> tuple[np.float32, int] | None:
    """(step, highest level) of a tensor on a grid; (1, 0) if all is zero, None if there is no grid.

    The step is one that float16 holds; of several it is the largest.
    """
    magnitudes = np.unique(np.abs(tensor[tensor != 0]))
    if not len(magnitudes):
        return np.float32(1), 0
    if len(magnitudes) > MOST or not np.isfinite(magnitudes).all():
        return None
    for level in range(1, MOST + 1):
        with np.errstate(over="ignore", under="ignore"):
            step = np.float32(np.float16(magnitudes[0] / level))
        if not 0 < step < np.inf:
            continue
        multiples = np.rint(magnitudes / step)
        if multiples[-1] <= MOST and np.array_equal(multiples.astype(np.float32) * step, magnitudes):
            return step, int(multiples[-1])
    return None


# --- reading ---


def read(reader: Reader, most: int) -> Contents:
    """The network of a file of version 5, whose first four bytes are read.

    Raises
    ------
    ArchiveError : no such network, or one that takes more than `most` bytes.
    """
    number = reader.byte("header")
    plain = number - WITH_KERNELS if number - WITH_KERNELS in NETWORKS else number
    if plain not in NETWORKS:
        known = [*NETWORKS, *(one + WITH_KERNELS for one in NETWORKS)]
        raise reader.error(f"network {number}, expected {', '.join(map(str, known[:-1]))} or {known[-1]}")
    layers = NETWORKS[plain]
    units = [reader.varint("header", layer.shape[0], f"the number of units of {layer.name}") for layer in layers[:-1]]
    places: list[Places | None] = [None] * len(units)
    if plain != number:
        places = _read_places(reader, layers, units)
    parts = _parts(layers, units, places)
    total = sum(4 * math.prod(part.shape) for part in parts)
    if total > most:
        raise reader.error(f"{total:,} bytes of tensors are declared, expected at most {most:,}")
    highest = [nibble for byte in reader.take(len(layers), "header") for nibble in (byte & 15, byte >> 4)]
    steps = [_read_step(reader, part) if most else np.float32(1) for part, most in zip(parts, highest, strict=True)]
    # One payload has the levels of all tensors.
    start = reader.at
    decoder = Decoder(reader.content[start : reader.end], limits.MAX_LEVEL_DECISIONS)
    contents = Contents({}, [], [], {})
    for part, step, most_level in zip(parts, steps, highest, strict=True):
        reader.tensor, reader.field = part.name, "map"
        tensor = np.zeros(part.shape, np.float32)
        if most_level:
            whole = [0] * part.size
            try:
                levels.walk(decoder.decide, whole, part.columns, part.side, most_level)
            except ValueError as error:
                raise reader.error(str(error)) from None
            part.put(tensor, np.array(whole, np.float32).reshape(part.rows, part.columns) * step)
            # A byte is for the tensor that was read when it left the decoder's window.
            used = min(max(decoder.at - 4, 0), reader.end - start) - (reader.at - start)
            reader.take(used, "map")
            width = (2 * most_level).bit_length()
            shown = Stream(part.name, "map", Adaptive.name, part.size, 2 * most_level + 1, width, 8 * used)
            contents.streams.append(shown)
        contents.tensors[part.name], contents.kinds[part.name] = tensor, KIND
    try:
        decoder.finish()
    except ValueError as error:
        raise reader.error(str(error)) from None
    if reader.at < reader.end:
        reader.take(reader.end - reader.at, "map")
    contents.items.extend(itemized(reader.sizes))
    return contents


def _read_places(reader: Reader, layers: tuple[Layer, ...], units: list[int]) -> list[Places | None]:
    hidden = _hidden(layers)
    found: list[Places | None] = [None] * (len(units) - len(hidden))
    side = hidden[0].side
    for layer, kernels in zip(hidden, units[len(found) :], strict=True):
        byte = reader.byte("header")
        its = Places(byte & 15, byte >> 4, side)
        if not its.number or not its.stride or its.size < 1:
            raise reader.error(
                f"{layer.name} has {its.number} places {its.stride} apart, expected some that fit into {side} entries"
            )
        if kernels * its.number**2 > layer.shape[0]:
            raise reader.error(
                f"{layer.name} has {kernels} kernels at {its.number} x {its.number} places,"
                f" expected at most {layer.shape[0]} units"
            )
        found.append(its)
        side = its.number
    return found


def _read_step(reader: Reader, part: _Part) -> np.float32:
    reader.tensor, reader.field = part.name, "codebook"
    step = np.float32(np.frombuffer(reader.take(2, "codebook"), "<f2")[0])
    if not 0 < step < np.inf:
        raise reader.error(f"the step is {step}, expected a positive, finite number")
    return step
