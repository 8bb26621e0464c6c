"""Is an answer the expected one, and if not, where do the two part?"""

import cmath
from typing import Any, Literal

import numpy as np

from dc_lab.course.values import STEPS, Foreign, Opaque, Record, Tensor, close, describe, number_kind, show

Dtype = Literal["kind", "exact", "any"]
"""How much of an array's dtype must agree: bool/integer/float (the default), all of it, or nothing."""

_FAMILY = {"b": "b", "i": "i", "u": "i", "f": "f", "c": "c"}
_SCALARS = {bool, int, float, str, bytes}
_WELCOME = {"b": "b", "i": "i", "f": "fi", "c": "cfi"}


def difference(
    expected: Any, got: Any, tolerance: float = 1e-6, dtype: Dtype = "kind", by_type: bool = False, where: str = ""
) -> str | None:
    """The first thing in which `got` differs from `expected`, as one sentence; None if they agree.

    Both are plain values (see `values.plain`). Shape is compared first, then dtype, then values. A list may stand
    for a tuple and an integer for a float; NaN equals NaN.

    Parameters
    ----------
    tolerance : floats agree where |expected - got| <= tolerance + tolerance * |expected|.
    by_type : objects of which only the type is known agree if the name of the type does; otherwise they never do.
    where : put before the sentence, such as "entry 1: ".
    """
    rest = (tolerance, dtype, by_type)
    if isinstance(expected, Opaque):
        if by_type and isinstance(got, Opaque) and expected == got:
            return None
        return f"{where}expected {describe(expected)}, got {describe(got)}"
    if isinstance(expected, Tensor):
        if not isinstance(got, Tensor):
            return f"{where}expected {describe(expected)}, got {describe(got)}"
        return _arrays(expected.array, got.array, tolerance, dtype, by_type, where, tensor=True)
    if isinstance(expected, Foreign):
        if not isinstance(got, Foreign) or got.type_name != expected.type_name:
            return f"{where}expected {describe(expected)}, got {describe(got)}"
        return _arrays(expected.array, got.array, tolerance, dtype, by_type, where)
    if number_kind(expected):
        return _numbers(expected, got, tolerance, dtype, where)
    if isinstance(expected, np.ndarray):
        if not isinstance(got, np.ndarray):
            return f"{where}expected {describe(expected)}, got {describe(got)}"
        return _arrays(expected, got, tolerance, dtype, by_type, where)
    if isinstance(expected, Record) and expected.type_name == STEPS:
        return _steps(expected, got, rest, where)
    if isinstance(expected, Record):
        if not isinstance(got, Record) or list(got.fields) != list(expected.fields):
            return f"{where}expected {describe(expected)}, got {describe(got)}"
        return _first(
            difference(item, got.fields[name], *rest, where=f"{where}{name}: ")
            for name, item in expected.fields.items()
        )
    if isinstance(expected, (list, tuple)):
        items = tuple(got.fields.values()) if isinstance(got, Record) else got
        if _same_scalars(expected, items):
            return None
        if not isinstance(items, (list, tuple)) or len(items) != len(expected):
            return f"{where}expected {describe(expected)}, got {describe(got)}"
        pairs = zip(expected, items, strict=True)
        return _first(difference(a, b, *rest, where=f"{where}entry {i}: ") for i, (a, b) in enumerate(pairs))
    if isinstance(expected, dict):
        return _dicts(expected, got, rest, where)
    # What is left: None, ..., text, bytes and sets.
    if type(expected) is not type(got):
        return f"{where}expected {describe(expected)}, got {describe(got)}"
    return None if expected == got else f"{where}expected {show(expected)}, got {show(got)}"


def _first(found: Any) -> str | None:
    return next((text for text in found if text is not None), None)


def _same_scalars(expected: list[Any] | tuple[Any, ...], got: Any) -> bool:
    """Whether two sequences are the same numbers and texts of Python, seen at once: most are long, and right."""
    if not isinstance(got, (list, tuple)) or len(got) != len(expected):
        return False
    types = list(map(type, expected))
    return _SCALARS.issuperset(types) and types == list(map(type, got)) and tuple(expected) == tuple(got)


