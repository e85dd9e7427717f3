"""Figure 6: densities of clean labels, of RCL (rank 2) and of RL (rank 1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from skimage.draw import disk

from napari_metastruct.metastructure import (
    Densities,
    Similarity,
    compare,
    density,
    distinguishable_classes,
)
from napari_metastruct.noise import apply_transition, transition_matrix

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_metastruct.noise import TransitionMatrix

__all__ = ["BANDWIDTH", "MATRICES", "Case", "circle_in_rectangle", "figure6"]

SIDE = 256
BANDWIDTH = 8.0
"""Of the gaussian kernel, in pixels."""
MATRICES = {
    "Ground truth": ((1.0, 0.0), (0.0, 1.0)),
    "RCL, rank 2": ((0.6, 0.4), (0.4, 0.6)),
    "RL, rank 1": ((0.5, 0.5), (0.5, 0.5)),
}
"""The noise transition matrix of each column: flipping with a rate of 0.4 leaves
fewer right pixels than most would dare to learn from, and still full rank."""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One column of the figure.

    Attributes
    ----------
    title
        What kind of labels.
    labels
        ``(Y, X)`` drawn labels.
    counted
        The noise transition matrix counted from them, with its rank.
    densities
        Their density maps, corrected at the edges: else they would all fade there,
        and be alike for no other reason.
    distinguishable
        How many classes the densities tell apart.
    similarity
        Of the densities with those of the clean labels.
    """

    title: str
    labels: NDArray[Any]
    counted: TransitionMatrix
    densities: Densities
    distinguishable: int
    similarity: Similarity


def circle_in_rectangle(side: int = SIDE) -> NDArray[np.uint8]:
    """Return the figure's clean label: a circle of half the side in a rectangle."""
    labels = np.zeros((side, side), np.uint8)
    labels[disk((side / 2, side / 2), side / 4)] = 1
    return labels


def figure6(seed: int = 0, bandwidth: float = BANDWIDTH) -> tuple[Case, ...]:
    """Draw the labels of Figure 6 and measure what they keep.

    Parameters
    ----------
    seed
        Of the noise.
    bandwidth
        Of the gaussian kernel, in pixels.

    Returns
    -------
    Ground truth, RCL, RL.
    """
    clean = circle_in_rectangle()
    due = density(clean, bandwidth, edge_correction=True)
    return tuple(
        _case(title, clean, np.array(matrix), due, [seed, number])
        for number, (title, matrix) in enumerate(MATRICES.items())
    )


def _case(
    title: str,
    clean: NDArray[np.uint8],
    matrix: NDArray[np.float64],
    due: Densities,
    seed: list[int],
) -> Case:
    labels = apply_transition(clean, matrix, rng=np.random.default_rng(seed))
    found = density(labels, due.bandwidth, edge_correction=True)
    return Case(
        title,
        labels,
        transition_matrix(clean, labels),
        found,
        distinguishable_classes(found),
        compare(due, found),
    )
