"""What a record is trained on: images moved beforehand, and what a larger network of ours says about each of them."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from dc_lab.networks.datasets import Images
from dc_lab.support import progress

PLACES = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
"""Where an image stands: moved by at most one pixel each way."""

COPIES = 9
"""How many distorted copies `varied` makes, the image itself being the first."""


def moved(images: Images) -> torch.Tensor:
    """Each image at each of the PLACES: uint8 (9 x n, 784), zeros coming in at the border; place by place."""
    pixels = torch.tensor(images.pixels.reshape(-1, 28, 28))
    padded = F.pad(pixels, (1,) * 4)
    copies = [padded[:, 1 - down : 29 - down, 1 - right : 29 - right] for down, right in PLACES]
    return torch.cat([copy.reshape(-1, 784) for copy in copies])


def varied(images: Images, seed: int) -> torch.Tensor:
    """Each image as it is and distorted in COPIES - 1 ways of its own: uint8 (9 x n, 784), copy by copy."""
    pixels = torch.tensor(images.pixels.reshape(-1, 1, 28, 28))
    generator = torch.Generator().manual_seed(seed)
    copies = [pixels]
    for _ in range(COPIES - 1):
        parts = [distorted(part.float(), generator, 8.0, 0.08, 1.0) for part in pixels.split(1_000)]
        copies.append((torch.cat(parts) + 0.5).clamp(0, 255).byte())
    return torch.cat(copies).reshape(-1, 784)


def distorted(
    images: torch.Tensor, generator: torch.Generator, turn: float = 12.0, zoom: float = 0.1, move: float = 2.0
) -> torch.Tensor:
    """Images (n, 1, 28, 28), each turned by up to `turn` degrees, stretched by `zoom`, moved `move` pixels."""

    def drawn() -> torch.Tensor:
        return 2 * torch.rand(len(images), generator=generator) - 1

    angle, size, ratio = drawn() * turn * math.pi / 180, 1 + zoom * drawn(), zoom * drawn()
    right, down = drawn() * move / 14, drawn() * move / 14  # the image is 2 wide in these units
    cos, sin = size * angle.cos(), size * angle.sin()
    across = torch.stack([cos * (1 + ratio), -sin, right], 1)
    along = torch.stack([sin, cos * (1 - ratio), down], 1)
    grid = F.affine_grid(torch.stack([across, along], 1), list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, align_corners=False)


class Teacher(nn.Module):
    """A network larger than LeNet-5, with batch normalisation (Ioffe & Szegedy 2015) and dropout; logits (n, 10)."""

    def __init__(self, first: int = 24, second: int = 48, hidden: int = 192) -> None:
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(1, first, 5), nn.BatchNorm2d(first)
        self.conv2, self.norm2 = nn.Conv2d(first, second, 5), nn.BatchNorm2d(second)
        self.ip1, self.norm3 = nn.Linear(16 * second, hidden), nn.BatchNorm1d(hidden)
        self.ip2 = nn.Linear(hidden, 10)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits (n, 10) of images (n, 1, 28, 28), float32 from 0 to 1."""
        x = F.relu(self.norm1(F.max_pool2d(self.conv1(images), 2)))
        x = F.relu(self.norm2(F.max_pool2d(self.conv2(x), 2)))
        x = F.dropout(x.flatten(1), 0.3, self.training)
        x = F.relu(self.norm3(self.ip1(x)))
        return self.ip2(F.dropout(x, 0.3, self.training))


def teach(images: Images, epochs: int, seed: int, label: str | None = None) -> Teacher:
    """A teacher trained from nothing on distorted images; the same one for the same seed.

    `label` is the text of the progress bar on stderr; None shows none.
    """
    pixels = torch.tensor(images.pixels.reshape(-1, 1, 28, 28))
    targets = torch.tensor(images.labels, dtype=torch.int64)
    generator = torch.Generator().manual_seed(seed)
    batch_size = 128
    steps = epochs * -(-len(targets) // batch_size)
    with torch.random.fork_rng(devices=[]), progress.bar(steps, label, unit="step") as bar:
        torch.manual_seed(seed)  # first weights and dropout
        teacher = Teacher()
        optimizer = torch.optim.AdamW(teacher.parameters(), lr=2e-3, weight_decay=0.02)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps, pct_start=0.15)
        for _ in range(epochs):
            for batch in torch.randperm(len(targets), generator=generator).split(batch_size):
                loss = F.cross_entropy(teacher(distorted(pixels[batch].float() / 255, generator)), targets[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
                bar.update()
    return teacher.eval()


@torch.no_grad()
def answers(teacher: nn.Module, pixels: torch.Tensor, label: str | None = None) -> torch.Tensor:
    """The teacher's logits (n, 10) for flat uint8 images (n, 784)."""
    teacher.eval()
    batches = pixels.split(1_000)
    shown = progress.bar(len(batches), label, iterable=batches, unit="batch")
    return torch.cat([teacher(batch.reshape(-1, 1, 28, 28).float() / 255) for batch in shown])
