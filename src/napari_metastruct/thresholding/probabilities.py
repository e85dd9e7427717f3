"""Thresholds that turn a probability into the mask most like it."""

from bisect import bisect_left, bisect_right
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.thresholding.binning import BINS, bin_values

__all__ = ["best_dmi_threshold", "most_correlated_threshold"]


def most_correlated_threshold(probability: NDArray[Any], bins: int = BINS) -> float:
    """Return the threshold whose mask correlates best with the probability.

    With S = P > t, this is the t of the highest ``Cov(P, S) / sqrt(Var S)``, that is
    Otsu's threshold of P: the square of it is the variance between the two sides.
    A range of equally good thresholds, where P has no values, gives its middle.

    Parameters
    ----------
    probability
        Any shape, finite real numbers (also an image).
    bins
        Thresholds are tried at the edges of so many bins from min(P) to max(P).

    Returns
    -------
    The threshold; the mask is ``probability > threshold``. For a constant
    probability it is that constant, and the mask is empty.
    """
    binned = bin_values(probability, bins)
    above, sums = (cumulated[1:] for cumulated in binned.above())
    below = probability.size - above
    with np.errstate(divide="ignore", invalid="ignore"):
        covariance = sums - above * (binned.sums.sum() / probability.size)
        score = covariance / np.sqrt(above * below)
    score[(above == 0) | (below == 0)] = -np.inf
    if not np.isfinite(score).any():
        return float(binned.edges[-1])
    best = np.flatnonzero(score == score.max())
    return float(binned.edges[1 + best[len(best) // 2]])


def best_dmi_threshold(probability: NDArray[Any], count: int = 30) -> float:
    """Return the grid threshold of the lowest L_DMI (Luo et al., Eq. 2 to 5).

    The grid is ``t_k = min(P) + k (max(P) - min(P)) / (count - 1)``, the masks
    are ``S_k = P > t_k`` and ``L_DMI = -log|det Q|`` with Q the 2 x 2 sums of the
    products of (P, 1 - P) and (S_k, 1 - S_k). Its determinant is ``n**2 Cov(P, S_k)``
    and ``n Cov(P, S_k)`` is the sum of ``p - mean(P)`` over p > t_k. It grows with
    t_k up to mean(P) and falls from there, so only the two grid values around the
    mean can be the best, and the masks of the others need not be looked at.

    Parameters
    ----------
    probability
        Any shape, finite.
    count
        Size K of the grid, at least 2.

    Returns
    -------
    The threshold; among those of the same mask the first, as an argmin would
    choose. For a constant probability it is that constant, and the mask is empty.
    """
    if count < 2:
        raise ValueError(f"a grid of thresholds needs at least 2, not {count}")
    flat = probability.ravel()
    low, high = float(flat.min()), float(flat.max())
    step = (high - low) / (count - 1)
    grid = [low + k * step for k in range(count)]
    mean = float(flat.mean(dtype=np.float64))
    above = bisect_right(grid, mean)
    around = range(max(above - 1, 0), min(above + 1, count))
    best = max(around, key=lambda k: _covariance(flat, grid[k], mean))
    return _first_of_same_mask(flat, grid, best)


def _covariance(flat: NDArray[Any], threshold: float, mean: float) -> float:
    """Return n Cov(P, S) of the mask at a threshold."""
    above = _above(flat, threshold)
    # A product and a sum are ten times faster than picking the values out.
    return float((flat * above).sum(dtype=np.float64)) - _count(above) * mean


def _first_of_same_mask(flat: NDArray[Any], grid: list[float], best: int) -> float:
    most = _count(_above(flat, grid[best]))
    lower = range(best)
    same = bisect_left(lower, True, key=lambda k: _count(_above(flat, grid[k])) <= most)
    return grid[same]


def _count(mask: NDArray[np.bool_]) -> int:
    return int(np.count_nonzero(mask))


def _above(flat: NDArray[Any], threshold: float) -> NDArray[np.bool_]:
    # A NumPy scalar: a Python float would first be rounded to the type of P.
    return np.asarray(flat > np.float64(threshold))
