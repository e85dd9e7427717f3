"""The noise transition matrix: counted, with its rank and what that means."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["TransitionMatrix", "transition_matrix"]


@dataclass(frozen=True, slots=True, eq=False)
class TransitionMatrix:
    """How often each clean class is given as each noisy class.

    Attributes
    ----------
    classes
        Values of the M classes that the clean or the noisy labels have, ascending.
    matrix
        ``(M, M)`` float64, ``Q[i, j] = P(noisy = j | clean = i)``; rows sum to 1, the
        row of a class that the clean labels lack is NaN.
    counts
        ``(M, M)`` int64, the pixels that it was counted from.
    rank
        How many singular values stand above the sampling error.
    tolerance
        That error.
    error_rate
        Share of wrong pixels among those that both labels know.
    error_by_class
        ``(M,)`` share of each clean class that is wrong, NaN for one that is absent.
    ignored
        Share of the known clean pixels that the noisy labels leave out (-1).
    distinguishable
        Classes that can be told apart in the noisy labels: the rank (Lemma 2).
    verdict
        What it means, in plain words (Theorem 2).
    """

    classes: tuple[int, ...]
    matrix: NDArray[np.float64]
    counts: NDArray[np.int64]
    rank: int
    tolerance: float
    error_rate: float
    error_by_class: NDArray[np.float64]
    ignored: float
    distinguishable: int
    verdict: str


def transition_matrix(clean: NDArray[Any], noisy: NDArray[Any]) -> TransitionMatrix:
    """Count the noise transition matrix of two labels of the same shape."""
    raise NotImplementedError
