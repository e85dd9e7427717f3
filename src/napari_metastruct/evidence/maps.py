"""Evidence maps: what an image looks like to simple eyes of several widths."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from napari_metastruct.evidence.filters import TRUNCATE, blur, reduction, ridges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_metastruct.evidence.plane import BrightPlane, Window

__all__ = ["MAP_NAMES", "REACH", "EvidenceMaps", "seen_window"]

CONTRAST_SIGMAS = (4, 8, 16, 32, 64)
"""Widths in pixels of the surroundings, one octave apart."""
SCORE_SIGMAS = (16, 32, 64)
LOG_SIGMAS = (16, 32)
REACH = int(TRUNCATE * max(CONTRAST_SIGMAS))
"""How many pixels around a window are looked at: the widest surroundings."""
GRID = reduction(max(CONTRAST_SIGMAS))
"""Windows begin at multiples of it, as the reduced images do."""

MAP_NAMES = (
    "intensity",
    "root",
    "log",
    "ridge",
    *(f"contrast-{sigma}" for sigma in CONTRAST_SIGMAS),
    *(f"score-{sigma}" for sigma in SCORE_SIGMAS),
    *(f"ratio-{sigma}" for sigma in LOG_SIGMAS),
)
"""The maps that rules are made of: intensity, its root (evens out shot noise) and
logarithm (makes contrast relative), ridges, the difference to the Gaussian mean of
the surroundings, the same in standard deviations of the surroundings, and the same
of the logarithm."""


@dataclass(frozen=True, eq=False)
class EvidenceMaps:
    """The evidence maps of a window of a plane, each computed when asked for.

    Attributes
    ----------
    plane
        The plane with its objects bright.
    where
        The window.
    reach
        Pixels around it that are looked at.
    """

    plane: BrightPlane
    where: Window
    reach: int = REACH

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        """Return a map by its name, ``(rows, columns)`` float32, objects brighter."""
        return self._map(name)[self._inner]

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Which pixels of the window are no padding."""
        return self.plane.inside(self.where)

    def channels(self) -> NDArray[np.float32]:
        """Return the scaled channels of the window, ``(C, rows, columns)``."""
        return self._seen[:, self._inner[0], self._inner[1]]

    @cached_property
    def _window(self) -> tuple[Window, Window]:
        return seen_window(self.where, self.plane.shape, self.reach)

    @property
    def _inner(self) -> Window:
        return self._window[1]

    @cached_property
    def _seen(self) -> NDArray[np.float32]:
        return self.plane.window(self._window[0])

    @cached_property
    def _grey(self) -> NDArray[np.float32]:
        grey: NDArray[np.float32] = self._seen.mean(axis=0)
        return grey

    @cached_property
    def _smooth(self) -> NDArray[np.float32]:
        return blur(self._grey, 1)

    @cached_property
    def _root(self) -> NDArray[np.float32]:
        above = np.maximum(self._smooth - self.plane.base, 0)
        root: NDArray[np.float32] = np.sqrt(above + np.float32(self.plane.noise))
        return root

    @cached_property
    def _log(self) -> NDArray[np.float32]:
        noise = self.plane.noise
        above = np.maximum(self._smooth - self.plane.base, 0)
        log: NDArray[np.float32] = np.log(above + np.float32(2 * noise + 0.01))
        return log

    def _map(self, name: str) -> NDArray[np.float32]:
        kind, _, width = name.partition("-")
        if width:
            return self._compared(kind, float(width))
        if kind == "ridge":
            return ridges(self._grey)
        plain = {"intensity": self._smooth, "root": self._root, "log": self._log}
        return plain[kind]

    def _compared(self, kind: str, sigma: float) -> NDArray[np.float32]:
        """Return a map that compares pixels with their surroundings."""
        if kind == "fine":
            return _score(self._grey, sigma, 2 * self.plane.noise)
        if kind == "score":
            return _score(self._smooth, sigma, self.plane.noise)
        return _away(self._log if kind == "ratio" else self._smooth, sigma)


def _away(image: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Return the difference to the Gaussian mean of the surroundings."""
    return image - blur(image, sigma)


def _score(
    image: NDArray[np.float32], sigma: float, floor: float
) -> NDArray[np.float32]:
    """Return the difference in standard deviations of the surroundings."""
    away = _away(image, sigma)
    score: NDArray[np.float32] = away / np.sqrt(
        blur(away**2, sigma) + np.float32(floor**2)
    )
    return score


def seen_window(
    where: Window, shape: tuple[int, int], reach: int
) -> tuple[Window, Window]:
    """Return the larger window that is looked at, and where the first lies in it."""
    grown = [_grow(w, side, reach) for w, side in zip(where, shape, strict=True)]
    (rows, inner_rows), (columns, inner_columns) = grown
    return (rows, columns), (inner_rows, inner_columns)


def _grow(span: slice, side: int, reach: int) -> tuple[slice, slice]:
    start = max(0, span.start - reach) // GRID * GRID
    stop = min(side, -(-(span.stop + reach) // GRID) * GRID)
    inner = slice(span.start - start, span.stop - start)
    return slice(start, stop), inner
