"""Tri-network (Zhang et al. 2020)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from napari_metastruct.parameters import PositiveCount, Rate
from napari_metastruct.training.method import LabelledMethod

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_metastruct.progress import Event
    from napari_metastruct.training.labelled.session import LabelledSession

__all__ = ["TriNetwork"]


class TriNetwork(LabelledMethod):
    """Three networks, each taught by the two others.

    Every network finds the small-loss share of the labelled pixels of a batch easy;
    the third learns from the pixels that both others find easy. Two that were wrong
    in the same way are rarer than one, so fewer wrong labels pass than in
    Co-teaching, and somewhat fewer pixels are kept than the noise rate says.
    """

    title: ClassVar[str] = "Tri-network"
    reference: ClassVar[str] = "Zhang et al., MICCAI 2020; consensus of two for a third"
    networks: ClassVar[int] = 3

    name: Literal["tri-network"] = "tri-network"
    """Name of the method."""
    noise_rate: Rate | None = None
    """Share of the pixels whose label is wrong; each network finds the others easy
    in the end. Empty: it is estimated first. If it is too high, small objects are
    lost."""
    ramp: PositiveCount = 10
    """Epochs over which the share that is left out grows from none to all of it."""

    def train(self, session: LabelledSession) -> Iterator[Event]:
        """Let each network learn from the pixels that both others find easy."""
        from napari_metastruct.training.labelled.selection import (
            SelectionCurves,
            kept_share,
        )
        from napari_metastruct.training.losses import (
            mean_over,
            pixel_cross_entropy,
            small_loss,
        )

        session.optimise("adamw", rate=2e-3, course="poly")
        for epoch in session.epochs():
            share = kept_share(self.noise_rate, epoch, self.ramp)
            curves = SelectionCurves()
            for batch in session.batches(session.references()):
                logits = [session.forward(batch.images, n) for n in range(3)]
                losses = [pixel_cross_entropy(one, batch.labels) for one in logits]
                easy = [small_loss(one, batch.labels >= 0, share) for one in losses]
                kept = [easy[1] & easy[2], easy[2] & easy[0], easy[0] & easy[1]]
                curves.add(batch, logits, losses, kept)
                yield session.step(*map(mean_over, losses, kept))
            yield from session.end_epoch(epoch, best=None, **curves.values())
