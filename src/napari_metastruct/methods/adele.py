"""ADELE, adaptive early-learning correction (Liu et al. 2022)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from napari_metastruct.parameters import Rate
from napari_metastruct.progress import Heartbeat
from napari_metastruct.training.method import LabelledMethod

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import torch

    from napari_metastruct.progress import Event, Steps
    from napari_metastruct.training.labelled.early_learning import Beliefs, ClassCurves
    from napari_metastruct.training.labelled.session import LabelledSession

__all__ = ["ADELE"]

Scale = Annotated[float, Field(gt=0.1, le=4)]


class ADELE(LabelledMethod):
    """Labels are corrected class by class, when each begins to be learned by heart.

    A network first learns what the labels of a class have in common, fast, then their
    errors, slowly. So a curve is fitted to the IoU of its prediction with the labels,
    one point an epoch (Eq. 1); from the epoch in which the curve's slope has almost
    gone (Eq. 2) the labels of this class follow what the network surely believes.

    The network learns from each patch at several sizes, and shall predict the same at
    all of them (Eq. 3); what it believes is the mean of these predictions.
    """

    title: ClassVar[str] = "ADELE, adaptive early-learning correction"
    reference: ClassVar[str] = "Liu et al., CVPR 2022, Eq. 1-3"

    name: Literal["adele"] = "adele"
    """Name of the method."""
    scales: Annotated[tuple[Scale, ...], Field(min_length=1, max_length=8)] = (
        0.7,
        1.0,
        1.5,
    )
    """Sizes at which each patch is learned from, against its own; 1 alone: no other."""
    consistency: Annotated[float, Field(ge=0, le=100)] = 1.0
    """Weight of the agreement between the sizes, lambda of the paper."""
    consistent_above: Rate = 0.8
    """The sizes shall agree where the probability of a class is above it (rho)."""
    slope_lost: Rate = 0.9
    """A class is corrected when the slope of its curve has fallen by this share (r of
    Eq. 2); lower: earlier; 1: never."""
    compare_with: Literal["steepest", "first"] = "steepest"
    """The slope that it has fallen from: the steepest so far, or that of the first
    epoch (Eq. 2 to the letter). They differ for a class that begins slowly: its first
    slope is near 0, and the letter would correct it when it has only begun to rise."""
    confidence: Rate = 0.8
    """Only where the probability of a class is above it are labels corrected (tau);
    0.7 for medical images in the paper."""
    believed: Annotated[float, Field(ge=0, le=1)] = 0.5
    """A class is corrected only while at least so many pixels are surely believed of
    it, of those labelled so. 0, as in the paper: a class that is believed rarely, as
    it was hardly learned in a short run, loses its labels, and then for good."""
    class_wise: bool = True
    """Every class has a time of its own; otherwise all are corrected at once, by the
    curve of their mean IoU."""
    predictions: Literal["training", "whole"] = "training"
    """What corrects: the predictions made in learning (better in Table 8), or others
    of whole images at the end of the epoch, which take more time."""

    paper_optimizer: bool = False
    """Follow the gradient by SGD at a rate of 0.01 with momentum 0.9, which needs
    thousands of steps; otherwise by AdamW at 0.002."""

    def train(self, session: LabelledSession) -> Iterator[Event]:
        """Learn at all scales; correct the classes whose early learning is over."""
        from napari_metastruct.training.labelled.early_learning import (
            Beliefs,
            ClassCurves,
            Overlap,
        )

        curves = ClassCurves.of(session.state, session.class_count)
        self._optimise(session)
        for epoch in session.epochs():
            overlap, beliefs = Overlap(), Beliefs(self.confidence)
            for batch in session.batches():
                logits = self._at_scales(session, batch.images)
                loss, mean = self._loss(logits, batch.labels)
                overlap.add(mean, batch.labels)
                if self.predictions == "training" and curves.may_correct:
                    beliefs.take(batch, mean)
                yield session.step(loss)
            curves.add(overlap.iou())
            curves.look(self.slope_lost, self.compare_with, apart=self.class_wise)
            believed = yield from self._correct(session, curves, beliefs)
            session.state = curves.state()
            values = curves.values(session.classes) | believed
            yield from session.end_epoch(epoch, best=None, **values)

    def _optimise(self, session: LabelledSession) -> None:
        wish = session.settings.optimizer
        if wish == "sgd" or (wish == "method" and self.paper_optimizer):
            session.optimise("sgd", rate=0.01, momentum=0.9, decay=5e-4)
        else:
            session.optimise("adamw", rate=2e-3)

    def _at_scales(
        self, session: LabelledSession, images: torch.Tensor
    ) -> list[torch.Tensor]:
        """Return the logits at every scale, at the size of the images again."""
        stride = session.settings.network_settings().stride
        shape, found = images.shape[2:], []
        for scale in self.scales:
            other = [max(1, round(scale * side / stride)) * stride for side in shape]
            seen = _resized(images, other)
            found.append(_resized(session.forward(seen), shape))
        return found

    def _loss(
        self, logits: list[torch.Tensor], labels: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return cross-entropy plus Eq. 3, and q, the mean prediction, detached."""
        import torch

        from napari_metastruct.training.losses import mean_over, pixel_cross_entropy

        entropies = [pixel_cross_entropy(one, labels) for one in logits]
        loss = mean_over(torch.stack(entropies).mean(0), labels >= 0)
        logs = torch.stack([one.log_softmax(1) for one in logits])
        mean = logs.exp().mean(0)
        if self.consistency and len(logits) > 1:
            sure = mean.detach().amax(1) > self.consistent_above
            loss = loss + self.consistency * mean_over(difference(logs, mean), sure)
        return loss, mean.detach()

    def _correct(
        self, session: LabelledSession, curves: ClassCurves, beliefs: Beliefs
    ) -> Steps[dict[str, float]]:
        """Correct the labels of the classes that have triggered.

        Returns
        -------
        How many pixels are surely believed of each class, of those labelled so.
        """
        from napari_metastruct.training.labelled.early_learning import corrected

        if self.predictions == "whole" and curves.chosen.any():
            for number in range(len(session)):
                yield Heartbeat()
                beliefs.put(number, session.predict(number, scales=self.scales))
        shares = beliefs.shares(session.given, session.class_count)
        chosen = curves.chosen & (shares >= self.believed)
        if chosen.any():
            for number, belief in beliefs.maps.items():
                yield Heartbeat()
                labels = session.labels[number]
                session.correct(number, corrected(labels, belief, chosen))
        pairs = zip(session.classes, shares, strict=True)
        return {f"believed {number}": float(share) for number, share in pairs}


def difference(logs: torch.Tensor, mean: torch.Tensor) -> torch.Tensor:
    """Return ``1/s sum_k KL(p_k || q)`` of every pixel (Eq. 3).

    Parameters
    ----------
    logs
        Logarithms of the s predictions, ``(s, N, classes, Y, X)``.
    mean
        q, their mean, ``(N, classes, Y, X)``.

    Returns
    -------
    ``(N, Y, X)``.
    """
    apart = logs - mean.clamp(min=1e-7).log()
    return (logs.exp() * apart).sum(2).mean(0)


def _resized(values: torch.Tensor, shape: Sequence[int]) -> torch.Tensor:
    """Interpolate ``(N, C, Y, X)`` to another size."""
    from torch.nn import functional

    if list(values.shape[2:]) == list(shape):
        return values
    return functional.interpolate(
        values, size=tuple(shape), mode="bilinear", align_corners=False
    )
