"""Density maps of a part: the visible plane, or what has been painted."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.metastructure.kernels import CUT
from napari_metastruct.progress import Event, Heartbeat, Steps
from napari_metastruct.widgets.kernel_choice import KernelSettings
from napari_metastruct.widgets.labels_input import LabelsInput
from napari_metastruct.widgets.map_steps import Maps, check_sum, maps_of

__all__ = ["PartMaps", "changed_steps", "plane_steps"]


@dataclass(frozen=True, slots=True, eq=False)
class PartMaps(Event):
    """Maps of one plane or volume of a stack, and the check sum of its labels."""

    number: int
    check: int
    maps: Mapping[int, NDArray[np.float32]]


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
        check = check_sum(labels)
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
