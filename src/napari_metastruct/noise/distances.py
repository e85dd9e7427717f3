"""How far every pixel is from the boundary that moves over it; chessboard metric.

One step of a 3x3 (3x3x3) element moves a boundary by one pixel in this metric, so n
steps are read off one distance, whatever n is.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

__all__ = ["depth", "nearest_objects", "within"]


def within(mask: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """Return the pixels at most `reach` pixels from a mask, which is among them.

    A running maximum along each axis: the cost does not grow with the reach.
    """
    if not reach:
        return mask.copy()
    size = 2 * min(reach, max(mask.shape)) + 1
    near = ndimage.maximum_filter(mask, size=size, mode="constant", cval=0)
    return np.asarray(near)


def depth(labels: NDArray[Any]) -> NDArray[np.int32]:
    """Return how many steps of erosion reach each pixel, 1 at a boundary.

    A boundary runs where two known labels differ. The frame of the image is none, nor
    is the rim of an ignored region: what lies behind is not known.

    Returns
    -------
    int32 of the labels' shape; larger than the image where no boundary is.
    """
    known = labels >= 0
    most = ndimage.maximum_filter(labels, size=3, mode="nearest")
    filled = labels if known.all() else np.where(known, labels, labels.max())
    least = ndimage.minimum_filter(filled, size=3, mode="nearest")
    boundary = known & (most != least)
    if not boundary.any():
        return np.full(labels.shape, max(labels.shape) + 1, dtype=np.int32)
    return np.asarray(_distance_to(boundary) + 1)


def nearest_objects(
    labels: NDArray[Any], reach: int | None = None
) -> tuple[NDArray[np.int32], NDArray[Any]]:
    """Return how far every pixel is from an object, and the class of that object.

    Of two that are equally far, the one of the larger class. These are the classes
    that growing all objects by one pixel again and again gives, where an object takes
    only background and the larger class wins a pixel that two reach at once.

    Parameters
    ----------
    labels
        Class map with at least one object; ignored pixels count as background.
    reach
        Pixels farther away than this may get any class; None: all are told.

    Returns
    -------
    Distance int32, 0 in the objects; and class, in the type of the labels.
    """
    objects = labels > 0
    distance = _distance_to(objects)
    largest = labels.max()
    if labels[objects].min() == largest:
        return distance, np.full_like(labels, largest)
    # One pixel of border, so that every pixel has all its neighbours.
    owner = np.pad(np.maximum(labels, 0), 1)
    for ring in _rings(np.pad(distance, 1).ravel(), reach):
        owner.flat[ring] = _largest_neighbour(owner, ring)
    return distance, np.asarray(owner[(slice(1, -1),) * labels.ndim])


def _distance_to(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    return np.asarray(ndimage.distance_transform_cdt(~mask, metric="chessboard"))


def _rings(distance: NDArray[np.int32], reach: int | None) -> list[NDArray[np.intp]]:
    """Return the flat indices of distance 1, 2, 3 ... up to the reach."""
    near = distance > 0 if reach is None else (distance > 0) & (distance <= reach)
    where = np.flatnonzero(near)
    far = distance[where]
    if far.size and far.max() < 2**16:
        far = far.astype(np.uint16)  # sorted by radix, in linear time
    order = np.argsort(far, kind="stable")
    ends = np.cumsum(np.bincount(far))[:-1]
    return np.split(where[order], ends)[1:]


def _largest_neighbour(owner: NDArray[Any], where: NDArray[np.intp]) -> NDArray[Any]:
    flat = owner.ravel()
    strides = np.cumprod((1, *owner.shape[:0:-1]))[::-1]
    best = flat[where]
    for step in np.ndindex((3,) * owner.ndim):
        offset = int(np.dot(np.array(step) - 1, strides))
        np.maximum(best, flat[where + offset], out=best)
    return best
