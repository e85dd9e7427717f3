"""Which classes are learned by now, and what the network surely believes of them.

What ADELE (Liu et al. 2022) watches in an epoch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import torch

from napari_metastruct.evaluation import iou_of
from napari_metastruct.training.labelled.curve_fit import FEWEST, fit_curve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from napari_metastruct.training.labelled.batches import LabelledBatch

__all__ = ["Beliefs", "ClassCurves", "Overlap", "believed", "corrected"]

LEARNED = 0.1
"""IoU from which on a class is learned at all; only such points make a curve."""


class Overlap:
    """What is predicted in learning against the labels, class by class.

    The sums stay on the device until they are asked for.
    """

    def __init__(self) -> None:
        self._tables: list[torch.Tensor] = []

    @torch.no_grad()
    def add(self, strength: torch.Tensor, labels: torch.Tensor) -> None:
        """Count a batch.

        Parameters
        ----------
        strength
            ``(N, classes, Y, X)``: the strongest is predicted.
        labels
            ``(N, Y, X)`` int64, -1 ignored.
        """
        classes = strength.shape[1]
        pairs = labels * classes + strength.argmax(1)
        table = pairs[labels >= 0].bincount(minlength=classes**2)
        self._tables.append(table.reshape(classes, classes))

    def iou(self) -> NDArray[np.float64]:
        """Return the IoU of each class, NaN where it is nowhere, ``(classes,)``."""
        return iou_of(self._table())

    def least(self) -> float:
        """Return the smallest share of a class that is predicted as labelled."""
        table = self._table()
        sizes = table.sum(axis=1)
        return float((table.diagonal() / np.maximum(sizes, 1))[sizes > 0].min())

    def _table(self) -> NDArray[np.int64]:
        found: NDArray[np.int64] = torch.stack(self._tables).sum(0).cpu().numpy()
        return found


def believed(probability: NDArray[np.float32], confidence: float) -> NDArray[np.int16]:
    """Return the class of each pixel where its probability is above a confidence.

    Parameters
    ----------
    probability
        ``(classes, Y, X)``.
    confidence
        0 to 1.

    Returns
    -------
    ``(Y, X)`` int16: the class, or -1 where none is so probable.
    """
    found = np.where(probability.max(0) > confidence, probability.argmax(0), -1)
    return found.astype(np.int16)


def corrected(
    labels: NDArray[np.int16],
    beliefs: NDArray[np.int16],
    classes: NDArray[np.bool_],
) -> NDArray[np.int16]:
    """Replace labels by beliefs, within some classes.

    A label is left from and changed to these classes only, so that the labels of any
    other class stay as they are: they neither lose a pixel nor gain one.

    Parameters
    ----------
    labels, beliefs
        ``(Y, X)``: class or -1.
    classes
        Which classes are corrected, ``(classes,)``.
    """
    free = np.append(classes, False)  # the last one is that of -1
    return np.where(free[labels] & free[beliefs], beliefs, labels).astype(np.int16)


class Beliefs:
    """What is believed of the pixels of each training plane, from its patches.

    Parameters
    ----------
    confidence
        As `believed` takes it.

    Attributes
    ----------
    maps
        Number of the plane to ``(Y, X)`` int16: class or -1. Of a pixel that several
        patches have, the last one counts.
    """

    def __init__(self, confidence: float) -> None:
        self._confidence = confidence
        self.maps: dict[int, NDArray[np.int16]] = {}

    def take(self, batch: LabelledBatch, probability: torch.Tensor) -> None:
        """Put the predictions of a batch, ``(N, classes, Y, X)``, into their planes."""
        for plane, rows, columns, values in batch.placed(probability):
            if plane not in self.maps:
                self.maps[plane] = np.full(batch.shapes[plane], -1, np.int16)
            self.maps[plane][rows, columns] = believed(values, self._confidence)

    def put(self, plane: int, probability: NDArray[np.float32]) -> None:
        """Take the prediction of a whole plane, ``(classes, Y, X)``."""
        self.maps[plane] = believed(probability, self._confidence)

    def shares(
        self, given: Sequence[NDArray[np.int16]], classes: int
    ) -> NDArray[np.float64]:
        """Return how many pixels are believed of each class, of those labelled so.

        Parameters
        ----------
        given
            Labels of each training plane; ignored pixels do not count.
        classes
            How many classes there are.

        Returns
        -------
        ``(classes,)``, 0 or more; 1 for a class that has no label.
        """
        counts = np.zeros((2, classes), np.int64)
        for plane, beliefs in self.maps.items():
            known = given[plane] >= 0
            sure = beliefs[known & (beliefs >= 0)]
            counts[0] += np.bincount(sure, minlength=classes)
            counts[1] += np.bincount(given[plane][known], minlength=classes)
        return np.where(counts[1], counts[0] / np.maximum(counts[1], 1), 1.0)


@dataclass(slots=True)
class ClassCurves:
    """The learning curve of each class, and whether its labels are corrected.

    Attributes
    ----------
    class_count
        How many classes there are.
    points
        For each epoch the IoU of each class; None where it was nowhere.
    since
        For each class the epoch from which on it is corrected; 0: not yet.
    lost
        For each class that was not corrected before the last epoch, the share of its
        slope that is lost.
    """

    class_count: int
    points: list[list[float | None]] = field(default_factory=list)
    since: list[int] = field(default_factory=list)
    lost: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with no class that is corrected."""
        self.since = self.since or [0] * self.class_count
        self.lost = [math.nan] * self.class_count

    @classmethod
    def of(cls, state: Mapping[str, Any], class_count: int) -> Self:
        """Return the curves that `state` remembers, or new ones."""
        return cls(class_count, state.get("points", []), state.get("since", []))

    def state(self) -> dict[str, Any]:
        """Return what a session's ``state`` must remember."""
        return {"points": self.points, "since": self.since}

    @property
    def may_correct(self) -> bool:
        """Whether labels can be corrected at the end of the epoch that has begun."""
        return len(self.points) + 1 >= FEWEST

    @property
    def chosen(self) -> NDArray[np.bool_]:
        """Which classes are corrected now, ``(classes,)``."""
        return np.array(self.since) > 0

    def add(self, iou: NDArray[np.float64]) -> None:
        """Add the points of an epoch, ``(classes,)``, NaN where there is none."""
        points = [float(v) if math.isfinite(v) else None for v in iou]
        self.points.append(points)

    def look(
        self, limit: float, compare_with: Literal["steepest", "first"], *, apart: bool
    ) -> None:
        """Find the classes that are corrected from now on (Eq. 2).

        Parameters
        ----------
        limit
            Share of its slope that a curve must have lost.
        compare_with
            The slope that this is a share of.
        apart
            Each class by its own curve; otherwise all by that of their mean.
        """
        table = np.array(self.points, np.float64)
        if not apart:
            table = np.repeat(np.nanmean(table, axis=1)[:, None], table.shape[1], 1)
        self.lost = [math.nan] * self.class_count
        for number in range(self.class_count):
            if not self.since[number]:
                self.lost[number] = slope_lost(table[:, number].tolist(), compare_with)
                self.since[number] = len(table) * (self.lost[number] > limit)

    def values(self, classes: Sequence[int]) -> dict[str, float]:
        """Return the numbers of an epoch, by the classes' numbers in the labels."""
        row: dict[str, float] = {}
        for rank, number in enumerate(classes):
            point = self.points[-1][rank]
            row[f"iou {number}"] = math.nan if point is None else point
            row[f"slope lost {number}"] = self.lost[rank]
            row[f"correcting {number}"] = float(self.since[rank] > 0)
        return row


def slope_lost(
    values: Sequence[float], compare_with: Literal["steepest", "first"]
) -> float:
    """Return the share of its slope that a curve has lost by its last point.

    Parameters
    ----------
    values
        One a epoch, from the first on; NaN where there is none.
    compare_with
        The slope at its steepest, or at t = 1.

    Returns
    -------
    NaN as long as fewer than 4 points are above 0.1: a class that the network hardly
    knows must not be corrected by it, and the first bump is not yet the top.
    """
    if sum(value >= LEARNED for value in values) < FEWEST:
        return math.nan
    curve = fit_curve(range(1, len(values) + 1), values)
    if curve is None:
        return math.nan
    now = float(len(values))
    since = curve.steepest(now) if compare_with == "steepest" else 1.0
    return curve.slope_lost(now, since)
