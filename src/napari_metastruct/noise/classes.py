"""The door of this package: labels are checked, and which classes they have."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.arrays import check_labels
from napari_metastruct.errors import InputError

__all__ = ["checked", "classes_of", "classes_of_all", "label_dtype"]

_BLOCK = 2**18  # pixels at a time, so that temporary arrays stay in the cache
_FEW = 2**16  # up to this value, counting is faster than sorting


def checked(labels: Any, name: str = "labels") -> NDArray[Any]:  # noqa: ANN401
    """Return labels as an integer array; nothing is copied where they are one.

    Raises
    ------
    InputError
        They are empty, of a type for fractions, or hold values below -1.
    """
    values = np.asarray(labels)
    if not values.size:
        raise InputError(
            f"'{name}' is empty: its shape is {values.shape}; give at least one pixel."
        )
    if values.dtype.kind == "f":
        raise InputError(
            f"'{name}' is of type {values.dtype}, but labels are whole numbers: "
            "threshold it, or convert it to an integer type first."
        )
    return check_labels(values, name)


def classes_of(labels: NDArray[Any]) -> tuple[int, ...]:
    """Return the classes that occur, in ascending order; -1 is none."""
    flat = labels.ravel()
    if flat.dtype.kind == "u" and flat.dtype.itemsize == 1:
        return _by_counting(flat, 256)
    top = int(flat.max())
    if top < _FEW:
        return _by_counting(flat, top + 1)
    values = np.unique(flat)
    return tuple(int(value) for value in values[values >= 0])


def classes_of_all(images: Iterable[NDArray[Any]]) -> tuple[int, ...]:
    """Return the classes of several images together."""
    found: set[int] = set()
    for labels in images:
        found.update(classes_of(checked(labels)))
    return tuple(sorted(found))


def label_dtype(classes: Iterable[int], *, ignored: bool) -> np.dtype[Any]:
    """Return the smallest type for some classes, a signed one if -1 may occur."""
    top = max(classes, default=0)
    if not ignored:
        return np.dtype(np.min_scalar_type(top))
    return np.dtype(np.min_scalar_type(-max(top, 1) - 1))


def _by_counting(flat: NDArray[Any], count: int) -> tuple[int, ...]:
    seen = np.zeros(count + 1, dtype=bool)  # the last one is for -1
    for start in range(0, flat.size, _BLOCK):
        seen[flat[start : start + _BLOCK]] = True
    return tuple(int(value) for value in np.flatnonzero(seen[:count]))
