"""What a network sees of an image: its contrast against several surroundings."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from napari_metastruct.evidence import BrightPlane, EvidenceMaps
from napari_metastruct.parameters import Parameters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_metastruct.evidence import Window
    from napari_metastruct.thresholding import Side

__all__ = ["FeatureSettings", "PlaneFeatures"]

SURROUNDINGS = ("root", "contrast-4", "contrast-16", "fine-8", "fine-32")
"""The evidence maps that are shown to the network beside the image itself."""
REACH = 192
"""Pixels around a window that these maps depend on: two blurs of width 32."""
MOST = 6.0
"""Values beyond so many standard deviations are cut off."""


class FeatureSettings(Parameters):
    """How an image becomes the input of a network."""

    kind: Literal["image", "surroundings"] = "surroundings"
    """The image alone, or also its contrast against its surroundings."""
    padding: Literal["leave out", "keep"] = "leave out"
    """Find dead padding around a picture, where no objects are, or take the whole
    plane as the picture."""

    def channel_count(self, image_channels: int) -> int:
        """Return how many channels the network's input has."""
        more = len(SURROUNDINGS) if self.kind == "surroundings" else 0
        return image_channels + more


class PlaneFeatures:
    """The network's input for one plane, computed window by window.

    Channels: every image channel with objects bright, then, if wished, evidence
    maps that compare a pixel with its surroundings. Each is shifted and scaled to
    mean 0 and standard deviation 1 over the plane.

    Parameters
    ----------
    plane
        ``(C, Y, X)`` float32 in the image's own units.
    settings
        What is shown.
    side
        "bright" or "dark" objects.
    """

    def __init__(
        self, plane: NDArray[np.float32], settings: FeatureSettings, side: Side
    ) -> None:
        look = settings.padding == "leave out"
        self.bright = BrightPlane(plane, side, look_for_padding=look)
        self._names = SURROUNDINGS if settings.kind == "surroundings" else ()
        self._reach = REACH if self._names else 0

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the plane."""
        return self.bright.shape

    @property
    def valid(self) -> NDArray[np.bool_] | None:
        """``(Y, X)``, False in dead padding; None: there is none."""
        return self.bright.valid

    def window(self, rows: slice, columns: slice) -> NDArray[np.float32]:
        """Return the features of a rectangle, ``(F, rows, columns)`` float32.

        The same numbers as cutting the rectangle out of the whole plane's
        features: the surroundings are looked at as far as they matter.
        """
        features = self._raw((rows, columns))
        mean, deviation = self._moments
        features -= mean
        features /= deviation
        return np.clip(features, -MOST, MOST, out=features)

    @cached_property
    def _moments(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Mean and deviation of each feature over the plane's sample windows."""
        parts = []
        for where in self.bright.sample_windows:
            inside = self.bright.inside(where)
            parts.append(self._raw(where)[:, inside])
        values = np.concatenate(parts, axis=1)
        mean = values.mean(axis=1, dtype=np.float64).astype(np.float32)
        deviation = values.std(axis=1, dtype=np.float64).astype(np.float32)
        return mean[:, None, None], np.maximum(deviation, 1e-6)[:, None, None]

    def _raw(self, where: Window) -> NDArray[np.float32]:
        maps = EvidenceMaps(self.bright, where, self._reach)
        more = (maps[name][None] for name in self._names)
        return np.concatenate([maps.channels(), *more])
