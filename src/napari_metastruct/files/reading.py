"""One door for image files of all kinds."""

import struct
import zlib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from napari_metastruct.errors import InputError
from napari_metastruct.files.image_file import ImageFile
from napari_metastruct.files.tiff import read_tiff
from napari_metastruct.files.zarr_store import read_zarr

__all__ = ["is_image_path", "is_label_path", "read_image", "read_labels"]

_Reader = Callable[[Path], ImageFile]


def read_image(path: str | Path) -> ImageFile:
    """Open an image file: TIFF (OME, ImageJ, plain, LSM), PNG, JPEG, BMP, NPY, zarr.

    Stacks in TIFF, NPY and zarr are read lazily, plane by plane. Of a TIFF with
    several series the first is taken.

    Raises
    ------
    InputError
        The file is missing, empty, truncated, of another kind than its name says, or
        of a kind that is not known.
    """
    return _read(Path(path), _READERS)


def read_labels(path: str | Path) -> ImageFile:
    """Open a file of labels, as `read_image` opens an image.

    The numbers of a palette are the labels, not its colours.

    Raises
    ------
    InputError
        As `read_image`; and JPEG files, which do not keep exact values.
    """
    path = Path(path)
    if path.suffix.lower() in _INEXACT:
        raise InputError(
            f"{path} is a JPEG, which does not keep exact values and so holds no "
            "labels: save them as TIFF or PNG."
        )
    return _read(path, _LABEL_READERS)


def _read(path: Path, readers: Mapping[str, _Reader]) -> ImageFile:
    reader = readers.get(path.suffix.lower())
    if not path.exists():
        raise InputError(f"There is no file {path}.")
    if reader is None:
        raise InputError(
            f"{path} is not an image file that can be read: its name ends in "
            f"'{path.suffix}', known are {', '.join(sorted(readers))}."
        )
    if path.is_file() and not path.stat().st_size:
        raise InputError(f"{path} is empty (0 bytes).")
    try:
        return reader(path)
    except InputError:
        raise
    except PermissionError as error:
        raise InputError(f"{path} may not be read: permission denied.") from error
    except _SIGNS_OF_DAMAGE as error:
        raise InputError(
            f"{path} cannot be read as an image; it is damaged, truncated or not what "
            f"its name says ({_one_line(error)})."
        ) from error


def is_image_path(path: str | Path) -> bool:
    """Say whether the name is that of an image file that `read_image` knows."""
    return Path(path).suffix.lower() in _READERS


def is_label_path(path: str | Path) -> bool:
    """Say whether the name is that of a file that `read_labels` knows."""
    return Path(path).suffix.lower() in _LABEL_READERS


def _read_picture(path: Path, *, indices: bool = False) -> ImageFile:
    from PIL import Image

    try:
        with Image.open(path) as image:
            # Indices into a palette are no brightness.
            coded = image.mode in ("P", "PA", "CMYK", "YCbCr", "LAB", "HSV")
            coded = coded and not (indices and image.mode == "P")
            data = np.asarray(image.convert("RGB") if coded else image)
    except Image.DecompressionBombError as error:
        raise InputError(
            f"{path} is too large for this kind of file ({error}): save it as TIFF."
        ) from error
    return ImageFile(path, data, "YXS"[: data.ndim])


def _read_npy(path: Path) -> ImageFile:
    from napari_metastruct.arrays.axes import guess_axes

    data: Any = np.load(path, mmap_mode="r", allow_pickle=False)
    return ImageFile(path, data, guess_axes(data.shape, path.name))


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


_READERS: dict[str, _Reader] = {
    ".tif": read_tiff,
    ".tiff": read_tiff,
    ".lsm": read_tiff,
    ".png": _read_picture,
    ".jpg": _read_picture,
    ".jpeg": _read_picture,
    ".bmp": _read_picture,
    ".npy": _read_npy,
    ".zarr": read_zarr,
}
_INEXACT = (".jpg", ".jpeg")
_LABEL_READERS: dict[str, _Reader] = {
    ending: partial(_read_picture, indices=True) if reader is _read_picture else reader
    for ending, reader in _READERS.items()
    if ending not in _INEXACT
}

# What the decoders raise at broken files (Pillow also SyntaxError).
_SIGNS_OF_DAMAGE = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
