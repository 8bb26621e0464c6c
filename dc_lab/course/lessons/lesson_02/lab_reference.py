"""The course's own answer to lab 02. It stands alone: NumPy and torch, nothing of the course."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

FEWER = 20

Arrays = dict[str, np.ndarray]


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


def _shifted(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Each image (n, 784) moved by up to one pixel."""
    down, right = torch.randint(-1, 2, (2,), generator=generator).tolist()
    return torch.roll(images.reshape(-1, 28, 28), (down, right), (1, 2)).flatten(1)


def my_pruning(dense: Arrays, images: np.ndarray, labels: np.ndarray, passes: int = 8) -> Arrays:
    """Gradual pruning with one threshold for all layers, then training with the masks held.

    Parameters
    ----------
    dense : name -> float32 array, a weight and a bias for each layer, in order.
    images : uint8 (n, 784). labels : integers (n,).
    """
    torch.set_num_threads(1)  # so small a network gains nothing from a second thread, and a busy machine takes it away
    model, generator = _network(dense), torch.Generator().manual_seed(0)
    pixels, classes = torch.tensor(images, dtype=torch.float32) / 255, torch.tensor(labels, dtype=torch.int64)
    matrices = [parameter for parameter in model.parameters() if parameter.ndim == 2]
    masks = [torch.ones_like(matrix) for matrix in matrices]
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    steps = passes * -(-len(classes) // 128)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    step = 0
    for _ in range(passes):
        for which in torch.randperm(len(classes), generator=generator).split(128):
            # The density falls along the cubic curve in the first 60 % of the steps, to 1 in 20.
            if step % 16 == 0 and step < 0.6 * steps + 16:
                left = max(0.0, 1 - step / (0.6 * steps)) ** 3
                magnitudes = torch.cat([matrix.detach().abs().flatten() for matrix in matrices])
                keep = int((1 / FEWER + (1 - 1 / FEWER) * left) * len(magnitudes))
                chosen = torch.zeros_like(magnitudes)
                chosen[magnitudes.topk(keep).indices] = 1
                parts = chosen.split([matrix.numel() for matrix in matrices])
                masks = [part.reshape(matrix.shape) for part, matrix in zip(parts, matrices, strict=True)]
                _hold(matrices, masks)
            loss = F.cross_entropy(model(_shifted(pixels[which], generator)), classes[which])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            rate.step()
            _hold(matrices, masks)
            step += 1
    return {name: model.state_dict()[name].numpy() for name in dense}


@torch.no_grad()
def _hold(matrices: list[nn.Parameter], masks: list[torch.Tensor]) -> None:
    for matrix, mask in zip(matrices, masks, strict=True):
        matrix.mul_(mask)
