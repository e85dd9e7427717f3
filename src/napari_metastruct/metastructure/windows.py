"""Sums under a kernel, by the fastest way for it."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.metastructure.fourier import fourier_sums
from napari_metastruct.metastructure.gaussian import gaussian_sums
from napari_metastruct.metastructure.running_sums import box_sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_metastruct.metastructure.kernels import Window

__all__ = ["inside_sums", "window_sums"]


def window_sums(
    points: NDArray[Any], window: Window, out: NDArray[np.float32], device: str = "cpu"
) -> None:
    """Write the sum of the points under the kernel around every pixel to `out`.

    Parameters
    ----------
    points
        Boolean or small integers, 2 or 3 axes; there are none beyond the image.
    window
        The kernel.
    out
        Same shape.
    device
        "cpu", or where PyTorch is to do it.
    """
    if device != "cpu":
        # Not at the top: it loads PyTorch, which floors 1 to 3 do without.
        from napari_metastruct.metastructure.on_device import sums_on_device

        sums_on_device(points, window, out, device)
    elif window.kernel == "box":
        box_sums(points, window.half, out)
    elif window.kernel == "gaussian":
        gaussian_sums(points, window.half, out)
    else:
        fourier_sums(points, window, out)
    # What rounding leaves of nothing is not to be negative.
    np.maximum(out, 0, out=out)


def inside_sums(
    window: Window,
    domain: NDArray[np.bool_] | None,
    out: NDArray[np.float32],
    device: str = "cpu",
) -> None:
    """Write the weight of the kernel inside the domain, around every pixel, to `out`.

    Parameters
    ----------
    window
        The kernel.
    domain
        True where pixels count, same shape as `out`; None: everywhere.
    out
        In the middle of a large domain, the kernel's total.
    device
        As in `window_sums`.
    """
    if domain is not None or not window.separable:
        points = np.ones(out.shape, np.bool_) if domain is None else domain
        window_sums(points, window, out, device)
        return
    sides = [_inside(window.one_sided(axis), n) for axis, n in enumerate(out.shape)]
    plane = reduce(np.multiply.outer, sides[1:])
    first = sides[0].reshape(-1, *(1 for _ in sides[1:]))
    np.multiply(first, plane, out=out, casting="unsafe")


def _inside(weights: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """Return the weight on an axis of that length around each of its places."""
    upto = np.cumsum(weights)
    place = np.arange(length)
    ahead = upto[np.minimum(length - 1 - place, len(weights) - 1)]
    return np.asarray(upto[np.minimum(place, len(weights) - 1)] + ahead - weights[0])
