"""TIFF files: their axes and pixel size, and their planes one at a time."""

import logging
import math
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from napari_metastruct.errors import InputError
from napari_metastruct.files.image_file import ImageFile
from napari_metastruct.files.tiff_decoding import decoded
from napari_metastruct.files.tiff_size import pixel_size

__all__ = ["TiffPlanes", "read_tiff"]

_KNOWN = "TCZYXS"


def read_tiff(path: Path) -> ImageFile:
    """Open the first series of a TIFF; the levels of a pyramid become a list."""
    with _heeding_warnings(path), tifffile.TiffFile(path) as tif:
        if not tif.series:
            raise InputError(f"{path} holds no image.")
        series = tif.series[0]
        _check_complete(path, series)
        axes = _plain_axes(series.axes)
        sizes, unit = pixel_size(tif)
        levels = [_open(path, number, one) for number, one in enumerate(series.levels)]
    return ImageFile(
        path=path,
        data=levels if len(levels) > 1 else levels[0],
        axes=axes,
        pixel_size={letter: sizes[letter] for letter in axes if letter in sizes},
        unit=unit,
    )


class TiffPlanes:
    """The pages of a TIFF as one array that reads a page when it is sliced out.

    Attributes
    ----------
    shape, dtype
        Of the whole.
    """

    def __init__(self, path: Path, level: int, series: tifffile.TiffPageSeries) -> None:
        self.shape = tuple(series.shape)
        self.dtype = np.dtype(series.dtype)
        self._path = path
        self._level = level
        self._pages = len(series.pages)
        self._tif: tifffile.TiffFile | None = None
        self._lock = Lock()

    def __getitem__(self, key: Any) -> NDArray[Any]:  # noqa: ANN401
        """Read what a NumPy-like key of integers, slices and ... picks."""
        key = _full_key(key, len(self.shape))
        leading = self._leading()
        picked = [range(n)[k] for n, k in zip(self.shape, key[:leading], strict=False)]
        rows = [one if isinstance(one, range) else [one] for one in picked]
        within = key[leading:]
        pages = [self._page(where)[within] for where in product(*rows)]
        kept = [len(one) for one in picked if isinstance(one, range)]
        return np.stack(pages).reshape((*kept, *pages[0].shape))

    def _leading(self) -> int:
        """Return how many axes number the pages; the others lie within a page."""
        for axes in range(len(self.shape) + 1):
            if math.prod(self.shape[:axes]) == self._pages:
                return axes
        raise ValueError(f"{self._pages} pages do not make up the shape {self.shape}")

    def _page(self, where: tuple[int, ...]) -> NDArray[Any]:
        leading = self.shape[: len(where)]
        number = int(np.ravel_multi_index(where, leading)) if where else 0
        with self._lock:
            if self._tif is None:
                self._tif = tifffile.TiffFile(self._path)
                weakref.finalize(self, self._tif.close)
            page = self._tif.series[0].levels[self._level].pages[number]
            shape = self.shape[len(where) :]
            if page is None:  # OME allows planes that were never taken
                return np.zeros(shape, self.dtype)
            return decoded(self._path, page).reshape(shape)


def _check_complete(path: Path, series: tifffile.TiffPageSeries) -> None:
    size = path.stat().st_size
    reach = max(
        start + count
        for page in series.pages
        if page is not None
        for start, count in zip(page.dataoffsets, page.databytecounts, strict=False)
    )
    if series.dataoffset is not None:
        reach = max(reach, series.dataoffset + series.nbytes)
    if reach > size:
        raise InputError(
            f"{path} is truncated: its pixels reach to byte {reach:,}, but the file "
            f"has only {size:,} bytes. Copy it again from its source."
        )


@contextmanager
def _heeding_warnings(path: Path) -> Iterator[None]:
    """Turn what tifffile only logs, that pages are missing, into an error."""
    heard: list[str] = []

    def hear(record: logging.LogRecord) -> bool:
        heard.append(record.getMessage())
        return False

    logger = logging.getLogger("tifffile")
    logger.addFilter(hear)
    try:
        yield
    finally:
        logger.removeFilter(hear)
    if any("invalid page offset" in text for text in heard):
        raise InputError(
            f"{path} is truncated: pages that it announces are missing. Copy it again "
            "from its source."
        )


def _plain_axes(letters: str) -> str:
    """Name unknown axes (Q, I ...) after what stacks usually are: Z, then T."""
    unknown = [letter for letter in letters if letter not in _KNOWN]
    spare = [letter for letter in "ZTC" if letter not in letters][: len(unknown)]
    names = iter(sorted(spare, key="TZC".index))
    return "".join(
        letter if letter in _KNOWN else next(names, letter) for letter in letters
    )


def _open(path: Path, level: int, series: tifffile.TiffPageSeries) -> Any:  # noqa: ANN401
    if series.dataoffset is not None:
        return tifffile.memmap(path, series=0, level=level, mode="r")
    if series.transform is not None or not _is_row_of_pages(series):
        return series.asarray()
    planes = TiffPlanes(path, level, series)
    return planes if len(series.pages) > 1 else planes[...]


def _is_row_of_pages(series: tifffile.TiffPageSeries) -> bool:
    pages = [math.prod(series.shape[:axes]) for axes in range(len(series.shape) - 1)]
    return len(series.pages) in pages


def _full_key(key: Any, axes: int) -> tuple[Any, ...]:  # noqa: ANN401
    key = key if isinstance(key, tuple) else (key,)
    if Ellipsis in key:
        at = key.index(Ellipsis)
        key = (*key[:at], *[slice(None)] * (axes - len(key) + 1), *key[at + 1 :])
    return (*key, *[slice(None)] * (axes - len(key)))
