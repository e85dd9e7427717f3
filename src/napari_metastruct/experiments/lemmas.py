"""Lemma 1, predicted against drawn; Lemma 2, rank against distinguishable classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_metastruct.experiments.figure6 import (
    BANDWIDTH,
    MATRICES,
    circle_in_rectangle,
)
from napari_metastruct.metastructure import (
    density,
    distinguishable_classes,
    expected_density,
    sampling_error,
)
from napari_metastruct.noise import apply_transition, transition_matrix

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Lemma1", "Lemma2", "lemma1", "lemma2", "random_matrix"]

LEAST_SINGULAR = 0.1
"""Singular values below it are drawn again: the lemma asks whether rank is seen, not
how small a one can be seen in a label of some thousand pixels."""


@dataclass(frozen=True, slots=True)
class Lemma1:
    """How far drawn densities lie from the predicted one.

    Attributes
    ----------
    title
        Which noise.
    deviation
        Root mean square over pixels, classes and draws, as a share of the peak.
    expected_deviation
        The sampling error delta of Eq. 7, measured the same way.
    within_two
        Share of pixels within two sampling errors; 0.954 of a normal distribution.
    """

    title: str
    deviation: float
    expected_deviation: float
    within_two: float


@dataclass(frozen=True, slots=True)
class Lemma2:
    """How often rank and distinguishable classes agree, for one size and rank.

    Attributes
    ----------
    classes
        M, the size of the matrix.
    rank
        R, that it was made with.
    matrices
        How many were drawn.
    counted
        Share of them whose matrix, counted from the labels, has rank R.
    distinguished
        Share of them whose densities tell R classes apart.
    """

    classes: int
    rank: int
    matrices: int
    counted: float
    distinguished: float


def lemma1(
    draws: int = 20, seed: int = 0, bandwidth: float = BANDWIDTH
) -> tuple[Lemma1, ...]:
    """Compare `expected_density` with the densities of drawn labels.

    Parameters
    ----------
    draws
        Labels drawn for each noise.
    seed
        Of the noise.
    bandwidth
        Of the gaussian kernel, in pixels.
    """
    clean = circle_in_rectangle()
    noises = list(MATRICES.items())[1:]
    return tuple(
        _deviation(title, clean, np.array(matrix), draws, [seed, number], bandwidth)
        for number, (title, matrix) in enumerate(noises)
    )


def _deviation(
    title: str,
    clean: NDArray[np.uint8],
    matrix: NDArray[np.float64],
    draws: int,
    seed: list[int],
    bandwidth: float,
) -> Lemma1:
    rng = np.random.default_rng(seed)
    due = expected_density(clean, matrix, bandwidth).maps
    error = sampling_error(clean, matrix, bandwidth)
    peak = float(due.max())
    squares, within = 0.0, 0.0
    for _ in range(draws):
        drawn = density(apply_transition(clean, matrix, rng=rng), bandwidth).maps
        away = np.abs(drawn - due)
        squares += float(np.mean(away**2)) / draws
        within += float(np.mean(away <= 2 * error)) / draws
    delta = float(np.sqrt(np.mean(error**2)))
    return Lemma1(title, squares**0.5 / peak, delta / peak, within)


def lemma2(
    most_classes: int = 6, matrices: int = 20, seed: int = 0, side: int = 256
) -> tuple[Lemma2, ...]:
    """Count distinguishable classes under random matrices of every rank.

    Parameters
    ----------
    most_classes
        M goes from 2 to it.
    matrices
        Drawn for every M and every rank from 1 to M.
    seed
        Of matrices and labels.
    side
        Rows and columns of the labels: M stripes of equal width.
    """
    rng = np.random.default_rng(seed)
    return tuple(
        _agreement(classes, rank, matrices, side, rng)
        for classes in range(2, most_classes + 1)
        for rank in range(1, classes + 1)
    )


def random_matrix(
    classes: int, rank: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw a noise transition matrix of a rank: mixtures of so many random rows.

    Returns
    -------
    ``(classes, classes)``, rows add up to 1, its ``rank`` singular values above 0.1.
    """
    while True:
        rows = rng.dirichlet(np.full(classes, 0.5), rank)
        shares = rng.dirichlet(np.full(rank, 0.5), classes)
        shares[:rank] = np.eye(rank)  # every row occurs as it is
        matrix: NDArray[np.float64] = rng.permutation(shares) @ rows
        matrix /= matrix.sum(axis=1, keepdims=True)
        common = (matrix.sum(axis=0) > 0.1).all()
        if common and np.linalg.svd(matrix)[1][rank - 1] > LEAST_SINGULAR:
            return matrix


def _agreement(
    classes: int, rank: int, matrices: int, side: int, rng: np.random.Generator
) -> Lemma2:
    stripes = np.arange(side) * classes // side
    clean = np.broadcast_to(stripes.astype(np.uint8), (side, side)).copy()
    counted, distinguished = 0, 0
    for _ in range(matrices):
        matrix = random_matrix(classes, rank, rng)
        labels = apply_transition(clean, matrix, rng=rng)
        counted += transition_matrix(clean, labels).rank == rank
        found = density(labels, BANDWIDTH)
        distinguished += distinguishable_classes(found) == rank
    return Lemma2(classes, rank, matrices, counted / matrices, distinguished / matrices)
