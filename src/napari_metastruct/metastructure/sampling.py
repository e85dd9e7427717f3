"""Noisy labels before they are drawn: how many pixels they get, how far they stray."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.errors import InputError
from napari_metastruct.metastructure.bandwidth import open_window
from napari_metastruct.metastructure.classes import open_classes, wanted_classes
from napari_metastruct.metastructure.shares import (
    class_shares,
    divide,
    inside_share,
    mixed,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_metastruct.metastructure.bandwidth import Bandwidth
    from napari_metastruct.metastructure.classes import ClassMap
    from napari_metastruct.metastructure.kernels import Kernel

__all__ = ["Transition", "sampling_error"]

_ROUNDING = 1e-6


class Transition:
    """A noise transition matrix beside the clean labels that it is for.

    Attributes
    ----------
    chances
        ``(classes of the clean labels, M)``: its rows for the classes that are there.
    counts
        Expected pixels of each noisy class that can occur.

    Raises
    ------
    InputError
        The matrix is not square, has values that are no chances, rows that do not add
        up to 1, or no row for a class that is there.
    """

    def __init__(self, matrix: object, clean: ClassMap) -> None:
        table = np.asarray(matrix, np.float64)
        if table.ndim != 2 or table.shape[0] != table.shape[1]:
            raise InputError(
                f"The noise transition matrix has shape {table.shape}; it needs one "
                "row and one column per class."
            )
        present = list(clean.counts)
        if present[-1] >= len(table):
            raise InputError(
                f"The labels hold class {present[-1]}, but the noise transition matrix "
                f"has rows for the classes 0 to {len(table) - 1} only; add the others."
            )
        self.chances = table[present]
        self._check(present)
        expected = np.array(list(clean.counts.values())) @ self.chances
        self.counts = {m: float(n) for m, n in enumerate(expected.tolist()) if n > 0}

    def _check(self, present: list[int]) -> None:
        for number, row in zip(present, self.chances, strict=True):
            if not (row >= 0).all() or abs(row.sum() - 1) > _ROUNDING:
                raise InputError(
                    f"Row {number} of the noise transition matrix is {row.tolist()}, "
                    f"of sum {row.sum():g}; it needs chances that add up to 1."
                )


def sampling_error(
    clean: NDArray[Any],
    matrix: NDArray[Any],
    bandwidth: Bandwidth = "auto",
    kernel: Kernel = "gaussian",
    *,
    classes: Sequence[int] | None = None,
    spacing: Sequence[float] | None = None,
    edge_correction: bool = False,
) -> NDArray[np.float32]:
    """Return how far a drawn label's density strays from `expected_density`.

    The delta of Eq. 7, as one standard deviation. A pixel p of clean class j is given
    as m with chance q = Q[j, m] on its own, so its variance is q (1 - q), and it
    changes the ratio f(x) = sum of K(x - p) / N by (K(x - p) - f(x)) / N::

        variance of f(x) = sum over p of (K(x - p) - f(x))^2 q (1 - q) / N^2
                         = sum over j of q (1 - q) (S2_j - 2 f S_j + f^2 n_j) / N^2

    with S_j and S2_j the sums of K and K^2 over the pixels of class j around x.

    Parameters
    ----------
    clean, matrix, bandwidth, kernel, classes, spacing, edge_correction
        As for `expected_density`, which see for errors, too.

    Returns
    -------
    ``(classes, *shape)`` float32, in units of the density.
    """
    points = open_classes(clean, "clean")
    window = open_window(points, bandwidth, kernel, spacing)
    transition = Transition(matrix, points)
    chosen = wanted_classes(classes, transition.counts, "the noisy label")
    counts = np.array([transition.counts[number] for number in chosen])
    chances = transition.chances[:, list(chosen)]
    here = tuple(points.counts)
    first = class_shares(points, here, window)
    squares = class_shares(points, here, window.squared())
    squares *= np.float32(window.squared().total / window.total**2)
    variances = chances * (1 - chances)
    density = mixed(first, chances / counts)
    error = mixed(squares, variances)
    error -= 2 * density * mixed(first, variances)
    pixels = np.array(list(points.counts.values())) @ variances
    ends = (-1, *(1 for _ in window.half))
    error += density**2 * pixels.reshape(ends).astype(np.float32)
    np.sqrt(np.maximum(error, 0), out=error)
    error /= counts.reshape(ends).astype(np.float32)
    if edge_correction:
        divide(error, inside_share(window, points))
    return error
