"""Writing so that an interrupted run leaves no half file and loses nothing."""

import errno
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import tifffile
from numpy.typing import NDArray

from napari_metastruct.errors import InputError

__all__ = ["check_output_folder", "write_image", "writing"]

_IMAGEJ_TYPES = ("uint8", "uint16", "float32")
_IMAGEJ_LIMIT = 2**31
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS)


@contextmanager
def writing(path: str | Path) -> Iterator[Path]:
    """Give a temporary name in the same folder; it becomes `path` at the end.

    Whatever goes wrong, also a closed generator or Ctrl-C, the temporary file is
    removed and an older file at `path` stays as it was.

    Yields
    ------
    The name to write to; it has the suffix of `path` and does not exist yet.

    Raises
    ------
    InputError
        The disk is full or the folder does not let anyone write.
    """
    path = Path(path)
    part = path.with_name(f".{path.stem}-{uuid4().hex[:8]}{path.suffix}")
    try:
        yield part
        os.replace(part, path)
    except OSError as error:
        _explain(error, path)
        raise
    finally:
        part.unlink(missing_ok=True)


def check_output_folder(path: str | Path, needed_bytes: int = 0) -> Path:
    """Make the folder if need be, and try to write there.

    Parameters
    ----------
    path
        The folder.
    needed_bytes
        What will be written, about.

    Raises
    ------
    InputError
        It is a file, may not be written to, or has too little space.
    """
    path = Path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        _try_to_write(path)
    except (FileExistsError, NotADirectoryError) as error:
        raise InputError(
            f"The results cannot go to {path}: a file is in the place of a folder."
        ) from error
    except OSError as error:
        _explain(error, path)
        raise
    free = shutil.disk_usage(path).free
    if free < needed_bytes:
        raise InputError(
            f"The results need about {needed_bytes / 1e6:,.1f} MB, but the disk of "
            f"{path} has {free / 1e6:,.1f} MB left."
        )
    return path


def write_image(
    path: str | Path,
    array: NDArray[Any],
    *,
    axes: str,
    pixel_size: Mapping[str, float] | None = None,
    unit: str = "",
) -> None:
    """Write a TIFF that ImageJ, napari and Bio-Formats open with its physical size.

    ImageJ's own format where it holds the values, else OME-TIFF (BigTIFF when
    needed). Integers are compressed without loss (zlib).

    Parameters
    ----------
    path
        Its name ends in .tif or .tiff.
    array
        Any real type. Booleans become 0 and 1; 64-bit integers, which the format
        lacks, the smallest type that holds them.
    axes
        One letter for each axis.
    pixel_size, unit
        As in `ImageFile`.

    Raises
    ------
    InputError
        The disk is full or the folder does not let anyone write.
    """
    values = _storable(np.asarray(array))
    options = _options(values, axes.upper(), dict(pixel_size or {}), unit)
    if values.dtype.kind in "iu":
        options["compression"] = "zlib"
    with writing(path) as part:
        tifffile.imwrite(part, values, photometric="minisblack", **options)


def _storable(values: NDArray[Any]) -> NDArray[Any]:
    if values.dtype == np.bool_:
        return values.astype(np.uint8)
    if values.dtype == np.float16:
        return values.astype(np.float32)
    if values.dtype.kind not in "iu" or values.itemsize < 8 or not values.size:
        return values
    kind = np.result_type(
        np.min_scalar_type(values.min()), np.min_scalar_type(values.max())
    )
    return values.astype(kind if kind.itemsize < 8 else np.float64)


def _options(
    values: NDArray[Any], axes: str, sizes: dict[str, float], unit: str
) -> dict[str, Any]:
    imagej = values.dtype.name in _IMAGEJ_TYPES and values.nbytes < _IMAGEJ_LIMIT
    # ImageJ knows only one order of the axes.
    imagej = imagej and [a for a in "TZCYXS" if a in axes] == list(axes)
    resolution = [1 / sizes[a] if a in sizes else 1.0 for a in "XY"]
    if imagej:
        metadata = _imagej_metadata(axes, sizes, unit)
        return {"imagej": True, "resolution": resolution, "metadata": metadata}
    metadata = _ome_metadata(axes, sizes, unit)
    bigtiff = values.nbytes >= _IMAGEJ_LIMIT
    return {"ome": True, "bigtiff": bigtiff, "metadata": metadata}


def _imagej_metadata(
    axes: str, sizes: dict[str, float], unit: str
) -> dict[str, str | float]:
    metadata: dict[str, str | float] = {"axes": axes}
    if unit:
        metadata["unit"] = "um" if unit == "µm" else unit  # it must be ASCII
    if "Z" in sizes:
        metadata["spacing"] = sizes["Z"]
    if "T" in sizes:
        metadata["finterval"] = sizes["T"]
    return metadata


def _ome_metadata(
    axes: str, sizes: dict[str, float], unit: str
) -> dict[str, str | float]:
    metadata: dict[str, str | float] = {"axes": axes}
    for letter in "XYZ":
        if letter in sizes:
            metadata[f"PhysicalSize{letter}"] = sizes[letter]
            metadata[f"PhysicalSize{letter}Unit"] = unit or "pixel"
    if "T" in sizes:
        metadata["TimeIncrement"] = sizes["T"]
    return metadata


def _try_to_write(folder: Path) -> None:
    # Permissions say little: the superuser and network disks have rules of their own.
    trial = folder / f".trial-{uuid4().hex[:8]}"
    try:
        trial.write_bytes(b"1")
    finally:
        trial.unlink(missing_ok=True)


def _explain(error: OSError, path: Path) -> None:
    """Raise InputError where the user can mend what the system reports."""
    if error.errno in _FULL:
        raise InputError(f"{path} cannot be written: the disk is full.") from error
    if error.errno in _CLOSED:
        raise InputError(
            f"{path} cannot be written: it is read-only or in use "
            f"({error.strerror}). Choose another folder."
        ) from error
    if error.errno == errno.ENOENT and not path.parent.is_dir():
        raise InputError(
            f"{path} cannot be written: there is no folder {path.parent}."
        ) from error
