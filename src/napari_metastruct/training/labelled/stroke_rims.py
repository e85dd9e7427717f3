"""Strokes without their rims, where drawing is least exact."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    _Both = tuple[NDArray[np.int16], NDArray[np.int16]]

__all__ = ["CoreMarks", "cores"]


class CoreMarks:
    """Keeps the marks of many planes without their rims, also when some are renewed.

    Parameters
    ----------
    share
        As of `cores`.
    """

    def __init__(self, share: float) -> None:
        self._share = share
        self._held: dict[int, tuple[_Both, _Both]] = {}

    def of(
        self,
        labels: Sequence[NDArray[np.int16]],
        negative: Sequence[NDArray[np.int16]],
    ) -> dict[str, list[NDArray[np.int16]]]:
        """Return "inner positive" and "inner negative": a map for each plane.

        A plane is worked on again only if its arrays are others than before.
        """
        positives, negatives = [], []
        for number, given in enumerate(zip(labels, negative, strict=True)):
            before, kept = self._held.get(number, ((None, None), given))
            if before[0] is not given[0] or before[1] is not given[1]:
                kept = cores(*given, self._share)
                self._held[number] = given, kept
            positives.append(kept[0])
            negatives.append(kept[1])
        return {"inner positive": positives, "inner negative": negatives}


class _Stroke(NamedTuple):
    """All marks of a kind that say one class, cut out of the plane.

    Attributes
    ----------
    kind
        0 positive, 1 negative.
    box
        Where they are.
    mask
        ``(rows, columns)`` bool: which pixels of the box.
    depth
        Distance of these from what is not so marked, pixels.
    """

    kind: int
    box: tuple[slice, ...]
    mask: NDArray[np.bool_]
    depth: NDArray[np.float64]

    @property
    def half_width(self) -> float:
        """Twice the mean depth, pixels; of a disc two thirds of its radius."""
        return 2 * float(self.depth[self.mask].mean())


def cores(
    labels: NDArray[np.int16], negative: NDArray[np.int16], share: float
) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Take the rims of strokes away.

    A rim is `share` of the half width of the thinnest strokes of the plane: the marks
    of one kind and class whose mean distance from their edge is smallest. The edge of
    the image is no rim. Of every connected stroke its innermost pixels stay, so thin
    ones lose nothing.

    Parameters
    ----------
    labels, negative
        Positive and negative marks, ``(Y, X)``, -1 unmarked.
    share
        0 leaves everything as it is, 1 takes what is less than a half width deep.

    Returns
    -------
    Both again; new arrays, or those given if nothing is taken away.
    """
    if not share:
        return labels, negative
    strokes = [
        stroke
        for kind, marks in enumerate((labels, negative))
        for stroke in _strokes(kind, marks)
    ]
    if not strokes:
        return labels, negative
    rim = share * min(stroke.half_width for stroke in strokes)
    found = labels.copy(), negative.copy()
    for stroke in strokes:
        pieces, count = ndimage.label(stroke.mask, np.ones((3, 3)))
        own, depth = pieces[stroke.mask], stroke.depth[stroke.mask]
        deepest = np.zeros(count + 1)
        np.maximum.at(deepest, own, depth)
        taken = stroke.mask.copy()
        taken[stroke.mask] = (depth <= rim) & (depth < deepest[own])
        found[stroke.kind][stroke.box][taken] = -1
    return found


def _strokes(kind: int, marks: NDArray[np.int16]) -> Iterator[_Stroke]:
    # Numbers from 1 on for find_objects.
    for number, box in enumerate(ndimage.find_objects(marks + 1)):
        if box is None:
            continue
        mask = marks[box] == number
        beside = [
            (int(part.start > 0), int(part.stop < side))
            for part, side in zip(box, marks.shape, strict=True)
        ]
        padded = np.pad(mask, beside)
        if padded.all():  # all of the image: there is no edge
            depth = np.full(mask.shape, np.inf)
        else:
            depth = ndimage.distance_transform_edt(padded)
        inner = tuple(
            slice(before, before + rows)
            for (before, _), rows in zip(beside, mask.shape, strict=True)
        )
        yield _Stroke(kind, box, mask, depth[inner])
