"""Density maps of the parts of a stack, as a job that napari's worker runs."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.jobs import DensityJob
from napari_metastruct.metastructure.density import density
from napari_metastruct.progress import (
    Notice,
    PlaneDone,
    Started,
    Steps,
    StopFlag,
)
from napari_metastruct.versions import installed_versions
from napari_metastruct.widgets.kernel_choice import KernelSettings
from napari_metastruct.widgets.labels_input import LabelsInput

__all__ = ["DensityMaps", "Maps", "check_sum", "map_steps", "maps_of", "provenance"]

Maps = dict[int, NDArray[np.float32]]


@dataclass(frozen=True, slots=True, eq=False)
class DensityMaps:
    """One map a class, of the shape of the labels.

    Attributes
    ----------
    source, settings
        What they were made of, and how.
    maps
        Class to map, float32: share of the class per pixel of a plane or volume.
    checks
        Part to check sum of its labels, to tell later whether they were painted.
    """

    source: LabelsInput
    settings: KernelSettings
    maps: Mapping[int, NDArray[np.float32]]
    checks: Mapping[int, int]

    def provenance(self, number: int) -> dict[str, Any]:
        """Return what the map of a class was made with, JSON-ready."""
        return provenance(self.source, self.settings) | {"class": number}

    def job(self) -> DensityJob | None:
        """Return the job that makes the same maps.

        Returns
        -------
        None where no job can tell it: of a coarser level, or of more than four axes.
        """
        source, settings = self.source, self.settings
        if source.level or source.axes is None:
            return None
        return DensityJob(
            labels=(source.path,) if source.path else (),
            axes=source.axes,
            volume=source.together == 3,
            as_one=source.as_one,
            kernel=settings.kernel,
            bandwidth=source.bandwidth(settings.bandwidth),
            classes=tuple(self.maps),
            edge_correction=settings.edge_correction,
        )


def map_steps(
    source: LabelsInput,
    settings: KernelSettings,
    classes: Sequence[int],
    stop: StopFlag,
) -> Steps[DensityMaps]:
    """Make the maps of some classes, part by part; Stop keeps what is done."""
    maps = {number: np.zeros(source.shape, np.float32) for number in classes}
    checks: dict[int, int] = {}
    without = 0
    yield Started("Density maps", len(source))
    for number in range(len(source)):
        labels = source.part(number)
        checks[number] = check_sum(labels)
        here = maps_of(labels, source, settings, classes)
        without += not here
        for name, values in here.items():
            maps[name][source.index(number)] = values
        yield PlaneDone(number + 1, len(source))
        if stop.is_set() and number + 1 < len(source):
            yield Notice(
                f"Stopped: the maps are 0 in {len(source) - number - 1} of "
                f"{len(source)} parts, which were not reached."
            )
            break
    if without:
        yield Notice(
            f"{without} of {len(source)} parts of '{source.name}' hold none of the "
            "chosen classes: the maps are 0 there."
        )
    return DensityMaps(source, settings, maps, checks)


def maps_of(
    values: NDArray[Any],
    source: LabelsInput,
    settings: KernelSettings,
    classes: Sequence[int],
) -> Maps:
    """Return the maps of those of the classes that a plane or volume holds."""
    there = [number for number in classes if (values == number).any()]
    if not there:
        return {}
    found = density(
        values,
        settings.bandwidth,
        settings.kernel,
        classes=there,
        spacing=source.spacing,
        edge_correction=settings.edge_correction,
    )
    return dict(zip(found.classes, found.maps, strict=True))


def check_sum(labels: NDArray[Any]) -> int:
    """Return a number that differs where labels do."""
    return zlib.crc32(np.ascontiguousarray(labels).data)


def provenance(source: LabelsInput, settings: KernelSettings) -> dict[str, Any]:
    """Return what a map was made with, JSON-ready."""
    return {
        "labels": source.name,
        "path": source.path,
        "kernel": settings.kernel,
        "bandwidth": settings.bandwidth,
        "unit": source.unit,
        "bandwidth_in_pixels": list(source.in_pixels(settings.bandwidth)),
        "edge_correction": settings.edge_correction,
        "parts": "planes" if source.together == 2 else "volumes",
        "objects_as_one": source.as_one,
        "versions": installed_versions(),
    }
