"""JoCoR, joint training with co-regularisation (Wei et al. 2020), on pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from napari_metastruct.parameters import PositiveCount, Rate
from napari_metastruct.training.method import LabelledMethod

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

    from napari_metastruct.progress import Event
    from napari_metastruct.training.labelled.session import LabelledSession

__all__ = ["JoCoR"]


class JoCoR(LabelledMethod):
    """Two networks that learn together and shall agree.

    Both go down one loss, cross-entropy plus the difference of their predictions,
    on the same small-loss share of the labelled pixels: where the label is right,
    two networks soon agree with it and with each other; where it is wrong, they
    hardly do both.

    The share is taken of all pixels of a batch together, so that an image that was
    drawn badly gives fewer pixels than a good one.
    """

    title: ClassVar[str] = "JoCoR, joint training with co-regularisation"
    reference: ClassVar[str] = "Wei et al., CVPR 2020, Eq. 1 and Algorithm 1, on pixels"
    networks: ClassVar[int] = 2

    name: Literal["jocor"] = "jocor"
    """Name of the method."""
    noise_rate: Rate | None = None
    """Share of the pixels whose label is wrong; so many are left out in the end.
    Empty: it is estimated first. If it is too high, small objects are lost."""
    ramp: PositiveCount = 10
    """Epochs over which the share that is left out grows from none to all of it."""
    agreement: Annotated[float, Field(ge=0, lt=1)] = 0.65
    """Weight of the networks' agreement against the labels, lambda of Eq. 1."""

    def train(self, session: LabelledSession) -> Iterator[Event]:
        """Go down the joint loss on the pixels where it is small."""
        from napari_metastruct.training.labelled.selection import (
            SelectionCurves,
            kept_share,
        )
        from napari_metastruct.training.losses import mean_over, small_loss

        session.optimise("adamw", rate=2e-3, course="poly")
        for epoch in session.epochs():
            share = kept_share(self.noise_rate, epoch, self.ramp)
            curves = SelectionCurves()
            for batch in session.batches(session.references()):
                logits = [session.forward(batch.images, n) for n in range(2)]
                losses = self.joint_loss(logits[0], logits[1], batch.labels)
                kept = small_loss(losses, batch.labels >= 0, share)
                curves.add(batch, logits, [losses], [kept])
                yield session.step(mean_over(losses, kept))
            yield from session.end_epoch(epoch, best=None, **curves.values())

    def joint_loss(
        self, first: torch.Tensor, second: torch.Tensor, labels: torch.Tensor
    ) -> torch.Tensor:
        """Return Eq. 1 of every pixel, ``(N, Y, X)``.

        ``(1 - l) (CE(p1, y) + CE(p2, y)) + l (KL(p1 || p2) + KL(p2 || p1))``; of an
        ignored pixel only the second part is left.

        Parameters
        ----------
        first, second
            Logits of the two networks, ``(N, classes, Y, X)``.
        labels
            ``(N, Y, X)`` int64: class, or -1 to ignore.
        """
        from napari_metastruct.training.losses import pixel_cross_entropy, symmetric_kl

        entropies = [pixel_cross_entropy(one, labels) for one in (first, second)]
        labelled = (1 - self.agreement) * (entropies[0] + entropies[1])
        return labelled + self.agreement * symmetric_kl(first, second)
