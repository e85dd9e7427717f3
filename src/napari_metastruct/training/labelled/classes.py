"""Which classes there are, and what stands for them while it learns: 0, 1, 2 ..."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.arrays import check_labels
from napari_metastruct.arrays.labels import IGNORE
from napari_metastruct.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from napari_metastruct.training.labelled.settings import LabelledSettings

__all__ = ["LARGEST", "Census", "choose_classes", "one_for_all", "to_ranks"]

LARGEST = 32_000
"""The largest class number: labels are held in 16 bits."""
MOST_CLASSES = 64
"""More different numbers than these are taken for numbers of objects."""


class Census:
    """Counts the values of labels, plane by plane."""

    def __init__(self, ignore: Iterable[int]) -> None:
        self.counts: Counter[int] = Counter()
        self._ignore = tuple(ignore)

    def take(self, labels: NDArray[Any], name: str) -> NDArray[np.int16]:
        """Return the labels of a plane with what is ignored as -1, and count them.

        Raises
        ------
        InputError
            Not whole numbers, below -1, or too large for a class number.
        """
        values = check_labels(labels, name)
        if values.size and values.max() > LARGEST:
            raise InputError(
                f"'{name}' holds the number {values.max()}, but classes have numbers "
                f"up to {LARGEST}: are these numbers of objects? Make classes first."
            )
        held = values.astype(np.int16)
        if self._ignore:
            held[np.isin(held, self._ignore)] = IGNORE
        self._count(held)
        return held

    def _count(self, held: NDArray[np.int16]) -> None:
        counts = np.bincount(held.ravel().astype(np.intp) + 1)
        for value in np.flatnonzero(counts):
            self.counts[int(value) - 1] += int(counts[value])


def choose_classes(
    census: Census, settings: LabelledSettings, negative: Census | None = None
) -> tuple[int, ...]:
    """Return the numbers of the classes, the background first.

    Parameters
    ----------
    census
        What there is.
    settings
        What the person named.
    negative
        What there is of negative marks; if any, the background needs no mark.

    Raises
    ------
    InputError
        One class only, numbers with gaps, too many, or one that is not among the
        classes that the person named.
    """
    found = sorted(set(census.counts) - {IGNORE})
    others = set(negative.counts) - {IGNORE} if negative else set()
    if others:
        own = () if settings.classes else (0,)
        found = sorted({*own, *found, *others})
    if not (others and settings.classes):
        _check_found(found)
    if settings.classes:
        return _as_named(found, settings.classes)
    if len(found) == 2 and found[0] == 0:  # masks are often stored as 0 and 255
        return 0, found[1]
    if found != list(range(len(found))):
        raise InputError(
            f"The labels hold the classes {_listed(found)}, with gaps: class numbers "
            "are 0 (background), 1, 2 ... If these are right, name them by the setting "
            f"classes = {', '.join(map(str, found))}; a number that stands for "
            "'ignored' belongs into the setting ignore."
        )
    return tuple(found)


def to_ranks(classes: tuple[int, ...]) -> NDArray[np.int16]:
    """Return a table: class number + 1 to its rank, and -1 (ignored) to -1."""
    table = np.full(max(classes) + 2, IGNORE, np.int16)
    table[np.array(classes) + 1] = np.arange(len(classes))
    return table


def one_for_all(census: Census, negative: Census, classes: tuple[int, ...]) -> str:
    """Say so if a single class everywhere would explain all marks, a full sentence.

    Returns
    -------
    "" if none would.
    """
    is_, is_not = (set(c.counts) - {IGNORE} for c in (census, negative))
    for number in classes:
        if is_not and is_ <= {number} and number not in is_not:
            return (
                f"Class {number} everywhere would explain every mark, so nothing else "
                "may be found: mark some pixels of another class, or some that are not "
                f"of class {number}."
            )
    return ""


def _check_found(found: list[int]) -> None:
    if len(found) < 2:
        held = f"only the class {found[0]}" if found else "nothing but ignored pixels"
        raise InputError(
            f"The labels hold {held}; at least 2 classes are needed to learn from, "
            "background included. Of marks, mark some pixels of another class too, or "
            "some that are not of the class (negative marks)."
        )
    if len(found) > MOST_CLASSES:
        raise InputError(
            f"The labels hold {len(found)} different numbers, as if every object had "
            "one of its own. Make classes of them first, for example labels > 0."
        )


def _as_named(found: list[int], named: tuple[int, ...]) -> tuple[int, ...]:
    if len(set(named)) < len(named) or len(named) < 2 or min(named) < 0:
        raise InputError(
            f"The setting classes is {_listed(named)}, but it takes at least 2 "
            "different numbers of 0 and above."
        )
    unknown = [value for value in found if value not in named]
    if unknown:
        raise InputError(
            f"The labels hold {_listed(unknown)}, which is not among the classes that "
            f"were named ({_listed(named)}): add it there, or to the setting ignore."
        )
    return tuple(named)


def _listed(values: Iterable[int]) -> str:
    return ", ".join(map(str, values))
