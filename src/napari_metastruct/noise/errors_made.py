"""What a noise has done: a map of its errors, and the numbers."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.noise.transition_matrix import TransitionMatrix

__all__ = ["ERRORS", "NoiseReport", "error_map", "noise_report"]

ERRORS = {0: "same", 1: "missed", 2: "added", 3: "swapped", 4: "left out"}
"""What the values of an error map mean."""


@dataclass(frozen=True, slots=True, eq=False)
class NoiseReport:
    """How noisy labels compare with clean ones.

    Attributes
    ----------
    classes
        Values of the M classes that either has, ascending.
    dice, iou
        ``(M,)``, one number a class in that order.
    mean_dice, mean_iou
        Mean over the objects' classes (all but 0) that either has.
    transition
        The noise transition matrix with its rank, error rates and verdict.
    """

    classes: tuple[int, ...]
    dice: NDArray[np.float64]
    iou: NDArray[np.float64]
    mean_dice: float
    mean_iou: float
    transition: TransitionMatrix


def error_map(clean: NDArray[Any], noisy: NDArray[Any]) -> NDArray[np.uint8]:
    """Mark every error: 1 missed, 2 added, 3 swapped, 4 left out; 0 is the same.

    Missed: an object became background; added: background became an object; swapped:
    an object got another class; left out: a known pixel became -1. Pixels whose clean
    label is -1 are never an error.
    """
    raise NotImplementedError


def noise_report(clean: NDArray[Any], noisy: NDArray[Any]) -> NoiseReport:
    """Compare noisy with clean labels of the same shape, any number of axes."""
    raise NotImplementedError
