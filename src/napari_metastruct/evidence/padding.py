"""Dead padding, such as the black around the round picture of an eye."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from napari_metastruct.thresholding import most_correlated_threshold

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["find_padding"]

LEAST_BORDER = 0.25
"""Share of the image's border that padding touches at least."""
LEAST_PIXELS = 50
"""Pixels of padding, and of picture, below which none is looked for."""
RIM = 0.01
"""The picture's outermost part is left out too: this share of the longer side."""


def find_padding(
    small: NDArray[np.float32], step: int, shape: tuple[int, int]
) -> NDArray[np.bool_] | None:
    """Find dead surroundings that look like objects.

    Padding lies at the objects' end of the histogram, above nearly everything
    else; it is flat, and touches a good part of the image's border.

    Parameters
    ----------
    small
        The image with objects bright, in about 0..1, a little blurred; float32.
    step
        How much smaller than the plane it is.
    shape
        Rows and columns of the plane.

    Returns
    -------
    A mask of the plane, True in the picture, False in the padding; None: all picture.
    """
    if min(small.shape) < 16 or np.ptp(small) == 0:
        return None
    padding = _largest_at_border(small > most_correlated_threshold(small))
    if padding is None or not _is_dead(small, padding):
        return None
    rim = max(2, round(RIM * max(small.shape)))
    padding = ndimage.binary_dilation(padding, iterations=rim)
    index = [
        np.minimum(np.arange(side) // step, part - 1)
        for side, part in zip(shape, padding.shape, strict=True)
    ]
    picture: NDArray[np.bool_] = ~padding[np.ix_(*index)]
    return picture


def _largest_at_border(high: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    names, _ = ndimage.label(high)
    border = np.concatenate([names[0], names[-1], names[:, 0], names[:, -1]])
    counts = np.bincount(border, minlength=2)
    counts[0] = 0
    if counts.max() < LEAST_BORDER * border.size:
        return None
    largest: NDArray[np.bool_] = names == counts.argmax()
    return largest


def _is_dead(small: NDArray[np.float32], padding: NDArray[np.bool_]) -> bool:
    inner = ndimage.binary_erosion(padding, iterations=4, border_value=1)
    rest = ~ndimage.binary_dilation(padding, iterations=4)
    if min(inner.sum(), rest.sum()) < LEAST_PIXELS:
        return False
    mean = ndimage.uniform_filter(small, 9)
    variance = ndimage.uniform_filter(small**2, 9) - mean**2
    local = np.sqrt(np.maximum(variance, 0))
    low, high = np.percentile(small[inner], (5, 95))
    flat = np.median(local[inner]) < 0.5 * np.median(local[rest])
    apart = low >= np.percentile(small[rest], 95)
    return bool(flat and apart and high - low <= 0.1)
