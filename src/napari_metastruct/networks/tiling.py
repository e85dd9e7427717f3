"""Prediction of planes of any size: blocks, overlapping tiles, Gaussian blending."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch

from napari_metastruct.evidence import blocks
from napari_metastruct.progress import PlaneDone

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import nn

    from napari_metastruct.progress import Steps

__all__ = ["ArraySource", "Source", "pad_to_stride", "predict_steps"]

TILE = 512
"""Side of a tile: one takes well under a second on a CPU, so a cancel is quick."""
OVERLAP = 64
"""Pixels that neighbouring tiles share, blended by Gaussian weights."""
BLOCK = 2048
"""Side of a block: what is held as network input at once, so that memory beyond
the result does not grow with the plane. A multiple of every network's stride."""


class Source(Protocol):
    """What a network sees of a plane, window by window."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the plane."""

    @property
    def valid(self) -> NDArray[np.bool_] | None:
        """``(Y, X)``, False where no objects can be; None: they can be anywhere."""

    def window(self, rows: slice, columns: slice) -> NDArray[np.float32]:
        """Return the network's input in a rectangle, ``(F, rows, columns)``."""


@dataclass(frozen=True, slots=True, eq=False)
class ArraySource:
    """A plane whose features are there as one array, ``(F, Y, X)`` float32."""

    features: NDArray[np.float32]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the plane."""
        rows, columns = self.features.shape[1:]
        return rows, columns

    @property
    def valid(self) -> None:
        """Objects can be anywhere."""

    def window(self, rows: slice, columns: slice) -> NDArray[np.float32]:
        """Return the features in a rectangle, ``(F, rows, columns)``."""
        return np.ascontiguousarray(self.features[:, rows, columns])


def predict_steps(
    network: nn.Module,
    source: Source,
    *,
    stride: int,
    device: str = "cpu",
    classes: int = 1,
) -> Steps[NDArray[np.float32]]:
    """Predict the probability of each class for every pixel of a plane.

    Parameters
    ----------
    network
        Maps ``(N, F, Y, X)`` to ``classes`` logits a pixel; in evaluation mode.
    source
        The plane's features, computed window by window.
    stride
        Tile sides are multiples of it.
    device
        Where to compute.
    classes
        1: the logit is that of the foreground (sigmoid); else one logit for each
        class (softmax).

    Returns
    -------
    ``(classes, Y, X)`` float32 in 0..1, by a generator that yields after each tile.
    Memory beyond the result is bounded; cost is linear in the pixels.
    """
    parts = blocks(source.shape, OVERLAP, BLOCK)
    total = sum(len(_tiles(_padded(block.seen, stride))) for block in parts)
    probability = np.empty((classes, *source.shape), np.float32)
    done = 0
    for block in parts:
        inputs = torch.from_numpy(pad_to_stride(source.window(*block.seen), stride))
        blended = torch.zeros((classes, *inputs.shape[1:]))
        weights = torch.zeros(inputs.shape[1:])
        for rows, columns in _tiles(inputs.shape[1:]):
            tile = _predict_tile(network, inputs[:, rows, columns], device)
            importance = _importance(*tile.shape[1:])
            blended[:, rows, columns] += tile * importance
            weights[rows, columns] += importance
            done += 1
            yield PlaneDone(done, total)
        inner = (slice(None), *block.inner)
        probability[:, block.core[0], block.core[1]] = (blended / weights).numpy()[
            inner
        ]
    if source.valid is not None:
        probability[:, ~source.valid] = 0  # dead padding holds no objects
    return probability


@torch.inference_mode()
def _predict_tile(
    network: nn.Module, inputs: torch.Tensor, device: str
) -> torch.Tensor:
    batch = inputs[None].to(device, memory_format=torch.channels_last)
    with torch.autocast("cuda", enabled=device.startswith("cuda")):
        logits: torch.Tensor = network(batch)[0].float()
    return (logits.sigmoid() if len(logits) == 1 else logits.softmax(0)).cpu()


def _importance(height: int, width: int) -> torch.Tensor:
    """Weigh a tile by a Gaussian around its middle.

    It is a plain product, without a floor: with one, two tiles would count alike
    along the image's edge, where both are small, also where one of them ends.
    """
    rows, columns = (_bell(side) for side in (height, width))
    return rows[:, None] * columns


def _bell(side: int) -> torch.Tensor:
    """Return a Gaussian that falls to next to nothing at both ends.

    There the network has seen a tile's edge, not the image behind it.
    """
    distance = torch.arange(side) - (side - 1) / 2
    bell = torch.exp(-0.5 * (distance / (side / 8)).square())
    return bell - bell[0] + 1e-6


def _tiles(size: tuple[int, ...]) -> list[tuple[slice, slice]]:
    from monai.data.utils import dense_patch_slices

    sides = tuple(min(TILE, side) for side in size)
    steps = tuple(
        side - OVERLAP if side < full else full
        for side, full in zip(sides, size, strict=True)
    )
    return [(s[0], s[1]) for s in dense_patch_slices(tuple(size), sides, steps)]


def _padded(window: tuple[slice, slice], stride: int) -> tuple[int, ...]:
    sides = (axis.stop - axis.start for axis in window)
    return tuple(-(-side // stride) * stride for side in sides)


def pad_to_stride(inputs: NDArray[np.float32], stride: int) -> NDArray[np.float32]:
    """Mirror ``(..., Y, X)`` at its lower and right end up to multiples of a stride."""
    missing = [(0, -side % stride) for side in inputs.shape[-2:]]
    if not any(after for _, after in missing):
        return inputs
    none = [(0, 0)] * (inputs.ndim - 2)
    return np.pad(inputs, [*none, *missing], mode="reflect")
