"""What has to be known of all planes or volumes of a file before maps are made."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_metastruct.errors import InputError
from napari_metastruct.metastructure.bandwidth import bandwidth_in_pixels
from napari_metastruct.metastructure.classes import open_classes
from napari_metastruct.progress import Heartbeat

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_metastruct.jobs import CompareJob, DensityJob
    from napari_metastruct.label_tasks.images import OpenLabels
    from napari_metastruct.progress import Steps

__all__ = ["Survey", "survey"]


@dataclass(frozen=True, slots=True)
class Survey:
    """What all images of a file have in common.

    Attributes
    ----------
    counts
        Pixels of each class in the whole, in order of the classes.
    bandwidth
        In pixels, one for each axis of an image; the same for all, so that their maps
        can be compared.
    """

    counts: Mapping[int, int]
    bandwidth: tuple[float, ...]


def survey(source: OpenLabels, job: DensityJob | CompareJob) -> Steps[Survey]:
    """Look at every image of a file; yields after each of them.

    The bandwidth "auto" is the median of what suits each image that holds two classes
    or more.

    Raises
    ------
    InputError
        Every pixel is ignored; the bandwidth is larger than an image, one for each of
        other axes, or in a unit that the file does not know.
    """
    spacing = source.spacing() if job.unit == "physical" else None
    counts: Counter[int] = Counter()
    sizes: dict[bool, list[tuple[float, ...]]] = {True: [], False: []}
    for index in range(len(source)):
        labels = source[index]
        if (labels >= 0).any():
            found = open_classes(labels, source.name)
            counts.update(found.counts)
            if job.bandwidth == "auto" or not any(sizes.values()):
                size = bandwidth_in_pixels(job.bandwidth, found, spacing)
                sizes[len(found.counts) > 1].append(size)
        yield Heartbeat()
    if not counts:
        raise InputError(
            f"Every pixel of '{source.name}' is ignored (-1), so there is nothing to "
            "count; label at least one."
        )
    middle = np.median(sizes[True] or sizes[False], axis=0)
    return Survey(dict(sorted(counts.items())), tuple(float(h) for h in middle))
