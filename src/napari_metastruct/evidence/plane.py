"""A plane made comparable: objects bright, scaled, dead surroundings set aside."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, product
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from napari_metastruct.evidence.filters import averaged, blur, noise_level
from napari_metastruct.evidence.padding import find_padding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_metastruct.thresholding import Side

__all__ = ["BrightPlane", "Window", "sample"]

Window = tuple[slice, slice]
"""Rows and columns of a plane."""

SAMPLE = 200_000
"""Pixels from which percentiles, moments and thresholds are taken."""
SAMPLE_SIDE, MOST_SAMPLES = 512, 4
"""What is measured on a plane is measured in at most 4 windows of 512 x 512."""


@dataclass(frozen=True, eq=False)
class BrightPlane:
    """One plane with its objects turned bright and its range scaled to about 0..1.

    Attributes
    ----------
    plane
        ``(C, Y, X)`` float32 in the image's own units.
    side
        Whether its objects are "bright" or "dark".
    look_for_padding
        Whether dead padding around a picture is found and left out.
    """

    plane: NDArray[np.float32]
    side: Side
    look_for_padding: bool = True

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = self.plane.shape[1:]
        return rows, columns

    @cached_property
    def valid(self) -> NDArray[np.bool_] | None:
        """``(Y, X)``, False in dead padding around the picture; None: no padding."""
        if not self.look_for_padding:
            return None
        step = max(1, max(self.shape) // 512)
        small = np.stack([averaged(channel, step) for channel in self.plane])
        grey = ndimage.gaussian_filter(self._scaled(small).mean(axis=0), 1)
        return find_padding(grey, step, self.shape)

    @cached_property
    def noise(self) -> float:
        """Standard deviation of the white noise, at least 0.005."""
        grey = np.concatenate([self.grey(w).ravel() for w in self.sample_windows[:1]])
        shape = self._shape_of(self.sample_windows[0])
        return max(noise_level(grey.reshape(shape)), 0.005)

    @cached_property
    def base(self) -> float:
        """Intensity of the background: 0.5 % of the smoothed pixels are below."""
        parts = [sample(blur(self.grey(w), 1)) for w in self.sample_windows]
        return float(np.percentile(np.concatenate(parts), 0.5))

    @cached_property
    def sample_windows(self) -> list[Window]:
        """Everything of a small plane, a few windows spread over a large one."""
        return _spread(self.shape, SAMPLE_SIDE, MOST_SAMPLES)

    def window(self, where: Window) -> NDArray[np.float32]:
        """Return a part of every channel, ``(C, rows, columns)`` float32.

        Dead padding is filled with what lies next to it, so that no filter sees
        an edge there.
        """
        part = self._scaled(self.plane[:, where[0], where[1]])
        if self.valid is None:
            return part
        inside = self.valid[where]
        return part if inside.all() else _filled(part, inside)

    def grey(self, where: Window) -> NDArray[np.float32]:
        """Return the mean of the channels of a part, ``(rows, columns)`` float32."""
        mean: NDArray[np.float32] = self.window(where).mean(axis=0)
        return mean

    def inside(self, where: Window) -> NDArray[np.bool_]:
        """Return which pixels of a part are no padding."""
        if self.valid is None:
            return np.ones(self._shape_of(where), np.bool_)
        return self.valid[where]

    @cached_property
    def _range(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Least value and span of each channel, without the outermost 0.1 %."""
        flat = self.plane.reshape(len(self.plane), -1)
        thinned = flat[:, :: max(1, flat.shape[1] // SAMPLE)]
        low, high = np.percentile(thinned, (0.1, 99.9), axis=1)
        flat_range = high <= low
        if flat_range.any():
            low = np.where(flat_range, flat.min(axis=1), low)
            high = np.where(flat_range, flat.max(axis=1), high)
        span = np.maximum(high - low, 1e-12)
        return (
            low.astype(np.float32)[:, None, None],
            span.astype(np.float32)[:, None, None],
        )

    def _scaled(self, part: NDArray[np.float32]) -> NDArray[np.float32]:
        low, span = self._range
        scaled = (part - low) / span
        np.clip(scaled, -0.5, 3.0, out=scaled)
        return 1 - scaled if self.side == "dark" else scaled

    def _shape_of(self, where: Window) -> tuple[int, int]:
        rows, columns = (
            len(range(*part.indices(side)))
            for part, side in zip(where, self.shape, strict=True)
        )
        return rows, columns


def sample(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return an even choice of at most `SAMPLE` values, flat."""
    flat = values.ravel()
    return flat[:: max(1, flat.size // SAMPLE)]


def _spread(shape: tuple[int, int], side: int, most: int) -> list[Window]:
    if shape[0] * shape[1] <= most * side * side:
        return [(slice(0, shape[0]), slice(0, shape[1]))]
    rows, columns = (_parts(extent, side, round(most**0.5)) for extent in shape)
    return list(product(rows, columns))


def _parts(extent: int, side: int, count: int) -> list[slice]:
    """Return the middles of ``count`` equal parts of an axis."""
    edges = np.linspace(0, extent, count + 1).astype(int).tolist()
    middles = [(start + stop) // 2 for start, stop in pairwise(edges)]
    reach = min(side, extent // count) // 2
    return [slice(middle - reach, middle + reach) for middle in middles]


def _filled(
    part: NDArray[np.float32], inside: NDArray[np.bool_]
) -> NDArray[np.float32]:
    if not inside.any():
        return np.zeros_like(part)
    nearest = ndimage.distance_transform_edt(
        ~inside, return_distances=False, return_indices=True
    )
    weight = blur(inside.astype(np.float32), 8)
    filled = np.empty_like(part)
    for number, channel in enumerate(part):
        smooth = blur(np.where(inside, channel, 0), 8) / np.maximum(weight, 1e-3)
        filled[number] = np.where(inside, channel, smooth[tuple(nearest)])
    return filled
