"""What a record learns from: images in many places or shapes, their labels and, if there is a teacher, its answers."""

from typing import NamedTuple, Protocol

import torch
from torch.nn import functional as F

from dc_lab.networks.datasets import Images
from dc_lab.records import answers


class Settings(Protocol):
    """What a plan says of it: see `plan.Plan`."""

    @property
    def images(self) -> str: ...
    @property
    def teacher_epochs(self) -> int: ...
    @property
    def temperature(self) -> float: ...
    @property
    def hard(self) -> float: ...
    @property
    def seed(self) -> int: ...


class Lessons(NamedTuple):
    """What a student learns from: `pixels` uint8 (copies x n, 784), `labels` (n,), `soft` (copies x n, 10) or None.

    Row `copy * n + i` is image `i`. `soft` are the teacher's chances at a temperature. `hard` is the labels' share of
    the loss where there is a teacher.
    """

    pixels: torch.Tensor
    labels: torch.Tensor
    soft: torch.Tensor | None
    temperature: float
    hard: float

    def loss(self, logits: torch.Tensor, batch: torch.Tensor) -> torch.Tensor:
        """Cross-entropy with the labels, and with what the teacher says (Hinton et al. 2015), nats.

        Parameters
        ----------
        logits : (n, 10). batch : (n,), the rows of `pixels` that were seen.
        """
        hard = F.cross_entropy(logits, self.labels[batch % len(self.labels)])
        if self.soft is None:
            return hard
        wanted = self.soft[batch]
        soft = -(wanted * F.log_softmax(logits / self.temperature, 1)).sum(1).mean()
        return self.hard * hard + (1 - self.hard) * self.temperature**2 * soft


def prepare(plan: Settings, train: Images, progress: bool = False, teacher: answers.Teacher | None = None) -> Lessons:
    """Images in many places or shapes and, if the plan has a teacher, its answers to all of them.

    `teacher` is one that is there already; else it is trained.
    """
    pixels = answers.moved(train) if plan.images == "moved" else answers.varied(train, plan.seed)
    soft = None
    if plan.teacher_epochs:
        teacher = teacher or answers.teach(train, plan.teacher_epochs, plan.seed, "teacher" if progress else None)
        logits = answers.answers(teacher, pixels, "answers" if progress else None)
        soft = F.softmax(logits / plan.temperature, 1)
    labels = torch.tensor(train.labels, dtype=torch.int64)
    return Lessons(pixels, labels, soft, plan.temperature, plan.hard)
