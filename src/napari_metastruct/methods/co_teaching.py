"""Co-teaching (Han et al. 2018) on pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from napari_metastruct.parameters import PositiveCount, Rate
from napari_metastruct.training.method import LabelledMethod

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_metastruct.progress import Event
    from napari_metastruct.training.labelled.session import LabelledSession

__all__ = ["CoTeaching"]


class CoTeaching(LabelledMethod):
    """Two networks that show each other which pixels to learn from.

    A network learns what labels have in common before it learns their errors by
    heart, so a pixel of small loss has probably the right label. Each network picks
    the small-loss share of the labelled pixels of a batch for the *other* one, which
    errs in other places: so errors are filtered instead of added up.

    The share is taken of all pixels of a batch together, so that an image that was
    drawn badly gives fewer pixels than a good one.
    """

    title: ClassVar[str] = "Co-teaching"
    reference: ClassVar[str] = "Han et al., NeurIPS 2018, Algorithm 1, on pixels"
    networks: ClassVar[int] = 2

    name: Literal["co-teaching"] = "co-teaching"
    """Name of the method."""
    noise_rate: Rate | None = None
    """Share of the pixels whose label is wrong; so many are left out in the end.
    Empty: it is estimated first. If it is too high, small objects are lost."""
    ramp: PositiveCount = 10
    """Epochs over which the share that is left out grows from none to all of it."""

    def train(self, session: LabelledSession) -> Iterator[Event]:
        """Let each network learn from the pixels that the other one finds easy."""
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
                logits = [session.forward(batch.images, n) for n in range(2)]
                losses = [pixel_cross_entropy(one, batch.labels) for one in logits]
                easy = [small_loss(one, batch.labels >= 0, share) for one in losses]
                kept = [easy[1], easy[0]]
                curves.add(batch, logits, losses, kept)
                yield session.step(*map(mean_over, losses, kept))
            yield from session.end_epoch(epoch, best=None, **curves.values())
