"""PCL: the boundary of the clean label is moved (Luo et al. 2022, Table 1).

With several classes, an object that grows takes only background, never a pixel of
another object; a pixel that two objects reach goes to the nearer one, to the larger
class if both are as near. An object that shrinks leaves background behind, also where
it touched another one. The frame of the image is no boundary: an object that it cuts
goes on behind it. Ignored pixels (-1) stay, and their rim is no boundary either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import ndimage

from napari_metastruct.errors import InputError
from napari_metastruct.noise.classes import checked, smallest
from napari_metastruct.noise.distances import depth, nearest_objects, within
from napari_metastruct.noise.objects import around_each_class

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["closing", "dilate", "erode", "opening", "skeleton"]


def dilate(labels: NDArray[Any], iterations: int = 1) -> NDArray[Any]:
    """Grow every object by some pixels (PCL), n times by a 3x3 (3x3x3) element.

    Parameters
    ----------
    labels
        Integer class map, any number of axes; -1 stays -1. Without objects nothing
        changes.
    iterations
        How many pixels, at least 0.

    Returns
    -------
    A new array of that shape in the smallest type.

    Examples
    --------
    >>> import numpy as np
    >>> dilate(np.array([[1, 0, 0, 0, 0, 2]])).tolist()
    [[1, 1, 0, 0, 2, 2]]
    """
    labels = _checked(labels, iterations)
    grown = smallest(labels)
    if (labels > 0).any():
        distance, owner = nearest_objects(labels, iterations)
        taken = (labels == 0) & (distance <= iterations)
        grown[taken] = owner[taken]
    return grown


def erode(labels: NDArray[Any], iterations: int = 1) -> NDArray[Any]:
    """Shrink every object by some pixels (PCL), n times by a 3x3 (3x3x3) element.

    Parameters and result are those of `dilate`.

    Examples
    --------
    >>> import numpy as np
    >>> erode(np.array([[0, 1, 1, 1, 2, 2]])).tolist()
    [[0, 0, 1, 0, 0, 2]]
    """
    labels = _checked(labels, iterations)
    shrunk = smallest(labels)
    shrunk[(labels > 0) & (depth(labels) <= iterations)] = 0
    return shrunk


def opening(labels: NDArray[Any], iterations: int = 1) -> NDArray[Any]:
    """Erode n times, then dilate n times: what is thinner than 2n + 1 is lost (PCL).

    Each class by itself, so that none grows beyond what it was. Parameters and result
    are those of `dilate`.

    Examples
    --------
    >>> import numpy as np
    >>> opening(np.array([[0, 1, 0, 1, 1, 1, 0]])).tolist()
    [[0, 0, 0, 1, 1, 1, 0]]
    """
    labels = _checked(labels, iterations)
    opened = smallest(labels)
    for value, part, where in around_each_class(labels, iterations):
        own, known = part == value, part >= 0
        core = own & ~within(known & ~own, iterations)
        opened[where][own & ~within(core, iterations)] = 0
    return opened


def closing(labels: NDArray[Any], iterations: int = 1) -> NDArray[Any]:
    """Dilate n times, then erode n times: gaps narrower than 2n + 1 are filled (PCL).

    Each class by itself; a gap that two classes would fill goes to the larger class.
    Parameters and result are those of `dilate`.

    Examples
    --------
    >>> import numpy as np
    >>> closing(np.array([[0, 0, 1, 0, 1, 0, 0]])).tolist()
    [[0, 0, 1, 1, 1, 0, 0]]
    """
    labels = _checked(labels, iterations)
    closed = smallest(labels)
    for value, part, where in around_each_class(labels, 2 * iterations + 1):
        known = part >= 0
        grown = known & within(part == value, iterations)
        filled = grown & ~within(known & ~grown, iterations)
        closed[where][filled & (part == 0)] = value
    return closed


def skeleton(labels: NDArray[Any]) -> NDArray[Any]:
    """Thin every object to a line one pixel wide (PCL).

    Each class by itself, by Lee's thinning (1994), whose lines are thinner than those
    of Zhang and Suen. No object is lost: one that thinning would eat whole keeps its
    innermost pixel.

    Parameters
    ----------
    labels
        Integer class map with 2 or 3 axes; -1 stays -1.

    Returns
    -------
    A new array of that shape in the smallest type.

    Raises
    ------
    InputError
        The labels are none, or have another number of axes.
    """
    labels = checked(labels)
    if labels.ndim not in (2, 3):
        raise InputError(
            f"The labels have {labels.ndim} axes, but a skeleton needs 2 or 3."
        )
    thinned = smallest(labels)
    for value, part, where in around_each_class(labels, 1):
        own = part == value
        thinned[where][own & ~_axis(own)] = 0
    return thinned


def _checked(labels: NDArray[Any], iterations: int) -> NDArray[Any]:
    if iterations < 0 or iterations != int(iterations):
        raise InputError(
            f"The iterations are {iterations}, but a whole number of 0 and above is "
            "due, in pixels."
        )
    return checked(labels)


def _axis(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the skeleton of a mask with at least one pixel in each of its pieces."""
    from skimage.morphology import skeletonize

    axis = np.asarray(skeletonize(mask, method="lee")).astype(bool)
    pieces, count = ndimage.label(mask, structure=np.ones((3,) * mask.ndim))
    left = np.bincount(pieces[axis], minlength=count + 1) == 0
    lost = np.flatnonzero(left[1:]) + 1
    if lost.size:
        inside = ndimage.distance_transform_cdt(np.pad(mask, 1), metric="chessboard")
        inner = inside[(slice(1, -1),) * mask.ndim]
        for point in ndimage.maximum_position(inner, pieces, lost):
            axis[point] = True
    return axis
