"""Where a network is least sure, so that the next stroke counts."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation, uniform_filter

__all__ = ["LeastSure", "Place"]

_BLOCKS_ACROSS = 48
"""A plane is so many blocks wide, about; a stroke covers a few of them."""
_SMALLEST_BLOCK = 4
_AROUND = 2
"""Blocks around a mark, or around a place that was shown, that are passed over."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in an image.

    Attributes
    ----------
    pair, plane
        Number of the image, and of the plane in it.
    row, column
        Its middle in the plane.
    unsure
        How unsure it is there on average: 0 (sure) to 1 (no idea).
    """

    pair: int
    plane: int
    row: float
    column: float
    unsure: float


@dataclass(slots=True, eq=False)
class _Plane:
    """What is known of a plane, in blocks."""

    means: NDArray[np.float32]
    block: int
    offset: tuple[int, int]
    shown: Mask


class LeastSure:
    """Remembers how unsure the planes are, and leads from place to place.

    Places that are marked already are passed over, and so is what was shown before,
    until all has been shown.
    """

    def __init__(self) -> None:
        self._planes: dict[tuple[int, int], _Plane] = {}

    def __bool__(self) -> bool:
        """Say whether anything is known."""
        return bool(self._planes)

    def clear(self) -> None:
        """Forget everything."""
        self._planes.clear()

    def take(
        self,
        pair: int,
        plane: int,
        unsure: NDArray[np.float32],
        offset: tuple[int, int] = (0, 0),
    ) -> None:
        """Take how unsure a plane is now.

        Parameters
        ----------
        pair, plane
            Which plane.
        unsure
            ``(Y, X)`` of the plane, or of a part of it.
        offset
            First row and column of that part.
        """
        block = max(_SMALLEST_BLOCK, min(unsure.shape) // _BLOCKS_ACROSS)
        means = _means(unsure, block)
        known = self._planes.get((pair, plane))
        same = known is not None and known.means.shape == means.shape
        shown = (
            known.shown if known is not None and same else np.zeros_like(means, bool)
        )
        self._planes[pair, plane] = _Plane(means, block, offset, shown)

    def next(self, marked: Callable[[int, int], Mask | None]) -> Place | None:
        """Return the least sure place that was not shown yet, None if none is known.

        Parameters
        ----------
        marked
            Says of a plane which of its pixels, ``(Y, X)``, are marked; None: none.
        """
        best = self._best(marked)
        if best is None and any(plane.shown.any() for plane in self._planes.values()):
            for plane in self._planes.values():
                plane.shown[:] = False
            best = self._best(marked)
        return best

    def _best(self, marked: Callable[[int, int], Mask | None]) -> Place | None:
        found: tuple[float, tuple[int, int], tuple[int, int]] | None = None
        for key in sorted(self._planes, key=lambda key: -self._planes[key].means.max()):
            plane = self._planes[key]
            if found is not None and plane.means.max() <= found[0]:
                break
            open_ = np.where(_passed_over(plane, marked(*key)), -1.0, _spread(plane))
            at = np.unravel_index(int(open_.argmax()), open_.shape)
            value = float(open_[at])
            if value >= 0 and (found is None or value > found[0]):
                found = value, key, (int(at[0]), int(at[1]))
        return None if found is None else self._show(*found)

    def _show(self, value: float, key: tuple[int, int], at: tuple[int, int]) -> Place:
        plane = self._planes[key]
        rows, columns = (slice(max(0, i - _AROUND), i + _AROUND + 1) for i in at)
        plane.shown[rows, columns] = True
        row, column = (
            first + (i + 0.5) * plane.block - 0.5
            for first, i in zip(plane.offset, at, strict=True)
        )
        return Place(*key, row, column, value)


def _spread(plane: _Plane) -> NDArray[np.float32]:
    """Prefer a wide unsure region to thin lines: outlines, and the edge of the image.

    At the edge every network is less sure, because it does not see what is beyond.
    """
    return np.asarray(uniform_filter(plane.means, 3, mode="constant"), np.float32)


def _passed_over(plane: _Plane, marked: Mask | None) -> Mask:
    passed = plane.shown
    if marked is None or not marked.any():
        return passed
    rows, columns = plane.means.shape
    first_row, first_column = plane.offset
    part = marked[first_row:, first_column:]
    touched = _means(part, plane.block)[:rows, :columns] > 0
    return np.asarray(passed | binary_dilation(touched, iterations=_AROUND))


def _means(values: NDArray[np.float32] | Mask, block: int) -> NDArray[np.float32]:
    """Return the mean of each block; those at the far edges are as large as is left."""
    ends = [np.arange(0, side, block) for side in values.shape]
    sums = np.add.reduceat(np.asarray(values, np.float32), ends[0], axis=0)
    sums = np.add.reduceat(sums, ends[1], axis=1)
    sizes = [
        np.diff([*first, side]) for first, side in zip(ends, values.shape, strict=True)
    ]
    return np.asarray(sums / np.outer(*sizes), np.float32)
