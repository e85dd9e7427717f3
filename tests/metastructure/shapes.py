"""Labels that densities are tried on."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def circle(side: int = 256) -> NDArray[np.uint8]:
    """Return Figure 6: a circle in a rectangle."""
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    return np.asarray(np.hypot(y, x) < side / 4, np.uint8)


def mosaic(classes: int, side: int = 256, seed: int = 0) -> NDArray[np.uint8]:
    """Return patches of several classes."""
    rng = np.random.default_rng(seed)
    seeds = rng.random((3 * classes, 2)) * side
    places = np.moveaxis(np.indices((side, side)), 0, -1)[:, :, np.newaxis]
    nearest = ((places - seeds) ** 2).sum(axis=-1).argmin(axis=-1)
    return np.asarray(nearest % classes, np.uint8)


def drawn(
    clean: NDArray[Any], matrix: NDArray[Any], rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Draw a noisy label, pixel by pixel from the row of its class."""
    upto = np.cumsum(matrix, axis=1)[clean][..., :-1]
    chance = rng.random(clean.shape)[..., np.newaxis]
    return np.asarray((chance > upto).sum(axis=-1), np.uint8)


def mixture(
    classes: int, rank: int, rng: np.random.Generator, least: float = 0.0
) -> NDArray[np.float64]:
    """Return a random transition matrix of that rank.

    Its singular value number `rank` is at least `least`.
    """
    while True:
        matrix = rng.dirichlet(np.full(rank, 0.5), classes)
        if rank < classes:
            matrix = matrix @ rng.dirichlet(np.full(classes, 0.5), rank)
        if np.linalg.svd(matrix)[1][rank - 1] >= least:
            return np.asarray(matrix)
