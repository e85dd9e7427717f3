"""Colours of density maps: one hue a class, equal steps of lightness, black at 0.

Black at 0 is what additive blending needs. Along a ramp the chromaticity stays and the
lightness L* grows evenly, so that equal differences of density look equal.
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
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


@cache
def ramp(number: int) -> NDArray[np.float32]:
    """Return the colours of the map with this number, ``(256, 3)`` sRGB, 0 to 1."""
    end = _to_linear(np.array(_HUES[number % len(_HUES)]) / 255)
    brightest = float(end @ _LUMINANCE)
    lightness = np.linspace(0, _lightness(brightest), _STEPS)
    colours = _from_linear(np.outer(_luminance(lightness) / brightest, end))
    return np.clip(colours, 0, 1).astype(np.float32)


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


def _lightness(luminance: float) -> float:
    """Return CIE L* of a luminance above 0.01."""
    return float(116 * np.cbrt(luminance) - 16)


def _luminance(lightness: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the luminance of CIE L*."""
    return np.where(
        lightness > 8, ((lightness + 16) / 116) ** 3, lightness * (3 / 29) ** 3
    )


def _to_linear(colour: NDArray[np.float64]) -> NDArray[np.float64]:
    low = colour <= 0.04045
    return np.where(low, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)


def _from_linear(light: NDArray[np.float64]) -> NDArray[np.float64]:
    low = light <= 0.0031308
    return np.where(
        low, light * 12.92, 1.055 * np.maximum(light, 0) ** (1 / 2.4) - 0.055
    )
