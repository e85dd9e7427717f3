"""Bandwidths: checked, in pixels, and found by themselves."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from napari_metastruct.errors import InputError
from napari_metastruct.metastructure.classes import open_classes
from napari_metastruct.metastructure.kernels import KERNELS, Kernel, Window
from napari_metastruct.metastructure.structure import reach_of_structure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_metastruct.metastructure.classes import ClassMap

__all__ = ["Bandwidth", "auto_bandwidth", "bandwidth_in_pixels", "open_window"]

Bandwidth = float | tuple[float, ...] | Literal["auto"]
"""One number for all axes, one per axis, or "auto"."""


def open_window(
    classes: ClassMap,
    bandwidth: Bandwidth,
    kernel: Kernel,
    spacing: Sequence[float] | None,
) -> Window:
    """Return the kernel in its size in pixels, checked; see `bandwidth_in_pixels`."""
    if kernel not in KERNELS:
        raise InputError(
            f"'{kernel}' is not a kernel; choose among {', '.join(KERNELS)}."
        )
    return Window(kernel, bandwidth_in_pixels(bandwidth, classes, spacing))


def bandwidth_in_pixels(
    bandwidth: Bandwidth, classes: ClassMap, spacing: Sequence[float] | None
) -> tuple[float, ...]:
    """Return the bandwidth in pixels, one per axis.

    Parameters
    ----------
    bandwidth
        In units of `spacing`.
    classes
        Labels that it is for.
    spacing
        Size of a pixel, one per axis; None: the units are pixels.

    Raises
    ------
    InputError
        A bandwidth is no number above 0, larger than the image along every axis, or
        there is not one per axis.
    """
    shape = classes.labels.shape
    size = _spacing(spacing, shape)
    if isinstance(bandwidth, str):
        if bandwidth != "auto":
            raise InputError(
                f"The bandwidth is '{bandwidth}'; give a number or 'auto'."
            )
        bandwidth = reach_of_structure(classes, size)
    each = tuple(bandwidth) if np.iterable(bandwidth) else (bandwidth,) * len(shape)
    if len(each) != len(shape):
        raise InputError(
            f"{len(each)} bandwidths were given for labels of {len(shape)} axes; give "
            "one for all, or one per axis."
        )
    for value in each:
        _check(value)
    half = tuple(float(h) / s for h, s in zip(each, size, strict=True))
    if all(h > n for h, n in zip(half, shape, strict=True)):
        raise InputError(
            f"The bandwidth, {_listed(half)} pixels, is larger than the whole image of "
            f"shape {shape}; take a smaller one, for example 'auto'."
        )
    return half


def auto_bandwidth(
    labels: NDArray[Any], *, spacing: Sequence[float] | None = None
) -> float:
    """Return a bandwidth at which the kernel is about as wide as the objects.

    Two pixels of one object have the same class, two pixels far apart only by chance.
    How often classes agree beyond chance is taken at distances of 1, 1.4, 2 ... pixels
    in all directions, and its decay is fitted by ``exp(-distance / bandwidth)`` (Debye
    1957: a medium of random pieces). Round objects of radius R give about 0.8 R,
    ribbons of width w about 0.9 w.

    Noise that strikes each pixel on its own (flip, sample) lowers the agreement alike
    at all distances, so clean and noisy labels give nearly the same bandwidth; rules by
    boundaries or distances to them would give that of the noise. Where nothing agrees
    beyond chance (random labels, a single class) it is 1/32 of the shortest side. It is
    never below one pixel.

    Parameters
    ----------
    labels
        ``(Y, X)`` or ``(Z, Y, X)`` class map; -1 is ignored.
    spacing
        Size of a pixel, one per axis; None: pixels.

    Returns
    -------
    The bandwidth in units of `spacing`.
    """
    classes = open_classes(labels)
    return reach_of_structure(classes, _spacing(spacing, classes.labels.shape))


def _spacing(
    spacing: Sequence[float] | None, shape: tuple[int, ...]
) -> tuple[float, ...]:
    if spacing is None:
        return (1.0,) * len(shape)
    size = tuple(float(side) for side in spacing)
    if len(size) != len(shape) or not all(0 < side < math.inf for side in size):
        raise InputError(
            f"The spacing is {_listed(size)}, but labels of {len(shape)} axes need one "
            "size above 0 per axis."
        )
    return size


def _check(bandwidth: Any) -> None:  # noqa: ANN401 - what a user gave
    number = isinstance(bandwidth, int | float | np.number)
    if not number or isinstance(bandwidth, bool) or not 0 < bandwidth < math.inf:
        raise InputError(
            f"The bandwidth is {bandwidth}; give a number above 0, or 'auto'."
        )


def _listed(numbers: tuple[float, ...]) -> str:
    same = len(set(numbers)) == 1
    return " x ".join(f"{number:g}" for number in numbers[: 1 if same else None])
