"""How large the pixels of a layer are, and in which unit."""

import math
from functools import cache
from typing import Any

import numpy as np

from napari_metastruct.errors import InputError
from napari_metastruct.widgets.layers import Geometry

__all__ = ["NO_UNIT", "PIXELS", "pixel_size"]

PIXELS = "px"
NO_UNIT = "units"
"""Said of a layer that has a scale, but no unit."""


def pixel_size(
    geometry: Geometry, axes: int, name: str
) -> tuple[tuple[float, ...], str]:
    """Return the size of a pixel along the last axes, and its unit.

    Scale, shear and affine count as they lie in the world; axes in units of one kind
    (nm and µm) are given in that of the last axis.

    Raises
    ------
    InputError
        The units are of different kinds, such as µm beside pixels.
    """
    units = geometry.units[-axes:]
    last = units[-1]
    factors = np.array([_factor(unit, last) for unit in units])
    if np.isnan(factors).any():
        listed = ", ".join(_symbol(unit) for unit in units)
        raise InputError(
            f"The axes of '{name}' have units of different kinds ({listed}), so there "
            "is no distance between its planes: give them units of one kind, or take "
            "every plane by itself."
        )
    world = geometry.affine[:-1, :-1] @ geometry.linear
    sides = np.linalg.norm(world[-axes:, -axes:] * factors[:, np.newaxis], axis=0)
    symbol = _symbol(last)
    if symbol == PIXELS and not np.allclose(sides, 1):
        symbol = NO_UNIT
    return tuple(float(f"{side:.12g}") for side in sides), symbol


@cache
def _factor(unit: Any, last: Any) -> float:  # noqa: ANN401 - of the library pint
    """Return how many of `last` one `unit` is, NaN if they are of different kinds."""
    if not unit.is_compatible_with(last):
        return math.nan
    return float((1 * unit).to(last).magnitude)


@cache
def _symbol(unit: Any) -> str:  # noqa: ANN401 - of the library pint
    symbol = f"{unit:~P}"
    return PIXELS if symbol in {"pixel", "px", ""} else symbol
