"""Plain training on the labels as they are, the peer of all other methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from napari_metastruct.noise import random_flip, random_sample
from napari_metastruct.parameters import Rate
from napari_metastruct.training.method import LabelledMethod

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch
    from numpy.typing import NDArray

    from napari_metastruct.progress import Event
    from napari_metastruct.training.labelled.session import LabelledSession

__all__ = ["Plain"]


class Plain(LabelledMethod):
    """Learn from the labels as they are.

    With `online_noise` every pixel's label is randomised anew in every epoch (RCL of
    Luo et al. 2022). What is learned is what all these labels have in common; errors
    of the given labels are learned by heart later.
    """

    title: ClassVar[str] = "Plain training"
    reference: ClassVar[str] = "the baseline of every paper; RCL: Luo et al., AAAI 2022"

    name: Literal["plain"] = "plain"
    """Name of the method."""
    loss: Literal["cross-entropy", "dice+cross-entropy"] = "cross-entropy"
    """What is minimised; with Dice a small class counts as much as a large one."""
    online_noise: Literal["none", "flip", "sample"] = "none"
    """Whether labels are randomised in every epoch: some flip to another class, or
    only a sample of them is learned from."""
    online_rate: Rate = 0.3
    """Flip: share of the labels that get another class. Sample: share that is kept."""

    def train(self, session: LabelledSession) -> Iterator[Event]:
        """Go down the loss, one batch after the other."""
        session.optimise("adamw", rate=2e-3, course="poly")
        for epoch in session.epochs():
            for batch in session.batches(self._redrawn(session)):
                logits = session.forward(batch.images)
                labels = batch.maps.get("redrawn", batch.labels)
                yield session.step(self._loss(logits, labels))
            yield from session.end_epoch(epoch)

    def _redrawn(self, session: LabelledSession) -> dict[str, list[NDArray[Any]]]:
        """Return the labels of this epoch, if they are other than the session's."""
        if self.online_noise == "none":
            return {}
        draw = random_flip if self.online_noise == "flip" else random_sample
        classes = range(session.class_count)
        return {
            "redrawn": [
                draw(labels, self.online_rate, classes=classes, rng=session.rng)
                for labels in session.labels
            ]
        }

    def _loss(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        from napari_metastruct.training.losses import (
            mean_over,
            pixel_cross_entropy,
            soft_dice,
        )

        loss = mean_over(pixel_cross_entropy(logits, labels), labels >= 0)
        if self.loss == "dice+cross-entropy":
            loss = loss + soft_dice(logits, labels)
        return loss
