"""The door for labels: files and arrays are opened, and refused if they are none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.arrays import ImageStack, open_stack
from napari_metastruct.errors import InputError
from napari_metastruct.files import read_labels
from napari_metastruct.label_tasks.images import OpenLabels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_metastruct.jobs import LabelJob

__all__ = ["open_labels"]


def open_labels(
    labels: str | Path | NDArray[Any] | OpenLabels,
    job: LabelJob,
    *,
    spacing: Sequence[float] | None = None,
) -> OpenLabels:
    """Open a file or an array of labels as the job says; nothing is read yet.

    Parameters
    ----------
    labels
        Path; or an integer array (NumPy, dask, zarr). Of a pyramid the finest level is
        taken.
    job
        Says what the axes are and whether there are volumes. Axes that are not named
        are taken as ``TZYX``, the last ones of these.
    spacing
        Size of a pixel, one for each axis of an array.

    Raises
    ------
    InputError
        The file cannot be read, is empty, holds fractions, colours or channels; or
        there is not one size for each axis.
    """
    if isinstance(labels, OpenLabels):
        return labels
    name, unit, axes = "labels", "", job.axes
    if isinstance(labels, str | Path):
        file = read_labels(labels)
        labels, name, size = file.data, file.path.name, file.pixel_size
        axes, unit = axes or file.axes, file.unit
    else:
        axes = axes or _guessed(labels, name)
        size = _sizes(spacing, axes)
    stack = open_stack(labels, axes=axes, channels=_one_channel(axes), name=name)
    _check(stack)
    return OpenLabels(stack, job.volume, job.as_one, size, unit)


def _guessed(labels: Any, name: str) -> str:  # noqa: ANN401
    axes = np.ndim(labels[0] if isinstance(labels, list | tuple) else labels)
    if not 2 <= axes <= 4:
        raise InputError(
            f"'{name}' has {axes} axes, but labels have 2 to 4 (YX, ZYX or TZYX): name "
            "the axes, or take a part of it."
        )
    return "TZYX"[-axes:]


def _sizes(spacing: Sequence[float] | None, axes: str) -> dict[str, float]:
    if spacing is None:
        return {}
    if len(spacing) != len(axes):
        raise InputError(
            f"The spacing has {len(spacing)} sizes, but the labels have the axes "
            f"{axes}: give one for each."
        )
    return {letter: float(s) for letter, s in zip(axes.upper(), spacing, strict=True)}


def _one_channel(axes: str) -> tuple[int, ...] | None:
    return (0,) if {"C", "S"} & set(axes.upper()) else None


def _check(stack: ImageStack) -> None:
    """Refuse what cannot be labels, before a pixel is read."""
    shape = tuple(int(size) for size in stack.source.shape)
    for letter, what in (("C", "channels"), ("S", "values a pixel, as colours have")):
        size = shape[stack.axes.index(letter)] if letter in stack.axes else 1
        if size > 1:
            raise InputError(
                f"'{stack.name}' of shape {shape} has {size} {what}, but labels are "
                "one number a pixel: take one of them, or name the axes if they are "
                "others (--axes)."
            )
    if 0 in shape:
        raise InputError(
            f"'{stack.name}' is empty: its shape is {shape}. Give labels with pixels."
        )
    if stack.dtype.kind not in "iub":
        raise InputError(
            f"'{stack.name}' is of type {stack.dtype}, but labels are whole numbers: "
            "threshold it, or convert it to an integer type first."
        )
