"""The learning set: every plane of every pair is an example."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Example", "LearningSet", "thinned"]

WINDOW = 1024
"""Rows and columns of the middle of a plane, where that is enough to look at."""


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One plane with its labels.

    Attributes
    ----------
    pair, plane
        Number of the pair and of the plane in it.
    image
        What the network sees, ``(F, Y, X)`` float32.
    labels
        ``(Y, X)`` int16, the rank of the class or -1; read only.
    reference
        Clean labels in the same form, or None.
    negative
        The class that each pixel is not, in the same form, or None.
    trusted
        Whether the labels are known to be right.
    """

    pair: int
    plane: int
    image: NDArray[np.float32]
    labels: NDArray[np.int16]
    reference: NDArray[np.int16] | None
    negative: NDArray[np.int16] | None = None
    trusted: bool = False

    @property
    def place(self) -> tuple[int, int]:
        """Number of the pair and of the plane in it."""
        return self.pair, self.plane

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = self.labels.shape
        return rows, columns

    def middle(self) -> Example:
        """Return the middle of a large plane as an example of its own, not copied."""
        rows, columns = (_middle(side) for side in self.shape)
        clean, negative = self.reference, self.negative
        return replace(
            self,
            image=self.image[:, rows, columns],
            labels=self.labels[rows, columns],
            reference=None if clean is None else clean[rows, columns],
            negative=None if negative is None else negative[rows, columns],
        )

    def cut_middle(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the part of a map of the whole plane that `middle` shows."""
        if values.shape == self.shape:
            return values
        rows, columns = (_middle(side) for side in values.shape)
        return values[rows, columns]

    def classes(self) -> frozenset[int]:
        """Return the ranks of the classes that are there."""
        counts = np.bincount(self.labels.ravel() + 1)
        return frozenset((np.flatnonzero(counts[1:])).tolist())

    def marked(self) -> NDArray[np.int16]:
        """Return a map that is 0 or more where anything is known, else -1."""
        if self.negative is None:
            return self.labels
        return np.maximum(self.labels, self.negative)

    def is_marked(self) -> bool:
        """Say whether anything is known of any pixel."""
        known = (self.labels, self.negative)
        return any(m is not None and bool((m >= 0).any()) for m in known)

    def checksum(self) -> int:
        """Return a number that changes when anything that is known changes."""
        if not self.is_marked():
            return 0
        known = zlib.crc32(np.ascontiguousarray(self.labels).data)
        # Once something is painted an image without negative marks has a map of -1.
        if self.negative is not None and bool((self.negative >= 0).any()):
            known = zlib.crc32(np.ascontiguousarray(self.negative).data, known)
        return known

    def told(self, classes: int) -> NDArray[np.int16]:
        """Return the labels and, of two classes, what negative marks leave over."""
        if self.negative is None or classes != 2:
            return self.labels
        left = np.where(self.negative >= 0, 1 - self.negative, -1)
        return np.where(self.labels >= 0, self.labels, left).astype(np.int16)


@dataclass(frozen=True, slots=True, eq=False)
class LearningSet:
    """All examples, apart by what they are for.

    Attributes
    ----------
    training, validation
        What is learned from, and what is only judged by.
    watched
        What is only scored, for curves.
    unlabelled
        Planes whose labels are all ignored.
    classes
        Numbers of the classes in the labels, in the order of their ranks.
    shares
        Share of each class in the labelled pixels of pairs.
    checksum
        Changes when any label changes.
    """

    training: list[Example]
    validation: list[Example]
    watched: list[Example]
    unlabelled: list[Example]
    classes: tuple[int, ...]
    shares: NDArray[np.float64]
    checksum: int


def thinned(examples: Sequence[Example], most: int | None) -> list[tuple[int, Example]]:
    """Choose what is looked at so that it is at most so many pixels, about.

    Parameters
    ----------
    examples
        All of them.
    most
        Pixels; None: no limit.

    Returns
    -------
    Number and example, evenly spread; of larger planes the middle, `WINDOW` pixels
    wide and high.
    """
    every = list(enumerate(examples))
    if most is None or sum(e.labels.size for e in examples) <= most:
        return every
    windows = [(number, example.middle()) for number, example in every]
    pixels = sum(e.labels.size for _, e in windows)
    step = -(-pixels // most)
    return windows[::step]


def _middle(side: int) -> slice:
    start = max(0, (side - WINDOW) // 2)
    return slice(start, min(side, start + WINDOW))
