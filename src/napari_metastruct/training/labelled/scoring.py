"""Scores of an epoch: on the validation part, against a clean reference, on others."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.arrays.labels import IGNORE
from napari_metastruct.evaluation import (
    accuracy_of,
    confusion,
    dice_of,
    iou_of,
    mean_of_objects,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Tables"]


class Tables:
    """Counts pixels plane by plane, and makes scores of all of them together.

    Parameters
    ----------
    classes
        Numbers of the classes, in the order of their ranks.
    """

    def __init__(self, classes: tuple[int, ...]) -> None:
        self._classes = classes
        size = len(classes)
        self._tables: defaultdict[str, NDArray[np.int64]] = defaultdict(
            lambda: np.zeros((size, size), np.int64)
        )

    def count(self, name: str, truth: NDArray[Any], labels: NDArray[Any]) -> None:
        """Count the pixels of a plane that both know."""
        both = (truth >= 0) & (labels >= 0)
        if both.any():
            known = np.where(both, truth, IGNORE)
            self._tables[name] += confusion(known, labels, len(self._classes))

    def count_wrong(
        self,
        truth: NDArray[Any],
        given: NDArray[Any],
        predicted: NDArray[Any],
    ) -> None:
        """Count where the given label is wrong: what was learned instead of it."""
        wrong = (truth >= 0) & (given >= 0) & (truth != given)
        self.count("el", np.where(wrong, truth, IGNORE), predicted)
        self.count("m", np.where(wrong, given, IGNORE), predicted)

    def scores(self, name: str, prefix: str) -> dict[str, float]:
        """Return Dice of each class that is no background, means, and accuracy."""
        if name not in self._tables:
            return {}
        table = self._tables[name]
        dice, iou = dice_of(table), iou_of(table)
        values = self._by_class("dice", dice) | {
            "dice": mean_of_objects(dice),
            "miou": mean_of_objects(iou),
            "accuracy": accuracy_of(table),
        }
        return {f"{prefix} {key}".strip(): value for key, value in values.items()}

    def memory(self) -> dict[str, float]:
        """Return IoU_el and IoU_m of each class on the wrongly labelled pixels."""
        if "el" not in self._tables:
            return {}
        early, late = (iou_of(self._tables[name]) for name in ("el", "m"))
        return self._by_class("iou_el", early) | self._by_class("iou_m", late)

    def _by_class(self, name: str, values: NDArray[np.float64]) -> dict[str, float]:
        pairs = zip(self._classes[1:], values[1:], strict=True)
        return {f"{name} {number}": float(v) for number, v in pairs if np.isfinite(v)}
