"""Marks that a person paints while it learns."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["MarkInbox", "Marks"]


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """All marks of one plane as they are now.

    Attributes
    ----------
    labels, negative
        ``(Y, X)``: the class that a pixel is, and the class that it is not, by its
        number; -1 unmarked. None: there are no such marks.
    """

    labels: NDArray[np.int32] | None
    negative: NDArray[np.int32] | None


class MarkInbox:
    """Takes marks from one thread and hands them to another.

    Of every plane only the newest are kept; they replace all former marks of it.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._marks: dict[tuple[int, int], Marks] = {}

    def put(
        self,
        pair: int,
        plane: int,
        labels: ArrayLike | None,
        negative: ArrayLike | None,
    ) -> None:
        """Leave the marks of a plane; they are copied.

        Parameters
        ----------
        pair
            Number of the pair.
        plane
            Number of the plane in it.
        labels, negative
            As in `Marks`.
        """
        kept = Marks(_copy(labels), _copy(negative))
        with self._lock:
            self._marks[pair, plane] = kept

    def take(self) -> dict[tuple[int, int], Marks]:
        """Return the marks that came since the last time, by pair and plane."""
        with self._lock:
            taken, self._marks = self._marks, {}
        return taken


def _copy(values: ArrayLike | None) -> NDArray[np.int32] | None:
    return None if values is None else np.array(values, np.int32)
