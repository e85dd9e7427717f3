"""How well labels and probabilities agree with the truth; labels in, numbers out.

Labels are integer class maps of one shape, any number of axes: 0 background, 1, 2 ...
classes. Pixels whose truth is -1 (ignored) are left out of every number here.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.arrays import check_labels
from napari_metastruct.errors import InputError

__all__ = [
    "Scores",
    "accuracy",
    "accuracy_of",
    "auc",
    "confusion",
    "dice",
    "dice_of",
    "iou",
    "iou_of",
    "mean_dice",
    "mean_iou",
    "mean_of_objects",
    "scores",
]


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """All numbers of one comparison.

    Attributes
    ----------
    dice, iou
        One number a class, background first; NaN for a class that neither the truth
        nor the labels have.
    mean_dice, mean_iou
        Mean over the classes present, background left out.
    accuracy
        Share of right pixels.
    auc
        Area under the ROC curve of the probability; None without a probability.
    pixels
        How many pixels were compared.
    """

    dice: NDArray[np.float64]
    iou: NDArray[np.float64]
    mean_dice: float
    mean_iou: float
    accuracy: float
    auc: float | None
    pixels: int


def scores(
    truth: NDArray[Any],
    labels: NDArray[Any],
    probability: NDArray[Any] | None = None,
    within: NDArray[Any] | None = None,
) -> Scores:
    """Compare labels, and optionally a probability, with the truth.

    Parameters
    ----------
    truth, labels
        Class maps of the same shape.
    probability
        Of the foreground, same shape, any real type; scored against truth > 0.
    within
        Mask of the same shape; only where it is not 0 is compared.

    Raises
    ------
    InputError
        The shapes differ, the values are no labels, or nothing is left to compare.
    """
    truth, labels = _pair(truth, labels)
    if within is not None:
        inside = _same_shape(truth, within, "within") != 0
        truth = np.where(inside, truth.astype(np.int64), -1)
    table = confusion(truth, labels)
    by_dice, by_iou = dice_of(table), iou_of(table)
    return Scores(
        dice=by_dice,
        iou=by_iou,
        mean_dice=mean_of_objects(by_dice),
        mean_iou=mean_of_objects(by_iou),
        accuracy=accuracy_of(table),
        auc=None if probability is None else auc(truth, probability),
        pixels=int(table.sum()),
    )


def dice(
    truth: NDArray[Any], labels: NDArray[Any], classes: int | None = None
) -> NDArray[np.float64]:
    """Return ``2 |T and L| / (|T| + |L|)`` for each class (Dice 1945; F1).

    Parameters
    ----------
    truth, labels
        Class maps of the same shape.
    classes
        How many classes there are; None: as many as either map has.

    Returns
    -------
    ``(classes,)``, background first; NaN for a class that neither map has.
    """
    return dice_of(confusion(truth, labels, classes))


def iou(
    truth: NDArray[Any], labels: NDArray[Any], classes: int | None = None
) -> NDArray[np.float64]:
    """Return ``|T and L| / |T or L|`` for each class (Jaccard); as `dice` else."""
    return iou_of(confusion(truth, labels, classes))


def mean_dice(truth: NDArray[Any], labels: NDArray[Any]) -> float:
    """Return the mean Dice of the classes present, background left out; 1 if none."""
    return mean_of_objects(dice(truth, labels))


def mean_iou(truth: NDArray[Any], labels: NDArray[Any]) -> float:
    """Return the mean IoU of the classes present, background left out; 1 if none."""
    return mean_of_objects(iou(truth, labels))


def accuracy(truth: NDArray[Any], labels: NDArray[Any]) -> float:
    """Return the share of pixels whose label is right."""
    return accuracy_of(confusion(truth, labels))


def auc(truth: NDArray[Any], probability: NDArray[Any]) -> float:
    """Return the area under the ROC curve of a foreground probability.

    The chance that a foreground pixel has a higher probability than a background
    pixel, ties counting a half, by ranks (Mann and Whitney 1947): O(n log n).

    Parameters
    ----------
    truth
        Class map; the foreground is all above 0.
    probability
        Same shape, any real type.

    Returns
    -------
    0 to 1; NaN where the truth has only one of the two.
    """
    truth = check_labels(truth, "truth")
    probability = _same_shape(truth, probability, "probability")
    known = truth >= 0
    front = truth[known] > 0
    values, ranks = np.unique(probability[known], return_inverse=True)
    fronts = np.bincount(ranks, weights=front, minlength=len(values))
    backs = np.bincount(ranks, weights=~front, minlength=len(values))
    pairs = fronts.sum() * backs.sum()
    won = fronts @ (np.cumsum(backs) - backs / 2)
    return float(won / pairs) if pairs else float("nan")


def confusion(
    truth: NDArray[Any], labels: NDArray[Any], classes: int | None = None
) -> NDArray[np.int64]:
    """Count pixels by their class in the truth (row) and in the labels (column).

    Raises
    ------
    InputError
        The shapes differ, the values are no labels, a pixel that counts is ignored in
        `labels`, a class is not below `classes`, or every pixel is ignored.
    """
    truth, labels = _pair(truth, labels)
    known = truth >= 0
    rows, columns = truth[known].astype(np.intp), labels[known].astype(np.intp)
    if not rows.size:
        raise InputError("There is nothing to compare: every pixel is ignored.")
    if columns.min() < 0:
        raise InputError(
            f"{int((columns < 0).sum()):,} pixels of the labels are ignored (-1) where "
            "the truth is known; only the truth may leave pixels out."
        )
    most = 1 + int(max(rows.max(), columns.max()))
    count = max(2, most) if classes is None else classes
    if most > count:
        raise InputError(f"There is a class {most - 1}, but only {count} classes.")
    table = np.bincount(rows * count + columns, minlength=count * count)
    return table.reshape(count, count).astype(np.int64)


def _pair(
    truth: NDArray[Any], labels: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    truth = check_labels(truth, "truth")
    return truth, check_labels(_same_shape(truth, labels, "labels"), "labels")


def _same_shape(truth: NDArray[Any], other: NDArray[Any], name: str) -> NDArray[Any]:
    other = np.asarray(other)
    if other.shape != truth.shape:
        raise InputError(
            f"The truth has the shape {truth.shape}, but '{name}' has {other.shape}."
        )
    return other


def dice_of(table: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the Dice of each class from a table as `confusion` counts it.

    Tables of many images may be added first: the scores of all pixels together.
    """
    return _ratio(2 * np.diag(table), table.sum(axis=0) + table.sum(axis=1))


def iou_of(table: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the IoU of each class from such a table."""
    both = np.diag(table)
    return _ratio(both, table.sum(axis=0) + table.sum(axis=1) - both)


def _ratio(part: NDArray[np.int64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)


def mean_of_objects(by_class: NDArray[np.float64]) -> float:
    """Return the mean over the classes present, background left out; 1 if none."""
    present = by_class[1:][~np.isnan(by_class[1:])]
    return float(present.mean()) if present.size else 1.0


def accuracy_of(table: NDArray[np.int64]) -> float:
    """Return the share of right pixels from such a table."""
    return float(np.trace(table) / table.sum())
