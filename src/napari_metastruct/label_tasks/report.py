"""Noisy labels compared with clean ones, and the numbers ready for JSON."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.errors import InputError
from napari_metastruct.noise import classes_of, noise_report

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_metastruct.noise import NoiseReport

__all__ = [
    "MOST_CLASSES",
    "as_one",
    "check_class_count",
    "plain",
    "report_fields",
    "report_on",
]

MOST_CLASSES = 256
"""More are numbers of objects rather than classes; so many are compared one by one."""


def check_class_count(count: int, name: str) -> None:
    """Refuse labels with more classes than can be told apart in any table.

    Raises
    ------
    InputError
        There are more than `MOST_CLASSES`.
    """
    if count > MOST_CLASSES:
        raise InputError(
            f"'{name}' holds {count:,} classes, and at most {MOST_CLASSES} can be "
            "compared: if these are numbers of objects, take all objects as one class "
            "(as_one, --as-one)."
        )


def report_on(clean: NDArray[Any], noisy: NDArray[Any]) -> NoiseReport:
    """Compare noisy with clean labels; objects that are only numbered as one class."""
    if max(len(classes_of(labels)) for labels in (clean, noisy)) > MOST_CLASSES:
        clean, noisy = as_one(clean), as_one(noisy)
    return noise_report(clean, noisy)


def as_one(labels: NDArray[Any]) -> NDArray[Any]:
    """Return labels with all classes above 0 as 1; -1 stays -1."""
    kind = np.uint8 if labels.dtype.kind == "u" else np.int8
    return np.asarray(np.minimum(labels, 1), kind)


def report_fields(report: NoiseReport) -> dict[str, Any]:
    """Return what a report says, JSON-ready: None where a number is not defined."""
    found = report.transition
    pixels = int(found.counts.sum())  # without any, the means are only a convention
    return {
        "classes": list(report.classes),
        "pixels": pixels,
        "accuracy": plain(1 - found.error_rate),
        "error_rate": plain(found.error_rate),
        "error_by_class": plain(found.error_by_class),
        "left_out": plain(found.ignored),
        "dice": plain(report.dice),
        "iou": plain(report.iou),
        "mean_dice": plain(report.mean_dice) if pixels else None,
        "mean_iou": plain(report.mean_iou) if pixels else None,
        "transition_matrix": plain(found.matrix),
        "transition_counts": plain(found.counts),
        "rank": found.rank,
        "distinguishable": found.distinguishable,
        "verdict": found.verdict,
    }


def plain(value: Any) -> Any:  # noqa: ANN401 - numbers, arrays and sequences of them
    """Return NumPy's numbers as Python's, in lists; NaN and infinity as None."""
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
