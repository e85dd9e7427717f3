"""Theorem 1: more bias at the boundary, less of the meta-structure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from napari_metastruct.evaluation import accuracy
from napari_metastruct.experiments.figure6 import BANDWIDTH
from napari_metastruct.metastructure import compare, density
from napari_metastruct.noise import dilate, erode, skeleton

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

__all__ = ["BiasPoint", "falls", "theorem1"]


STEPS = (1, 2, 3, 5, 8, 12, 16, 24, 32, 48)
"""Pixels that the boundary is moved by."""


@dataclass(frozen=True, slots=True)
class BiasPoint:
    """One PCL of a label.

    Attributes
    ----------
    noise
        "dilate", "erode" or "skeleton".
    iterations
        How often; 0 for the clean label, and for the skeleton.
    wrong
        Share of wrong pixels.
    similarity
        Pearson correlation of the object's density with the clean one's.
    overlap
        Overlap of the two.
    """

    noise: str
    iterations: int
    wrong: float
    similarity: float
    overlap: float


def theorem1(
    labels: NDArray[Any],
    iterations: Sequence[int] = STEPS,
    bandwidth: float = BANDWIDTH,
) -> tuple[BiasPoint, ...]:
    """Dilate and erode a binary label more and more, and compare the densities.

    Parameters
    ----------
    labels
        0 and 1.
    iterations
        How often, ascending; it ends earlier where nothing is left, or all is full.
    bandwidth
        Of the gaussian kernel, in pixels.

    Returns
    -------
    The clean label and its dilations, the clean label and its erosions, the skeleton.
    """
    due = density(labels, bandwidth, classes=[1])
    points = []
    for noise, count, noisy in _biased(labels, iterations):
        alike = compare(due, density(noisy, bandwidth, classes=[1]))
        wrong = 1 - accuracy(labels, noisy)
        row = (wrong, alike.mean_pearson, alike.mean_overlap)
        points.append(BiasPoint(noise, count, *row))
    return tuple(points)


def falls(points: Sequence[BiasPoint], noise: str) -> bool:
    """Say whether the similarity falls strictly along one kind of bias."""
    along = [p.similarity for p in points if p.noise == noise]
    return all(after < before for before, after in pairwise(along))


def _biased(
    labels: NDArray[Any], steps: Sequence[int]
) -> Iterator[tuple[str, int, NDArray[Any]]]:
    yield "dilate", 0, labels
    for count in steps:
        grown = dilate(labels, count)
        if not (grown == 0).any():
            break
        yield "dilate", count, grown
    yield "erode", 0, labels
    for count in steps:
        shrunk = erode(labels, count)
        if not (shrunk == 1).any():
            break
        yield "erode", count, shrunk
    yield "skeleton", 0, skeleton(labels)
