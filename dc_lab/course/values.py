"""Plain copies of whatever a learner's function returns, and short texts of them.

A returned object may be larger than memory, may contain itself, may raise in `__eq__` or `__repr__`, or may be
changed by the next call. `plain` copies it once into values that have none of these habits; everything after that
(comparing, showing) works on the copy and calls no code of the learner's.
"""

import dataclasses
import inspect
import math
import re
import sys
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

MAX_ELEMENTS = 4_000_000
MAX_DEPTH = 20
SHOWN_ELEMENTS = 64
SHOWN_ITEMS = 12
SHOWN_CHARACTERS = 1200


STEPS = "steps"


class Steps(dict[str, Any]):
    """What a function did, step by step, in order: name of the step -> value. The first that differs is shown alone."""


class TooLarge(Exception):
    """A value has too many elements, or is nested too deeply, to be looked at."""


@dataclasses.dataclass(frozen=True)
class Tensor:
    """A torch tensor, as an array."""

    array: np.ndarray


@dataclasses.dataclass(frozen=True)
class Foreign:
    """An array of a subclass of ndarray, such as np.matrix or a masked array."""

    type_name: str
    array: np.ndarray


@dataclasses.dataclass(frozen=True)
class Record:
    """Named fields: a namedtuple, a dataclass, or the state of a torch module."""

    type_name: str
    fields: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Opaque:
    """Anything else. Only the name of its type is known."""

    type_name: str


def plain(value: Any) -> Any:
    """A copy of `value` made of None, numbers, text, bytes, base-class arrays, list, tuple, dict, set and the above.

    Raises
    ------
    TooLarge : more than MAX_ELEMENTS numbers, characters and items in all, or more than MAX_DEPTH levels.
    """
    return _Copier().copy(value, 0)


class _Copier:
    def __init__(self) -> None:
        self.left = MAX_ELEMENTS

    def spend(self, elements: int, what: str) -> None:
        self.left -= elements
        if self.left < 0:
            raise TooLarge(what)

    def copy(self, value: Any, depth: int) -> Any:
        # `type(value)`, never `isinstance`: an object can lie about its __class__. Methods are taken from the base
        # type (`list.__iter__(value)`) because a subclass may have its own.
        kind = type(value)
        if value is None or value is ... or kind in (bool, float, complex):
            return value
        if depth > MAX_DEPTH:
            raise TooLarge("something nested too deeply; does it contain itself?")
        if issubclass(kind, np.ndarray):
            return self._array(value, depth)
        if issubclass(kind, np.generic):
            if kind.__module__ != "numpy":
                return Opaque(type_name(kind))
            return value.item() if issubclass(kind, (np.str_, np.bytes_)) else value
        if issubclass(kind, int):
            return int.__pos__(value)
        if issubclass(kind, float):
            return float.__pos__(value)
        if kind in (Fraction, Decimal):
            return float(value)
        if issubclass(kind, str):
            self.spend(str.__len__(value), f"a text of {str.__len__(value)} characters")
            return str.__str__(value)
        if issubclass(kind, (bytes, bytearray)):
            copy = bytes(memoryview(value))
            self.spend(len(copy), f"{len(copy)} bytes")
            return copy
        if kind is Steps:
            return Record(STEPS, {str(name): self.copy(item, depth + 1) for name, item in dict.items(value)})
        if issubclass(kind, (list, tuple, range, dict, set, frozenset)):
            return self._container(value, kind, depth)
        if (torch := sys.modules.get("torch")) is not None:
            if issubclass(kind, torch.Tensor):
                return self._tensor(value, torch)
            if issubclass(kind, torch.nn.Module):
                return Record(type_name(kind), {str(k): self.copy(v, depth + 1) for k, v in value.state_dict().items()})
        if dataclasses.is_dataclass(kind):
            names = [field.name for field in dataclasses.fields(kind)]
            return Record(type_name(kind), {name: self.copy(getattr(value, name), depth + 1) for name in names})
        if inspect.iscoroutine(value):
            value.close()  # or Python complains on stderr, later, that it was never awaited
        return Opaque(type_name(kind))

    def _array(self, value: np.ndarray, depth: int) -> Any:
        base = np.asarray(value)
        self.spend(base.size, f"an array of shape {base.shape}")
        if base.dtype.hasobject:
            copy = np.empty(base.shape, object)
            for where in np.ndindex(base.shape):
                copy[where] = self.copy(base[where], depth + 1)
        else:
            copy = base.copy("K")  # a case in Fortran order is shown as that
        return copy if type(value) is np.ndarray else Foreign(type_name(type(value)), copy)

    def _tensor(self, value: Any, torch: Any) -> Any:
        self.spend(value.numel(), f"a tensor of shape {tuple(value.shape)}")
        value = value.detach().cpu()
        if value.is_quantized:
            value = value.dequantize()
        if value.layout is not torch.strided:
            value = value.to_dense()
        if value.dtype is torch.bfloat16:  # NumPy has no such type
            value = value.float()
        return Tensor(value.resolve_conj().resolve_neg().numpy().copy())

    def _container(self, value: Any, kind: type, depth: int) -> Any:
        base = next(base for base in (list, tuple, range, dict, set, frozenset) if issubclass(kind, base))
        length = base.__len__(value)
        self.spend(length, f"a {base.__name__} of {length}")
        if base is dict:
            items = list(dict.items(value))
            return {self._key(key): self.copy(item, depth + 1) for key, item in items}
        if base in (set, frozenset):
            return {self._key(item) for item in base.__iter__(value)}
        copies = [self.copy(item, depth + 1) for item in base.__iter__(value)]
        names = next((vars(parent)["_fields"] for parent in kind.__mro__ if "_fields" in vars(parent)), None)
        if base is tuple and isinstance(names, tuple) and len(names) == len(copies):
            return Record(type_name(kind), dict(zip(map(str, names), copies, strict=True)))
        return tuple(copies) if base is tuple else copies

    def _key(self, key: Any) -> Any:
        copy = self.copy(key, MAX_DEPTH - 2)
        try:
            hash(copy)
        except TypeError:  # a namedtuple or a frozenset, whose copies are not hashable
            return Opaque(type_name(type(key)))
        return copy


