"""Colours of density maps: one hue a class, black at 0, equal steps of what is seen.

Black at 0 is what additive blending needs. Along a ramp the chromaticity stays, and
neighbouring colours differ by the same amount everywhere (CIE 1976 colour difference),
so that equal differences of density look equal.
"""

from functools import cache

import numpy as np
from napari.utils.colormaps import Colormap
from numpy.typing import NDArray

__all__ = ["difference_colormap", "map_colormap", "ramp"]

_HUES = (
    (255, 176, 59),
    (92, 173, 255),
    (110, 224, 110),
    (245, 120, 220),
    (70, 225, 225),
    (255, 120, 100),
    (190, 160, 255),
    (215, 225, 90),
)
"""The bright ends, sRGB: orange, blue, green, pink, cyan, red, violet, lime."""
_NAMES = ("orange", "blue", "green", "pink", "cyan", "red", "violet", "lime")
_STEPS = 256
_FINE = 4096
_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
"""From linear sRGB, D65."""


@cache
def ramp(number: int) -> NDArray[np.float32]:
    """Return the colours of the map with this number, ``(256, 3)`` sRGB, 0 to 1."""
    end = _to_linear(np.array(_HUES[number % len(_HUES)]) / 255)
    # The third power: lightness goes about as the third root of light.
    light = np.linspace(0, 1, _FINE) ** 3
    steps = np.linalg.norm(np.diff(_lab(np.outer(light, end)), axis=0), axis=1)
    along = np.concatenate([[0], np.cumsum(steps)])
    even = np.interp(np.linspace(0, along[-1], _STEPS), along, light)
    return np.clip(_from_linear(np.outer(even, end)), 0, 1).astype(np.float32)


def map_colormap(number: int) -> Colormap:
    """Return the colormap of the map with this number in its list."""
    name = f"density {_NAMES[number % len(_NAMES)]}"
    return Colormap(_with_alpha(ramp(number)), name=name)


def difference_colormap() -> Colormap:
    """Return blue for less, black for the same, orange for more."""
    colours = np.concatenate([ramp(1)[:0:-1], ramp(0)])
    return Colormap(_with_alpha(colours), name="density difference")


def _with_alpha(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.column_stack([colours, np.ones(len(colours), np.float32)])


def _lab(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return CIE L*a*b* of linear sRGB, both ``(colours, 3)``."""
    xyz = light @ _TO_XYZ.T / _TO_XYZ.sum(axis=1)
    bent = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = bent.T
    return np.column_stack([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def _to_linear(colour: NDArray[np.float64]) -> NDArray[np.float64]:
    low = colour <= 0.04045
    return np.where(low, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)


def _from_linear(light: NDArray[np.float64]) -> NDArray[np.float64]:
    low = light <= 0.0031308
    return np.where(
        low, light * 12.92, 1.055 * np.maximum(light, 0) ** (1 / 2.4) - 0.055
    )
