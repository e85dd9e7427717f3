"""Iterative ground truth training with extraction of meta-structures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from napari_metastruct.features import FeatureSettings
from napari_metastruct.metastructure.extraction import extract
from napari_metastruct.networks.create import NetworkSettings
from napari_metastruct.parameters import Positive, PositiveCount, Radius, Rate
from napari_metastruct.seeding import agreement
from napari_metastruct.thresholding import (
    best_dmi_threshold,
    most_correlated_threshold,
    otsu,
)
from napari_metastruct.training.method import Method

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch
    from numpy.typing import NDArray

    from napari_metastruct.progress import Event
    from napari_metastruct.training.session import Session

__all__ = ["IGTT"]


class IGTT(Method):
    """Learn from a pseudo-label, make a better one of what was learned, repeat.

    In every epoch the network learns from the current pseudo-label Y*; its
    prediction P is cut at the threshold whose mask S is most like P; and the
    extraction of meta-structures (EMS) makes the next pseudo-label of S.

    The defaults are what works best on the project's benchmark; `paper` gives the
    settings of the paper. They differ where the paper's choices were measured to
    fail: a black start leaves polarity to chance, the threshold of least L_DMI is
    the mean of P and lets the foreground grow, and a shift of 1 pixel eats objects
    wider than 3.
    """

    title: ClassVar[str] = "iGTT with extraction of meta-structures"
    reference: ClassVar[str] = "Luo et al., AAAI 2022, Algorithm 1 and Eq. 2-6"

    name: Literal["igtt"] = "igtt"
    """Name of the method."""
    epochs: Annotated[int, Field(ge=1, le=1000)] = 9
    """How often the pseudo-label is made anew."""
    steps: PositiveCount = 5
    """Optimisation steps in each epoch."""
    batch: Annotated[int, Field(ge=1, le=256)] = 4
    """Squares that are learned from in one step."""
    patch: Annotated[int, Field(ge=32, le=2048)] = 128
    """Side of a square in pixels."""
    start: Literal["black", "random", "intensity", "agreement"] = "agreement"
    """First pseudo-label: all background, random, Otsu's threshold of the image, or
    what several simple rules agree on, the rest left open."""
    keep_start: bool = False
    """Go on learning from the first pseudo-label instead of making new ones."""
    threshold: Literal["dmi", "correlation"] = "correlation"
    """How P is cut: at the best of K values by L_DMI (paper), or where the mask
    correlates best with P."""
    thresholds: Annotated[int, Field(ge=2, le=1000)] = 30
    """K, the number of thresholds that L_DMI chooses from."""
    ems: bool = True
    """Extract the meta-structure; otherwise the mask itself is the pseudo-label."""
    radius: Radius | Literal["width"] = "width"
    """How far skeleton pixels are shifted: pixels, or as far as the object is wide
    there, which samples its area evenly."""
    keep: Rate = 0.3
    """Share of the shifted pixels that stay."""
    unsampled: Literal["background", "ignore"] = "ignore"
    """What becomes of pixels that the extraction leaves out: background (paper), or
    no label at all; then the background is sampled like the foreground."""
    loss: Literal["dmi+iou", "bce"] = "bce"
    """What is minimised: L_DMI + L_IoU (Eq. 6), or cross-entropy."""
    memory: Annotated[float, Field(ge=0, lt=1)] = 0.7
    """Share of the former prediction in the running mean P; 0: the last alone."""
    learning_rate: Positive = 0.05
    """Step size of the optimiser (SGD)."""
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.9
    """Inertia of the optimiser."""
    decay: Annotated[float, Field(ge=0, lt=1)] = 1e-4
    """Weight decay."""
    decline_after: Annotated[int, Field(ge=0)] = 0
    """Epochs after which the step size falls to a tenth; 0: never."""
    normal_weights: bool = False
    """Start from weights drawn from N(0, 0.02), as the paper does."""
    width: Annotated[int, Field(ge=1, le=256)] = 16
    """Channels of the U-Net's first level."""
    depth: Annotated[int, Field(ge=2, le=6)] = 3
    """How often the U-Net halves the image."""
    scales: tuple[Positive, ...] = (4.0, 8.0, 16.0)
    """Widths in pixels of the surroundings that the network compares a pixel with;
    none: it sees the image alone."""
    restarts: Annotated[int, Field(ge=1, le=20)] = 1
    """Independent runs; the one whose result separates itself best is kept."""

    @classmethod
    def paper(cls) -> Self:
        """Return the settings of the paper and its published code."""
        return cls(
            epochs=100,
            steps=1,
            batch=1,
            patch=256,
            start="black",
            threshold="dmi",
            radius=1,
            keep=0.1,
            unsampled="background",
            loss="dmi+iou",
            memory=0.0,
            decay=1e-3,
            decline_after=20,
            normal_weights=True,
            scales=(),
        )

    def network_settings(self) -> NetworkSettings:
        """Return a U-Net of the given size."""
        return NetworkSettings(width=self.width, depth=self.depth)

    def feature_settings(self) -> FeatureSettings:
        """Return the surroundings that each pixel is compared with."""
        return FeatureSettings(scales=self.scales)

    def train(self, session: Session) -> Iterator[Event]:
        """Run Algorithm 1, as often as there are restarts, and keep the best."""
        best = -np.inf
        kept: dict[str, torch.Tensor] = {}
        for number in range(self.restarts):
            if number:
                session.restart(number)
            yield from self._learn(session)
            session.calibrate(side=self.patch)
            score = _separation(session)
            if score > best:
                best = score
                kept = {k: v.clone() for k, v in session.network.state_dict().items()}
            if session.stop.is_set():
                break
        session.network.load_state_dict(kept)

    def _learn(self, session: Session) -> Iterator[Event]:
        _prepare(session, self)
        self._begin(session)
        for epoch in session.epochs(self.epochs, self.steps):
            _decline(session, self, epoch)
            for batch in session.batches(self.steps, size=self.batch, side=self.patch):
                logits = session.forward(batch.images)[:, 0]
                yield session.step(self._loss(logits, batch.labels, epoch))
                session.remember(batch, logits.sigmoid(), self.memory)
            change = self._relabel(session)
            yield session.preview()
            yield session.end_epoch(epoch, self.epochs, change=change)

    def _begin(self, session: Session) -> None:
        """Set Y* before the first epoch."""
        for number, tile in enumerate(session.tiles):
            if self.start == "agreement":
                session.labels[number] = agreement(tile.inputs)
            elif self.start == "intensity":
                session.labels[number] = otsu(tile.inputs[0], smooth=1.0).view(np.int8)
            elif self.start == "random":
                session.labels[number] = session.rng.integers(0, 2, tile.shape, np.int8)

    def _loss(
        self, logits: torch.Tensor, labels: torch.Tensor, epoch: int
    ) -> torch.Tensor:
        """Eq. 6, or cross-entropy.

        The first epoch from black is always by cross-entropy: there the gradient
        of Eq. 6 is exactly zero.
        """
        from napari_metastruct.training import losses

        black = self.start == "black" and epoch == 1
        if self.loss == "bce" or black:
            return losses.binary_cross_entropy(logits, labels)
        p = logits.sigmoid()
        return losses.dmi(p, labels) + losses.soft_iou(p, labels)

    def _relabel(self, session: Session) -> float:
        """Y* <- EMS(S); return the share of labelled pixels that changed."""
        if self.keep_start:
            return 0.0
        changed = known = 0
        for number, probability in enumerate(session.probability):
            former = session.labels[number]
            label = self._pseudo_label(probability, former, session.rng)
            both = (former >= 0) & (label >= 0)
            known += int(both.sum())
            changed += int((both & (former != label)).sum())
            session.labels[number] = label
        return changed / max(known, 1)

    def _pseudo_label(
        self,
        probability: NDArray[np.float32],
        former: NDArray[np.int8],
        rng: np.random.Generator,
    ) -> NDArray[np.int8]:
        """Cut P at the most correlated threshold and extract the meta-structure."""
        if self.threshold == "dmi":
            cut = best_dmi_threshold(probability, self.thresholds)
        else:
            cut = most_correlated_threshold(probability)
        mask = probability > cut
        if not self.ems:
            return mask.view(np.int8)
        inside = self._extract(mask, rng)
        if not inside.any():
            return former
        if self.unsampled == "background":
            return inside.view(np.int8)
        outside = self._extract(~mask, rng) & ~inside
        label = np.full(mask.shape, -1, np.int8)
        label[inside], label[outside] = 1, 0
        return label

    def _extract(
        self, mask: NDArray[np.bool_], rng: np.random.Generator
    ) -> NDArray[np.bool_]:
        points = extract(mask, radius=self.radius, keep=self.keep, rng=rng)
        return points.astype(np.bool_)


