"""What methods have in common whose networks learn from pixels of small loss."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from napari_metastruct.parameters import PositiveCount, Rate
from napari_metastruct.training.method import LabelledMethod

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import torch

    from napari_metastruct.progress import Event
    from napari_metastruct.training.labelled.session import LabelledSession

__all__ = ["SmallLossMethod"]


class SmallLossMethod(LabelledMethod):
    """Networks that learn from ever fewer pixels: those whose labels seem right.

    A network learns what labels have in common before it learns their errors by
    heart, so a pixel of small loss has probably the right label. In every step
    ``R = 1 - noise_rate`` of the labelled pixels are learned from; at first all, then
    evenly fewer. A subclass says which by `choose`.

    The share is taken of all pixels of a batch together, so that an image that was
    drawn badly gives fewer pixels than a good one.
    """

    noise_rate: Rate | None = None
    """Share of the pixels whose label is wrong; so many are left out in the end.
    Empty: it is estimated first. If it is too high, small objects are lost."""
    ramp: PositiveCount = 10
    """Epochs over which the share that is left out grows from none to all of it."""
    wait_for: Rate = 0.5
    """Nothing is left out before an epoch in which at least this share of every class
    was predicted as labelled. 0, as in the papers: a class that is not learned yet
    has large losses, is left out and never learned."""

    def train(self, session: LabelledSession) -> Iterator[Event]:
        """Let each network learn from the pixels that are chosen for it."""
        from napari_metastruct.training.labelled.selection import (
            SelectionCourse,
            SelectionCurves,
        )
        from napari_metastruct.training.losses import mean_over

        course = SelectionCourse.of(session.state, self.wait_for)
        session.optimise("adamw", rate=2e-3, course="poly")
        for epoch in session.epochs():
            share = course.share(self.noise_rate, self.ramp)
            curves = SelectionCurves()
            for batch in session.batches(session.references()):
                logits = [
                    session.forward(batch.images, n) for n in range(self.networks)
                ]
                losses, kept = self.choose(logits, batch.labels, share)
                curves.add(batch, logits, losses, kept)
                yield session.step(*map(mean_over, losses, kept))
            course.look(curves.learned())
            session.state = course.state()
            yield from session.end_epoch(epoch, best=None, **curves.values())

    @abstractmethod
    def choose(
        self, logits: Sequence[torch.Tensor], labels: torch.Tensor, share: float
    ) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """Return losses and which pixels are learned from by them, ``(N, Y, X)`` each.

        Parameters
        ----------
        logits
            Of each network, ``(N, classes, Y, X)``.
        labels
            ``(N, Y, X)`` int64: class, or -1 to ignore.
        share
            R, the share of the labelled pixels that is learned from.

        Returns
        -------
        One loss for each network, or one that all share; and as many masks.
        """
