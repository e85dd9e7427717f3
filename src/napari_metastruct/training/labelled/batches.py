"""From patches to what a network learns from in one step."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from napari_metastruct.training.labelled.augment import (
    count_crops,
    crops_once,
    draw_crops,
    patch_side,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from napari_metastruct.training.labelled.augment import Crop
    from napari_metastruct.training.labelled.planes import Example
    from napari_metastruct.training.labelled.settings import LabelledSettings

__all__ = ["Cutter", "LabelledBatch"]


@dataclass(frozen=True, slots=True, eq=False)
class LabelledBatch:
    """Patches that are learned from in one step.

    Attributes
    ----------
    images
        ``(N, F, Y, X)`` float32 on the device.
    labels
        ``(N, Y, X)`` int64 on the device: rank of the class, or -1 to ignore.
    maps
        Further maps that were asked for, turned along: ``(N, Y, X)`` or
        ``(N, C, Y, X)`` on the device; int64 of whole numbers, else float32. Outside
        of an image they are -1 (whole numbers) or 0.
    crops
        Where the patches were cut.
    shapes
        Rows and columns of all training planes.
    """

    images: torch.Tensor
    labels: torch.Tensor
    maps: Mapping[str, torch.Tensor]
    crops: tuple[Crop, ...]
    shapes: Sequence[tuple[int, int]]

    @property
    def planes(self) -> tuple[int, ...]:
        """Number of the training plane that each patch was cut from."""
        return tuple(crop.plane for crop in self.crops)

    def placed(
        self, values: torch.Tensor
    ) -> Iterator[tuple[int, slice, slice, NDArray[np.float32]]]:
        """Put predictions ``(N, C, Y, X)`` back to where the patches were cut.

        Yields
        ------
        Number of the training plane, rows and columns in it, and the values there,
        ``(C, rows, columns)``, turned and scaled back.
        """
        patches = values.detach().float().cpu().numpy()
        for crop, patch in zip(self.crops, patches, strict=True):
            yield crop.plane, *crop.place(patch, self.shapes[crop.plane])


class Cutter:
    """Draws the patches of an epoch and makes batches of them.

    Parameters
    ----------
    examples
        The training planes.
    settings
        Size, number and augmentation of the patches.
    rng
        Makes all choices.
    device
        Where batches go.

    Attributes
    ----------
    shapes
        Rows and columns of all training planes.
    side
        Of a patch.
    planes
        Those that patches are cut from; None: all.
    """

    def __init__(
        self,
        examples: Sequence[Example],
        settings: LabelledSettings,
        rng: np.random.Generator,
        device: str,
    ) -> None:
        self._images = [example.image for example in examples]
        self._settings = settings
        self._rng = rng
        self._device = device
        self.shapes = [example.shape for example in examples]
        self.side = patch_side(self.shapes, settings)
        self.planes: Sequence[int] | None = None

    def steps(self) -> int:
        """Return the number of batches in an epoch."""
        crops = count_crops(self.shapes, self.side, self._settings, self.planes)
        return crops // self._settings.batch

    def passes(self, planes: Sequence[int]) -> float:
        """Return how often an epoch of these planes alone goes through them."""
        own = [self.shapes[plane] for plane in planes]
        return self.steps() * self._settings.batch / crops_once(own, self.side)

    def crops(
        self,
        labels: Sequence[NDArray[np.int16]],
        planes: Sequence[int] | None = None,
    ) -> Iterator[list[Crop]]:
        """Yield the patches of one epoch, batch by batch; each has a label.

        As many of some planes only, if these are given, as of all.
        """
        drawn = draw_crops(
            self.shapes,
            self.side,
            self._settings,
            self._rng,
            self.planes if planes is None else planes,
            self.steps() * self._settings.batch,
        )
        while group := list(islice(drawn, self._settings.batch)):
            yield [self._useful(crop, labels) for crop in group]

    def batch(
        self,
        crops: Sequence[Crop],
        labels: Sequence[NDArray[np.int16]],
        maps: Mapping[str, Sequence[NDArray[Any]]],
    ) -> LabelledBatch:
        """Cut patches, as the labels and maps are now."""
        images = np.stack([c.cut_image(self._images[c.plane]) for c in crops])
        self._change_intensity(images)
        cut = {name: self._cut(crops, planes) for name, planes in maps.items()}
        return LabelledBatch(
            torch.from_numpy(images).to(
                self._device, memory_format=torch.channels_last
            ),
            self._cut(crops, labels),
            cut,
            tuple(crops),
            self.shapes,
        )

    def _cut(
        self, crops: Sequence[Crop], planes: Sequence[NDArray[Any]]
    ) -> torch.Tensor:
        patches = np.stack([crop.cut_map(planes[crop.plane]) for crop in crops])
        return torch.from_numpy(patches).to(self._device)

    def _change_intensity(self, images: NDArray[np.float32]) -> None:
        most = self._settings.intensity
        if most:
            shape = (2, len(images), 1, 1, 1)
            gain, shift = self._rng.uniform(-most, most, shape).astype(np.float32)
            images *= 1 + gain
            images += shift

    def _useful(self, crop: Crop, labels: Sequence[NDArray[np.int16]]) -> Crop:
        own = labels[crop.plane]
        if crop.is_labelled(own):
            return crop
        known = np.flatnonzero(own >= 0)
        row, column = divmod(int(self._rng.choice(known)), own.shape[1])
        return crop.moved_to(row, column, own)
