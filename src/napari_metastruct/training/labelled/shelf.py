"""Memory for many arrays: in RAM while they are small, else in a temporary file."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["MOST_IN_MEMORY", "Shelf"]

MOST_IN_MEMORY = 2**31
"""Bytes of network inputs and labels that are held in memory; more go to disk."""
ALIGNED = 64


class Shelf:
    """Hands out arrays; those on disk are read when they are needed.

    Parameters
    ----------
    needed
        Bytes of all arrays together, at most.
    folder
        Where the temporary file lies; None: where the system puts such files. It has
        no name, so that nothing is left behind when the process ends, however.

    Raises
    ------
    InputError
        The arrays must go to disk and there is not enough space.
    """

    def __init__(self, needed: int, folder: Path | None = None) -> None:
        self._file: NDArray[np.uint8] | None = None
        self._used = 0
        if needed > MOST_IN_MEMORY:
            where = str(folder or tempfile.gettempdir())
            _check_space(needed, where)
            with tempfile.TemporaryFile(dir=where) as file:
                self._file = np.memmap(file, np.uint8, mode="w+", shape=needed)

    def array(self, shape: tuple[int, ...], dtype: type[np.generic]) -> NDArray[Any]:
        """Return a new array, its values not set."""
        if self._file is None:
            return np.empty(shape, dtype)
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        start, self._used = self._used, self._used + rounded(size)
        piece: NDArray[Any] = self._file[start : start + size].view(dtype)
        return piece.reshape(shape)


def rounded(size: int) -> int:
    """Return how many bytes an array of that size takes on a shelf."""
    return -(-size // ALIGNED) * ALIGNED


def _check_space(needed: int, folder: str) -> None:
    import shutil

    free = shutil.disk_usage(folder).free
    if free < needed:
        raise InputError(
            f"The images take {needed / 1e9:,.1f} GB while they are learned from, but "
            f"the disk of {folder} has {free / 1e9:,.1f} GB left: free some space, or "
            "learn from fewer images."
        )
