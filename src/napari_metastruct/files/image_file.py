"""What is known of an image that lies in a file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["ImageFile", "plain_unit"]


@dataclass(frozen=True, slots=True, eq=False)
class ImageFile:
    """An opened image file; its pixels are read when they are asked for, if possible.

    Attributes
    ----------
    path
        The file, or the folder of a zarr.
    data
        An array, or a list of arrays from fine to coarse.
    axes
        One letter for each axis: T, C, Z, Y, X, S.
    pixel_size
        Letter of an axis to the size of a pixel along it: Z, Y, X in `unit`, T in
        seconds. Axes of unknown size are missing.
    unit
        "µm", "nm" ...; "" where unknown.
    """

    path: Path
    data: Any
    axes: str
    pixel_size: Mapping[str, float] = field(default_factory=dict)
    unit: str = ""


_UNITS = {
    "µm": ("um", "μm", "\\u00b5m", "micron", "microns", "micrometer", "micrometre"),
    "nm": ("nanometer", "nanometre"),
    "mm": ("millimeter", "millimetre"),
    "cm": ("centimeter", "centimetre"),
    "m": ("meter", "metre"),
    "Å": ("a", "angstrom"),
    "": ("pixel", "pixels", "px", "reference frame", "none"),
}
_PLAIN = {word: unit for unit, words in _UNITS.items() for word in (*words, unit)}


def plain_unit(unit: str | None) -> str:
    """Return the usual sign of a unit of length, "" for none."""
    word = (unit or "").strip()
    return _PLAIN.get(word, _PLAIN.get(word.lower(), word))
