"""The networks of the paper, in the Caffe form that it used.

Layers carry the paper's names (ip1 = first inner product), so that our tables line up with its Tables 2 to 5.
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


class AlexNet(nn.Module):
    """AlexNet as shipped with Caffe; 60,965,224 parameters = 243,860,896 bytes.

    conv2, conv4 and conv5 have two groups: each half of the outputs sees one half of the inputs, which halves the
    weights. (They once stood on two graphics cards.) torchvision's AlexNet is another one, without groups.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 96, 11, stride=4)
        self.conv2 = nn.Conv2d(96, 256, 5, padding=2, groups=2)
        self.conv3 = nn.Conv2d(256, 384, 3, padding=1)
        self.conv4 = nn.Conv2d(384, 384, 3, padding=1, groups=2)
        self.conv5 = nn.Conv2d(384, 256, 3, padding=1, groups=2)
        self.fc6 = nn.Linear(256 * 6 * 6, 4096)
        self.fc7 = nn.Linear(4096, 4096)
        self.fc8 = nn.Linear(4096, 1000)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits (n, 1000) of images (n, 3, 227, 227), float32 with the mean taken off."""
        x = F.relu(self.conv1(images))
        x = F.max_pool2d(F.local_response_norm(x, 5), 3, 2)
        x = F.relu(self.conv2(x))
        x = F.max_pool2d(F.local_response_norm(x, 5), 3, 2)
        x = F.relu(self.conv3(x))
        x = F.relu(self.conv4(x))
        x = F.max_pool2d(F.relu(self.conv5(x)), 3, 2)
        x = F.dropout(F.relu(self.fc6(x.flatten(1))), 0.5, self.training)
        x = F.dropout(F.relu(self.fc7(x)), 0.5, self.training)
        return self.fc8(x)


class VGG16(nn.Module):
    """VGG-16: thirteen 3x3 convolutions in five blocks, each block halving the image; 138,357,544 parameters.

    In bytes 553,430,176. The layers of the fourth block are conv4_1, conv4_2 and conv4_3.
    """

    BLOCKS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
    """(channels, convolutions) of each block."""

    def __init__(self) -> None:
        super().__init__()
        inputs = 3
        for block, (channels, convolutions) in enumerate(self.BLOCKS, 1):
            for i in range(1, convolutions + 1):
                self.add_module(f"conv{block}_{i}", nn.Conv2d(inputs, channels, 3, padding=1))
                inputs = channels
        self.fc6 = nn.Linear(512 * 7 * 7, 4096)
        self.fc7 = nn.Linear(4096, 4096)
        self.fc8 = nn.Linear(4096, 1000)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits (n, 1000) of images (n, 3, 224, 224), float32 with the mean taken off."""
        x = images
        for block, (_, convolutions) in enumerate(self.BLOCKS, 1):
            for i in range(1, convolutions + 1):
                x = F.relu(self.get_submodule(f"conv{block}_{i}")(x))
            x = F.max_pool2d(x, 2)
        x = F.dropout(F.relu(self.fc6(x.flatten(1))), 0.5, self.training)
        x = F.dropout(F.relu(self.fc7(x)), 0.5, self.training)
        return self.fc8(x)


NETS: dict[str, type[nn.Module]] = {"lenet-300-100": LeNet300100, "lenet-5": LeNet5}
"""Those that are trained here, on MNIST."""

IMAGENET_NETS: dict[str, type[nn.Module]] = {"alexnet": AlexNet, "vgg-16": VGG16}
"""Those that are not: their shapes are known, their trained weights are not here."""


def _network(net: str) -> type[nn.Module]:
    known = NETS | IMAGENET_NETS
    if net not in known:
        raise ValueError(f"unknown network {net!r}; expected one of {', '.join(known)}")
    return known[net]


def build(net: str, seed: int = 0) -> nn.Module:
    """A freshly initialised network by name; the same seed gives the same weights.

    Raises
    ------
    ValueError : `net` is not one of NETS and IMAGENET_NETS.
    """
    network = _network(net)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return network()


def shapes(net: str) -> dict[str, tuple[int, ...]]:
    """Name of each tensor of a network -> its shape, without taking memory for any.

    Raises
    ------
    ValueError : as for `build`.
    """
    with torch.device("meta"):
        return {name: tuple(tensor.shape) for name, tensor in _network(net)().state_dict().items()}
