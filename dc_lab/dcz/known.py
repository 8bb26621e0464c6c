"""Version 5: a file that holds one network of a known shape, on coarse grids, and nothing else.

Names and shapes are in the format, and one payload holds the levels of all tensors. What is not among the living units,
which come first, is zero and takes no room.
"""

import itertools
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from dc_lab.coding import levels
from dc_lab.coding.adaptive import Decoder, Encoder
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


class _Place(NamedTuple):
    """Where the levels of a tensor stand in it: the first `rows` rows, and the first `columns` of each."""

    name: str
    shape: tuple[int, ...]
    rows: int
    columns: int
    side: int

    @property
    def size(self) -> int:
        return self.rows * self.columns

    def view(self, tensor: np.ndarray) -> np.ndarray:
        """The part of a tensor that has levels (rows, columns)."""
        flat = tensor.reshape(1, -1) if tensor.ndim == 1 else tensor.reshape(len(tensor), -1)
        return flat[: self.rows, : self.columns]


def _places(layers: tuple[Layer, ...], units: list[int]) -> list[_Place]:
    """Each layer's weight and bias, where so many units of the hidden layers live."""
    found = []
    before, of_all = 1, 1
    for layer, living in zip(layers, [*units, layers[-1].shape[0]], strict=True):
        columns = layer.columns // of_all * before
        found.append(_Place(f"{layer.name}.weight", layer.shape, living, columns, layer.side))
        found.append(_Place(f"{layer.name}.bias", layer.shape[:1], 1, living, 1))
        before, of_all = living, layer.shape[0]
    return found


# --- writing ---


def write(tensors: Mapping[str, Any]) -> list[bytes] | None:
    """The file in pieces, to be joined; None if these tensors are no such network."""
    for number, layers in NETWORKS.items():
        places = _places(layers, [layer.shape[0] for layer in layers[:-1]])
        if list(tensors) == [place.name for place in places] and all(
            isinstance(tensors[place.name], np.ndarray)
            and tensors[place.name].shape == place.shape
            and tensors[place.name].dtype == np.float32
            for place in places
        ):
            return _write(number, layers, {place.name: tensors[place.name] for place in places})
    return None


def _write(number: int, layers: tuple[Layer, ...], tensors: dict[str, np.ndarray]) -> list[bytes] | None:
    # First the step of each tensor.
    grids = {name: grid for name, tensor in tensors.items() if (grid := _grid(tensor)) is not None}
    if len(grids) < len(tensors):
        return None
    found = list(grids.values())
    # A unit lives up to the last one that has a weight, a bias, or a reader.
    units = []
    for layer, after in itertools.pairwise(layers):
        width = layer.shape[0]
        weight, bias = tensors[f"{layer.name}.weight"], tensors[f"{layer.name}.bias"]
        reading = tensors[f"{after.name}.weight"].reshape(after.shape[0], width, -1)
        alive = weight.reshape(width, -1).any(1) | (bias != 0) | reading.any((0, 2))
        units.append(int(np.flatnonzero(alive)[-1]) + 1 if alive.any() else 0)
    places = [(place, most) for place, (_, most) in zip(_places(layers, units), found, strict=True) if most]
    parts = [np.rint(place.view(tensors[place.name]) / grids[place.name][0]).astype(np.int64) for place, _ in places]
    if sum(_decisions(part, most) for part, (_, most) in zip(parts, places, strict=True)) > limits.MAX_LEVEL_DECISIONS:
        return None
    # All levels in one payload.
    encoder = Encoder()
    for part, (place, most) in zip(parts, places, strict=True):
        levels.walk(encoder.decide, part.ravel().tolist(), place.columns, place.side, most)
    highest = [most for _, most in found]
    pairs = [low | high << 4 for low, high in zip(highest[::2], highest[1::2], strict=True)]
    steps = b"".join(step.astype("<f2").tobytes() for step, most in found if most)
    head = [bytes([number]), *map(varint, units), bytes(pairs), steps]
    return frame.write(VERSION, [*head, encoder.finish()])


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
    if number not in NETWORKS:
        raise reader.error(f"network {number}, expected {' or '.join(map(str, NETWORKS))}")
    layers = NETWORKS[number]
    units = [reader.varint("header", layer.shape[0], f"the number of units of {layer.name}") for layer in layers[:-1]]
    places = _places(layers, units)
    total = sum(4 * math.prod(place.shape) for place in places)
    if total > most:
        raise reader.error(f"{total:,} bytes of tensors are declared, expected at most {most:,}")
    highest = [nibble for byte in reader.take(len(layers), "header") for nibble in (byte & 15, byte >> 4)]
    steps = [_read_step(reader, place) if most else np.float32(1) for place, most in zip(places, highest, strict=True)]
    # One payload has the levels of all tensors.
    start = reader.at
    decoder = Decoder(reader.content[start : reader.end], limits.MAX_LEVEL_DECISIONS)
    contents = Contents({}, [], [], {})
    for place, step, most_level in zip(places, steps, highest, strict=True):
        reader.tensor, reader.field = place.name, "map"
        tensor = np.zeros(place.shape, np.float32)
        if most_level:
            part = [0] * place.size
            try:
                levels.walk(decoder.decide, part, place.columns, place.side, most_level)
            except ValueError as error:
                raise reader.error(str(error)) from None
            place.view(tensor)[...] = np.array(part, np.float32).reshape(place.rows, place.columns) * step
            # A byte is for the tensor that was read when it left the decoder's window.
            used = min(max(decoder.at - 4, 0), reader.end - start) - (reader.at - start)
            reader.take(used, "map")
            width = (2 * most_level).bit_length()
            shown = Stream(place.name, "map", Adaptive.name, place.size, 2 * most_level + 1, width, 8 * used)
            contents.streams.append(shown)
        contents.tensors[place.name], contents.kinds[place.name] = tensor, KIND
    try:
        decoder.finish()
    except ValueError as error:
        raise reader.error(str(error)) from None
    if reader.at < reader.end:
        reader.take(reader.end - reader.at, "map")
    contents.items.extend(itemized(reader.sizes))
    return contents


def _read_step(reader: Reader, place: _Place) -> np.float32:
    reader.tensor, reader.field = place.name, "codebook"
    step = np.float32(np.frombuffer(reader.take(2, "codebook"), "<f2")[0])
    if not 0 < step < np.inf:
        raise reader.error(f"the step is {step}, expected a positive, finite number")
    return step
