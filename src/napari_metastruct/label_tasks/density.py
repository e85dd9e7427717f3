"""Density maps of the labels of one file or array."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.jobs import DensityJob
from napari_metastruct.label_tasks.opening import open_labels
from napari_metastruct.label_tasks.survey import survey
from napari_metastruct.metastructure import density
from napari_metastruct.metastructure.classes import wanted_classes
from napari_metastruct.progress import PlaneDone, Started, run_to_end

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_metastruct.label_tasks.images import OpenLabels
    from napari_metastruct.metastructure import Kernel
    from napari_metastruct.progress import Steps

__all__ = ["DensityResult", "density_maps", "density_steps"]


@dataclass(frozen=True, slots=True, eq=False)
class DensityResult:
    """Density maps of one file or array.

    Attributes
    ----------
    maps
        ``(classes, *shape)`` float32: share of the class per pixel of its plane or
        volume; 0 where that holds none of the class.
    classes
        Class of each map.
    counts
        Pixels of each class in the whole.
    kernel, bandwidth
        As they were used; in pixels, one for each axis of a plane or volume.
    """

    maps: NDArray[np.float32]
    classes: tuple[int, ...]
    counts: tuple[int, ...]
    kernel: Kernel
    bandwidth: tuple[float, ...]

    def fields(self) -> dict[str, Any]:
        """Return the numbers, JSON-ready."""
        return {
            "classes": list(self.classes),
            "pixels": list(self.counts),
            "kernel": self.kernel,
            "bandwidth": list(self.bandwidth),
        }


def density_maps(
    labels: str | Path | NDArray[Any],
    *,
    spacing: Sequence[float] | None = None,
    **settings: Any,  # noqa: ANN401 - those of DensityJob
) -> DensityResult:
    """Map the densities of classes, the same as the dock and the command line.

    Parameters
    ----------
    labels
        Integer class map: an array, or a file. Every plane is mapped by itself.
    spacing
        Size of a pixel, one for each axis of an array; a file says that itself. For
        ``unit="physical"``.
    **settings
        The fields of `DensityJob`: ``kernel="box"``, ``bandwidth=8``,
        ``classes=(1, 2)``, ``volume=True`` ...

    Raises
    ------
    InputError
        The labels or a setting cannot be used; the sentence says what to do.

    Examples
    --------
    >>> import numpy as np
    >>> result = density_maps(np.eye(64, dtype=np.uint8), bandwidth=3)
    >>> result.classes, result.maps.shape
    ((0, 1), (2, 64, 64))
    """
    job = DensityJob(**settings)
    source = open_labels(labels, job, spacing=spacing)
    return run_to_end(density_steps(source, job))


def density_steps(source: OpenLabels, job: DensityJob) -> Steps[DensityResult]:
    """Map the densities in every plane, or volume, of a file.

    All have the same bandwidth, see `survey`.

    Raises
    ------
    InputError
        The labels cannot be used; a class is wanted that they do not hold; or the
        bandwidth does not fit to them.
    """
    found = yield from survey(source, job)
    chosen = wanted_classes(job.classes or None, found.counts, source.name)
    yield Started("Density maps", len(source), source.name)
    by_image = []
    for index in range(len(source)):
        by_image.append(_maps(source[index], chosen, found.bandwidth, job))
        yield PlaneDone(index + 1, len(source))
    whole = np.stack([source.assembled(maps) for maps in zip(*by_image, strict=True)])
    counts = tuple(found.counts[number] for number in chosen)
    return DensityResult(whole, chosen, counts, job.kernel, found.bandwidth)


def _maps(
    labels: NDArray[Any],
    classes: tuple[int, ...],
    bandwidth: tuple[float, ...],
    job: DensityJob,
) -> NDArray[np.float32]:
    """Return the map of every class; 0 of one that this image lacks."""
    maps = np.zeros((len(classes), *labels.shape), np.float32)
    there = [number for number in classes if (labels == number).any()]
    if there:
        found = density(
            labels,
            bandwidth,
            job.kernel,
            classes=there,
            edge_correction=job.edge_correction,
        )
        maps[[classes.index(number) for number in there]] = found.maps
    return maps
