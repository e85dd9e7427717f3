"""How far the structure of labels reaches, noise or not."""

from __future__ import annotations

import math
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_metastruct.metastructure.classes import ClassMap

__all__ = ["reach_of_structure"]

_PAIRS = 1 << 21  # pixels that are compared with a neighbour, at most
_SURE = 4.0  # standard errors from which on structure is believed
_WITHOUT = 32  # without structure, the reach is this part of the image
_CANDIDATES = 200


def reach_of_structure(classes: ClassMap, size: tuple[float, ...]) -> float:
    """Return the distance at which classes agree e times less often, beyond chance.

    Parameters
    ----------
    classes
        The labels.
    size
        Of a pixel, one per axis, in the units of the result.

    Returns
    -------
    The reach of the exponential fitted to the agreement; 1/32 of the shortest side
    where classes agree by chance only; at least one pixel.
    """
    sides = [n * s for n, s in zip(classes.labels.shape, size, strict=True)]
    farthest = max(sides) / 4
    chance = sum((n / classes.pixels) ** 2 for n in classes.counts.values())
    rows = [
        (math.hypot(*np.multiply(offset, size)), *_agreement(classes, offset))
        for offset in _offsets(farthest, size)
    ]
    distance, agreement, pairs = np.array(rows).reshape(-1, 3).T
    excess = (agreement - chance)[pairs > 0]
    reach = _decay(distance[pairs > 0], excess, pairs[pairs > 0], chance, farthest)
    return max(reach or min(sides) / _WITHOUT, min(size))


def _offsets(farthest: float, size: tuple[float, ...]) -> set[tuple[int, ...]]:
    """Return steps in pixels: lengths 1, 1.4, 2 ... to sides and corners of a cube."""
    origin = (0,) * len(size)
    scales = math.floor(2 * math.log2(max(farthest / min(size), 1))) + 1
    offsets = set()
    for direction, scale in product(
        product((-1, 0, 1), repeat=len(size)), range(scales)
    ):
        if direction > origin:  # the others are the same pairs, seen from the other end
            length = min(size) * 2 ** (scale / 2) / math.hypot(*direction)
            step = np.rint(length * np.divide(direction, size))
            offsets.add(tuple(int(d) for d in step))
    return offsets - {origin}


def _agreement(classes: ClassMap, offset: tuple[int, ...]) -> tuple[float, int]:
    """Return the share of pixels so far apart that agree, and how many there are."""
    shape = classes.labels.shape
    from_, to = [], []
    for step, length in zip(offset, shape, strict=True):
        from_.append(slice(max(0, -step), max(0, length - max(0, step))))
        to.append(slice(max(0, step), max(0, length + min(0, step))))
    rows = max(1, math.prod(shape) // _PAIRS)
    first, second = (
        classes.labels[tuple(part)][..., ::rows, :] for part in (from_, to)
    )
    agree = first == second
    if classes.domain is None:
        return float(agree.mean()) if agree.size else 0.0, agree.size
    both = (first >= 0) & (second >= 0)
    pairs = int(np.count_nonzero(both))
    return int(np.count_nonzero(agree & both)) / max(pairs, 1), pairs


def _decay(
    distance: NDArray[np.float64],
    excess: NDArray[np.float64],
    pairs: NDArray[np.float64],
    chance: float,
    farthest: float,
) -> float | None:
    """Fit ``strength * exp(-distance / reach)``; None if the strength may be chance."""
    if not len(distance):
        return None
    reach = np.geomspace(distance.min() / 4, max(farthest, distance.min()), _CANDIDATES)
    shape = np.exp(-distance / reach[:, np.newaxis])
    weight = (pairs * shape**2).sum(axis=1)
    strength = (pairs * shape * excess).sum(axis=1) / weight
    # In units of the error that strength has if all pixels are drawn alike.
    sure = strength > _SURE * np.sqrt(chance * (1 - chance) / weight)
    explained = np.where(sure, strength**2 * weight, 0)
    return float(reach[explained.argmax()]) if sure.any() else None
