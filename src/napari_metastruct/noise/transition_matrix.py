"""The noise transition matrix: counted, with its rank and what that means."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.arrays.labels import IGNORE
from napari_metastruct.errors import InputError
from napari_metastruct.noise.classes import (
    BLOCK,
    Alphabet,
    alphabet_of,
    checked,
    classes_of_all,
)
from napari_metastruct.noise.rank import rank_of_counts

__all__ = ["TransitionMatrix", "check_pair", "count_pairs", "transition_matrix"]

_MOST_CLASSES = 256


@dataclass(frozen=True, slots=True, eq=False)
class TransitionMatrix:
    """How often each clean class is given as each noisy class.

    Attributes
    ----------
    classes
        Values of the M classes that the clean or the noisy labels have, ascending.
    matrix
        ``(M, M)`` float64, ``Q[i, j] = P(noisy = j | clean = i)``; rows sum to 1, the
        row of a class of which no pixel is left is NaN.
    counts
        ``(M, M)`` int64, the pixels that it was counted from.
    rank
        Of the matrix, as far as it stands above the sampling error.
    tolerance
        The sampling error that the last singular values stay below, see
        `rank_of_counts`.
    error_rate
        Share of wrong pixels among those that both labels know; NaN if there are none.
    error_by_class
        ``(M,)`` share of each clean class that is wrong, NaN for one that is absent.
    ignored
        Share of the known clean pixels that the noisy labels leave out (-1).
    distinguishable
        How many classes can be told apart in the noisy labels: the rank (Lemma 2).
    verdict
        What that means, in plain words (Theorem 2).
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


def transition_matrix(
    clean: NDArray[Any], noisy: NDArray[Any], classes: Sequence[int] | None = None
) -> TransitionMatrix:
    """Count the noise transition matrix of two labels of the same shape.

    Parameters
    ----------
    clean, noisy
        Integer class maps. Pixels that either of them ignores (-1) are not counted.
    classes
        What rows and columns stand for; None: all classes that either map has.

    Raises
    ------
    InputError
        The labels are none, their shapes differ, they hold other classes than those
        given or more than 256, or no clean pixel is known.

    Examples
    --------
    >>> import numpy as np
    >>> clean = np.repeat([0, 1], 1000)
    >>> flipped = transition_matrix(clean, (clean + (np.arange(2000) % 10 < 2)) % 2)
    >>> flipped.matrix
    array([[0.8, 0.2],
           [0.2, 0.8]])
    >>> flipped.rank, flipped.error_rate
    (2, 0.2)
    >>> print(flipped.verdict)
    Both classes can be told apart: where errors fall at random, the meta-structure is \
kept.
    """
    among, counts, left_out = count_pairs(clean, noisy, classes)
    rows = counts.sum(axis=1)
    known = int(rows.sum())
    matrix = np.full(counts.shape, np.nan)
    np.divide(counts, rows[:, np.newaxis], out=matrix, where=rows[:, np.newaxis] > 0)
    rank, tolerance = rank_of_counts(counts)
    return TransitionMatrix(
        classes=among.classes,
        matrix=matrix,
        counts=counts,
        rank=rank,
        tolerance=tolerance,
        error_rate=_share(known - int(np.trace(counts)), known),
        error_by_class=1 - np.diag(matrix),
        ignored=_share(left_out, known + left_out),
        distinguishable=rank,
        verdict=_verdict(rank, int((rows > 0).sum())),
    )


def count_pairs(
    clean: NDArray[Any], noisy: NDArray[Any], classes: Sequence[int] | None = None
) -> tuple[Alphabet, NDArray[np.int64], int]:
    """Count the pixels of each clean (row) and noisy (column) class.

    Returns
    -------
    The M classes, the counts ``(M, M)``, and how many pixels that the clean labels
    know the noisy ones leave out.
    """
    clean, noisy = check_pair(clean, noisy)
    among = _alphabet(clean, noisy, classes)
    count = len(among)
    table = np.zeros((count + 1) ** 2, dtype=np.int64)  # the last class is -1
    for start in range(0, clean.size, BLOCK):
        given = (a.ravel()[start : start + BLOCK] for a in (clean, noisy))
        rows, columns = (_ranks_with_ignored(among, block) for block in given)
        pairs = rows * (count + 1) + columns
        table += np.bincount(pairs, minlength=table.size)
    counts = table.reshape(count + 1, count + 1)
    if not counts[:count].any():
        raise InputError(
            "There is nothing to compare: every pixel of the clean labels is ignored "
            "(-1)."
        )
    return among, counts[:count, :count].copy(), int(counts[:count, count].sum())


def check_pair(
    clean: NDArray[Any], noisy: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return two labels as integers; refuse shapes that differ."""
    clean, noisy = checked(clean, "clean labels"), checked(noisy, "noisy labels")
    if clean.shape != noisy.shape:
        raise InputError(
            f"The clean labels have the shape {clean.shape}, but the noisy ones "
            f"{noisy.shape}: compare labels of the same image."
        )
    return clean, noisy


def _alphabet(
    clean: NDArray[Any], noisy: NDArray[Any], classes: Sequence[int] | None
) -> Alphabet:
    found = classes_of_all([clean, noisy])
    if len(found) > _MOST_CLASSES:
        raise InputError(
            f"The labels hold {len(found):,} classes, and at most {_MOST_CLASSES} can "
            "be compared: if these are numbers of objects, compare 'labels > 0'."
        )
    return alphabet_of(
        np.array([*found, IGNORE]), found if classes is None else classes
    )


def _ranks_with_ignored(among: Alphabet, block: NDArray[Any]) -> NDArray[np.intp]:
    """Return the rank of every label, M for -1."""
    if block.dtype.kind == "u" or block.min() >= 0:
        return among.ranks(block)
    known = block != IGNORE
    anything = among.values[0] if len(among) else 0
    return np.where(known, among.ranks(np.where(known, block, anything)), len(among))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def _verdict(rank: int, count: int) -> str:
    """Say what a rank of so many classes means (Lemma 2, Theorem 2)."""
    if not count:
        return "The noisy labels leave out every pixel: they say nothing."
    if count == 1:
        return "There is only one class, so there is nothing to tell apart."
    if rank == count:
        all_of = "Both" if count == 2 else f"All {count}"
        return (
            f"{all_of} classes can be told apart: where errors fall at random, the "
            "meta-structure is kept."
        )
    if rank == 1:
        return (
            f"None of the {count} classes can be told from the others: the labels are "
            "as good as random, the meta-structure is lost."
        )
    return (
        f"Only {rank} of {count} classes can be told apart: the meta-structure is kept "
        "in part."
    )
