"""Many calls of an object's methods in a row: one by one, or all at once where the object is in another process."""

import abc
from collections.abc import Sequence
from typing import Any

Call = tuple[str, tuple[Any, ...]]


class Far(abc.ABC):
    """Stands for an object in another process, where a call takes some hundred microseconds to get."""

    @abc.abstractmethod
    def in_turn(self, calls: Sequence[Call]) -> list[Any]:
        """What each call returns, in order. Raises what the first one raises that does."""


def in_turn(one: Any, calls: Sequence[Call]) -> list[Any]:
    """Call methods by their names, one after the other, and return what each returns."""
    if isinstance(one, Far):
        return one.in_turn(calls)
    return [getattr(one, name)(*arguments) for name, arguments in calls]
