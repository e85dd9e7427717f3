"""Image files as stacks, with what their results must keep of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.arrays import open_stack
from napari_metastruct.files import read_image

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from napari_metastruct.arrays import ImageStack
    from napari_metastruct.jobs import OpenJob

__all__ = ["Source", "open_source"]


@dataclass(frozen=True, slots=True)
class Source:
    """An opened image file.

    Attributes
    ----------
    stack
        Its planes.
    axes
        Letters of the axes of its labels: without channels.
    pixel_size, unit
        Size of a pixel of its labels along these axes.
    """

    stack: ImageStack
    axes: str
    pixel_size: Mapping[str, float]
    unit: str


def open_source(path: Path, job: OpenJob, *, keep: bool = True) -> Source:
    """Open a file as the job says.

    Parameters
    ----------
    path
        The file.
    job
        Says which axes, channels and level are meant.
    keep
        False: pixels that cannot be read lazily are not held but read again
        whenever they are asked for, so that many files can be open at once.

    Raises
    ------
    InputError
        It cannot be read, or the job's settings do not fit it.
    """
    file = read_image(path)
    levels = file.data if isinstance(file.data, list) else [file.data]
    if not keep:
        levels = [
            _forgetful(path, level, number) for number, level in enumerate(levels)
        ]
    stack = open_stack(
        levels if len(levels) > 1 else levels[0],
        axes=job.axes or file.axes,
        channels=job.channels,
        name=path.name,
        level=job.level,
    )
    axes = "".join(letter for letter in stack.axes if letter not in "CS")
    coarser = levels[0].shape[stack.axes.index("Y")] / stack.plane_shape[0]
    size = {
        letter: length * (coarser if letter in "YX" else 1)
        for letter, length in file.pixel_size.items()
        if letter in axes
    }
    return Source(stack, axes, size, file.unit)


@dataclass(frozen=True)
class _Reopened:
    """An array that is read from its file again at every look."""

    path: Path
    number: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def __getitem__(self, key: Any, /) -> Any:  # noqa: ANN401 - as NumPy
        data = read_image(self.path).data
        return (data[self.number] if isinstance(data, list) else data)[key]


def _forgetful(path: Path, level: Any, number: int) -> Any:  # noqa: ANN401
    in_memory = isinstance(level, np.ndarray) and not isinstance(level, np.memmap)
    return _Reopened(path, number, level.shape, level.dtype) if in_memory else level