def _prepare(session: Session, method: IGTT) -> None:
    """Make the optimiser and, if wished, the paper's weights N(0, 0.02)."""
    import torch
    from torch import nn

    if method.normal_weights:
        generator = torch.Generator().manual_seed(int(session.rng.integers(2**31)))
        for layer in session.network.modules():
            if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
                with torch.no_grad():
                    drawn = torch.randn(layer.weight.shape, generator=generator)
                    layer.weight.copy_(0.02 * drawn)
    session.optimizer = torch.optim.SGD(
        session.network.parameters(),
        method.learning_rate,
        method.momentum,
        weight_decay=method.decay,
    )


def _decline(session: Session, method: IGTT, epoch: int) -> None:
    declines = (epoch - 1) // method.decline_after if method.decline_after else 0
    for group in session.optimizer.param_groups:
        group["lr"] = method.learning_rate * 0.1**declines


def _separation(session: Session) -> float:
    """Share of P's variance that its own best mask explains, 0..1."""
    values = np.concatenate([p.ravel() for p in session.probability])
    mask = values > most_correlated_threshold(values)
    variance = float(values.var())
    if variance == 0 or mask.all() or not mask.any():
        return 0.0
    share = float(mask.mean())
    gap = float(values[mask].mean() - values[~mask].mean())
    return share * (1 - share) * gap**2 / variance
