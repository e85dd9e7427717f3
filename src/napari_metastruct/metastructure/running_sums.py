"""Sums in a moving box, at a cost that does not grow with the box."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

__all__ = ["box_sums"]

_BLOCK = 1 << 17  # numbers at a time: their sums stay in the cache


def box_sums(
    points: NDArray[Any], half: Sequence[float], out: NDArray[np.float32]
) -> None:
    """Write the sum of the points in a box around every pixel to `out`.

    Every pixel enters the running sum of each axis once and leaves it once, so a wide
    box costs as much as a narrow one. Whole half-widths are summed in integers: exact,
    up to the rounding of `out` above 2^24. Others are summed in float64.

    Parameters
    ----------
    points
        Any shape of 2 axes or more, small integers or boolean.
    half
        Half-width of the box in pixels, one per axis, as in `Window`.
    out
        Same shape.
    """
    if any(h % 1 for h in half):
        kind: type = np.float64
    else:
        kind = np.int32 if points.size < 2**31 else np.int64
    if points.dtype == np.bool_:
        points = points.view(np.uint8)
    _fill(points, half, out, kind)


def _fill(
    points: NDArray[Any], half: Sequence[float], out: NDArray[np.float32], kind: type
) -> None:
    for start, sums in _moved(points, half[0], kind):
        target = out[start : start + len(sums)]
        if points.ndim == 2:
            _along_last(sums, half[1], target)
            continue
        for plane, plane_out in zip(sums, target, strict=True):
            _fill(plane, half[1:], plane_out, kind)


def _moved(
    points: NDArray[Any], half: float, kind: type
) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield the window sums along the first axis in blocks: their start, the sums."""
    shifts = _shifts(half, len(points), kind)
    length = max(1, _BLOCK // max(1, points[0].size))
    last = _before_first(points, half, kind)
    for start in range(0, len(points), length):
        stop = min(start + length, len(points))
        steps = np.zeros((stop - start, *points.shape[1:]), kind)
        for shift, weight in shifts:
            _add_shifted(points, shift, weight, start, steps)
        steps[0] += last
        # numpy's cumsum along the first axis walks down column by column: slow.
        for row in range(1, len(steps)):
            np.add(steps[row], steps[row - 1], out=steps[row])
        last = steps[-1].copy()
        yield start, steps


def _shifts(half: float, length: int, kind: type) -> list[tuple[int, float]]:
    """Say which neighbours enter (+) and leave (-) when the window moves by one."""
    whole, part = min(math.floor(half), length), half % 1
    if not part:
        return [(whole, kind(1)), (-whole - 1, kind(-1))]
    return [
        (whole, 1 - part), (whole + 1, part),
        (-whole - 1, part - 1), (-whole - 2, -part),
    ]  # fmt: skip


def _before_first(points: NDArray[Any], half: float, kind: type) -> NDArray[Any]:
    """Return the sums of the window around the place just before the first."""
    whole = min(math.floor(half), len(points))
    sums = points[:whole].sum(axis=0, dtype=kind)
    if half % 1 and whole < len(points):
        sums += half % 1 * points[whole]
    return np.asarray(sums)


def _add_shifted(
    points: NDArray[Any], shift: int, weight: float, start: int, steps: NDArray[Any]
) -> None:
    first = max(start, -shift)
    last = min(start + len(steps), len(points) - shift)
    if first < last:
        source = points[first + shift : last + shift]
        steps[first - start : last - start] += weight * source


def _along_last(rows: NDArray[Any], half: float, out: NDArray[np.float32]) -> None:
    """Write the window sums of every row, from its cumulative sums."""
    length = rows.shape[1]
    whole, part = min(math.floor(half), length), half % 1
    before, after = whole + 2, whole + 1
    upto = np.empty((len(rows), before + length + after), rows.dtype)
    upto[:, :before] = 0
    np.cumsum(rows, axis=1, out=upto[:, before : before + length])
    upto[:, before + length :] = upto[:, [before + length - 1]]

    def within(reach: int) -> tuple[NDArray[Any], NDArray[Any]]:
        high, low = before + reach, before - reach - 1
        return upto[:, high : high + length], upto[:, low : low + length]

    if not part:
        high, low = within(whole)
        np.subtract(high, low, out=out, dtype=rows.dtype, casting="unsafe")
        return
    inner, outer = (np.subtract(*within(reach)) for reach in (whole, whole + 1))
    out[...] = inner + part * (outer - inner)
