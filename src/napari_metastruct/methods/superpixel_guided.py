"""Superpixel-guided iterative learning from noisy labels (Li et al. 2021)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from napari_metastruct.parameters import Positive, PositiveCount, Rate
from napari_metastruct.progress import Heartbeat
from napari_metastruct.training.method import LabelledMethod

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import torch
    from numpy.typing import NDArray

    from napari_metastruct.progress import Event
    from napari_metastruct.training.labelled.gap import GapCourse, LossGap
    from napari_metastruct.training.labelled.regions import Regions
    from napari_metastruct.training.labelled.session import (
        LabelledBatch,
        LabelledSession,
    )

__all__ = ["SuperpixelGuided"]


class SuperpixelGuided(LabelledMethod):
    """Two networks that choose superpixels to learn from, and mend the others.

    Pixels that look alike and lie together have the same true label, so superpixels
    are chosen and relabelled, not pixels. In turns:

    - Network update: both networks go down one loss, cross-entropy plus the
      difference of their predictions, on the superpixels where it is small. It ends
      where the gap G between the loss of these and of the others is largest, before
      errors are learned by heart.
    - Label refinement: the superpixels of largest loss get the class that the
      networks predict there, and a larger share R of the pixels is learned from.

    until G does not rise any more. Both networks predict alike; the first is kept.
    """

    title: ClassVar[str] = "Superpixel-guided learning"
    reference: ClassVar[str] = "Li et al., MICCAI 2021, Eq. 1-8"
    networks: ClassVar[int] = 2

    name: Literal["superpixel-guided"] = "superpixel-guided"
    """Name of the method."""
    noise_rate: Rate | None = None
    """Share of the pixels whose label is wrong; R begins at 1 minus it. Empty: it is
    estimated first."""
    superpixels: bool = True
    """Choose superpixels; otherwise pixels (row 2 of Table 2)."""
    selection: bool = True
    """Learn from superpixels of small loss only; otherwise from all (row 3)."""
    refinement: bool = True
    """Relabel superpixels of large loss and go on; otherwise learning ends at the
    first maximum of the gap (row 4)."""
    superpixel_size: PositiveCount = 40
    """Pixels of a superpixel, about. It should be smaller than the smallest object;
    the paper has 80 to 160 for large ones."""
    compactness: Positive = 0.1
    """How regular superpixels are: at 10 a plain grid, at 0.1 they follow edges."""
    select_from: Literal["batch", "image"] = "batch"
    """Where R of the pixels are chosen: in all images together, so that one that was
    drawn badly gives fewer, or in each image (Eq. 3 to the letter)."""
    mixed_labels: Literal["fair", "large"] = "fair"
    """A superpixel across a boundary has a mixed label, whose entropy is a loss that
    no prediction is without: large counts it (Eq. 2 to the letter), so that boundaries
    are left out first; fair does not."""
    agreement: Annotated[float, Field(ge=0, lt=1)] = 0.65
    """Weight of the networks' agreement against the labels, lambda of Eq. 2."""
    growth: Annotated[float, Field(ge=1, le=2)] = 1.1
    """Factor by which R grows after a refinement."""
    most_kept: Rate = 0.98
    """R never grows above it."""
    wait_for: Rate = 0.5
    """Superpixels are chosen after an epoch in which at least this share of every
    class was predicted as labelled; else all are learned from. 0, as in the paper: a
    class that is not learned yet has large losses, is left out and never learned."""
    patience: PositiveCount = 5
    """Epochs without a larger gap after which the network update ends."""
    paper_optimizer: bool = False
    """Follow the gradient by SGD at a rate of 0.005 with momentum 0.99, which needs
    thousands of steps; otherwise by AdamW at 0.002."""

    def train(self, session: LabelledSession) -> Iterator[Event]:
        """Update the networks and refine the labels in turns."""
        from napari_metastruct.training.labelled.early_learning import Overlap
        from napari_metastruct.training.labelled.gap import GapCourse, LossGap
        from napari_metastruct.training.labelled.selection import SelectionCurves
        from napari_metastruct.training.labelled.session import BEST
        from napari_metastruct.training.labelled.superpixels import superpixel_steps
        from napari_metastruct.training.losses import mean_over

        size = self.superpixel_size if self.superpixels else 1
        maps = yield from superpixel_steps(session, size, self.compactness)
        course = GapCourse.of(session.state, self.patience, begun=not self.wait_for)
        self._optimise(session)
        for epoch in session.epochs():
            ratio = self._ratio(course)
            gap, curves, overlap = LossGap(), SelectionCurves(), Overlap()
            for batch in session.batches({"superpixels": maps, **session.references()}):
                logits = [session.forward(batch.images, n) for n in range(2)]
                losses = self.pixel_losses(logits, batch.labels)
                kept = self._select(batch, logits, ratio, gap)
                curves.add(batch, logits, [losses], [kept])
                overlap.add((logits[0] + logits[1]).detach(), batch.labels)
                yield session.step(mean_over(losses, kept))
            values = {"gap": gap.value(), "R": ratio, "iteration": course.iteration}
            learned = overlap.least() >= self.wait_for
            best = course.look(values["gap"], learned=learned)
            values |= curves.values()
            yield from session.end_epoch(epoch, best=best, **values)
            if course.is_over:
                session.go_back_to(BEST)
                if not self.refinement or course.has_settled:
                    break
                yield from self._refine(session, maps, ratio)
                course.begin_again()
                self._optimise(session)
            session.state = course.state()

    def pixel_losses(
        self, logits: Sequence[torch.Tensor], labels: torch.Tensor
    ) -> torch.Tensor:
        """Return Eq. 2 of every pixel, ``(N, Y, X)``: the terms of Eq. 4.

        Parameters
        ----------
        logits
            Of the two networks, ``(N, classes, Y, X)``.
        labels
            ``(N, Y, X)`` int64: class, or -1 to ignore.
        """
        from napari_metastruct.training.losses import pixel_cross_entropy, symmetric_kl

        first, second = (pixel_cross_entropy(one, labels) for one in logits)
        return self._joined(first + second, symmetric_kl(*logits))

    def superpixel_losses(
        self,
        regions: Regions,
        probabilities: Sequence[torch.Tensor],
        labels: torch.Tensor,
    ) -> torch.Tensor:
        """Return Eq. 2 of every superpixel, ``(K,)``, with the means of Eq. 1.

        Parameters
        ----------
        regions
            The superpixels of the labelled pixels.
        probabilities
            Of the two networks, ``(N, classes, Y, X)``.
        labels
            ``(N, Y, X)`` int64: class, or -1 to ignore.
        """
        from torch.nn.functional import one_hot

        from napari_metastruct.training.losses import soft_cross_entropy, symmetric_kl

        hard = one_hot(labels.clamp(min=0), probabilities[0].shape[1])
        soft = regions.mean(hard.movedim(-1, 1).to(probabilities[0].dtype))
        logs = [regions.mean(p).clamp(min=1e-7).log() for p in probabilities]
        first, second = (soft_cross_entropy(one, soft) for one in logs)
        if self.mixed_labels == "fair":
            first = first + 2 * (soft * soft.clamp(min=1e-7).log()).sum(1)
        return self._joined(first + second, symmetric_kl(*logs))

    def _joined(self, entropies: torch.Tensor, differ: torch.Tensor) -> torch.Tensor:
        return (1 - self.agreement) * entropies + self.agreement * differ

    def _select(
        self,
        batch: LabelledBatch,
        logits: Sequence[torch.Tensor],
        ratio: float,
        gap: LossGap,
    ) -> torch.Tensor:
        """Return the pixels of the superpixels that Eq. 3 keeps, ``(N, Y, X)``."""
        from napari_metastruct.training.labelled.regions import Regions, smallest

        regions = Regions(batch.maps["superpixels"], batch.labels >= 0)
        probabilities = [one.detach().softmax(1) for one in logits]
        losses = self.superpixel_losses(regions, probabilities, batch.labels)
        groups = regions.image if self.select_from == "image" else None
        kept = smallest(losses, regions.sizes, ratio, groups)
        gap.add(losses, kept)
        return regions.spread(kept, False) if self.selection else batch.labels >= 0

    def _ratio(self, course: GapCourse) -> float:
        """Return R of an epoch."""
        from napari_metastruct.training.labelled.selection import kept_share

        if not course.begun:
            return 1.0
        first = kept_share(self.noise_rate, epoch=2, ramp=1)
        return min(first * self.growth ** (course.iteration - 1), self.most_kept)

    def _refine(
        self,
        session: LabelledSession,
        maps: Sequence[NDArray[np.int32]],
        ratio: float,
    ) -> Iterator[Event]:
        """Relabel the superpixels of largest loss by the mean prediction (Eq. 6-8)."""
        import torch

        from napari_metastruct.training.labelled.regions import largest

        judged = []
        for number in range(len(maps)):
            yield Heartbeat()
            judged.append(self._judge(session, number, maps[number]))
        losses, sizes, classes, planes = map(torch.cat, zip(*judged, strict=True))
        groups = planes if self.select_from == "image" else None
        unreliable = largest(losses, sizes, 1 - ratio, groups)
        new = torch.where(unreliable, classes, -1)
        counts = [len(found[0]) for found in judged]
        for number, classes in enumerate(torch.split(new, counts)):
            fresh = _regions(session, number, maps[number]).spread(classes, -1)[0]
            labels = session.labels[number]
            session.correct(number, np.where(fresh >= 0, fresh, labels))

    def _judge(
        self, session: LabelledSession, number: int, numbers: NDArray[np.int32]
    ) -> tuple[torch.Tensor, ...]:
        """Return loss, size, predicted class (Eq. 7) and plane of its superpixels."""
        import torch

        regions = _regions(session, number, numbers)
        found = [torch.from_numpy(session.predict(number, n))[None] for n in range(2)]
        labels = torch.from_numpy(session.labels[number].astype(np.int64))[None]
        losses = self.superpixel_losses(regions, found, labels)
        classes = regions.mean((found[0] + found[1]) / 2).argmax(1)
        return losses, regions.sizes, classes, torch.full_like(classes, number)

    def _optimise(self, session: LabelledSession) -> None:
        """Begin without momentum: weights that were rolled back go another way."""
        wish = session.settings.optimizer
        if wish == "sgd" or (wish == "method" and self.paper_optimizer):
            session.optimise("sgd", rate=5e-3, momentum=0.99, decay=0)
        else:
            session.optimise("adamw", rate=2e-3)


def _regions(
    session: LabelledSession, number: int, numbers: NDArray[np.int32]
) -> Regions:
    import torch

    from napari_metastruct.training.labelled.regions import Regions

    known = torch.from_numpy(session.given[number] >= 0)[None]
    return Regions(torch.from_numpy(numbers.astype(np.int64))[None], known)
