"""Label images: telling them from pictures, checking them, storing them small."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.errors import InputError

__all__ = ["IGNORE", "check_labels", "looks_like_labels", "to_label_dtype"]

IGNORE = -1
"""The label of pixels that are neither trained on nor scored."""

_ROWS_TO_LOOK_AT = 256
_FLAT = 0.8
_FEW_VALUES = 8  # class maps: a class lies in many pieces
_NESTED_VALUES = 4  # so few classes may lie one inside the other, as steps do
_PIECES_OF_AN_OBJECT = 2


def check_labels(labels: Any, name: str = "labels") -> NDArray[Any]:  # noqa: ANN401
    """Return a label image as an integer array.

    Parameters
    ----------
    labels
        Integer class map of any shape; 0 background, -1 ignore. A boolean mask
        and whole numbers stored as floats are taken too.

    Returns
    -------
    The same values as integers, not copied where they are integers already.

    Raises
    ------
    InputError
        Not numbers, fractions or NaN, or values below -1.
    """
    values = np.asarray(labels)
    if values.dtype == np.bool_:
        return values.astype(np.uint8)
    if values.dtype.kind not in "iuf":
        raise InputError(
            f"'{name}' is of type {values.dtype}, but labels are whole numbers."
        )
    if values.dtype.kind == "f":
        values = _whole(values, name)
    if values.size and values.min() < IGNORE:
        raise InputError(
            f"'{name}' holds the value {values.min()}, but labels are 0 (background), "
            "1, 2 ... and -1 (ignored)."
        )
    return values


def _whole(values: NDArray[Any], name: str) -> NDArray[Any]:
    with np.errstate(invalid="ignore"):
        whole = np.isfinite(values) & (values == np.round(values))
    whole &= np.abs(values) < 2.0**53
    if not whole.all():
        wrong = values[~whole].flat[0]
        raise InputError(
            f"'{name}' holds {wrong} and is of type {values.dtype}, but labels are "
            "whole numbers; threshold or round it first."
        )
    return values.astype(np.int64)


def to_label_dtype(labels: NDArray[Any]) -> NDArray[Any]:
    """Return labels in the smallest unsigned integer type that holds them.

    Raises
    ------
    InputError
        A value is negative.
    """
    values = np.asarray(labels)
    if values.dtype == np.bool_ or not values.size:
        return values.astype(np.uint8)
    if values.min() < 0:
        raise InputError(
            f"Labels of 0 and above are needed here, but the least is {values.min()}."
        )
    return values.astype(np.min_scalar_type(values.max()), copy=False)


def looks_like_labels(plane: NDArray[Any]) -> bool:
    """Say whether a plane is a label image rather than a picture.

    In a label image the pixels outside the most common value (the background) stand
    in flat patches, and a value is the name of one object, so that most values lie
    in one piece. A picture has noise: its neighbours differ. A smooth picture is flat
    too, but there neighbouring patches differ by one step, and names do not.

    Parameters
    ----------
    plane
        ``(Y, X)`` of any real type, finite; fractions make it a picture.
    """
    if plane.dtype.kind == "f" and not (plane == np.rint(plane)).all():
        return False
    step = max(1, plane.shape[0] // _ROWS_TO_LOOK_AT)
    if _flatness(plane[::step]) < _FLAT:
        return False
    values, ranks = np.unique(plane, return_inverse=True)
    ranks = ranks.reshape(plane.shape).astype(np.int64)
    if len(values) <= _NESTED_VALUES:
        return True
    if _is_smooth(ranks):
        return False
    return len(values) <= _FEW_VALUES or _pieces(ranks) <= _PIECES_OF_AN_OBJECT


def _flatness(rows: NDArray[Any]) -> float:
    """Return the share of equal neighbours in a row, the background left out."""
    values, counts = np.unique(rows, return_counts=True)
    left, right = rows[:, :-1], rows[:, 1:]
    background = values[counts.argmax()]
    inside = (left != background) & (right != background)
    return float((left == right)[inside].mean()) if inside.any() else 0.0


def _is_smooth(ranks: NDArray[np.int64]) -> bool:
    steps = np.concatenate([np.diff(ranks, axis=axis).ravel() for axis in (0, 1)])
    steps = np.abs(steps[steps != 0])
    return bool((steps == 1).mean() > 0.5)


def _pieces(ranks: NDArray[np.int64]) -> float:
    """Return the median number of connected pieces a value lies in."""
    from skimage.measure import label

    pieces = label(ranks, background=-1, connectivity=2)
    first = np.unique(pieces, return_index=True)[1]
    return float(np.median(np.bincount(ranks.ravel()[first])))
