"""Predictions of whole planes while it learns."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from napari_metastruct.networks.tiling import (
    TILE,
    ArraySource,
    pad_to_stride,
    predict_steps,
)
from napari_metastruct.progress import Heartbeat, run_to_end
from napari_metastruct.training.labelled.augment import resized

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray
    from torch import nn

    from napari_metastruct.progress import Event, Steps

__all__ = ["Predictor", "evaluating"]

AT_ONCE = TILE * TILE
"""Pixels that are predicted together where planes are small."""


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """Put a network into evaluation mode for a while."""
    was = network.training
    network.eval()
    try:
        yield
    finally:
        network.train(was)


@dataclass(frozen=True, slots=True)
class Predictor:
    """What all predictions of a run have in common.

    Attributes
    ----------
    classes
        Outputs of the networks.
    stride
        Sides of their inputs are multiples of it.
    device
        Where to compute.
    """

    classes: int
    stride: int
    device: str

    def each(
        self,
        network: nn.Module,
        images: Sequence[NDArray[np.float32]],
        take: Callable[[int, NDArray[np.float32]], None],
    ) -> Iterator[Event]:
        """Predict planes; small ones of one shape together.

        Parameters
        ----------
        network
            Which network.
        images
            Planes ``(F, Y, X)``.
        take
            Called with the number of a plane and its probabilities,
            ``(classes, Y, X)`` float32.
        """
        with evaluating(network):
            for numbers in _groups([image.shape for image in images]):
                yield Heartbeat()
                first = images[numbers.start]
                if max(first.shape[1:]) > TILE:
                    take(numbers.start, (yield from self._large(network, first)))
                    continue
                together = np.stack([images[number] for number in numbers])
                found = self._small(network, together)
                for number, probability in zip(numbers, found, strict=True):
                    take(number, probability)

    def one(
        self,
        network: nn.Module,
        image: NDArray[np.float32],
        scales: Sequence[float] = (1.0,),
    ) -> NDArray[np.float32]:
        """Predict one plane ``(F, Y, X)``: the mean over sizes of the image."""
        with evaluating(network):
            maps = [self._at(network, image, scale) for scale in scales]
        return maps[0] if len(maps) == 1 else np.mean(maps, axis=0, dtype=np.float32)

    def whole(
        self, network: nn.Module, image: NDArray[np.float32]
    ) -> Steps[NDArray[np.float32]]:
        """Predict one plane ``(F, Y, X)`` of any size just as a saved model does."""
        with evaluating(network):
            return (yield from self._large(network, image))

    def _at(
        self, network: nn.Module, image: NDArray[np.float32], scale: float
    ) -> NDArray[np.float32]:
        rows, columns = image.shape[1:]
        if scale == 1:
            return self._plane(network, image)
        shape = max(1, round(rows * scale)), max(1, round(columns * scale))
        found = self._plane(network, resized(image, shape))
        return resized(found, (rows, columns))

    def _plane(
        self, network: nn.Module, image: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        if max(image.shape[1:]) > TILE:
            return run_to_end(self._large(network, image))
        found: NDArray[np.float32] = self._small(network, image[None])[0]
        return found

    def _large(
        self, network: nn.Module, image: NDArray[np.float32]
    ) -> Steps[NDArray[np.float32]]:
        return predict_steps(
            network,
            ArraySource(image),
            stride=self.stride,
            device=self.device,
            classes=self.classes,
        )

    @torch.inference_mode()
    def _small(
        self, network: nn.Module, images: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        height, width = images.shape[2:]
        padded = torch.from_numpy(pad_to_stride(images, self.stride))
        batch = padded.to(self.device, memory_format=torch.channels_last)
        with torch.autocast("cuda", torch.bfloat16, enabled=self.device == "cuda"):
            logits: torch.Tensor = network(batch)
        found: NDArray[np.float32] = (
            logits[..., :height, :width].float().softmax(1).cpu().numpy()
        )
        return found


def _groups(shapes: Sequence[tuple[int, ...]]) -> Iterator[range]:
    """Yield neighbours of one shape that are small enough to go together."""
    first = 0
    for last, shape in enumerate(shapes, start=1):
        pixels = shape[1] * shape[2]
        same = last < len(shapes) and shapes[last] == shape
        if not same or (last - first + 1) * pixels > AT_ONCE:
            yield range(first, last)
            first = last
