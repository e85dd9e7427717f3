"""Sums under any kernel by fast Fourier transforms, tile by tile."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import fft

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_metastruct.metastructure.kernels import Window

__all__ = ["fourier_sums"]

_LEAST_SIDE = {2: 320, 3: 64}
"""Side in pixels of what is transformed at a time; wide kernels need more."""
_SINGLE = 1 << 14
"""Weights up to which float32 errs by less than 0.05 pixels."""


def fourier_sums(
    points: NDArray[Any], window: Window, out: NDArray[np.float32]
) -> None:
    """Write the points weighted by a kernel around every pixel to `out`.

    Overlap and save: tiles a few times as wide as the kernel, so that the cost per
    pixel grows as its logarithm. Sums of a disc are counts: they are rounded, exact.

    Parameters
    ----------
    points
        2 or 3 axes, small integers or boolean.
    window
        The kernel.
    out
        Same shape.
    """
    weights = window.weights(points.shape)
    weights = weights.astype(np.float32 if weights.size <= _SINGLE else np.float64)
    tile, size = _tiling(points.shape, weights.shape)
    spectrum = fft.rfftn(weights, size)

    def fill(start: tuple[int, ...]) -> None:
        waves = fft.rfftn(_around(points, start, weights, size))
        waves *= spectrum
        sums = fft.irfftn(waves, size)
        target = out[tuple(slice(s, s + t) for s, t in zip(start, tile, strict=True))]
        ends = zip(weights.shape, target.shape, strict=True)
        # Before that, what was transformed wraps around.
        valid = sums[tuple(slice(w - 1, w - 1 + t) for w, t in ends)]
        target[...] = np.rint(valid) if window.kernel == "disc" else valid

    starts = product(*map(range, [0] * points.ndim, points.shape, tile))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(fill, starts))


def _tiling(
    shape: tuple[int, ...], kernel: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the shape of a tile, and that of the transform it takes."""
    tile, size = [], []
    for length, width in zip(shape, kernel, strict=True):
        most = max(_LEAST_SIDE[len(shape)], 3 * width) - width + 1
        tiles = -(-length // most)
        tile.append(-(-length // tiles))
        size.append(fft.next_fast_len(tile[-1] + width - 1, real=True))
    return tuple(tile), tuple(size)


def _around(
    points: NDArray[Any],
    start: tuple[int, ...],
    weights: NDArray[Any],
    size: tuple[int, ...],
) -> NDArray[Any]:
    """Return a tile with what its kernels reach, with zeros beyond the image."""
    part = np.zeros(size, weights.dtype)
    source, target = [], []
    for first, width, n, length in zip(
        start, weights.shape, size, points.shape, strict=True
    ):
        begin = first - width // 2
        low, high = max(begin, 0), min(begin + n, length)
        source.append(slice(low, high))
        target.append(slice(low - begin, high - begin))
    part[tuple(target)] = points[tuple(source)]
    return part
