"""From the bytes of a TIFF page to its pixels."""

import math
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from napari_metastruct.errors import InputError

__all__ = ["Page", "decoded"]

Page = tifffile.TiffPage | tifffile.TiffFrame

_SIGNS_OF_DAMAGE = (ValueError, OSError, RuntimeError, struct.error, zlib.error)


def decoded(path: Path, page: Page) -> NDArray[Any]:
    """Return the pixels of a page.

    Raises
    ------
    InputError
        They are damaged, or compressed in a way that nothing installed can undo.
    """
    try:
        return np.asarray(page.asarray())
    except _SIGNS_OF_DAMAGE as error:
        if "imagecodecs" in str(error):
            return _decoded_by_pillow(path, page)
        raise InputError(
            f"Page {page.index + 1} of {path} is damaged and cannot be decoded "
            f"({error}). Copy it again from its source."
        ) from error


def _decoded_by_pillow(path: Path, page: Page) -> NDArray[Any]:
    """Read a page whose compression tifffile cannot undo on its own, such as LZW."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            image.seek(page.index)
            values = np.asarray(image)
    except (UnidentifiedImageError, OSError, EOFError) as error:
        raise InputError(_needs_codecs(path, page)) from error
    if values.size != math.prod(page.shape) or values.dtype != page.dtype:
        raise InputError(_needs_codecs(path, page))
    return values


def _needs_codecs(path: Path, page: Page) -> str:
    return (
        f"{path} is compressed ({_compression(page)}) in a way that needs one more "
        "package: run 'pip install imagecodecs', or save the file uncompressed."
    )


def _compression(page: Page) -> str:
    return tifffile.COMPRESSION(page.compression).name
