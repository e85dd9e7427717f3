"""Images with their labels, opened to be learned from, and what became of these."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.jobs import LabelJob
from napari_metastruct.label_tasks.opening import open_labels
from napari_metastruct.segmentation import open_image
from napari_metastruct.training.labelled import LabelledPair
from napari_metastruct.training.labelled.pairs import read_labels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_metastruct.arrays import ImageStack
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
    """

    opened: OpenLabels
    shape: tuple[int, ...]

    @property
    def dtype(self) -> Any:  # noqa: ANN401 - as of any array
        """Type of the values."""
        return self.opened.stack.dtype

    def __getitem__(self, key: Any, /) -> NDArray[Any]:  # noqa: ANN401 - as NumPy
        leading = self.shape[:-2]
        place = int(np.ravel_multi_index(key, leading)) if leading else 0
        return self.opened[place]


def labelled_pair(
    image: Any,  # noqa: ANN401 - path, array, pyramid, stack
    labels: Any,  # noqa: ANN401 - path or array
    reference: Any,  # noqa: ANN401 - the same, or None
    job: TrainJob,
) -> LabelledPair:
    """Open an image, its labels and perhaps clean ones, as the job says.

    Raises
    ------
    InputError
        One of them cannot be read, or is no image or no labels.
    """
    stack = open_image(image, job)
    clean = None if reference is None else _labels_of(reference, stack, job)
    return LabelledPair(stack, _labels_of(labels, stack, job), clean)


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


def _labels_of(labels: Any, stack: ImageStack, job: TrainJob) -> StackLabels:  # noqa: ANN401
    opened = open_labels(labels, LabelJob(as_one=job.as_one))
    same = [n for n in opened.shape if n > 1] == [n for n in stack.shape if n > 1]
    return StackLabels(opened, stack.shape if same else opened.shape)
