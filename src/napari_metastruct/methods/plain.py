"""Plain training on the labels as they are, the peer of all other methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from napari_metastruct.training.method import LabelledMethod

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_metastruct.progress import Event
    from napari_metastruct.training.labelled.session import LabelledSession

__all__ = ["Plain"]


class Plain(LabelledMethod):
    """Learn from the labels as they are.

    With `online_noise` the labels are randomised anew in every epoch (RCL), which
    keeps the network from learning the errors of single pixels by heart.
    """

    title: ClassVar[str] = "Plain training"
    reference: ClassVar[str] = "the baseline of every paper"

    name: Literal["plain"] = "plain"
    """Name of the method."""
    loss: Literal["cross-entropy", "dice+cross-entropy"] = "cross-entropy"
    """What is minimised; with Dice small objects count as much as large ones."""

    def train(self, session: LabelledSession) -> Iterator[Event]:
        """Go down the loss, one batch after the other."""
        from napari_metastruct.training.losses import pixel_cross_entropy

        session.optimise("adamw", rate=2e-3)
        for epoch in session.epochs():
            for batch in session.batches():
                logits = session.forward(batch.images)
                losses = pixel_cross_entropy(logits, batch.labels)
                yield session.step(losses.sum() / (batch.labels >= 0).sum())
            yield from session.end_epoch(epoch)
