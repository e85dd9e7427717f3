"""First pseudo-labels: what simple rules agree on; the rest is left open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_metastruct.thresholding import li, otsu

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["agreement"]


def agreement(inputs: NDArray[np.float32]) -> NDArray[np.int8]:
    """Label the pixels on which every rule gives the same answer.

    Parameters
    ----------
    inputs
        ``(F, Y, X)``: the image with bright objects, then its local contrasts.

    Returns
    -------
    ``(Y, X)`` int8: 1, 0, or -1 where the rules differ.
    """
    votes = [otsu(inputs[0], smooth=1.0), li(inputs[0], smooth=1.0)]
    votes += [otsu(contrast, smooth=1.0) for contrast in inputs[1:]]
    count = np.sum(votes, axis=0, dtype=np.int8)
    label = np.full(count.shape, -1, np.int8)
    label[count == len(votes)] = 1
    label[count == 0] = 0
    return label
