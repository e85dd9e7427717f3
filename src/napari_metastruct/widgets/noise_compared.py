"""Noisy labels beside clean ones: the map of errors, their shares, the report."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.errors import InputError
from napari_metastruct.noise import ERRORS, NoiseReport, error_map, noise_report

__all__ = ["Compared", "compare", "compared_with", "error_counts"]


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """What a noise has done.

    Attributes
    ----------
    report
        The numbers; None where there is nothing to count.
    why_not
        Why there are none, "" if there are.
    shares
        Kind of error (1 missed, 2 added, 3 swapped, 4 left out) to its share of the
        pixels that the clean labels know.
    """

    report: NoiseReport | None
    why_not: str
    shares: Mapping[int, float]


def compare(
    clean: NDArray[Any], noisy: NDArray[Any]
) -> tuple[Compared, NDArray[np.uint8]]:
    """Return the numbers and the map of errors."""
    errors = error_map(clean, noisy)
    counts, known = error_counts(errors), int((clean >= 0).sum())
    return compared_with(clean, noisy, counts, known), errors


def compared_with(
    clean: NDArray[Any], noisy: NDArray[Any], counts: NDArray[np.int64], known: int
) -> Compared:
    """Return the numbers where the errors have been counted already.

    Parameters
    ----------
    counts
        Pixels of each kind of error, as `error_counts` returns them.
    known
        Pixels that the clean labels know.
    """
    shares = {kind: float(counts[kind]) / max(known, 1) for kind in ERRORS if kind}
    try:
        return Compared(noise_report(clean, noisy), "", shares)
    except InputError as error:
        return Compared(None, str(error), shares)


def error_counts(errors: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Count the pixels of each kind of error, and of none."""
    return np.bincount(errors.ravel(), minlength=len(ERRORS))
