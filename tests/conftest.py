"""Shared by all tests: drawn cases that are the same in every run, fixtures, and which process runs which test."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from dc_lab.networks import datasets
from dc_lab.networks.datasets import Images

# The kernels that run the notebooks inherit this: no connection leaves the machine (see offline/sitecustomize.py).
OFFLINE = str(Path(__file__).parent / "offline")
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [OFFLINE, os.environ.get("PYTHONPATH")]))

settings.register_profile(
    "repeatable", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")


# --- several processes (pytest-xdist; pyproject.toml says how many) ---

SPREAD = {"test_dcz_hostile.py", "test_exercises.py", "test_mutants.py", "test_notebooks.py"}
"""Files of long tests that share nothing: each test goes to whoever is free. Any other file stays together."""

SLOW_RULE = "mistakes_are_recognised"
"""The one of `exercise_rules` that has known mistakes of an exercise judged, some of them for seconds."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """One file, or tests of one file, start sooner in this process, where a debugger works too."""
    [first, *others] = {argument.partition("::")[0] for argument in config.args} or {""}
    path = config.invocation_params.dir / first
    return 0 if path.is_file() and not others and path.name not in SPREAD else None


def pytest_configure(config: pytest.Config) -> None:
    """One thread for each of several processes, kernels and commands that they start included: results are the same."""
    if config.getoption("numprocesses", None):
        os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """What goes to one process as a whole: a file, or a single test of one that is SPREAD."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class Files(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return nodeid if Path(file).name in SPREAD else file

    config.option.loadscopereorder = False  # our order, not by the number of tests
    return Files(config, log)


@pytest.hookimpl(tryfirst=True)  # before `-m "not slow"` looks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Notebooks are slow tests. Files with slow tests go first, so that no process has a long one left at the end."""
    for item in items:
        rule = item.name.removesuffix("]") if item.path.name == "test_exercises.py" else ""
        if item.path.suffix == ".ipynb" or rule.endswith(SLOW_RULE):
            item.add_marker("slow")
    slow = {item.path: item.path.suffix for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.path not in slow, slow.get(item.path) != ".ipynb"))


# --- fixtures ---


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def one_thread() -> Iterator[None]:
    import torch  # here, so that the process that hands out the tests does without it

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def digits() -> Images:
    """The first 400 training images of MNIST."""
    train = datasets.mnist("train")
    return Images(train.pixels[:400], train.labels[:400])
