"""The numbers of a comparison, ready for JSON."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from napari_metastruct.noise import NoiseReport

__all__ = ["plain", "report_fields"]


def report_fields(report: NoiseReport) -> dict[str, Any]:
    """Return what a report says, JSON-ready: None where a number is not defined."""
    found = report.transition
    return {
        "classes": list(report.classes),
        "pixels": int(found.counts.sum()),
        "accuracy": plain(1 - found.error_rate),
        "error_rate": plain(found.error_rate),
        "error_by_class": plain(found.error_by_class),
        "left_out": plain(found.ignored),
        "dice": plain(report.dice),
        "iou": plain(report.iou),
        "mean_dice": plain(report.mean_dice),
        "mean_iou": plain(report.mean_iou),
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
