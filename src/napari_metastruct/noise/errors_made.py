"""What a noise has done: a map of its errors, and the numbers."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.noise.transition_matrix import (
    TransitionMatrix,
    check_pair,
    transition_matrix,
)

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
        ``(M,)``, one number a class in that order; NaN where no pixel of it is left.
        Only pixels that both labels know are compared.
    mean_dice, mean_iou
        Mean over the classes of objects (all but 0); 1 without any.
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
    """Mark every error of noisy labels.

    Parameters
    ----------
    clean, noisy
        Integer class maps of the same shape. Pixels whose clean label is -1 are never
        an error.

    Returns
    -------
    uint8 of that shape: 0 the same; 1 missed (an object became background); 2 added
    (background became an object); 3 swapped (an object got another class); 4 left out
    (a known pixel became -1).

    Raises
    ------
    InputError
        The labels are none, or their shapes differ.

    Examples
    --------
    >>> import numpy as np
    >>> error_map(np.array([1, 1, 0, 1, 1, -1]), np.array([1, 0, 1, 2, -1, 0])).tolist()
    [0, 1, 2, 3, 4, 0]
    """
    clean, noisy = check_pair(clean, noisy)
    wrong = (clean >= 0) & (clean != noisy)
    errors = np.zeros(clean.shape, dtype=np.uint8)
    errors[wrong] = 3
    errors[wrong & (noisy == 0)] = 1
    errors[wrong & (clean == 0)] = 2
    errors[wrong & (noisy < 0)] = 4
    return errors


def noise_report(clean: NDArray[Any], noisy: NDArray[Any]) -> NoiseReport:
    """Compare noisy with clean labels.

    Parameters and errors are those of `transition_matrix`.
    """
    transition = transition_matrix(clean, noisy)
    counts = transition.counts
    both, either = np.diag(counts), counts.sum(axis=0) + counts.sum(axis=1)
    dice, iou = _ratio(2 * both, either), _ratio(both, either - both)
    objects = (np.array(transition.classes) > 0) & (either > 0)
    return NoiseReport(
        classes=transition.classes,
        dice=dice,
        iou=iou,
        mean_dice=float(dice[objects].mean()) if objects.any() else 1.0,
        mean_iou=float(iou[objects].mean()) if objects.any() else 1.0,
        transition=transition,
    )


def _ratio(part: NDArray[Any], whole: NDArray[Any]) -> NDArray[np.float64]:
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)
