"""Quintic B-splines between pixels and the nodes of a coarse grid, along one axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["gather", "nodes", "spline", "spread"]

_SPAN = 6
"""A pixel lies under the splines of so many nodes; node 2 lies on the first pixel."""
_BLOCK = 1 << 17  # numbers at a time: they stay in the cache


def spline(distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the quintic B-spline at distances in nodes; its sum is 1."""
    x = np.abs(distance)
    inner = 11 / 20 - x**2 / 2 + x**4 / 4 - x**5 / 12
    middle = (
        17 / 40 + 5 * x / 8 - 7 * x**2 / 4 + 5 * x**3 / 4 - 3 * x**4 / 8 + x**5 / 24
    )
    outer = np.maximum(3 - x, 0) ** 5 / 120
    return np.where(x < 1, inner, np.where(x < 2, middle, outer))


def nodes(length: int, step: int) -> int:
    """Return how many nodes, one every `step` pixels, an axis of pixels needs."""
    return (length - 1) // step + _SPAN


def spread(pixels: NDArray[Any], step: int, out: NDArray[np.float32]) -> None:
    """Share the value of every pixel out to the nodes around it, along the first axis.

    Parameters
    ----------
    pixels
        ``(length, ...)`` of any real type.
    step
        Pixels from node to node.
    out
        ``(nodes(length, step), ...)``; its sum becomes that of the pixels.
    """
    out[...] = 0
    shares = _shares(step)
    for block, around in _blocks(pixels, step, out):
        for phase, row in enumerate(shares[: len(block)]):
            values = block[phase::step].astype(np.float32)
            for node, share in enumerate(row):
                around[node : node + len(values)] += share * values


def gather(values: NDArray[np.float32], step: int, out: NDArray[np.float32]) -> None:
    """Write the splines, with the nodes' values as coefficients, to the pixels.

    Parameters
    ----------
    values
        ``(nodes(length, step), ...)``.
    step
        Pixels from node to node.
    out
        ``(length, ...)``.
    """
    shares = _shares(step)
    for block, around in _blocks(out, step, values):
        for phase, row in enumerate(shares[: len(block)]):
            pixels = block[phase::step]
            np.multiply(around[: len(pixels)], row[0], out=pixels)
            for node, share in enumerate(row[1:], 1):
                pixels += share * around[node : node + len(pixels)]


def _shares(step: int) -> NDArray[np.float32]:
    """Return the share of each node around a pixel, ``(step, nodes)``."""
    phase = np.arange(step)[:, np.newaxis] / step
    return spline(2 - np.arange(_SPAN) + phase).astype(np.float32)


def _blocks(
    pixels: NDArray[Any], step: int, grid: NDArray[Any]
) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Yield the pixels block by block, each with the nodes around it, as views."""
    span = len(grid) - _SPAN + 1
    length = max(1, _BLOCK // max(1, step * pixels[0].size))
    for start in range(0, span, length):
        stop = min(start + length, span)
        yield pixels[start * step : stop * step], grid[start : stop + _SPAN - 1]
