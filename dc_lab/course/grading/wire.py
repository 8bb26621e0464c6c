"""Values as bytes between two processes. Nothing is pickled: what comes back is made of a few known types.

A message is a length in eight bytes, then JSON with a list of sizes, then the bytes of all arrays. This file is copied
into the room of an answer, so that it imports nothing of dc_lab.
"""

import json
import struct
from typing import Any, BinaryIO

import numpy as np

MOST_BYTES = 1 << 29
MOST_DEPTH = 60
KINDS = "biufcSU"
"""Of dtypes that are sent."""


class WireError(Exception):
    """A message that is none, or a value that is too large."""


def encode(value: Any, buffers: list[bytes], depth: int = 0) -> Any:
    """A value as JSON; bytes of arrays are added to `buffers`. What is of no known type becomes its type's name."""
    if depth > MOST_DEPTH:
        raise WireError("nested too deeply")
    if value is None or (isinstance(value, (bool, str)) and type(value) in (bool, str)):
        return value
    if value is ...:
        return {"t": "dots"}
    if type(value) is int:
        return {"t": "int", "v": hex(value)}
    if type(value) is float:
        return {"t": "float", "v": value.hex()}
    if type(value) is complex:
        return {"t": "complex", "v": [value.real.hex(), value.imag.hex()]}
    if type(value) in (bytes, bytearray):
        buffers.append(bytes(value))
        return {"t": type(value).__name__, "b": len(buffers) - 1}
    if type(value) is np.ndarray and value.dtype.kind in KINDS:
        fortran = value.ndim > 1 and value.flags.f_contiguous and not value.flags.c_contiguous
        buffers.append(value.tobytes("F" if fortran else "C"))
        return {
            "t": "array", "d": value.dtype.str, "s": list(value.shape), "o": "F" if fortran else "C",
            "w": bool(value.flags.writeable), "b": len(buffers) - 1,
        }  # fmt: skip
    if isinstance(value, np.generic) and value.dtype.kind in KINDS:
        buffers.append(value.tobytes())
        return {"t": "scalar", "d": value.dtype.str, "b": len(buffers) - 1}
    if isinstance(value, dict):
        return {"t": "dict", "v": [[encode(item, buffers, depth + 1) for item in pair] for pair in value.items()]}
    for kind in (tuple, list, set, frozenset):
        if isinstance(value, kind):
            return {"t": kind.__name__, "v": [encode(item, buffers, depth + 1) for item in value]}
    return {"t": "other", "v": type(value).__name__[:100]}


def decode(value: Any, buffers: list[bytes]) -> Any:
    """The value again.

    Raises
    ------
    KeyError, IndexError, TypeError, ValueError : it was not made by `encode`.
    """
    if not isinstance(value, dict):
        return value
    kind = value["t"]
    if kind == "dots":
        return ...
    if kind == "int":
        return int(value["v"], 16)
    if kind == "float":
        return float.fromhex(value["v"])
    if kind == "complex":
        return complex(*map(float.fromhex, value["v"]))
    if kind in ("bytes", "bytearray"):
        return {"bytes": bytes, "bytearray": bytearray}[kind](buffers[value["b"]])
    if kind == "array":
        array = np.frombuffer(buffers[value["b"]], _dtype(value["d"])).reshape(value["s"], order=value["o"])
        array = array.copy(order=value["o"])
        array.flags.writeable = bool(value["w"])
        return array
    if kind == "scalar":
        return np.frombuffer(buffers[value["b"]], _dtype(value["d"]), 1)[0]
    if kind == "dict":
        return {decode(key, buffers): decode(item, buffers) for key, item in value["v"]}
    if kind in ("tuple", "list", "set", "frozenset"):
        make = {"tuple": tuple, "list": list, "set": set, "frozenset": frozenset}[kind]
        return make(decode(item, buffers) for item in value["v"])
    return type(str(value["v"]), (), {})()


def _dtype(text: str) -> np.dtype:
    dtype = np.dtype(text)
    if dtype.kind not in KINDS:
        raise ValueError(f"a dtype {text!r}")
    return dtype


def write(file: BinaryIO, message: dict[str, Any], values: Any = None) -> None:
    """Send a message; `values` may hold arrays."""
    buffers: list[bytes] = []
    whole = {**message, "values": encode(values, buffers)}
    head = json.dumps({"message": whole, "sizes": [len(each) for each in buffers]}).encode()
    body = head + b"".join(buffers)
    if len(body) > MOST_BYTES:
        raise WireError(f"{len(body):,} bytes, more than can be looked at")
    file.write(struct.pack("<QQ", len(head), len(body)) + body)
    file.flush()


def read(file: BinaryIO) -> dict[str, Any]:
    """The next message, its "values" as they were.

    Raises
    ------
    EOFError : there is no other. WireError : it is no message.
    """
    start = file.read(16)
    if len(start) < 16:
        raise EOFError
    head_size, size = struct.unpack("<QQ", start)
    if size > MOST_BYTES or head_size > size:
        raise WireError("no message")
    body = file.read(size)
    if len(body) < size:
        raise EOFError
    try:
        head = json.loads(body[:head_size])
        buffers, at = [], head_size
        for length in head["sizes"]:
            buffers.append(body[at : at + length])
            at += length
        message = dict(head["message"])
        message["values"] = decode(message["values"], buffers)
        return message
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise WireError(f"no message: {error}") from error
