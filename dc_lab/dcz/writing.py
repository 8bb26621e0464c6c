"""Writing a file: each tensor by itself, then all of them together."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from dc_lab.dcz import frame, header, limits, tensors
from dc_lab.dcz.forms.form import CODERS, Coder
from dc_lab.dcz.header import Header
from dc_lab.dcz.values import DTYPES
from dc_lab.dcz.varint import varint
from dc_lab.quantized import QuantizedTensor

Tensor = np.ndarray | QuantizedTensor


class Encoded(NamedTuple):
    """One tensor as it will stand in a file, encoded by itself: wherever that was done, the file is the same.

    `header` and `data` are its bytes, `size` the bytes of the tensor, `version` the format's that it needs. `decisions`
    counts what its adaptive forms decide; `otherwise` is the tensor without them, for a file that has too many already.
    """

    header: bytes
    data: bytes
    size: int
    version: int
    decisions: int = 0
    otherwise: "Encoded | None" = None


def encoded(name: str, tensor: Tensor, coder: Coder = "huffman") -> Encoded:
    """What `dumps` does with one tensor; `dumps` and `save` take the result in its place.

    Raises
    ------
    ValueError : a name over 1,024 bytes, a dtype that the format does not have, more than 32 dimensions, or a coder
        that there is not.
    """
    if coder not in CODERS:
        raise ValueError(f"coder must be one of {', '.join(CODERS)}, got {coder!r}")
    values = tensor.integers if isinstance(tensor, QuantizedTensor) else tensor
    array = np.ascontiguousarray(values).reshape(np.shape(values))  # the former makes a row of a single number
    encoded_name = name.encode()
    _check(name, encoded_name, array)
    if isinstance(tensor, QuantizedTensor):
        data = tensors.encode_quantized(tensor, coder)
    else:
        data = tensors.encode(array.astype(array.dtype.newbyteorder("="), copy=False), coder)
    start = header.write(encoded_name, Header(data.kind, data.half, array.dtype.newbyteorder("<"), array.shape))
    otherwise = encoded(name, tensor, "rans") if data.decisions else None
    return Encoded(start, data.content, array.nbytes, data.version, data.decisions, otherwise)


def _check(name: str, encoded_name: bytes, array: np.ndarray) -> None:
    """ValueError if the format cannot hold such a tensor."""
    if len(encoded_name) > limits.MAX_NAME:
        raise ValueError(f"tensor {name[:50]!r}…: the name is longer than {limits.MAX_NAME} bytes")
    if array.dtype.newbyteorder("<") not in DTYPES:
        stored = ", ".join(map(str, DTYPES))
        raise ValueError(f"tensor {name!r} has dtype {array.dtype}; the format stores {stored}")
    if array.ndim > limits.MAX_DIMENSIONS:
        most = limits.MAX_DIMENSIONS
        raise ValueError(f"tensor {name!r} has {array.ndim} dimensions; the format stores up to {most}")


def encode_all(network: Mapping[str, Tensor | Encoded], coder: Coder) -> list[Encoded]:
    """Each tensor as it will stand in one file; those that find no adaptive decisions left do without."""
    items, decisions = [], 0
    for name, given in network.items():
        item = given if isinstance(given, Encoded) else encoded(name, given, coder)
        if item.otherwise is not None and decisions + item.decisions > limits.MAX_DECISIONS:
            item = item.otherwise
        decisions += item.decisions
        items.append(item)
    return items


def write(items: list[Encoded]) -> list[bytes]:
    """The bytes of the file with these tensors, in pieces to be joined: all headers first, then all data."""
    version = max((item.version for item in items), default=1)
    parts = [varint(len(items)), *(item.header for item in items), *(item.data for item in items)]
    return frame.write(version, parts)
