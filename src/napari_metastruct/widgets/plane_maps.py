"""Density maps of a part: the visible plane, or what has been painted."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.errors import InputError
from napari_metastruct.metastructure.kernels import CUT
from napari_metastruct.progress import Event, Heartbeat, Steps
from napari_metastruct.widgets.kernel_choice import KernelSettings
from napari_metastruct.widgets.labels_input import LabelsInput
from napari_metastruct.widgets.map_steps import Maps, check_sum, maps_of

__all__ = ["PartMaps", "changed_steps", "check_size", "plane_steps"]

LARGEST_PREVIEW = 2**26


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


def check_size(source: LabelsInput, settings: KernelSettings, plane: int) -> None:
    """Refuse a preview that would take long and much memory.

    Raises
    ------
    InputError
        The plane, or the planes of the volume that reach it, are too large.
    """
    pixels = math.prod(source.shape[-2:])
    if source.together == 3:
        first, last = _reached(source, settings, plane)
        pixels *= last - first
    if pixels > LARGEST_PREVIEW:
        raise InputError(
            f"There is no preview of what takes {pixels:,} pixels into account, more "
            f"than {LARGEST_PREVIEW:,}. Maps can be added all the same."
        )


def _around(
    source: LabelsInput, settings: KernelSettings, number: int, plane: int
) -> tuple[NDArray[Any], int | None]:
    """Return the planes of a volume that reach a plane, and its place among them."""
    if source.together == 2:
        return source.part(number), None
    first, last = _reached(source, settings, plane)
    return source.part(number, slice(first, last)), plane - first


def _reached(
    source: LabelsInput, settings: KernelSettings, plane: int
) -> tuple[int, int]:
    """Return the first plane of a volume that reaches a plane, and the last + 1."""
    reach = source.in_pixels(settings.bandwidth)[0]
    away = math.ceil(reach * (CUT if settings.kernel == "gaussian" else 1)) + 1
    return max(0, plane - away), min(source.part_shape[0], plane + away + 1)
