"""Class maps as sets of points: what classes they hold, and which are wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.arrays import check_labels
from napari_metastruct.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["ClassMap", "open_classes", "wanted_classes"]

_MOST = 64
"""Maps that are made without being asked for by class."""
_BLOCK = 1 << 20
_FEW = 16  # numbers of classes up to which comparing is faster than counting
_DENSE = 1 << 16  # numbers of classes up to which counting needs no sorting


@dataclass(frozen=True, slots=True, eq=False)
class ClassMap:
    """Checked labels.

    Attributes
    ----------
    labels
        ``(Y, X)`` or ``(Z, Y, X)`` integers, -1 ignored.
    counts
        Pixels of each class that is there, in order of the classes.
    domain
        Same shape, False where the label is -1; None where all pixels count.
    """

    labels: NDArray[Any]
    counts: Mapping[int, int]
    domain: NDArray[np.bool_] | None

    @property
    def pixels(self) -> int:
        """How many pixels are not ignored."""
        return sum(self.counts.values())


def open_classes(labels: object, name: str = "labels") -> ClassMap:
    """Check labels whose density is wanted, and count their classes.

    Raises
    ------
    InputError
        They are no labels, have not 2 or 3 axes, no pixels, or are ignored throughout.
    """
    values = check_labels(labels, name)
    if values.ndim not in (2, 3):
        raise InputError(
            f"'{name}' has {values.ndim} axes, but densities are made of 2-D or 3-D "
            "labels; choose a plane or a volume."
        )
    if not values.size:
        raise InputError(
            f"'{name}' is empty: its shape is {values.shape}. Give labels with pixels."
        )
    counts = _counts(values)
    ignored = values.size - sum(counts.values())
    if not counts:
        raise InputError(
            f"All {values.size} pixels of '{name}' are ignored (-1), so there is "
            "nothing to count; label at least one."
        )
    return ClassMap(values, counts, values >= 0 if ignored else None)


def wanted_classes(
    wanted: Sequence[int] | None, there: Mapping[int, float], name: str = "labels"
) -> tuple[int, ...]:
    """Return the classes asked for, or all that are there.

    Raises
    ------
    InputError
        One is asked for that is not there, or twice, or none, or too many are there.
    """
    if wanted is None:
        if len(there) > _MOST:
            raise InputError(
                f"'{name}' holds {len(there)} classes, each of which would need a map "
                "of its own. If these are numbers of objects, make a class map of them "
                "(labels > 0), or say which classes are wanted."
            )
        return tuple(there)
    chosen = tuple(int(number) for number in wanted)
    if not chosen or len(set(chosen)) < len(chosen):
        raise InputError(
            f"The classes asked for are {list(wanted)}; name at least one, each once."
        )
    absent = [number for number in chosen if number not in there]
    if absent:
        shown = ", ".join(map(str, list(there)[:10])) + (
            " ..." if len(there) > 10 else ""
        )
        raise InputError(
            f"Class {absent[0]} was asked for, but '{name}' holds only {shown}; choose "
            "among these."
        )
    return chosen


def _counts(values: NDArray[Any]) -> dict[int, int]:
    top = int(values.max())
    if top < _FEW:
        found = {n: int(np.count_nonzero(values == n)) for n in range(top + 1)}
        return {number: count for number, count in found.items() if count}
    if top >= _DENSE:
        numbers, counts = np.unique(values[values >= 0], return_counts=True)
        return dict(zip(numbers.tolist(), counts.tolist(), strict=True))
    counts = np.zeros(top + 2, np.int64)
    flat = values.reshape(-1)
    for start in range(0, flat.size, _BLOCK):
        # One up, since counting starts at 0 and the ignored are -1.
        block = flat[start : start + _BLOCK].astype(np.intp) + 1
        counts += np.bincount(block, minlength=counts.size)
    return {number: int(n) for number, n in enumerate(counts[1:].tolist()) if n}
