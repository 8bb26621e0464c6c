"""Shared by all tests: drawn cases that are the same in every run, and small fixtures."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, settings

from dc_lab.networks import datasets
from dc_lab.networks.datasets import Images

# The kernels that run the notebooks inherit this: no connection leaves the machine (see offline/sitecustomize.py).
OFFLINE = str(Path(__file__).parent / "offline")
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [OFFLINE, os.environ.get("PYTHONPATH")]))
# A running Jupyter would have the sliders shown live; stored notebooks have the still pictures.
os.environ.pop("JPY_SESSION_NAME", None)

settings.register_profile(
    "repeatable", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def digits() -> Images:
    """The first 400 training images of MNIST."""
    train = datasets.mnist("train")
    return Images(train.pixels[:400], train.labels[:400])
