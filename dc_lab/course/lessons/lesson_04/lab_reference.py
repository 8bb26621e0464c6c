"""The course's own answer to lab 04. It stands alone: NumPy and torch, nothing of the course."""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

DENSITY = 0.1
VALUES = 3
"""Shared values a layer. With the code for a filler that makes 4, two bits."""

Arrays = dict[str, np.ndarray]


def my_sharing(
    dense: Arrays, pruned: Arrays, images: np.ndarray, labels: np.ndarray, passes: tuple[int, int] = (6, 3)
) -> Arrays:
    """Gradual pruning to a tenth, k-means with three values a layer, then training of these.

    Parameters
    ----------
    dense, pruned : name -> float32 array, a weight and a bias for each layer, in order. `pruned` is not used.
    images : uint8 (n, 784). labels : integers (n,).
    passes : over the images, to prune and to train the shared values.
    """
    torch.set_num_threads(1)  # so small a network gains nothing from a second thread, and a busy machine takes it away
    model = _network(dense)
    pixels, classes = torch.tensor(images, dtype=torch.float32) / 255, torch.tensor(labels, dtype=torch.int64)
    matrices = [parameter for parameter in model.parameters() if parameter.ndim == 2]
    masks = [torch.ones_like(matrix) for matrix in matrices]
    steps = passes[0] * -(-len(classes) // 128)

    def prune(step: int) -> None:
        # The density falls along the cubic curve in the first 60 % of the steps; one threshold for all layers.
        if step % 16 == 0 and step < 0.6 * steps + 16:
            left = max(0.0, 1 - step / (0.6 * steps)) ** 3
            magnitudes = torch.cat([matrix.detach().abs().flatten() for matrix in matrices])
            chosen = torch.zeros_like(magnitudes)
            chosen[magnitudes.topk(int((DENSITY + (1 - DENSITY) * left) * len(magnitudes))).indices] = 1
            parts = chosen.split([matrix.numel() for matrix in matrices])
            masks[:] = [part.reshape(matrix.shape) for part, matrix in zip(parts, matrices, strict=True)]
        _hold(matrices, masks)

    _train(model, pixels, classes, passes[0], before=prune, after=lambda: _hold(matrices, masks))

    # Share: k-means on the weights that are left, then a gradient for each shared value.
    groups = []
    with torch.no_grad():
        for matrix in matrices:
            kept = matrix[matrix != 0].double()
            matrix[matrix != 0] = _shared(kept, VALUES).float()
            codebook, indices = matrix.unique(return_inverse=True)
            groups.append((matrix, (codebook != 0).float(), indices.flatten()))

    def add_up() -> None:
        for matrix, trains, indices in groups:
            assert matrix.grad is not None
            sums = torch.zeros(len(trains)).index_add(0, indices, matrix.grad.flatten())
            matrix.grad.copy_((sums * trains)[indices].reshape(matrix.shape))

    _train(model, pixels, classes, passes[1], summed=add_up)
    # Values that fit float16 take two bytes each in the file, and so do biases.
    return {name: model.state_dict()[name].numpy().astype(np.float16).astype(np.float32) for name in dense}


def _network(arrays: Mapping[str, np.ndarray]) -> nn.Module:
    """Linear layers with a ReLU between them, as `ip1`, `ip2`, `ip3`."""
    names = sorted(name.removesuffix(".weight") for name in arrays if name.endswith(".weight"))
    model = nn.Sequential()
    for name in names:
        outputs, inputs = arrays[f"{name}.weight"].shape
        if len(model):
            model.append(nn.ReLU())
        model.add_module(name, nn.Linear(inputs, outputs))
    model.load_state_dict({name: torch.tensor(array) for name, array in arrays.items()})
    return model


def _nothing() -> None:
    pass


def _train(
    model: nn.Module,
    pixels: torch.Tensor,
    classes: torch.Tensor,
    passes: int,
    before: Callable[[int], None] = lambda step: None,
    summed: Callable[[], None] = _nothing,
    after: Callable[[], None] = _nothing,
) -> None:
    """Adam with a falling learning rate on images that are moved by up to one pixel."""
    generator = torch.Generator().manual_seed(0)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, passes * -(-len(classes) // 128))
    step = 0
    for _ in range(passes):
        for which in torch.randperm(len(classes), generator=generator).split(128):
            before(step)
            down, right = torch.randint(-1, 2, (2,), generator=generator).tolist()
            shifted = torch.roll(pixels[which].reshape(-1, 28, 28), (down, right), (1, 2)).flatten(1)
            optimizer.zero_grad()
            F.cross_entropy(model(shifted), classes[which]).backward()
            summed()
            optimizer.step()
            rate.step()
            after()
            step += 1


@torch.no_grad()
def _hold(matrices: list[nn.Parameter], masks: list[torch.Tensor]) -> None:
    for matrix, mask in zip(matrices, masks, strict=True):
        matrix.mul_(mask)


def _shared(values: torch.Tensor, count: int) -> torch.Tensor:
    """Each value replaced by the nearest of `count` centroids, which begin at quantiles."""
    centroids = torch.quantile(values, (torch.arange(count, dtype=torch.float64) + 0.5) / count)
    for _ in range(100):
        indices = (values[:, None] - centroids).abs().argmin(1)
        sums = torch.zeros(count, dtype=torch.float64).index_add(0, indices, values)
        counts = torch.bincount(indices, minlength=count)
        centroids = torch.where(counts > 0, sums / counts.clamp(min=1), centroids)
    return centroids[(values[:, None] - centroids).abs().argmin(1)]