def _steps(expected: Record, got: Any, rest: tuple[float, Dtype, bool], where: str) -> str | None:
    if not isinstance(got, Record) or got.type_name != STEPS:
        return f"{where}expected {describe(expected)}, got {describe(got)}"
    for name, item in expected.fields.items():
        if name not in got.fields:
            return f"{where}it ends before {name}"
        if found := difference(item, got.fields[name], *rest, where=f"{where}it departs at {name}: "):
            return found
    more = [name for name in got.fields if name not in expected.fields]
    return f"{where}it goes on to {more[0]}, and should have ended before" if more else None


def _dicts(expected: dict[Any, Any], got: Any, rest: tuple[float, Dtype, bool], where: str) -> str | None:
    if not isinstance(got, dict):
        return f"{where}expected {describe(expected)}, got {describe(got)}"
    for key in expected:
        if key not in got:
            return f"{where}the key {show(key)} is missing"
    for key in got:
        if key not in expected:
            return f"{where}there is a key {show(key)} too many"
    return _first(difference(item, got[key], *rest, where=f"{where}[{show(key)}]: ") for key, item in expected.items())


def _numbers(expected: Any, got: Any, tolerance: float, dtype: Dtype, where: str) -> str | None:
    want, have = number_kind(expected), number_kind(got)
    exact = dtype == "exact" and isinstance(expected, np.generic)
    # Whether it is a number comes first: of lists of several lengths no array can be made.
    if (
        not have
        or (dtype != "any" and have not in _WELCOME[want])
        or (exact and np.asarray(got).dtype != expected.dtype)
    ):
        return f"{where}expected {describe(expected)} ({show(expected)}), got {describe(got)}"
    if want in "bi" and have in "bi":  # Python's integers may be longer than any of NumPy's
        same = int(expected) == int(got)
    else:
        try:
            same = _close(complex(expected), complex(got), tolerance)
        except OverflowError:
            same = False
    return None if same else f"{where}{_apart(expected, got)}"


def _close(expected: complex, got: complex, tolerance: float) -> bool:
    """`values.close` of two numbers, without an array around each."""
    if expected == got or (cmath.isnan(expected) and cmath.isnan(got)):
        return True
    return cmath.isfinite(expected) and abs(got - expected) <= tolerance + tolerance * abs(expected)


def _apart(expected: Any, got: Any) -> str:
    """Both numbers as text; where the texts are alike, what else tells them apart."""
    texts = show(expected), show(got)
    if texts[0] != texts[1]:
        return f"expected {texts[0]}, got {texts[1]}"
    kinds = [str(np.asarray(value).dtype) for value in (expected, got)]
    if kinds[0] != kinds[1]:
        off = abs(complex(expected) - complex(got))
        return f"expected {texts[0]} as {kinds[0]}, got {texts[1]} as {kinds[1]}, which is {off:.3g} away"
    return f"expected {expected!r}, got {got!r}"


def _arrays(
    expected: np.ndarray,
    got: np.ndarray,
    tolerance: float,
    dtype: Dtype,
    by_type: bool,
    where: str,
    tensor: bool = False,
) -> str | None:
    want = _FAMILY.get(expected.dtype.kind, expected.dtype.kind)
    have = _FAMILY.get(got.dtype.kind, got.dtype.kind)
    # np.array([]) is float64 whatever was meant, so that an empty array need not have the right kind.
    wrong_kind = want != have and expected.size > 0
    wrong_dtype = {"any": False, "kind": wrong_kind, "exact": expected.dtype != got.dtype}[dtype]
    if expected.shape != got.shape or wrong_dtype:
        a, b = (describe(Tensor(array) if tensor else array) for array in (expected, got))
        return f"{where}expected {a}, got {b}"
    if expected.dtype == object or got.dtype == object:
        pairs = zip(np.ndindex(expected.shape), expected.ravel(), got.ravel(), strict=True)
        return _first(difference(a, b, tolerance, dtype, by_type, f"{where}entry {list(i)}: ") for i, a, b in pairs)
    if np.array_equal(expected, got):  # most are, and this is the quicker look
        return None
    wrong = ~close(expected, got, tolerance)
    if not wrong.any():
        return None
    index = np.unravel_index(int(np.argmax(wrong)), expected.shape)
    if wrong.size == 1:
        return f"{where}{_apart(expected[index], got[index])}"
    place = [int(i) for i in index]
    head = f"{where}{int(wrong.sum())} of {wrong.size} entries differ, the first at {place}"
    return f"{head}: {_apart(expected[index], got[index])}"
