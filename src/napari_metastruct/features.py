"""What a network sees of an image: its contrast against several surroundings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import ndimage

from napari_metastruct.parameters import Parameters, Positive

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FeatureSettings", "PlaneFeatures"]

TRUNCATE = 3.0
"""A Gaussian is cut off at this many standard deviations."""


class FeatureSettings(Parameters):
    """How an image becomes the input of a network."""

    scales: tuple[Positive, ...] = (4.0, 8.0, 16.0)
    """Standard deviations in pixels of the surroundings that each pixel is
    compared with; no scale leaves the image alone."""

    def channel_count(self, image_channels: int) -> int:
        """Return how many channels the network's input has."""
        return image_channels + len(self.scales)


class PlaneFeatures:
    """The network's input for one plane, computed window by window.

    Channels: every image channel, shifted and scaled to mean 0 and standard
    deviation 1 over the plane, then for every scale the local contrast, which is
    the difference between the image and its Gaussian mean, scaled likewise. Dark
    objects are turned into bright ones by the sign.

    Parameters
    ----------
    plane
        ``(C, Y, X)`` float32 in the image's own units.
    settings
        The scales.
    foreground
        "bright" or "dark" objects.
    """

    def __init__(
        self,
        plane: NDArray[np.float32],
        settings: FeatureSettings,
        foreground: Literal["bright", "dark"],
    ) -> None:
        self._plane = plane
        self._scales = settings.scales
        sign = -1.0 if foreground == "dark" else 1.0
        mean = plane.mean(axis=(1, 2), dtype=np.float64)
        deviation = plane.std(axis=(1, 2), dtype=np.float64)
        self._mean = mean.astype(np.float32)[:, None, None]
        self._gain = (sign / np.maximum(deviation, 1e-12)).astype(np.float32)[
            :, None, None
        ]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the plane."""
        height, width = self._plane.shape[1:]
        return height, width

    def window(self, rows: slice, columns: slice) -> NDArray[np.float32]:
        """Return the features of a rectangle, ``(F, rows, columns)`` float32.

        The same numbers as cutting the rectangle out of the whole plane's
        features: the surroundings are looked at as far as they matter.
        """
        margin = int(TRUNCATE * max(self._scales, default=0.0) + 0.5)
        seen_rows, inner_rows = _grow(rows, margin, self.shape[0])
        seen_columns, inner_columns = _grow(columns, margin, self.shape[1])
        seen = (self._plane[:, seen_rows, seen_columns] - self._mean) * self._gain
        grey = seen.mean(axis=0)
        contrast = [_local_contrast(grey, scale) for scale in self._scales]
        stacked = np.concatenate([seen, *(c[None] for c in contrast)])
        return np.ascontiguousarray(stacked[:, inner_rows, inner_columns])


def _grow(span: slice, margin: int, side: int) -> tuple[slice, slice]:
    seen = slice(max(0, span.start - margin), min(side, span.stop + margin))
    return seen, slice(span.start - seen.start, span.stop - seen.start)


def _local_contrast(grey: NDArray[np.float32], scale: float) -> NDArray[np.float32]:
    surroundings = ndimage.gaussian_filter(grey, scale, truncate=TRUNCATE)
    contrast: NDArray[np.float32] = grey - surroundings
    return contrast
