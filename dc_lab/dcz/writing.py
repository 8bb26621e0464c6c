"""Writing a file: each tensor by itself, then all of them together."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from dc_lab.dcz import frame, header, limits, tensors
from dc_lab.dcz.forms.form import CODERS, Coder
from dc_lab.dcz.header import Header
from dc_lab.dcz.kinds.tied import TIED, Tied
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


def encoded(name: str, tensor: Tensor, coder: Coder = "huffman", exact: bool = False) -> Encoded:
    """What `dumps` does with one tensor; `dumps` and `save` take the result in its place.

    `exact` : the sign of zeros is kept, and exponents may be coded apart from mantissas; see `dumps`.

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
        data = tensors.encode(array.astype(array.dtype.newbyteorder("="), copy=False), coder, exact)
    start = header.write(encoded_name, Header(data.kind, data.half, array.dtype.newbyteorder("<"), array.shape))
    otherwise = encoded(name, tensor, "rans", exact) if data.decisions else None
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


def encode_all(network: Mapping[str, Tensor | Encoded | Tied], coder: Coder, exact: bool = False) -> list[Encoded]:
    """Each tensor as it will stand in one file; those that find no adaptive decisions left do without.

    Raises
    ------
    ValueError : as in `encoded`, or a tensor that is tied to none that comes before it.
    """
    items: list[Encoded] = []
    decisions, places = 0, dict[str, int]()
    for name, given in network.items():
        if isinstance(given, Tied):
            items.append(_tied(name, given, places))
            continue
        places[name] = len(items)
        item = given if isinstance(given, Encoded) else encoded(name, given, coder, exact)
        if item.otherwise is not None and decisions + item.decisions > limits.MAX_DECISIONS:
            item = item.otherwise
        decisions += item.decisions
        items.append(item)
    return items


def _tied(name: str, tied: Tied, places: Mapping[str, int]) -> Encoded:
    if tied.name not in places:
        raise ValueError(
            f"tensor {name!r} is tied to {tied.name!r}, which is no tensor of its own that comes before it"
        )
    encoded_name = name.encode()
    if len(encoded_name) > limits.MAX_NAME:
        raise ValueError(f"tensor {name[:50]!r}…: the name is longer than {limits.MAX_NAME} bytes")
    return Encoded(header.write_tied(encoded_name, places[tied.name]), b"", 0, TIED.version)


def write(items: list[Encoded], metadata: Mapping[str, str] | None = None) -> list[bytes]:
    """The bytes of the file with these tensors, in pieces to be joined: all headers first, then all data.

    Raises
    ------
    ValueError : over 1 MiB of metadata.
    """
    version = max([4 if metadata else 1, *(item.version for item in items)])
    texts = header.write_metadata(metadata or {})
    if len(texts) > limits.MAX_METADATA:
        raise ValueError(f"{len(texts):,} bytes of metadata, expected at most {limits.MAX_METADATA:,}")
    head = [texts] if version >= 4 else []
    parts = [*head, varint(len(items)), *(item.header for item in items), *(item.data for item in items)]
    return frame.write(version, parts)
