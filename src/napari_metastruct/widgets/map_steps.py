"""Density maps of the parts of a stack, as a job that napari's worker runs."""

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.jobs import DensityJob
from napari_metastruct.metastructure.density import density
from napari_metastruct.metastructure.kernels import CUT
from napari_metastruct.progress import (
    Event,
    Heartbeat,
    Notice,
    PlaneDone,
    Started,
    Steps,
    StopFlag,
)
from napari_metastruct.versions import installed_versions
from napari_metastruct.widgets.kernel_choice import KernelSettings
from napari_metastruct.widgets.labels_input import LabelsInput

__all__ = [
    "DensityMaps",
    "PartMaps",
    "changed_steps",
    "map_steps",
    "maps_of",
    "plane_steps",
    "provenance",
]

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


@dataclass(frozen=True, slots=True, eq=False)
class PartMaps(Event):
    """Maps of one plane or volume of a stack, and the check sum of its labels."""

    number: int
    check: int
    maps: Mapping[int, NDArray[np.float32]]


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
        checks[number] = _check(labels)
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


def changed_steps(
    source: LabelsInput,
    settings: KernelSettings,
    classes: Sequence[int],
    checks: Mapping[int, int],
    first: int,
) -> Steps[None]:
    """Make the maps anew of the parts whose labels have changed.

    Parameters
    ----------
    checks
        Part to check sum of the labels that its maps were made of.
    first
        The part that is seen, which comes first.
    """
    order = sorted(range(len(source)), key=lambda number: number != first)
    for number in order:
        yield Heartbeat()
        labels = source.part(number)
        check = _check(labels)
        if check != checks.get(number):
            yield PartMaps(number, check, maps_of(labels, source, settings, classes))


def plane_steps(
    source: LabelsInput,
    settings: KernelSettings,
    classes: Sequence[int],
    number: int,
    plane: int,
) -> Steps[Maps]:
    """Make the maps of one visible plane, class by class, for a preview.

    Of a volume only what the kernel reaches from the plane is looked at; so the maps
    are those of the volume up to one factor for each class.

    Parameters
    ----------
    number
        Of the plane or volume in its stack.
    plane
        Of the plane in its volume; 0 where planes are taken by themselves.
    """
    values, centre = _around(source, settings, number, plane)
    maps: Maps = {}
    for name in classes:
        yield Heartbeat()
        for found, values_of_map in maps_of(values, source, settings, [name]).items():
            maps[found] = values_of_map if centre is None else values_of_map[centre]
    return maps


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


def _check(labels: NDArray[Any]) -> int:
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


def _around(
    source: LabelsInput, settings: KernelSettings, number: int, plane: int
) -> tuple[NDArray[Any], int | None]:
    """Return the planes of a volume that reach a plane, and its place among them."""
    if source.together == 2:
        return source.part(number), None
    reach = source.in_pixels(settings.bandwidth)[0]
    reach *= CUT if settings.kernel == "gaussian" else 1
    first = max(0, plane - math.ceil(reach) - 1)
    return source.part(
        number, slice(first, plane + math.ceil(reach) + 2)
    ), plane - first
