"""From a foreground mask to clean masks and single objects."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_metastruct.arrays import to_label_dtype

__all__ = ["clean_mask", "to_instances"]

_LEAST_NECK = 0.75  # in pixels; noise of a rim moves distances by about half a pixel
_RELATIVE_NECK = 0.1


def clean_mask(
    mask: NDArray[Any], *, min_size: int = 0, fill_holes: bool = False
) -> NDArray[np.bool_]:
    """Fill holes, then remove small objects.

    Parameters
    ----------
    mask
        ``(Y, X)`` or ``(Z, Y, X)``; foreground is what is not 0.
    min_size
        Objects (pixels that touch, also by a corner) of fewer pixels are removed.
    fill_holes
        Whether background enclosed by an object becomes foreground.

    Returns
    -------
    A new mask of the same shape.
    """
    clean = np.asarray(mask) != 0
    if fill_holes:
        clean = ndimage.binary_fill_holes(clean)
    if min_size > 1:
        labels, _ = ndimage.label(clean, structure=_touching(clean.ndim))
        clean = np.asarray(_without_small(labels, min_size) > 0)
    return np.array(clean, dtype=np.bool_)


def to_instances(
    mask: NDArray[Any],
    *,
    min_size: int = 0,
    fill_holes: bool = False,
    spacing: Sequence[float] | None = None,
) -> NDArray[Any]:
    """Give every object of a mask its own number; touching objects are split.

    Each piece of the mask is cut by a watershed of its distance to the background,
    from the peaks that rise out of their saddle by a tenth of their height and at least
    0.75 pixels (h-maxima; Soille 2003, section 6.4.4): a notch in the rim is less than
    that, the neck between two touching discs is more. Every piece keeps one peak at
    least, so no object is lost.

    Parameters
    ----------
    mask
        ``(Y, X)`` or ``(Z, Y, X)``; foreground is what is not 0.
    min_size
        Objects of fewer pixels are removed, before and after the cut.
    fill_holes
        Whether background enclosed by an object becomes foreground first.
    spacing
        Size of a pixel along each axis, in any unit; None: the same along all.

    Returns
    -------
    Labels of the same shape: 0 background, 1 to n the objects without gaps, in the
    smallest unsigned integer type.
    """
    clean = clean_mask(mask, min_size=min_size, fill_holes=fill_holes)
    if not clean.any():
        return np.zeros(clean.shape, dtype=np.uint8)
    labels, count = ndimage.label(clean, structure=_touching(clean.ndim))
    sampling = np.ones(clean.ndim) if spacing is None else np.asarray(spacing, float)
    split = np.zeros(clean.shape, dtype=np.int64)
    total = 0
    for number, where in enumerate(ndimage.find_objects(labels, count), start=1):
        box = tuple(slice(max(s.start - 1, 0), s.stop + 1) for s in where)
        piece = labels[box] == number
        objects, found = _cut(piece, sampling)
        split[box][piece] = objects[piece] + total
        total += found
    return to_label_dtype(_without_small(split, min_size))


def _cut(
    piece: NDArray[np.bool_], sampling: NDArray[np.float64]
) -> tuple[NDArray[Any], int]:
    """Cut one connected piece into 1 to n objects; return them and n."""
    from skimage.segmentation import watershed

    if piece.all():  # it fills the image: there is no rim to measure from
        return piece, 1
    distance = ndimage.distance_transform_edt(piece, sampling=sampling)
    peaks, count = _peaks(distance)
    if count > 1:
        peaks, count = _peaks(_level_small_peaks(distance, float(sampling.min())))
    if count <= 1:
        return piece, 1
    around = _touching(piece.ndim)
    objects = watershed(-distance, peaks, mask=piece, connectivity=around)
    return objects, count


def _peaks(height: NDArray[np.float64]) -> tuple[NDArray[Any], int]:
    from skimage.morphology import local_maxima

    peaks = local_maxima(height)
    labels, count = ndimage.label(peaks, structure=_touching(height.ndim))
    return labels, count


def _level_small_peaks(
    distance: NDArray[np.float64], pixel: float
) -> NDArray[np.float64]:
    from skimage.morphology import reconstruction

    neck = np.maximum(_LEAST_NECK * pixel, _RELATIVE_NECK * distance)
    sunk = np.maximum(distance - neck, 0)
    leveled = reconstruction(sunk, distance)
    return np.asarray(leveled)


def _without_small(labels: NDArray[Any], min_size: int) -> NDArray[np.int64]:
    """Remove small objects and number the others from 1 on without gaps."""
    sizes = np.bincount(labels.ravel())
    kept = sizes >= min_size
    kept[0] = False
    numbers: NDArray[np.int64] = np.where(kept, np.cumsum(kept), 0)
    return np.asarray(numbers[labels])


def _touching(axes: int) -> NDArray[np.bool_]:
    return np.ones((3,) * axes, dtype=np.bool_)
