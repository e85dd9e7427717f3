"""A boundary that moves by any amount of pixels, whole steps or parts of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.noise.classes import Alphabet, smallest
from napari_metastruct.noise.distances import depth, nearest_objects
from napari_metastruct.noise.objects import object_classes

__all__ = ["Rings", "first_of_each", "pixels_passed"]

_WAVES = 4
_WAVELENGTHS = 15.0, 60.0  # in pixels; an outline is wrong along stretches like these


@dataclass(frozen=True, slots=True, eq=False)
class Rings:
    """The pixels that the boundaries of objects pass, ring after ring.

    Attributes
    ----------
    objects
        The K classes of the objects.
    where
        ``(N,)`` flat indices of the pixels.
    ring
        ``(N,)`` after how many steps the boundary has passed each of them, from 1.
    owner
        ``(N,)`` rank of the class whose boundary it is.
    passed
        ``(K, R + 1)`` how many pixels each class has passed after 0, 1 ... R steps.
    shape
        Of the labels.
    """

    objects: Alphabet
    where: NDArray[np.intp]
    ring: NDArray[np.int32]
    owner: NDArray[np.intp]
    passed: NDArray[np.int64]
    shape: tuple[int, ...]

    @classmethod
    def outward(cls, labels: NDArray[Any]) -> Self:
        """Return the background's pixels in the order in which objects grow."""
        distance, owner = nearest_objects(labels)
        return cls._of(labels, labels == 0, distance, owner)

    @classmethod
    def inward(cls, labels: NDArray[Any]) -> Self:
        """Return the objects' pixels in the order in which they shrink."""
        steps = depth(labels)
        passing = (labels > 0) & (steps <= max(labels.shape))
        return cls._of(labels, passing, steps, labels)

    @classmethod
    def _of(
        cls,
        labels: NDArray[Any],
        passing: NDArray[np.bool_],
        steps: NDArray[np.int32],
        owner: NDArray[Any],
    ) -> Self:
        objects = object_classes(labels)
        where = np.flatnonzero(passing)
        ring = steps.ravel()[where]
        ranks = objects.ranks(owner.ravel()[where])
        width = int(ring.max(initial=0)) + 1
        counts = np.bincount(ranks * width + ring, minlength=len(objects) * width)
        passed = np.cumsum(counts.reshape(-1, width), axis=1)
        return cls(objects, where, ring, ranks, passed, labels.shape)

    def moved(
        self,
        labels: NDArray[Any],
        counts: NDArray[np.int64],
        rng: np.random.Generator,
        *,
        outward: bool,
    ) -> NDArray[Any]:
        """Return labels whose boundaries have passed so many pixels of each class."""
        chosen = self.nearest(counts, rng)
        noisy = smallest(labels)
        values = self.objects.values[self.owner[chosen]] if outward else 0
        noisy.flat[self.where[chosen]] = values
        return noisy

    def nearest(
        self, counts: NDArray[np.int64], rng: np.random.Generator
    ) -> NDArray[np.bool_]:
        """Choose the first pixels that each class passes.

        Parameters
        ----------
        counts
            ``(K,)`` how many of each class; all that there are if it has fewer.
        rng
            Chooses which parts of the last ring are passed, where not all of it is due.
            They are smooth, as an outline drawn by hand is.

        Returns
        -------
        ``(N,)`` True for the chosen ones.
        """
        whole = (self.passed <= counts[:, np.newaxis]).sum(axis=1) - 1
        rest = counts - self.passed[np.arange(len(whole)), whole]
        chosen = self.ring <= whole[self.owner]
        last = np.flatnonzero(self.ring == whole[self.owner] + 1)
        order = _waves(np.unravel_index(self.where[last], self.shape), rng)
        chosen[last] = first_of_each(self.owner[last], order, rest)
        return np.asarray(chosen)


def pixels_passed(passed: NDArray[np.int64], steps: float) -> NDArray[np.int64]:
    """Return how many pixels each class has passed after some steps.

    Parameters
    ----------
    passed
        ``(K, R + 1)`` as `Rings` has it.
    steps
        At least 0; half a step passes half of the pixels of the next ring.

    Returns
    -------
    ``(K,)``.
    """
    last = passed.shape[1] - 1
    whole = min(int(steps), last)
    before, following = passed[:, whole], passed[:, min(whole + 1, last)]
    part = np.rint((steps - whole) * (following - before))
    return np.asarray(before + part.astype(np.int64))


def _waves(
    places: Sequence[NDArray[np.intp]], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return a smooth random field at some pixels: a few plane waves, ``(N,)``."""
    field = np.zeros(len(places[0]))
    for _ in range(_WAVES):
        direction = rng.normal(size=len(places))
        direction /= np.linalg.norm(direction)
        across = sum(d * place for d, place in zip(direction, places, strict=True))
        turns = across / rng.uniform(*_WAVELENGTHS) + rng.random()
        field += np.cos(2 * np.pi * turns)
    return field


def first_of_each(
    group: NDArray[np.intp], value: NDArray[np.float64], counts: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Choose so many members of each group, those of the least value; ``(N,)``."""
    order = np.lexsort((value, group))
    sizes = np.bincount(group, minlength=len(counts))
    starts = np.repeat(np.cumsum(sizes) - sizes, sizes)
    chosen = np.zeros(group.size, dtype=bool)
    chosen[order] = np.arange(group.size) - starts < np.repeat(counts, sizes)
    return chosen
