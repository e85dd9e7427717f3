"""An image or a stack of any kind as a row of planes, read one at a time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.arrays.axes import (
    Channels,
    channel_axis,
    check_axes,
    choose_channels,
    count_channels,
    guess_axes,
)
from napari_metastruct.arrays.values import (
    common_offset,
    fits_float32,
    less_offset,
    luminance,
)
from napari_metastruct.errors import InputError

__all__ = ["ImageStack", "Sliceable", "open_stack"]


class Sliceable(Protocol):
    """What a NumPy, dask or zarr array has in common."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the axes."""

    @property
    def dtype(self) -> Any:  # noqa: ANN401 - NumPy's or a library's own
        """Type of the values."""

    def __getitem__(self, key: Any, /) -> Any: ...  # noqa: ANN401


@dataclass(frozen=True, eq=False)
class ImageStack:
    """The planes of one image, read when they are asked for. Make it by `open_stack`.

    Attributes
    ----------
    name
        For messages.
    axes
        One letter for each axis of `source`: T, C, Z, Y, X, S.
    channels
        The channels that `plane` returns; None where there is no channel axis.
    source
        The array itself, anything that can be sliced.
    """

    name: str
    axes: str
    channels: Channels
    source: Sliceable = field(repr=False)

    @property
    def leading_shape(self) -> tuple[int, ...]:
        """Sizes of the axes that number the planes, such as T and Z."""
        return tuple(self._size(letter) for letter in self._leading)

    @property
    def plane_shape(self) -> tuple[int, int]:
        """Rows and columns of a plane."""
        return self._size("Y"), self._size("X")

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the labels of this image: leading axes, rows, columns."""
        return self.leading_shape + self.plane_shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the values as they are stored."""
        dtype: np.dtype[Any] = np.dtype(self.source.dtype)
        return dtype

    @property
    def channel_count(self) -> int:
        """Channels of a plane, after the choice."""
        return len(self.channels) if isinstance(self.channels, tuple) else 1

    def __len__(self) -> int:
        """Return the number of planes."""
        return math.prod(self.leading_shape)

    def plane(self, index: int) -> NDArray[np.float32]:
        """Read one plane.

        Parameters
        ----------
        index
            Number of the plane, C order over the leading axes, from 0.

        Returns
        -------
        ``(C, Y, X)`` float32, C-contiguous, a copy. The values are the stored ones;
        only where float32 would blur their contrast (wide types with a large common
        offset) is that offset, the same for all planes, removed.
        """
        return self.as_float(self.raw_plane(index))

    def as_float(self, raw: NDArray[Any]) -> NDArray[np.float32]:
        """Return what `plane` makes of what `raw_plane` has read."""
        if self.offset:
            raw = less_offset(raw, self.offset)
        with np.errstate(over="ignore"):  # check_stack refuses what does not fit
            return np.array(raw, dtype=np.float32, order="C")

    def raw_plane(self, index: int) -> NDArray[Any]:
        """Read one plane ``(C, Y, X)`` in its stored type (luminance: as floats)."""
        key: dict[str, Any] = dict(zip(self._leading, self._where(index), strict=True))
        letter = channel_axis(self.axes)
        if letter == "C" and isinstance(self.channels, tuple):
            # One at a time: channels that are not chosen are never read.
            return np.stack([self._read({**key, "C": c})[0] for c in self.channels])
        if "S" in self.axes and "C" in self.axes:
            key["C"] = 0  # of size 1, see check_axes
        values = self._read(key)
        if self.channels == "luminance":
            return luminance(values, letter)
        return values if self.channels is None else values[list(self.channels)]

    @cached_property
    def offset(self) -> Any:  # noqa: ANN401 - a scalar of the stored type, or 0
        """What `plane` subtracts: 0, or the least value of the first plane."""
        if fits_float32(self.dtype) or not len(self):
            return 0
        return common_offset(self.raw_plane(0))

    @property
    def _leading(self) -> str:
        return "".join(letter for letter in self.axes if letter not in "CYXS")

    def _size(self, letter: str) -> int:
        return int(self.source.shape[self.axes.index(letter)])

    def _where(self, index: int) -> tuple[int, ...]:
        if not 0 <= index < len(self):
            raise IndexError(f"plane {index} of {len(self)} in '{self.name}'")
        where = (
            np.unravel_index(index, self.leading_shape) if self.leading_shape else ()
        )
        return tuple(int(number) for number in where)

    def _read(self, key: dict[str, int]) -> NDArray[Any]:
        """Read ``(channels, Y, X)``; axes without a key are read whole."""
        whole = slice(None)
        picked = self.source[tuple(key.get(letter, whole) for letter in self.axes)]
        left = [letter for letter in self.axes if letter not in key]
        order = [left.index(letter) for letter in "CSYX" if letter in left]
        values = np.asarray(picked).transpose(order)
        return values.reshape(-1, *values.shape[-2:])


def open_stack(
    data: Any,  # noqa: ANN401 - any array, or a list of them
    *,
    axes: str | None = None,
    channels: Channels = None,
    name: str = "image",
    level: int = 0,
) -> ImageStack:
    """Open an image as a stack of planes, without reading it.

    Parameters
    ----------
    data
        NumPy, dask, zarr array or anything that can be sliced, 2-D or more; or a
        multiscale pyramid, a list of such arrays from fine to coarse.
    axes
        One letter for each axis: T time, C channel, Z depth, Y rows, X columns,
        S samples of a colour pixel. None: guessed from the shape.
    channels
        Indices into C or S; "luminance" for the Rec. 601 luma of colour samples
        (alpha is ignored) or the mean of channels C; None for the luminance of
        colour samples and for the only channel of others.
    name
        For messages.
    level
        Which level of a pyramid is read, 0 the finest.

    Raises
    ------
    InputError
        The axes do not fit, or the channels are not chosen or do not exist.
    """
    source = _level_of(data, level, name)
    shape = tuple(int(size) for size in source.shape)
    if axes is None:
        axes = guess_axes(shape, name)
    letters = check_axes(axes, shape, name)
    chosen = choose_channels(channels, letters, shape, name)
    if chosen == "luminance" and "S" in letters:
        _checkluminance(count_channels(letters, shape), name)
    return ImageStack(name=name, axes=letters, channels=chosen, source=source)


def _level_of(data: Any, level: int, name: str) -> Sliceable:  # noqa: ANN401
    if isinstance(data, str | bytes) or data is None:
        raise InputError(f"'{name}' is {data!r}, which is not an array.")
    levels = data if _is_pyramid(data) else [data]
    if not 0 <= level < len(levels):
        raise InputError(
            f"'{name}' has {len(levels)} level{'s' if len(levels) > 1 else ''} of "
            f"detail, numbered from 0; there is no level {level}."
        )
    array = levels[level]
    is_array = hasattr(array, "shape") and hasattr(array, "dtype")
    return cast("Sliceable", array if is_array else _as_array(array, name))


def _is_pyramid(data: Any) -> bool:  # noqa: ANN401
    # napari's own pyramid is a Sequence with a shape; arrays are no Sequences.
    return isinstance(data, Sequence) and len(data) > 0 and hasattr(data[0], "shape")


def _as_array(data: Any, name: str) -> NDArray[Any]:  # noqa: ANN401
    try:
        return np.asarray(data)
    except ValueError as error:
        raise InputError(f"'{name}' cannot be read as an array: {error}.") from error


def _checkluminance(count: int, name: str) -> None:
    if count > 4:
        raise InputError(
            f"'{name}' has {count} samples a pixel, and luminance is defined for "
            "colours of 3 (or 4 with alpha): choose samples by their numbers."
        )