def type_name(kind: type) -> str:
    name = type.__dict__["__name__"].__get__(kind)
    return str(name)[:60]


def elements(value: Any) -> int:
    """Size of a plain value: numbers in its arrays and containers, characters in its texts; a scalar counts 1."""
    if isinstance(value, (Tensor, Foreign)):
        return value.array.size
    if isinstance(value, np.ndarray):
        return value.size
    if isinstance(value, Record):
        return sum(map(elements, value.fields.values()))
    if isinstance(value, dict):
        return sum(map(elements, value)) + sum(map(elements, value.values()))
    if isinstance(value, (list, tuple, set)):
        return sum(map(elements, value))
    if isinstance(value, (str, bytes)):
        return len(value)
    return 1


_OF_PYTHON: dict[type, str] = {bool: "b", int: "i", float: "f", complex: "c", str: "", list: "", tuple: ""}


def number_kind(value: Any) -> str:
    """b, i, f or c for a bool, int, float or complex number (Python's or NumPy's, or an array of no dimensions)."""
    if type(value) in _OF_PYTHON:
        return _OF_PYTHON[type(value)]
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    for letter, kinds in (
        ("b", (bool, np.bool_)),
        ("i", (int, np.integer)),
        ("f", (float, np.floating)),
        ("c", (complex, np.complexfloating)),
    ):
        if isinstance(value, kinds):
            return letter
    return ""


def describe(value: Any) -> str:
    """What a plain value is, without its contents: "a bool array of shape (5, 5)", "a list of 3"."""
    if value is None:
        return "None"
    if value is ...:
        return "..."
    if isinstance(value, np.ndarray):
        return f"{_article(str(value.dtype))} array of shape {value.shape}"
    if isinstance(value, Tensor):
        return f"{_article(str(value.array.dtype))} tensor of shape {value.array.shape}"
    if isinstance(value, Foreign):
        return f"{_article(value.type_name)} (a subclass of ndarray) of shape {value.array.shape}"
    if isinstance(value, Record):
        return f"{_article(value.type_name)} with {', '.join(value.fields) or 'no fields'}"
    if isinstance(value, Opaque):
        return f"{_article(value.type_name)} object"
    if isinstance(value, str):
        return f"a text of {len(value)} characters"
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, (list, tuple, dict, set)):
        return f"{_article(type(value).__name__)} of {len(value)}"
    names = {"b": "bool", "i": "int", "f": "float", "c": "complex number"}
    return _article(names.get(number_kind(value)) or type_name(type(value)))


def _article(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in ('a', 'e', 'i', 'o') else 'a'} {noun}"  # "a uint8": u is left out


def show(value: Any) -> str:
    """A plain value as short text, on several lines where it is a matrix; long ones are cut in the middle."""
    text = _text(value)
    if len(text) > SHOWN_CHARACTERS:
        text = f"{text[: SHOWN_CHARACTERS // 2]} ... {text[-SHOWN_CHARACTERS // 4 :]}"
    return text


def _text(value: Any) -> str:
    if isinstance(value, (Tensor, Foreign)):
        return _text(value.array)
    if isinstance(value, np.ndarray):
        return _array_text(value)
    if isinstance(value, np.floating):
        return str(value)  # 0.1, where the item of a float32 is 0.10000000149011612
    if isinstance(value, np.generic):
        return _text(value.item())
    if isinstance(value, Record):
        return f"{value.type_name}({_joined(f'{name}={_text(field)}' for name, field in value.fields.items())})"
    if isinstance(value, Opaque):
        return f"<{value.type_name}>"
    if isinstance(value, dict):
        return f"{{{_joined(f'{_text(key)}: {_text(item)}' for key, item in value.items())}}}"
    if isinstance(value, set):  # iteration order of a set of texts changes from run to run
        return f"{{{_joined(sorted(map(_text, value)))}}}" if value else "set()"
    if isinstance(value, list):
        return f"[{_joined(map(_text, value))}]"
    if isinstance(value, tuple):
        return f"({_joined(map(_text, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, (str, bytes)):
        return repr(value) if len(value) <= 200 else f"{value[:200]!r}... ({len(value)} in all)"
    if isinstance(value, int) and value.bit_length() > 200:
        return f"<an int of {value.bit_length()} bits>"
    if value is ...:
        return "..."
    return repr(value)


