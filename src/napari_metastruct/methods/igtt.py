"""Iterative ground truth training with extraction of meta-structures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from napari_metastruct.evidence import (
    VoteSettings,
    candidates,
    cuts,
    elect,
    view_of,
    vote,
)
from napari_metastruct.features import FeatureSettings
from napari_metastruct.metastructure.extraction import extract
from napari_metastruct.networks.create import NetworkSettings
from napari_metastruct.parameters import Positive, PositiveCount, Radius, Rate
from napari_metastruct.progress import Heartbeat
from napari_metastruct.thresholding import (
    best_dmi_threshold,
    most_correlated_threshold,
)
from napari_metastruct.training.method import Method

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    import torch
    from numpy.typing import NDArray

    from napari_metastruct.progress import Event
    from napari_metastruct.training.data import Tile
    from napari_metastruct.training.session import Crop, Session

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
    start: Literal["vote", "intensity", "random", "black"] = "vote"
    """First pseudo-label: the vote of simple rules that the image elects, Otsu's
    threshold of the image, random, or all background (paper)."""
    voters: Annotated[int, Field(ge=1, le=100)] = 12
    """How many of the best rules vote at the start."""
    tolerance: Positive = 0.02
    """A rule whose boundary contrast is lower by this share of the best counts 1/e
    of it in the vote."""
    vote_share: Rate = 0.3
    """Share of the vote in the final probability; the rest is what the network has
    learned from it. 0: the network alone. Counts only after a start by vote."""
    certainty: Annotated[float, Field(ge=0, le=10)] = 1.0
    """A pixel counts |2P - 1| to this power in the loss, so that the network decides
    what the vote leaves open; 0: all pixels count alike."""
    epochs: Annotated[int, Field(ge=1, le=1000)] = 12
    """How often the pseudo-label is made anew."""
    steps: PositiveCount = 5
    """Optimisation steps in each epoch."""
    batch: Annotated[int, Field(ge=1, le=256)] = 2
    """Squares that are learned from in one step."""
    patch: Annotated[int, Field(ge=32, le=2048)] = 128
    """Side of a square in pixels."""
    relabel_after: Annotated[int, Field(ge=0)] = 4
    """Epochs of learning from the first pseudo-label before new ones are made."""
    memory: Annotated[float, Field(ge=0, le=1)] = 0.7
    """Share of the former P in the running mean of predictions; 0: the last alone;
    1: the first pseudo-label is never made anew."""
    threshold: Literal["half", "correlation", "dmi"] = "half"
    """How P is cut: at 0.5, where the mask correlates best with P, or at the best of
    K values by L_DMI (paper)."""
    thresholds: Annotated[int, Field(ge=2, le=1000)] = 30
    """K, the number of thresholds that L_DMI chooses from."""
    ems: bool = True
    """Extract the meta-structure; otherwise the mask itself is the pseudo-label."""
    radius: Radius | Literal["width"] = "width"
    """How far skeleton pixels are shifted: pixels, or as far as the object is wide
    there, which samples its area evenly."""
    keep: Rate = 0.5
    """Share of the shifted pixels that stay."""
    unsampled: Literal["background", "ignore"] = "ignore"
    """What becomes of pixels that the extraction leaves out: background (paper), or
    no label at all; then the background is sampled like the foreground."""
    loss: Literal["bce", "dmi+iou"] = "bce"
    """What is minimised: cross-entropy, or L_DMI + L_IoU (Eq. 6, paper)."""
    optimizer: Literal["adamw", "sgd"] = "adamw"
    """How the weights follow the gradient; sgd has a momentum of 0.9 (paper)."""
    learning_rate: Positive = 3e-3
    """Step size of the optimiser, the highest of its course."""
    decay: Annotated[float, Field(ge=0, lt=1)] = 1e-2
    """Weight decay."""
    course: Literal["one-cycle", "steps"] = "one-cycle"
    """How the step size goes: up and down once, or to a tenth every 20 epochs
    (paper)."""
    normal_weights: bool = False
    """Start from weights drawn from N(0, 0.02), as the paper does."""
    width: Annotated[int, Field(ge=1, le=256)] = 16
    """Channels of the U-Net's first level."""
    depth: Annotated[int, Field(ge=2, le=6)] = 2
    """How often the U-Net halves the image."""
    surroundings: bool = True
    """Show the network also how each pixel compares with its surroundings."""
    cut: Literal["contrast", "correlation"] = "contrast"
    """Where the final probability is cut: where the boundary has the best contrast
    in the image, or where the mask correlates best with it."""
    fit_edges: bool = True
    """Move the final boundary, by a few pixels at most, to where the image is half
    way between inside and outside."""
    restarts: Annotated[int, Field(ge=1, le=20)] = 1
    """Independent runs; the one most like the others is kept, of two the one whose
    boundary has the better contrast."""

    @classmethod
    def paper(cls) -> Self:
        """Return the settings of the paper and its published code."""
        return cls(
            start="black",
            vote_share=0,
            certainty=0,
            epochs=100,
            steps=1,
            batch=1,
            patch=256,
            relabel_after=0,
            memory=0,
            threshold="dmi",
            radius=1,
            keep=0.1,
            unsampled="background",
            loss="dmi+iou",
            optimizer="sgd",
            learning_rate=0.05,
            decay=1e-3,
            course="steps",
            normal_weights=True,
            surroundings=False,
            cut="correlation",
            fit_edges=False,
        )

    def network_settings(self) -> NetworkSettings:
        """Return a U-Net of the given size."""
        return NetworkSettings(width=self.width, depth=self.depth)

    def feature_settings(self) -> FeatureSettings:
        """Return what the network sees of the image."""
        return FeatureSettings(kind="surroundings" if self.surroundings else "image")

    def train(self, session: Session) -> Iterator[Event]:
        """Run Algorithm 1, as often as there are restarts, and keep one run."""
        runs: list[_Run] = []
        labels = _PseudoLabels(self, session)
        for number in range(self.restarts):
            session.restart(number)
            yield from self._learn(session, labels)
            contrast, cut = yield from labels.final_cut(self.cut)
            masks = [p > cut for p in session.probability]
            weights = session.network.state_dict()
            kept = {name: value.clone() for name, value in weights.items()}
            runs.append(_Run(contrast, cut, masks, kept))
            if session.stop.is_set():
                break
        session.fit_edges = self.fit_edges
        session.vote = self._vote_settings()
        chosen = _most_typical(runs)
        session.threshold = chosen.cut
        session.network.load_state_dict(chosen.weights)

    def _learn(self, session: Session, labels: _PseudoLabels) -> Iterator[Event]:
        """Algorithm 1: P from the network, a step towards Y*, the next Y* from P."""
        yield from labels.begin()
        course = _prepare(session, self)
        for epoch in session.epochs(self.epochs, self.steps):
            relabel = epoch > self.relabel_after
            for batch in session.batches(
                self.steps,
                size=self.batch,
                side=self.patch,
                draw=labels.draw,
                accept=labels.worth_learning,
            ):
                logits = session.forward(batch.images)[:, 0]
                loss = self._loss(logits, batch.labels, batch.weights, epoch)
                yield session.step(loss)
                course.step()
                if relabel:
                    session.remember(batch, logits.sigmoid(), self.memory)
            change = labels.renew() if relabel else 0.0
            yield session.preview()
            yield session.end_epoch(epoch, self.epochs, change=change)
        session.calibrate(side=self.patch)

    def _vote_settings(self) -> VoteSettings | None:
        if self.start != "vote" or not self.vote_share:
            return None
        return VoteSettings(
            share=self.vote_share, voters=self.voters, tolerance=self.tolerance
        )

    def _loss(
        self,
        logits: torch.Tensor,
        labels: torch.Tensor,
        weights: torch.Tensor,
        epoch: int,
    ) -> torch.Tensor:
        """Eq. 6, or cross-entropy.

        The first epoch from black is always by cross-entropy: there the gradient
        of Eq. 6 is exactly zero.
        """
        from napari_metastruct.training import losses

        if self.loss == "bce" or (self.start == "black" and epoch == 1):
            return losses.binary_cross_entropy(logits, labels, weights)
        p = logits.sigmoid()
        return losses.dmi(p, labels) + losses.soft_iou(p, labels)


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """What a restart ended with: contrast and cut, the masks of its tiles, weights."""

    contrast: float
    cut: float
    masks: list[NDArray[np.bool_]]
    weights: dict[str, torch.Tensor]


