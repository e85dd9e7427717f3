"""Gaussian sums whose cost falls with their width: smoothed on a coarse grid."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.metastructure.kernels import CUT, Window
from napari_metastruct.metastructure.splines import gather, nodes, spline, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = ["gaussian_sums"]

_COARSE = 2.0
"""Least standard deviation in steps of the coarse grid."""
_BLOCK = 1 << 17  # numbers at a time: they stay in the cache


def gaussian_sums(
    points: NDArray[Any], sigmas: Sequence[float], out: NDArray[np.float32]
) -> None:
    """Write the points weighted by a Gaussian around every pixel to `out`.

    Along each axis the points are spread over a grid of steps of ``sigma / 2`` pixels
    by quintic B-splines, smoothed there, and interpolated by the same splines. What
    the splines blur is taken off the smoothing: its transfer function is the
    Gaussian's over that of both splines. Below 4 pixels the grid is that of the
    pixels, without splines. The tails end at ``CUT`` standard deviations. The error
    is at most 5e-4 of the kernel's peak against the endless Gaussian, 1e-4 of which
    the splines make.

    Parameters
    ----------
    points
        Any shape of 2 axes or more, small integers or boolean.
    sigmas
        Standard deviation in pixels, one per axis.
    out
        Same shape. The weights are those of `Window`: 1 in the centre.
    """
    steps = [max(1, int(sigma // _COARSE)) for sigma in sigmas]
    grid: NDArray[Any] = points.view(np.uint8) if points.dtype == np.bool_ else points
    for axis, step in enumerate(steps):
        if step > 1:
            count = nodes(points.shape[axis], step)
            grid = _along(axis, partial(spread, step=step), grid, count)
    for axis in reversed(range(points.ndim)):
        step, length = steps[axis], grid.shape[axis]
        smooth = partial(_smooth, weights=_weights(sigmas[axis], step))
        grid = _along(axis, smooth, grid, length, None if axis or step > 1 else out)
        if step > 1:
            length = points.shape[axis]
            enlarge = partial(gather, step=step)
            grid = _along(axis, enlarge, grid, length, None if axis else out)


def _along(
    axis: int,
    function: Callable[..., None],
    source: NDArray[Any],
    length: int,
    out: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Apply a function of the first axis along any axis, which gets a new length."""
    if out is None:
        shape = (*source.shape[:axis], length, *source.shape[axis + 1 :])
        out = np.empty(shape, np.float32)
    if axis == 0:
        function(source, out=out)
        return out
    rows = max(1, _BLOCK // max(1, math.prod(out.shape[1:])))
    for start in range(0, len(source), rows):
        part = slice(start, start + rows)
        moved = (np.moveaxis(array[part], axis, 0) for array in (source, out))
        function(next(moved), out=next(moved))
    return out


def _smooth(
    values: NDArray[Any], weights: NDArray[np.float32], out: NDArray[np.float32]
) -> None:
    """Write the values, weighted by their distance along the first axis, to `out`."""
    reach = min(len(weights), len(values)) - 1
    length = max(1, _BLOCK // max(1, values[0].size))
    for start in range(0, len(values), length):
        target = out[start : start + length]
        around = _around(values, start - reach, start + len(target) + reach)
        stop = reach + len(target)
        np.multiply(around[reach:stop], weights[0], out=target)
        for away in range(1, reach + 1):
            pair = (
                around[reach - away : stop - away] + around[reach + away : stop + away]
            )
            pair *= weights[away]
            target += pair


def _around(values: NDArray[Any], start: int, stop: int) -> NDArray[np.float32]:
    """Return a part of the first axis, with zeros where it ends beyond the values."""
    shape = (stop - start, *values.shape[1:])
    # Alike in memory, too: moved axes stay the fast ones.
    part = np.zeros_like(values, np.float32, shape=shape)
    first, last = max(start, 0), min(stop, len(values))
    part[first - start : last - start] = values[first:last]
    return part


def _weights(sigma: float, step: int) -> NDArray[np.float32]:
    """Return the weights on the grid at distances of 0, 1, 2 ... steps."""
    exact = Window("gaussian", (sigma,)).one_sided(0)
    if step == 1:
        return exact.astype(np.float32)
    coarse = sigma / step
    reach = math.ceil(CUT * coarse)
    frequency = np.fft.rfftfreq(8 * (reach + 1))
    pixel = np.arange(1 - 3 * step, 3 * step) / step
    waves = np.cos(2 * np.pi * np.multiply.outer(frequency, pixel))
    blur = waves @ spline(pixel) / step
    transfer = np.exp(-2 * (np.pi * coarse * frequency) ** 2) / blur**2
    weights = np.fft.irfft(transfer)[: reach + 1]
    # The sum of all weights is to be exactly that of the kernel.
    share = (2 * exact.sum() - exact[0]) / (2 * weights.sum() - weights[0])
    return np.asarray(weights * share / step, np.float32)
