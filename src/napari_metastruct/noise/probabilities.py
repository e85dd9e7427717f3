"""Rates, rows and matrices that noises draw from, checked before any work."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.errors import InputError
from napari_metastruct.noise.classes import named

__all__ = [
    "check_count",
    "check_distribution",
    "check_matrix",
    "check_rate",
    "check_rates",
    "check_two",
    "flip_matrix",
]

_ROUNDING = 1e-5  # rows as people write them: three times 0.33333 is 1


def check_rate(rate: float, name: str = "rate") -> float:
    """Return a rate; refuse what is not within 0..1."""
    if not 0 <= rate <= 1:
        raise InputError(f"The {name} is {rate}, but it is a share of 0 to 1.")
    return float(rate)


def check_rates(rate: Any, classes: Sequence[int]) -> NDArray[np.float64]:  # noqa: ANN401
    """Return one rate for each class, ``(M,)``; a single one is for all."""
    rates = _numbers(rate, "rate")
    if rates.ndim == 0:
        rates = np.full(len(classes), rates)
    check_count(len(rates), classes, "rates")
    for value in rates:
        check_rate(float(value))
    return rates


def check_distribution(rates: Any) -> NDArray[np.float64]:  # noqa: ANN401
    """Return probabilities of the classes, ``(M,)``, that sum to 1."""
    row = _numbers(rates, "rates")
    if row.ndim != 1 or row.size < 2:
        raise InputError(
            f"The rates are {rates}, but one for each of at least two classes is due."
        )
    for value in row:
        check_rate(float(value))
    _check_sum(row, "The rates")
    return np.asarray(row / row.sum())


def check_matrix(matrix: Any) -> NDArray[np.float64]:  # noqa: ANN401
    """Return a noise transition matrix, ``(M, M)``, whose rows sum to 1."""
    rows = _numbers(matrix, "matrix")
    if rows.ndim != 2 or rows.shape[0] != rows.shape[1] or not rows.size:
        raise InputError(
            f"The matrix has the shape {rows.shape}, but it needs as many rows as "
            "columns, one of each for every class."
        )
    for number, row in enumerate(rows):
        for value in row:
            check_rate(float(value), f"probability in row {number} of the matrix")
        _check_sum(row, f"Row {number} of the matrix")
    return np.asarray(rows / rows.sum(axis=1, keepdims=True))


def check_count(count: int, classes: Sequence[int], what: str) -> None:
    """Refuse when there is not one of something for each class."""
    if count != len(classes):
        raise InputError(
            f"There are {count} {what}, but {len(classes)} classes "
            f"({named(list(classes))}): give one for each class, or name the classes "
            "with 'classes' where the labels lack some."
        )


def check_two(classes: Sequence[int]) -> None:
    """Refuse fewer than two classes."""
    if len(classes) < 2:
        raise InputError(
            f"There is only one class ({named(list(classes))}), and a pixel has to get "
            "another one: use labels with at least two, or name them with 'classes'."
            if len(classes)
            else "Every pixel is ignored (-1): use labels with at least two classes."
        )


def flip_matrix(rate: float | Sequence[float], count: int = 2) -> NDArray[np.float64]:
    """Return the noise transition matrix of `random_flip`, ``(count, count)``.

    Parameters
    ----------
    rate
        Probability of 0 to 1 that a label changes; or one for each class.
    count
        How many classes there are.

    Examples
    --------
    >>> flip_matrix([0.1, 0.4])
    array([[0.9, 0.1],
           [0.4, 0.6]])
    """
    check_two(range(count))
    rates = check_rates(rate, range(count))
    matrix = np.repeat(rates[:, np.newaxis] / (count - 1), count, axis=1)
    np.fill_diagonal(matrix, 1 - rates)
    return matrix


def _numbers(values: Any, name: str) -> NDArray[np.float64]:  # noqa: ANN401
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(
            f"The {name} is {values!r}, but numbers are due, as many in each row."
        ) from None


def _check_sum(row: NDArray[np.float64], name: str) -> None:
    if abs(row.sum() - 1) > _ROUNDING:
        numbers = ", ".join(f"{value:g}" for value in row)
        raise InputError(f"{name} ({numbers}) sums to {row.sum():.6g}, but 1 is due.")
