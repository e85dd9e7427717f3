"""Checks of an image before any work is done on it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.arrays.labels import looks_like_labels
from napari_metastruct.arrays.stack import ImageStack
from napari_metastruct.errors import InputError

__all__ = ["SMALLEST_SIDE", "Region", "StackCheck", "check_region", "check_stack"]

Region = tuple[int, int, int, int]
"""``(y0, y1, x0, x1)``: rows y0 to y1 - 1 and columns x0 to x1 - 1 of a plane."""

SMALLEST_SIDE = 32
"""The least rows and columns, in pixels, that there is something to learn from."""


def check_stack(
    stack: ImageStack, *, on_plane: Callable[[int], None] | None = None
) -> None:
    """Refuse an image that nothing can be learned from; reads every plane once.

    Parameters
    ----------
    stack
        The image; negative values and all integer and real float types are fine,
        and so are constant planes among others.
    on_plane
        Called with the number of each plane when it has been looked at.

    Raises
    ------
    InputError
        Empty, smaller than 32 x 32 pixels, boolean or two-valued (a mask), complex
        or not numbers, NaN or infinite anywhere, beyond float32, constant all over,
        or a label image.
    """
    check = StackCheck(stack)
    for index in range(len(stack)):
        check.look_at(stack.raw_plane(index))
        if on_plane is not None:
            on_plane(index)
    check.judge()


class StackCheck:
    """The checks of `check_stack` for one who reads the planes himself.

    Parameters
    ----------
    stack
        The image. Its type and its sizes are checked at once, nothing is read.
    """

    def __init__(self, stack: ImageStack) -> None:
        _check_type(stack)
        _check_sizes(stack)
        self._stack = stack
        self._seen = _Seen(constant=np.ones(stack.channel_count, dtype=np.bool_))

    def look_at(self, plane: NDArray[Any]) -> bool:
        """Look at the next plane, ``(C, Y, X)`` in its stored type.

        Returns
        -------
        Whether all planes so far are finite.
        """
        self._seen.look_at(self._stack, plane)
        return not self._seen.bad

    def judge(self) -> None:
        """Refuse the image if what was seen says so."""
        self._seen.judge(self._stack)


def check_region(region: Region, plane_shape: tuple[int, int]) -> Region:
    """Return `region` as whole numbers if it lies in the plane and is large enough.

    Raises
    ------
    InputError
        It reaches outside the plane or is smaller than 32 x 32 pixels.
    """
    y0, y1, x0, x1 = (int(edge) for edge in region)
    rows, columns = plane_shape
    if not (0 <= y0 <= y1 <= rows and 0 <= x0 <= x1 <= columns):
        raise InputError(
            f"The region, rows {y0} to {y1} and columns {x0} to {x1}, reaches outside "
            f"the image of {rows} rows and {columns} columns."
        )
    if min(y1 - y0, x1 - x0) < SMALLEST_SIDE:
        raise InputError(
            f"The region has {y1 - y0} rows and {x1 - x0} columns; at least "
            f"{SMALLEST_SIDE} of each are needed to learn from."
        )
    return y0, y1, x0, x1


def _check_type(stack: ImageStack) -> None:
    kind = stack.dtype.kind
    if kind == "b":
        raise InputError(
            f"'{stack.name}' is boolean: it is a mask already, not an image to segment."
        )
    if kind == "c":
        raise InputError(
            f"'{stack.name}' holds complex numbers ({stack.dtype}): take their "
            "magnitude, phase, real or imaginary part first."
        )
    if kind not in "iuf":
        raise InputError(f"'{stack.name}' is of type {stack.dtype}, not numbers.")


def _check_sizes(stack: ImageStack) -> None:
    shape = tuple(int(size) for size in stack.source.shape)
    if 0 in shape:
        raise InputError(
            f"'{stack.name}' is empty: its shape is {shape}, axes {stack.axes}."
        )
    rows, columns = stack.plane_shape
    if min(rows, columns) < SMALLEST_SIDE:
        raise InputError(
            f"'{stack.name}' has {rows} rows and {columns} columns (shape {shape}, "
            f"axes {stack.axes}); at least {SMALLEST_SIDE} of each are needed. If "
            "these are not its rows and columns, name its axes."
        )


_LARGEST = float(np.finfo(np.float32).max)


@dataclass
class _Seen:
    """What one pass over the planes has shown; holds no plane."""

    constant: NDArray[np.bool_]
    bad: int = 0
    total: int = 0
    levels: set[float] = field(default_factory=set)
    first: list[Any] = field(default_factory=list)
    many_levels: bool = False
    labels: bool | None = None
    largest: float = 0.0

    def look_at(self, stack: ImageStack, plane: NDArray[Any]) -> None:
        self.total += plane.size
        if plane.dtype.kind == "f":
            bad = int(plane.size - np.isfinite(plane).sum())
            self.bad += bad
            if bad:
                return
        self._look_at_range(stack, plane)
        if self.labels is not False:
            self._look_for_labels(plane)

    def _look_at_range(self, stack: ImageStack, plane: NDArray[Any]) -> None:
        if not self.first:
            self.first = [channel.flat[0] for channel in plane]
        for number, channel in enumerate(plane):
            low, high = channel.min(), channel.max()
            first = self.first[number]
            self.constant[number] &= bool(low == high == first)
            offset = float(stack.offset)
            reach = max(abs(float(low) - offset), abs(float(high) - offset))
            self.largest = max(self.largest, reach)
            self._look_for_levels(channel, low, high)

    def _look_for_levels(self, channel: NDArray[Any], low: Any, high: Any) -> None:  # noqa: ANN401
        if self.many_levels:
            return
        two = bool(((channel == low) | (channel == high)).all())
        self.levels |= {low.item(), high.item()}
        self.many_levels = not two or len(self.levels) > 2

    def _look_for_labels(self, plane: NDArray[Any]) -> None:
        # A stack is of labels if none of its planes looks like a picture.
        if len(plane) > 1:
            self.labels = False
        elif plane.min() < plane.max():
            self.labels = looks_like_labels(plane[0])  # also of whole floats

    def judge(self, stack: ImageStack) -> None:
        if self.bad:
            raise InputError(_bad_values(stack.name, self.bad, self.total))
        if self.constant.all():
            raise InputError(
                f"'{stack.name}' is constant: every pixel is "
                f"{_listed([value.item() for value in self.first])}, so there is "
                "nothing to tell apart."
            )
        if self.largest > _LARGEST:
            raise InputError(
                f"'{stack.name}' reaches {self.largest:.3g}, beyond what 32-bit floats "
                f"hold ({_LARGEST:.3g}): rescale it."
            )
        if not self.many_levels:
            raise InputError(
                f"'{stack.name}' holds only the values {_listed(sorted(self.levels))}: "
                "it is a mask already, not an image to segment."
            )
        if self.labels:
            raise InputError(
                f"'{stack.name}' is a label image (flat patches of whole numbers, type "
                f"{stack.dtype}), not a picture: choose the image it was made from."
            )


def _bad_values(name: str, bad: int, total: int) -> str:
    if bad == total:
        return f"All {total:,} values of '{name}' are NaN or infinite."
    return (
        f"{bad:,} of the {total:,} values of '{name}' are NaN or infinite: replace "
        "them first, for example by numpy.nan_to_num, or crop them away."
    )


def _listed(values: list[Any]) -> str:
    return " and ".join(f"{value:g}" for value in dict.fromkeys(values))
