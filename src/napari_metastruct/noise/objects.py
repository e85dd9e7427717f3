"""The classes of objects in labels: which, how large, and where each lies."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_metastruct.noise.classes import Alphabet, classes_of

__all__ = ["areas_of", "around_each_class", "object_classes"]


def object_classes(labels: NDArray[Any]) -> Alphabet:
    """Return the classes of objects: all that occur but 0."""
    classes = [value for value in classes_of(labels) if value]
    return Alphabet(np.array(classes, dtype=np.int64))


def areas_of(labels: NDArray[Any]) -> NDArray[np.int64]:
    """Return the pixels of each class of objects, ``(K,)``."""
    objects = object_classes(labels)
    ranks = objects.ranks(labels[labels > 0])
    return np.bincount(ranks, minlength=len(objects))


def around_each_class(
    labels: NDArray[Any], margin: int | None
) -> Iterator[tuple[int, NDArray[Any], tuple[slice, ...]]]:
    """Yield every class of objects with what is around it; the rest is not looked at.

    Parameters
    ----------
    labels
        Class map, any number of axes.
    margin
        How many pixels around the class; None: as many as the class is long.

    Yields
    ------
    The class, a view of the labels around it, and where in the labels that is.
    """
    objects = object_classes(labels)
    ranks = np.zeros(labels.shape, dtype=np.int32)
    ranks[labels > 0] = objects.ranks(labels[labels > 0]) + 1
    boxes = ndimage.find_objects(ranks)
    for value, box in zip(objects.classes, boxes, strict=True):
        more = max(s.stop - s.start for s in box) if margin is None else margin
        where = tuple(slice(max(s.start - more, 0), s.stop + more) for s in box)
        yield value, labels[where], where
