"""The networks of the paper, in the Caffe form that it used.

Layers carry the paper's names (ip1 = first inner product), so that our tables line up with its Tables 2 and 3.
"""

import torch
from torch import nn
from torch.nn import functional as F


class LeNet300100(nn.Module):
    """LeNet-300-100: 784-300-100-10 with ReLU; 266,610 parameters = 1,066,440 bytes of float32."""

    def __init__(self) -> None:
        super().__init__()
        self.ip1 = nn.Linear(784, 300)
        self.ip2 = nn.Linear(300, 100)
        self.ip3 = nn.Linear(100, 10)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits (n, 10) of images (n, 1, 28, 28), float32 from 0 to 1."""
        x = F.relu(self.ip1(images.flatten(1)))
        x = F.relu(self.ip2(x))
        return self.ip3(x)


class LeNet5(nn.Module):
    """LeNet-5 as shipped with Caffe: no ReLU after the convolutions; 431,080 parameters = 1,724,320 bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 20, 5)
        self.conv2 = nn.Conv2d(20, 50, 5)
        self.ip1 = nn.Linear(800, 500)
        self.ip2 = nn.Linear(500, 10)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits (n, 10) of images (n, 1, 28, 28), float32 from 0 to 1."""
        x = F.max_pool2d(self.conv1(images), 2)
        x = F.max_pool2d(self.conv2(x), 2)
        x = F.relu(self.ip1(x.flatten(1)))
        return self.ip2(x)


NETS: dict[str, type[nn.Module]] = {"lenet-300-100": LeNet300100, "lenet-5": LeNet5}


def build(net: str, seed: int = 0) -> nn.Module:
    """A freshly initialised network by name; the same seed gives the same weights.

    Raises
    ------
    ValueError : `net` is not one of NETS.
    """
    if net not in NETS:
        raise ValueError(f"unknown network {net!r}; expected one of {', '.join(NETS)}")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return NETS[net]()
