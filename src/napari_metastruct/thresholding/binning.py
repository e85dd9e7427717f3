"""Counts and sums of values in equal bins, in one pass and little memory."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["BINS", "Bins", "bin_values"]

BINS = 1024
"""Bins between the least and the largest value where nothing else is said."""

_BLOCK = 1 << 18  # values at a time: their temporaries stay in the cache


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """Equal bins, each open at its lower end: ``edges[k] < value <= edges[k + 1]``.

    So a value is above the threshold ``edges[k]`` exactly if its bin is k or later.

    Attributes
    ----------
    edges
        ``(bins + 1,)`` float64.
    counts, sums
        ``(bins,)`` float64: how many values lie in a bin, and their sum.
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.float64]
    sums: NDArray[np.float64]

    def above(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return count and sum of the values above ``edges[k]``, for every bin k."""
        return np.cumsum(self.counts[::-1])[::-1], np.cumsum(self.sums[::-1])[::-1]


def bin_values(values: NDArray[Any], bins: int = BINS) -> Bins:
    """Sort values into equal bins between their least and their largest.

    Parameters
    ----------
    values
        Any shape, finite; the least is put into the first bin.
    bins
        How many, at least 1.
    """
    flat = values.ravel()
    low, high = float(flat.min()), float(flat.max())
    edges = np.linspace(low, high, bins + 1)
    if low == high:
        last = np.zeros(bins)
        last[-1] = 1
        return Bins(edges, last * flat.size, last * low * flat.size)
    counts, sums = np.zeros(bins), np.zeros(bins)
    scale = bins / (high - low)
    for start in range(0, flat.size, _BLOCK):
        block = flat[start : start + _BLOCK].astype(np.float64)
        # Counted down from the top, so that truncation closes the upper end.
        index = ((high - block) * scale).astype(np.intp)
        np.minimum(index, bins - 1, out=index)
        counts += np.bincount(index, minlength=bins)
        sums += np.bincount(index, weights=block, minlength=bins)
    return Bins(edges, counts[::-1], sums[::-1])
