"""What a method may touch while it learns; kept narrow on purpose."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from napari_metastruct.networks.create import create_network, last_layer
from napari_metastruct.progress import BatchEnd, EpochEnd, Preview, StopFlag

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from napari_metastruct.evidence import VoteSettings
    from napari_metastruct.networks.create import NetworkSettings
    from napari_metastruct.training.data import Tile

__all__ = ["Accept", "Batch", "Crop", "Draw", "Session"]


@dataclass(frozen=True, slots=True)
class Crop:
    """A square of a tile and how it is turned: quarter turns, then a mirror."""

    tile: int
    rows: slice
    columns: slice
    turns: int
    mirrored: bool

    def cut(self, array: NDArray[Any]) -> NDArray[Any]:
        """Return the square of a map of the tile, as it lies there: a view."""
        return array[..., self.rows, self.columns]

    def turn(self, square: NDArray[Any]) -> NDArray[Any]:
        """Turn a square as the network sees it."""
        turned = np.rot90(square, self.turns, (-2, -1))
        return turned[..., ::-1] if self.mirrored else turned

    def turn_back(self, values: NDArray[Any]) -> NDArray[Any]:
        """Undo `turn`."""
        straight = values[..., ::-1] if self.mirrored else values
        return np.rot90(straight, -self.turns, (-2, -1))


@dataclass(frozen=True, slots=True)
class Batch:
    """Crops that are learned from in one step.

    Attributes
    ----------
    images
        ``(N, F, Y, X)`` float32 on the device.
    labels
        ``(N, Y, X)`` int64 on the device; -1 is ignored.
    weights
        ``(N, Y, X)`` float32 on the device: how much a pixel counts.
    crops
        Where they come from; `Session.remember` reads it.
    """

    images: torch.Tensor
    labels: torch.Tensor
    weights: torch.Tensor
    crops: tuple[Crop, ...]


Draw = Callable[["Crop"], tuple[NDArray[np.int8], NDArray[np.float32]]]
"""Gives labels and weights of a crop, both ``(Y, X)`` and not turned."""
Accept = Callable[["Crop"], bool]
"""Says whether a crop is worth learning from."""

TRIES = 8
"""Crops that are looked at, at most, until one is worth learning from."""


@dataclass
class Session:
    """Networks, images and labels of one run, and the steps that change them.

    Attributes
    ----------
    tiles
        The learning set.
    labels
        One ``(Y, X)`` int8 map for each tile: class, or -1 to ignore. The method
        owns them and repairs them here; nobody else's array is touched.
    probability
        One ``(Y, X)`` float32 map for each tile: running mean of the predictions
        that `remember` was given, 0.5 before the first.
    network, optimizer
        What learns; the method makes the optimizer.
    vote, threshold, fit_edges
        How much the vote of an image's own rules counts in its probability, above
        which probability a pixel shall be foreground, and whether the mask is then
        fitted to the edges of the image; the method sets them.
    rng
        Source of everything random but the weights.
    """

    tiles: Sequence[Tile]
    network_settings: NetworkSettings
    out_channels: int = 1
    seed: int = 0
    device: str = "cpu"
    stop: StopFlag = field(default_factory=StopFlag)
    labels: list[NDArray[np.int8]] = field(init=False)
    probability: list[NDArray[np.float32]] = field(init=False)
    network: nn.Module = field(init=False)
    optimizer: torch.optim.Optimizer = field(init=False)
    rng: np.random.Generator = field(init=False)
    vote: VoteSettings | None = field(init=False, default=None)
    threshold: float = field(init=False, default=0.5)
    fit_edges: bool = field(init=False, default=False)
    _step: int = field(init=False, default=0)
    _steps: int = field(init=False, default=0)
    _losses: list[float] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.restart(0)

    def restart(self, number: int) -> None:
        """Begin again with fresh weights, labels and random numbers."""
        self.rng = np.random.default_rng([self.seed, number])
        self.labels = [np.zeros(tile.shape, np.int8) for tile in self.tiles]
        self.probability = [np.full(t.shape, 0.5, np.float32) for t in self.tiles]
        channels = self.tiles[0].inputs.shape[0]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(self.rng.integers(2**31)))
            network = create_network(self.network_settings, channels, self.out_channels)
        self.network = network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def epochs(self, total: int, steps: int) -> Iterator[int]:
        """Yield 1..``total`` until a stop is asked for; ``steps`` in each.

        The first epoch is always there, so that a stop never leaves a network that
        has learned nothing.
        """
        self._step, self._steps = 0, total * steps
        for epoch in range(1, total + 1):
            if epoch > 1 and self.stop.is_set():
                return
            self.network.train()
            self._losses.clear()
            yield epoch

    def batches(
        self,
        steps: int,
        *,
        size: int,
        side: int,
        draw: Draw | None = None,
        accept: Accept | None = None,
    ) -> Iterator[Batch]:
        """Yield ``steps`` batches of ``size`` random, randomly turned squares.

        Parameters
        ----------
        steps
            How many batches.
        size
            Squares in a batch.
        side
            Side of a square in pixels; at most the smallest tile's, and rounded
            down to the network's stride.
        draw
            Gives the labels of a square; without it those of `labels` are used.
        accept
            Another square is tried, a few times, where it says no.
        """
        smallest = min(min(tile.shape) for tile in self.tiles)
        stride = self.network_settings.stride
        side = max(stride, min(side, smallest) // stride * stride)
        for _ in range(steps):
            crops = [self._accepted_crop(side, accept) for _ in range(size)]
            yield self._batch(crops, draw or self._given)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the network's logits in float32, ``(N, channels, Y, X)``."""
        with self._autocast():
            logits: torch.Tensor = self.network(images)
        return logits.float()

    def step(self, loss: torch.Tensor) -> BatchEnd:
        """Go one step down the loss; return the event to yield."""
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self._step += 1
        self._losses.append(float(loss.detach()))
        return BatchEnd(self._step, self._steps, self._losses[-1])

    def remember(
        self, batch: Batch, probability: torch.Tensor, momentum: float = 0.7
    ) -> None:
        """Mix predictions of a batch, ``(N, Y, X)``, into `probability`.

        The first prediction of a pixel is weighted like every later one: it
        counts ``1 - momentum`` against what was there.
        """
        values = probability.detach().float().cpu().numpy()
        for crop, value in zip(batch.crops, values, strict=True):
            known = crop.cut(self.probability[crop.tile])
            known *= momentum
            known += (1 - momentum) * crop.turn_back(value)

    def end_epoch(self, epoch: int, total: int, **values: float) -> EpochEnd:
        """Return the event that closes an epoch, with the numbers to plot.

        The mean loss of the epoch and the share of foreground in the labelled
        pixels are added to what the method reports.
        """
        known = sum(int((labels >= 0).sum()) for labels in self.labels)
        inside = sum(int((labels > 0).sum()) for labels in self.labels)
        loss = float(np.mean(self._losses)) if self._losses else 0.0
        own = {"loss": loss, "foreground": inside / max(known, 1)}
        return EpochEnd(epoch, total, own | values)

    @torch.no_grad()
    def negate(self) -> None:
        """Turn the network round: it will predict 1 - P where it predicted P."""
        for parameter in last_layer(self.network).parameters():
            parameter.neg_()

    def preview(self, tile: int = 0) -> Preview:
        """Return how one tile looks now."""
        window = self.tiles[tile].window
        return Preview(
            plane=window.plane,
            probability=self.probability[tile].copy(),
            pseudo_label=self.labels[tile].copy(),
            offset=(window.rows.start, window.columns.start),
        )

    @torch.inference_mode()
    def predict(self, tile: int) -> NDArray[np.float32]:
        """Predict the probability of foreground for a whole tile, ``(Y, X)``."""
        self.network.eval()
        inputs = self.tiles[tile].inputs
        height, width = inputs.shape[1:]
        stride = self.network_settings.stride
        missing = [(0, 0), (0, -height % stride), (0, -width % stride)]
        padded = torch.from_numpy(np.pad(inputs, missing, mode="reflect"))[None]
        logits = self.forward(self._to_device(padded))
        self.network.train()
        return torch.sigmoid(logits)[0, 0, :height, :width].cpu().numpy()

    @torch.no_grad()
    def calibrate(self, *, side: int, batches: int = 8) -> None:
        """Measure the network's running statistics anew, with its final weights.

        During a short training they lag behind the weights; prediction uses them.
        """
        norms = [m for m in self.network.modules() if isinstance(m, nn.BatchNorm2d)]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # a plain mean over the batches that follow
        self.network.train()
        for batch in self.batches(batches, size=1, side=side):
            self.forward(batch.images)
        for norm in norms:
            norm.momentum = 0.1
        self.network.eval()

    def _crop(self, side: int) -> Crop:
        areas = [float(tile.shape[0] * tile.shape[1]) for tile in self.tiles]
        number = int(self.rng.choice(len(areas), p=np.divide(areas, sum(areas))))
        height, width = self.tiles[number].shape
        top = int(self.rng.integers(height - side + 1))
        left = int(self.rng.integers(width - side + 1))
        return Crop(
            number,
            slice(top, top + side),
            slice(left, left + side),
            turns=int(self.rng.integers(4)),
            mirrored=bool(self.rng.integers(2)),
        )

    def _accepted_crop(self, side: int, accept: Accept | None) -> Crop:
        for _ in range(TRIES):
            crop = self._crop(side)
            if accept is None or accept(crop):
                break
        return crop

    def _given(self, crop: Crop) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
        label = crop.cut(self.labels[crop.tile])
        return label, np.ones(label.shape, np.float32)

    def _batch(self, crops: list[Crop], draw: Draw) -> Batch:
        images = [c.turn(c.cut(self.tiles[c.tile].inputs)) for c in crops]
        drawn = [draw(crop) for crop in crops]
        labels = [c.turn(d[0]) for c, d in zip(crops, drawn, strict=True)]
        weights = [c.turn(d[1]) for c, d in zip(crops, drawn, strict=True)]
        return Batch(
            self._to_device(torch.from_numpy(np.stack(images))),
            torch.from_numpy(np.stack(labels).astype(np.int64)).to(self.device),
            torch.from_numpy(np.stack(weights)).to(self.device),
            tuple(crops),
        )

    def _to_device(self, images: torch.Tensor) -> torch.Tensor:
        return images.to(self.device, memory_format=torch.channels_last)

    def _autocast(self) -> AbstractContextManager[object]:
        if self.device != "cuda":
            return nullcontext()
        return torch.autocast("cuda", torch.bfloat16)
