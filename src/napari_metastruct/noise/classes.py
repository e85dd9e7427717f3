"""The door of this package: labels are checked, and which classes they have."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.arrays import check_labels
from napari_metastruct.arrays.labels import IGNORE
from napari_metastruct.errors import InputError

__all__ = [
    "BLOCK",
    "Alphabet",
    "alphabet",
    "alphabet_of",
    "check_all_given",
    "checked",
    "classes_of",
    "classes_of_all",
    "label_dtype",
    "named",
    "smallest",
]

BLOCK = 2**16
"""Pixels at a time, so that temporary arrays stay in the cache."""

_FEW = 2**16  # up to this value, a table is faster than a search


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
    top = int(flat.max())
    if top >= _FEW:
        values = np.unique(flat)
        return tuple(int(value) for value in values[values > IGNORE])
    seen = np.zeros(top + 2, dtype=bool)  # the last one is where -1 goes
    for start in range(0, flat.size, BLOCK):
        seen[flat[start : start + BLOCK]] = True
    return tuple(int(value) for value in np.flatnonzero(seen[:-1]))


def classes_of_all(images: Iterable[NDArray[Any]]) -> tuple[int, ...]:
    """Return the classes of several images together."""
    found: set[int] = set()
    for labels in images:
        found.update(classes_of(checked(labels)))
    return tuple(sorted(found))


def label_dtype(classes: Iterable[int], *, ignored: bool) -> np.dtype[Any]:
    """Return the smallest type for some classes, a signed one if -1 may occur."""
    top = max(classes, default=0)
    return np.dtype(np.min_scalar_type(-max(top, 1) - 1 if ignored else top))


def smallest(labels: NDArray[Any]) -> NDArray[Any]:
    """Copy labels into the smallest type that holds them."""
    top, ignored = int(labels.max()), bool(labels.min() < 0)
    return labels.astype(label_dtype((max(top, 0),), ignored=ignored))


def named(classes: Sequence[int]) -> str:
    """Write classes for a sentence: "0, 1, 2"; of many only the first ones."""
    some = ", ".join(str(value) for value in classes[:8])
    return some if len(classes) <= 8 else f"{some} ... {classes[-1]}"


@dataclass(frozen=True, slots=True, eq=False)
class Alphabet:
    """The classes that a noise draws from, each with its rank 0 .. M-1.

    Attributes
    ----------
    values
        ``(M,)`` the classes in the order of their ranks.
    """

    values: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of classes, M."""
        return len(self.values)

    @property
    def classes(self) -> tuple[int, ...]:
        """The same as plain numbers."""
        return tuple(self.values.tolist())

    def ranks(self, labels: NDArray[Any]) -> NDArray[np.intp]:
        """Return the rank of every label, all of which must be classes."""
        if np.array_equal(self.values, np.arange(len(self))):
            return labels.astype(np.intp)
        top = int(self.values.max())
        if top < _FEW:
            table = np.zeros(top + 1, dtype=np.intp)
            table[self.values] = np.arange(len(self))
            return table.take(labels)
        order = np.argsort(self.values)
        places = np.searchsorted(self.values, labels, sorter=order)
        return np.asarray(order.take(places))


def alphabet(classes: Sequence[int]) -> Alphabet:
    """Return the classes given; refuse one that is given twice or negative."""
    if len(set(classes)) < len(classes) or min(classes) < 0:
        raise InputError(
            f"The classes are {named(classes)}, but each of them is to be given once, "
            "as a number of 0 and above."
        )
    return Alphabet(np.array(classes, dtype=np.int64))


def alphabet_of(labels: NDArray[Any], classes: Sequence[int] | None) -> Alphabet:
    """Return the classes given, or those of the labels if none are.

    Raises
    ------
    InputError
        The labels hold another class, one is given twice, or one is negative.
    """
    found = classes_of(labels)
    if classes is None or not len(classes):
        return Alphabet(np.array(found, dtype=np.int64))
    check_all_given(found, classes)
    return alphabet(classes)


def check_all_given(found: Sequence[int], classes: Sequence[int]) -> None:
    """Refuse labels that hold a class that is not among those given."""
    more = sorted(set(found) - set(classes))
    if more:
        raise InputError(
            f"The labels hold the class{'es' if len(more) > 1 else ''} {named(more)}, "
            f"but the classes are given as {named(classes)}; add what is missing."
        )
