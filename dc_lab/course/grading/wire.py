"""Values as bytes between two processes. Nothing is pickled: what comes back is made of a few known types.

A message is a length in eight bytes, then JSON with a list of sizes, then the bytes of all arrays. This file is copied
into the room of an answer, so that it imports nothing of dc_lab.
"""

import json
import struct
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import numpy as np

MOST_BYTES = 1 << 29
MOST_HEAD = 1 << 25
"""Of a message's JSON, whose values take several times as much room in memory."""

MOST_DEPTH = 60
KINDS = "biufcSU"
"""Of dtypes that are sent."""


class WireError(Exception):
    """A message that is none, or a value that is too large."""


MANY = 64
"""Numbers of one type in a list from which on they go as an array."""


class Objects:
    """What of one process is known to the other by a number: objects of the answer's own classes."""

    def __init__(self) -> None:
        self.known: list[Any] = []

    def number(self, value: Any) -> int:
        """The number of an object, the same each time."""
        for number, each in enumerate(self.known):
            if each is value:
                return number
        self.known.append(value)
        return len(self.known) - 1


class Once:
    """An iterator as an argument: what is still to come of it, `bare` where nobody may know how much that is."""

    def __init__(self, items: list[Any], bare: bool) -> None:
        self.items, self.bare = items, bare

    def iterator(self) -> Iterator[Any]:
        """The iterator for the function that is called."""
        return (each for each in self.items) if self.bare else iter(self.items)


def encode(value: Any, buffers: list[bytes], depth: int = 0, objects: Objects | None = None) -> Any:
    """A value as JSON; bytes of arrays are added to `buffers`. What is of no known type becomes its type's name.

    With `objects`, instances of classes that an answer defines get a number there.
    """
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
        pairs = [[encode(item, buffers, depth + 1, objects) for item in pair] for pair in value.items()]
        return {"t": "dict", "v": pairs}
    if type(value) is list and len(value) >= MANY and (row := _row(value)) is not None:
        buffers.append(row.tobytes())
        return {"t": "row", "d": row.dtype.str, "b": len(buffers) - 1}
    for kind in (tuple, list, set, frozenset):
        if isinstance(value, kind):
            return {"t": kind.__name__, "v": [encode(item, buffers, depth + 1, objects) for item in value]}
    if isinstance(value, np.dtype):
        return {"t": "dtype", "d": value.str}
    if isinstance(value, Once):
        return {
            "t": "once",
            "bare": value.bare,
            "v": [encode(item, buffers, depth + 1, objects) for item in value.items],
        }
    own = type(value).__module__
    if objects is not None and (own == "__main__" or own.partition(".")[0] == "mine"):
        return {"t": "object", "n": objects.number(value), "v": type(value).__name__[:100]}
    return {"t": "other", "v": type(value).__name__[:100]}


def _row(value: list[Any]) -> np.ndarray | None:
    """A list of nothing but integers of 64 bits, or of nothing but floats."""
    kinds = set(map(type, value))
    try:
        return np.array(value, {int: np.int64, float: np.float64}[kinds.pop()]) if len(kinds) == 1 else None
    except (KeyError, OverflowError):
        return None


def decode(value: Any, buffers: list[bytes], far: Callable[[int, str], Any] | None = None) -> Any:
    """The value again. `far` makes what stands for an object in the other process, of its number and type's name.

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
        return {decode(key, buffers, far): decode(item, buffers, far) for key, item in value["v"]}
    if kind in ("tuple", "list", "set", "frozenset"):
        make = {"tuple": tuple, "list": list, "set": set, "frozenset": frozenset}[kind]
        return make(decode(item, buffers, far) for item in value["v"])
    if kind == "row":
        return np.frombuffer(buffers[value["b"]], _dtype(value["d"])).tolist()
    if kind == "dtype":
        return _dtype(value["d"])
    if kind == "once":
        return Once([decode(item, buffers, far) for item in value["v"]], bool(value["bare"]))
    if kind == "object" and far is not None:
        return far(int(value["n"]), str(value["v"]))
    return type(str(value["v"]), (), {})()


def _dtype(text: str) -> np.dtype:
    dtype = np.dtype(text)
    if dtype.kind not in KINDS:
        raise ValueError(f"a dtype {text!r}")
    return dtype


def write(file: BinaryIO, message: dict[str, Any], values: Any = None, objects: Objects | None = None) -> None:
    """Send a message; `values` may hold arrays, and with `objects` instances of an answer's classes."""
    buffers: list[bytes] = []
    whole = {**message, "values": encode(values, buffers, 0, objects)}
    head = json.dumps({"message": whole, "sizes": [len(each) for each in buffers]}).encode()
    body = head + b"".join(buffers)
    if len(body) > MOST_BYTES or len(head) > MOST_HEAD:
        raise WireError(f"{len(body):,} bytes, more than can be looked at")
    file.write(struct.pack("<QQ", len(head), len(body)) + body)
    file.flush()


def read(file: BinaryIO, far: Callable[[int, str], Any] | None = None) -> dict[str, Any]:
    """The next message, its "values" as they were; `far` as in `decode`.

    Raises
    ------
    EOFError : there is no other. WireError : it is no message.
    """
    start = file.read(16)
    if len(start) < 16:
        raise EOFError
    head_size, size = struct.unpack("<QQ", start)
    if size > MOST_BYTES or head_size > min(size, MOST_HEAD):
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
        message["values"] = decode(message["values"], buffers, far)
        return message
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise WireError(f"no message: {error}") from error
