"""The rank of a noise transition matrix that is known from counted pixels only."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = ["rank_of_counts"]

_FALSE_ALARM = 1e-4


def rank_of_counts(counts: NDArray[Any]) -> tuple[int, float]:
    """Return the rank of the matrix behind a table of counts, and the tolerance.

    Counted rows are never exactly equal, so that the rank of the counted Q is always
    full; what matters is what stands above the sampling error. The rows of Q lie in the
    plane where they sum to 1, so ``rank(Q) = 1 + rank(Q - 1 c)``, where c is the mean
    row. That difference is divided by its sampling error: with the table's shares p,
    its row sums r and column sums c,

        ``S[i, j] = (p[i, j] - r[i] c[j]) / sqrt(r[i] c[j])``,

    which has the same rank. If only k singular values of S are not 0, the N pixels
    times the squares of the others sum to a chi-squared with (R - 1 - k) (C - 1 - k)
    degrees of freedom (for k = 0 it is Pearson's test that noisy and clean labels have
    nothing in common; for k > 0 O'Neill 1978). Starting with k = 0, the first k for
    which this sum stays below what chance exceeds once in 10,000 gives the rank 1 + k.

    Pixels count as drawn one by one, as in RCL and RL. A boundary that was moved makes
    errors in patches; these are so far above any tolerance that its rank is full. The
    approximation wants about one pixel or more in each cell of a table without any
    relation; classes of a few pixels cannot be judged by any rule.

    Parameters
    ----------
    counts
        ``(M, M)``, pixels of clean class i (row) with noisy class j (column).

    Returns
    -------
    rank
        0 for a table without any pixel.
    tolerance
        What the root of the sum of the squares of the remaining singular values of S
        stays below, 0 to about 1. Nothing remains at full rank: then what the last
        one would have had to stay below.
    """
    used = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0].astype(np.float64)
    total = used.sum()
    if not total:
        return 0, 0.0
    shares = used / total
    chance = np.outer(shares.sum(axis=1), shares.sum(axis=0))
    values = np.linalg.svd((shares - chance) / np.sqrt(chance), compute_uv=False)
    rows, columns = used.shape
    most = min(rows, columns) - 1
    tolerance = 0.0
    for found in range(most):
        freedom = (rows - 1 - found) * (columns - 1 - found)
        tolerance = float(np.sqrt(special.chdtri(freedom, _FALSE_ALARM) / total))
        if np.sqrt((values[found:] ** 2).sum()) <= tolerance:
            return 1 + found, tolerance
    return 1 + most, tolerance