def _most_typical(runs: list[_Run]) -> _Run:
    """Return the run whose masks are most like those of the others.

    A run that went astray is like none. Where that does not decide, as between two,
    the better boundary contrast does.
    """

    def likeness(run: _Run) -> tuple[float, float]:
        others = [_dice(run.masks, other.masks) for other in runs if other is not run]
        return round(sum(others), 9), run.contrast

    return max(runs, key=likeness)


def _dice(these: list[NDArray[np.bool_]], those: list[NDArray[np.bool_]]) -> float:
    both = sum(int((a & b).sum()) for a, b in zip(these, those, strict=True))
    each = sum(int(mask.sum()) for mask in (*these, *those))
    return 2 * both / each if each else 1.0


class _PseudoLabels:
    """P and Y* of one run, on every tile; thresholds are those of whole planes."""

    def __init__(self, method: IGTT, session: Session) -> None:
        self._method = method
        self._session = session
        self._planes = _planes(session)
        self._votes: list[NDArray[np.float32]] = []
        self._cuts = [0.5] * len(session.tiles)
        self._share = 0.0

    def begin(self) -> Iterator[Event]:
        """Set P before the first epoch; show the first tile at once."""
        session, start = self._session, self._method.start
        self._cuts = [0.5] * len(self._cuts)
        for number, tile in enumerate(session.tiles):
            session.probability[number][...] = _simple_start(start, tile, session.rng)
        self._show()
        yield session.preview()
        if start == "vote":
            if not self._votes:
                self._votes = yield from _votes(session, self._planes, self._method)
            for number, chances in enumerate(self._votes):
                session.probability[number][...] = chances
            self._show()
            yield session.preview()

    def draw(self, crop: Crop) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
        """Draw Y* for a crop from S = P > cut, with the weight of each pixel."""
        p = crop.cut(self._session.probability[crop.tile])
        weight = crop.cut(self._session.tiles[crop.tile].inside).astype(np.float32)
        if self._method.certainty:
            weight *= np.abs(2 * p - 1) ** self._method.certainty
        return self._extracted(p > self._cuts[crop.tile]), weight

    def worth_learning(self, crop: Crop) -> bool:
        """Say whether a crop holds a quarter of the usual share of foreground."""
        p = crop.cut(self._session.probability[crop.tile])
        inside = crop.cut(self._session.tiles[crop.tile].inside)
        share = float((p > self._cuts[crop.tile]).mean())
        return share >= self._share / 4 and float(inside.mean()) > 0.25

    def renew(self) -> float:
        """Choose the cut of every plane anew; return the share of S that changed."""
        self._orient()
        for numbers in self._planes:
            values = np.concatenate([self._known(number) for number in numbers])
            for number in numbers:
                self._cuts[number] = self._cut_of(values)
        before = self._session.labels.copy()
        self._show()
        pairs = zip(before, self._session.labels, strict=True)
        changed = sum(int((old != new).sum()) for old, new in pairs)
        return changed / sum(label.size for label in before)

    def final_cut(
        self, rule: Literal["contrast", "correlation"]
    ) -> Generator[Event, None, tuple[float, float]]:
        """Predict the tiles; return the boundary contrast and where to cut."""
        session, share = self._session, self._method.vote_share
        shown = []
        for number in range(len(session.tiles)):
            shown.append(session.predict(number))
            if self._votes:
                shown[-1] = (1 - share) * shown[-1] + share * self._votes[number]
            session.probability[number][...] = shown[-1]
            yield Heartbeat()
        views = [view_of(tile.maps) for tile in session.tiles]
        found = [(-np.inf, 0.5)]  # where no level has a boundary
        for level in cuts(views, shown):
            found.append(level)
            yield Heartbeat()
        contrast, cut = max(found)
        if rule == "correlation":
            known = [self._known(number) for number in range(len(shown))]
            cut = most_correlated_threshold(np.concatenate(known))
        return contrast, cut

    def _extracted(self, mask: NDArray[np.bool_]) -> NDArray[np.int8]:
        """Y* = EMS(S); where S is empty, the label without extraction."""
        if not (self._method.ems and mask.any()):
            return mask.view(np.int8)
        inside = self._points(mask)
        if self._method.unsampled == "background":
            return inside.view(np.int8)
        outside = self._points(~mask) & ~mask
        label = np.full(mask.shape, -1, np.int8)
        label[outside], label[inside & mask] = 0, 1
        return label

    def _points(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        method = self._method
        points = extract(
            mask, radius=method.radius, keep=method.keep, rng=self._session.rng
        )
        return points.astype(np.bool_)

    def _cut_of(self, values: NDArray[np.float32]) -> float:
        if self._method.threshold == "half":
            return 0.5
        if self._method.threshold == "correlation":
            return most_correlated_threshold(values)
        return best_dmi_threshold(values, self._method.thresholds)

    def _known(self, number: int) -> NDArray[np.float32]:
        """P of a tile's pixels that are no padding, flat."""
        return self._session.probability[number][self._session.tiles[number].inside]

    def _orient(self) -> None:
        """Turn P and the network round where they mark the wrong side.

        L_DMI is blind to P -> 1 - P; negating the last layer is exactly that. The
        right side is the one that correlates with the image against its
        surroundings, which uneven light does not sway. A start that knows the side
        needs none of it.
        """
        session = self._session
        if self._method.start in {"vote", "intensity"}:
            return
        tiles = range(len(session.tiles))
        p = np.concatenate([self._known(number) for number in tiles])
        x = np.concatenate([t.maps["contrast-16"][t.inside] for t in session.tiles])
        if float(np.mean((p - p.mean()) * x)) >= 0:
            return
        session.negate()
        for probability in session.probability:
            np.subtract(1, probability, out=probability)

    def _show(self) -> None:
        """Keep S as the session's labels: for previews and the next comparison."""
        session = self._session
        share = []
        for number, (p, cut) in enumerate(
            zip(session.probability, self._cuts, strict=True)
        ):
            label = (p > cut).astype(np.int8)
            label[~session.tiles[number].inside] = -1
            session.labels[number] = label
            share.append(float((label > 0).mean()))
        self._share = float(np.mean(share))


def _planes(session: Session) -> list[list[int]]:
    """Group the tiles by the plane that they were cut from."""
    groups: dict[tuple[int, int], list[int]] = {}
    for number, tile in enumerate(session.tiles):
        place = (tile.window.stack, tile.window.plane)
        groups.setdefault(place, []).append(number)
    return list(groups.values())


def _simple_start(
    start: str, tile: Tile, rng: np.random.Generator
) -> NDArray[np.float32] | float:
    """P of a tile that needs no election; for a vote, what is shown before it."""
    if start == "black":
        return 0.0
    if start == "random":
        return rng.integers(0, 2, tile.shape).astype(np.float32)
    grey = tile.maps["intensity"]
    return (grey > most_correlated_threshold(grey)).astype(np.float32)


def _votes(
    session: Session, planes: list[list[int]], method: IGTT
) -> Generator[Event, None, list[NDArray[np.float32]]]:
    """Let every plane elect its rules, and the rules vote on its tiles."""
    votes: dict[int, NDArray[np.float32]] = {}
    for numbers in planes:
        windows = [session.tiles[number].maps for number in numbers]
        rules = []
        for rule in candidates(windows):
            rules.append(rule)
            yield Heartbeat()
        elected = elect(rules, method.voters)
        for number, window in zip(numbers, windows, strict=True):
            votes[number] = vote(window, elected, method.tolerance)
            yield Heartbeat()
    return [votes[number] for number in range(len(session.tiles))]


def _prepare(session: Session, method: IGTT) -> torch.optim.lr_scheduler.LRScheduler:
    """Make the optimiser, the course of its step size and, if wished, the weights."""
    import torch
    from torch.optim import lr_scheduler

    if method.normal_weights:
        _draw_weights(session, deviation=0.02)
    parameters = session.network.parameters()
    rate, decay, steps = method.learning_rate, method.decay, method.steps
    if method.optimizer == "adamw":
        session.optimizer = torch.optim.AdamW(parameters, rate, weight_decay=decay)
    else:
        session.optimizer = torch.optim.SGD(parameters, rate, 0.9, weight_decay=decay)
    if method.course == "steps":
        return lr_scheduler.StepLR(session.optimizer, 20 * steps, gamma=0.1)
    return lr_scheduler.OneCycleLR(
        session.optimizer, rate, total_steps=method.epochs * steps + 1, pct_start=0.25
    )


def _draw_weights(session: Session, deviation: float) -> None:
    import torch
    from torch import nn

    generator = torch.Generator().manual_seed(int(session.rng.integers(2**31)))
    for layer in session.network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            drawn = torch.randn(layer.weight.shape, generator=generator)
            with torch.no_grad():
                layer.weight.copy_(deviation * drawn)