def _joined(texts: Iterable[str]) -> str:
    shown: list[str] = []
    for text in texts:
        if len(shown) == SHOWN_ITEMS:
            shown.append("...")
            break
        shown.append(text)
    lines = any("\n" in text for text in shown)
    return ("\n" + ",\n".join(shown) if lines else ", ".join(shown)) if shown else ""


def _array_text(array: np.ndarray) -> str:
    if array.size == 0:
        return "[]" if array.ndim == 1 else f"[] of shape {array.shape}"
    if array.ndim == 0:
        return _text(array[()])
    with np.printoptions(formatter=None, legacy=False, nanstr="nan", infstr="inf"):  # the notebook may have set its own
        deep = array.ndim > 2 and array.size > DEEP_ELEMENTS  # it would fill a page
        for precision in PRECISIONS:
            text = np.array2string(
                array,
                max_line_width=96,
                precision=precision,
                suppress_small=False,
                separator=", ",
                threshold=DEEP_ELEMENTS if deep else SHOWN_ELEMENTS,
                edgeitems=1 if deep else 3,
                floatmode="maxprec",
                sign="-",
                formatter={"object": _text} if array.dtype == object else None,
            )
            if array.dtype.kind != "f" or deep or array.size > SHOWN_ELEMENTS or _tells_apart(text, array):
                break
    return text


DEEP_ELEMENTS = 100
"""Of an array of three or more dimensions with more elements than this, only the corners are printed."""

PRECISIONS = (6, 9, 17)
"""Decimals of floats: more only where fewer would mislead."""


def _tells_apart(text: str, array: np.ndarray) -> bool:
    """Whether values that differ look different, and none looks rounder than it is: 3.9999998 is not printed as 4."""
    shown = np.array([float(word) for word in re.findall(r"-?(?:nan|inf|[\d.]+(?:e[-+]?\d+)?)", text)])
    values = array.ravel()
    if len(shown) != len(values) or len(np.unique(shown)) < len(np.unique(values)):
        return len(shown) != len(values)
    with np.errstate(over="ignore", invalid="ignore"):
        near = np.isclose(shown, values.astype(np.float64), rtol=1e-12, atol=0, equal_nan=True)
        same = shown.astype(array.dtype) == array.ravel()
    rounder = shown == np.round(shown, 3)
    return bool(np.all(near | same | ~rounder))


def block(label: str, value: Any) -> str:
    """`label = value`, indented by two, with the type and shape of an array after it."""
    text = show(value)
    array = value.array if isinstance(value, (Tensor, Foreign)) else value
    note = ""
    if isinstance(array, np.ndarray):
        kind = "tensor" if isinstance(value, Tensor) else value.type_name if isinstance(value, Foreign) else ""
        order = ", in Fortran order" if array.flags.f_contiguous and not array.flags.c_contiguous else ""
        shape = f"of shape {array.shape}{order}" if array.ndim != 1 else ""
        note = " ".join(filter(None, [str(array.dtype), kind, shape]))
    elif isinstance(value, np.generic) and type(value.item()) not in (bool, float):
        note = str(value.dtype)
    if "\n" in text:
        lines = "\n".join("    " + line for line in text.strip("\n").split("\n"))
        return f"  {label} ={f' ({note})' if note else ''}\n{lines}"
    return f"  {label} = {text}{f'  ({note})' if note else ''}"


def close(expected: Any, got: Any, tolerance: float) -> Any:
    """Where two numbers or arrays agree: NaN equals NaN; integers, booleans and texts must be equal exactly."""
    expected, got = np.asarray(expected), np.asarray(got)
    kinds = {expected.dtype.kind, got.dtype.kind}
    if not kinds <= set("biufc") and len(kinds) > 1:  # text is no number
        return np.zeros(expected.shape, bool)
    if kinds & set("fc"):
        with np.errstate(all="ignore"):
            return np.isclose(got, expected, rtol=tolerance, atol=tolerance, equal_nan=True)
    return np.asarray(expected == got)


def as_float(value: Any) -> float | None:
    """A plain value as one real number, or None where it is not one (text, bool, complex, several numbers)."""
    if isinstance(value, (Tensor, Foreign)):
        value = value.array
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.reshape(())[()]
    if number_kind(value) not in ("i", "f"):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf
