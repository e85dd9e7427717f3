"""What a method may touch while it learns; kept narrow on purpose."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from napari_metastruct.networks.create import create_network
from napari_metastruct.progress import BatchEnd, EpochEnd, Preview, StopFlag

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from numpy.typing import NDArray

    from napari_metastruct.networks.create import NetworkSettings
    from napari_metastruct.training.data import Tile

__all__ = ["Batch", "Session"]


@dataclass(frozen=True, slots=True)
class _Crop:
    """A square of a tile and how it was turned: quarter turns, then a mirror."""

    tile: int
    rows: slice
    columns: slice
    turns: int
    mirrored: bool

    def take(self, array: NDArray[Any]) -> NDArray[Any]:
        turned = np.rot90(array[..., self.rows, self.columns], self.turns, (-2, -1))
        return turned[..., ::-1] if self.mirrored else turned

    def put_back(self, values: NDArray[Any]) -> NDArray[Any]:
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
    crops
        Where they come from; `Session.remember` reads it.
    """

    images: torch.Tensor
    labels: torch.Tensor
    crops: tuple[_Crop, ...]


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
    threshold
        Probability above which a pixel shall be foreground; the method sets it.
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
    threshold: float = field(init=False, default=0.5)
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
        """Yield 1..``total`` until a stop is asked for; ``steps`` in each."""
        self._step, self._steps = 0, total * steps
        for epoch in range(1, total + 1):
            if self.stop.is_set():
                return
            self.network.train()
            self._losses.clear()
            yield epoch

    def batches(self, steps: int, *, size: int, side: int) -> Iterator[Batch]:
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
        """
        smallest = min(min(tile.shape) for tile in self.tiles)
        stride = self.network_settings.stride
        side = max(stride, min(side, smallest) // stride * stride)
        for _ in range(steps):
            yield self._batch([self._crop(side) for _ in range(size)])

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
            known = self.probability[crop.tile][crop.rows, crop.columns]
            known *= momentum
            known += (1 - momentum) * crop.put_back(value)

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

    def _crop(self, side: int) -> _Crop:
        areas = [float(tile.shape[0] * tile.shape[1]) for tile in self.tiles]
        number = int(self.rng.choice(len(areas), p=np.divide(areas, sum(areas))))
        height, width = self.tiles[number].shape
        top = int(self.rng.integers(height - side + 1))
        left = int(self.rng.integers(width - side + 1))
        return _Crop(
            number,
            slice(top, top + side),
            slice(left, left + side),
            turns=int(self.rng.integers(4)),
            mirrored=bool(self.rng.integers(2)),
        )

    def _batch(self, crops: list[_Crop]) -> Batch:
        images = np.stack([c.take(self.tiles[c.tile].inputs) for c in crops])
        labels = np.stack([c.take(self.labels[c.tile]) for c in crops])
        return Batch(
            self._to_device(torch.from_numpy(images)),
            torch.from_numpy(labels.astype(np.int64)).to(self.device),
            tuple(crops),
        )

    def _to_device(self, images: torch.Tensor) -> torch.Tensor:
        return images.to(self.device, memory_format=torch.channels_last)

    def _autocast(self) -> AbstractContextManager[object]:
        if self.device != "cuda":
            return nullcontext()
        return torch.autocast("cuda", torch.bfloat16)
