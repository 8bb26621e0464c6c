"""Cells that go wrong on purpose: lesson 00 shows what the course says of them, and stays a notebook that runs."""

from typing import Any


def run_as_cell(source: str) -> None:
    """Print a source, and run it as if it stood in a cell of its own; names that it defines are as before afterwards.

    Outside of IPython, only print it.
    """
    print(source)
    try:
        from IPython import get_ipython
    except ImportError:
        return
    shell: Any = get_ipython()
    if shell is None:
        return
    before = dict(shell.user_ns)
    shell.run_cell(source, store_history=False)
    for name in set(shell.user_ns) - set(before):
        del shell.user_ns[name]
    shell.user_ns.update(before)
