"""Images with their labels, opened to be learned from, and what became of these."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.errors import InputError
from napari_metastruct.jobs import LabelJob
from napari_metastruct.label_tasks.opening import open_labels
from napari_metastruct.label_tasks.report import as_one
from napari_metastruct.segmentation import open_image
from napari_metastruct.training.labelled import LabelledPair
from napari_metastruct.training.labelled.pairs import read_labels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_metastruct.arrays import ImageStack
    from napari_metastruct.arrays.stack import Sliceable
    from napari_metastruct.jobs import TrainJob
    from napari_metastruct.label_tasks.images import OpenLabels

__all__ = ["StackLabels", "corrections", "labelled_pair"]


@dataclass(frozen=True, slots=True, eq=False)
class StackLabels:
    """Labels that are read plane by plane, sliced as an array of the image's shape.

    Attributes
    ----------
    opened
        The labels, one image a plane.
    shape
        Leading axes, rows, columns.
    painted
        Whether 0 stands for -1, 1 for 0, 2 for 1 ...
    as_one
        Of what is painted: whether all classes above 0 are taken as 1.
    """

    opened: OpenLabels
    shape: tuple[int, ...]
    painted: bool = False
    as_one: bool = False

    @property
    def dtype(self) -> Any:  # noqa: ANN401 - as of any array
        """Type of the values."""
        return self.opened.stack.dtype

    def __getitem__(self, key: Any, /) -> NDArray[Any]:  # noqa: ANN401 - as NumPy
        leading = self.shape[:-2]
        place = int(np.ravel_multi_index(key, leading)) if leading else 0
        values = self.opened[place]
        if not self.painted:
            return values
        classes = values.astype(np.int64) - 1
        return as_one(classes) if self.as_one else classes


def labelled_pair(
    image: Any,  # noqa: ANN401 - path, array, pyramid, stack
    labels: Any,  # noqa: ANN401 - path or array, or None
    reference: Any,  # noqa: ANN401 - the same
    job: TrainJob,
    *,
    negative: Any = None,  # noqa: ANN401 - the same
    trusted: Any = None,  # noqa: ANN401 - the same
) -> LabelledPair:
    """Open an image and all that is known of it, as the job says.

    Parameters
    ----------
    image
        Path, array, pyramid or stack.
    labels
        Path or array; may be None where there are negative marks.
    reference
        Clean labels for curves.
    job
        How they are read.
    negative
        Negative marks.
    trusted
        Labels that are right: they go before all marks.

    Raises
    ------
    InputError
        One of them cannot be read, or is no image or no labels; or nothing is known.
    """
    stack = open_image(image, job)
    clean = _maybe(reference, stack, job)
    if trusted is not None:
        return LabelledPair(stack, _labels_of(trusted, stack, job), clean, trusted=True)
    marks = _maybe(negative, stack, job, painted=job.painted)
    known: Sliceable | None = _maybe(labels, stack, job, painted=job.painted)
    if known is None:
        if marks is None:
            raise InputError(
                f"There are no labels for '{stack.name}': give some, or negative marks."
            )
        known = np.broadcast_to(np.int8(-1), stack.shape)
    return LabelledPair(stack, known, clean, marks)


def corrections(
    pair: LabelledPair, corrected: NDArray[Any]
) -> tuple[dict[int, int], int]:
    """Count how many labels of a pair were corrected.

    Parameters
    ----------
    pair
        With the labels as they were given.
    corrected
        Its labels as the run returns them.

    Returns
    -------
    For each class how many pixels have become of it, and how many labels there are.
    """
    became: Counter[int] = Counter()
    known = 0
    for number, now in enumerate(corrected.reshape(-1, *pair.image.plane_shape)):
        given = read_labels(pair.labels, pair.image, number)
        known += int((now >= 0).sum())
        fresh = now[(now != given) & (now >= 0)]
        for value, count in zip(*np.unique(fresh, return_counts=True), strict=True):
            became[int(value)] += int(count)
    return dict(sorted(became.items())), known


def _maybe(
    labels: Any,  # noqa: ANN401 - path or array, or None
    stack: ImageStack,
    job: TrainJob,
    *,
    painted: bool = False,
) -> StackLabels | None:
    if labels is None:
        return None
    return _labels_of(labels, stack, job, painted=painted)


def _labels_of(
    labels: Any,  # noqa: ANN401 - path or array
    stack: ImageStack,
    job: TrainJob,
    *,
    painted: bool = False,
) -> StackLabels:
    opened = open_labels(labels, LabelJob(as_one=job.as_one and not painted))
    same = [n for n in opened.shape if n > 1] == [n for n in stack.shape if n > 1]
    shape = stack.shape if same else opened.shape
    return StackLabels(opened, shape, painted, job.as_one)
