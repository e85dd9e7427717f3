"""Densities pixel by pixel and point by point, straight from their definition."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def weights(kernel: str, away: NDArray[Any], half: tuple[float, ...]) -> NDArray[Any]:
    """Weigh offsets ``(axes, ...)`` in pixels."""
    size = np.array(half).reshape(-1, *(1 for _ in away.shape[1:]))
    if kernel == "box":
        return np.asarray(np.clip(size + 1 - np.abs(away), 0, 1).prod(axis=0))
    squared = ((away / size) ** 2).sum(axis=0)
    if kernel == "gaussian":
        return np.asarray(np.exp(-squared / 2))
    if kernel == "disc":
        return np.asarray(squared <= 1 + 1e-9, float)
    return np.asarray(np.maximum(1 - squared, 0))


def total(kernel: str, half: tuple[float, ...]) -> float:
    """Sum the kernel over the whole plane."""
    ends = [int((7 if kernel == "gaussian" else 1) * h) + 1 for h in half]
    sides = [np.arange(-end, end + 1) for end in ends]
    return float(weights(kernel, np.array(np.meshgrid(*sides)), half).sum())


def between(
    kernel: str, shape: tuple[int, ...], half: tuple[float, ...]
) -> NDArray[Any]:
    """Return the kernel between all pairs of pixels, of sum 1, ``(pixels, pixels)``."""
    places = np.indices(shape).reshape(len(shape), -1)
    away = places[:, :, np.newaxis] - places[:, np.newaxis]
    return weights(kernel, away, half) / total(kernel, half)


def density(
    labels: NDArray[Any],
    number: int,
    kernel: str,
    half: tuple[float, ...],
    edge_correction: bool = False,
) -> NDArray[Any]:
    """Return the density of one class."""
    table = between(kernel, labels.shape, half)
    points = (labels == number).ravel()
    found = table[:, points].sum(axis=1) / points.sum()
    if edge_correction:
        found /= table[:, (labels >= 0).ravel()].sum(axis=1)
    return np.asarray(found.reshape(labels.shape))
