"""The physical size of a pixel, as OME, ImageJ and plain TIFF write it down."""

import xml.etree.ElementTree as ET
from typing import Any

import tifffile

from napari_metastruct.files.image_file import plain_unit

__all__ = ["pixel_size"]

Sizes = tuple[dict[str, float], str]

_MICROMETRES = {"nm": 1e-3, "µm": 1.0, "mm": 1e3, "cm": 1e4, "m": 1e6, "Å": 1e-4}
_PER_INCH, _PER_CENTIMETRE = 2, 3
_PRINT = (1, 72, 96, 100, 120, 150, 200, 300, 600)  # dots per inch, not microscopy


def pixel_size(tif: tifffile.TiffFile) -> Sizes:
    """Return the sizes of a pixel by axis letter (T in seconds), and their unit."""
    if tif.is_ome and tif.ome_metadata:
        return _ome_size(tif.ome_metadata)
    if tif.is_imagej:
        return _imagej_size(tif)
    if tif.is_lsm:
        return _lsm_size(tif.lsm_metadata or {})
    return _plain_size(tif)


def _ome_size(description: str) -> Sizes:
    pixels = next(
        (e for e in ET.fromstring(description).iter() if e.tag.endswith("}Pixels")),
        None,
    )
    if pixels is None:
        return {}, ""
    found, unit = {}, ""
    for letter in "XYZ":
        size = _positive(pixels.get(f"PhysicalSize{letter}"))
        if size:
            own = plain_unit(pixels.get(f"PhysicalSize{letter}Unit", "µm"))
            unit = unit or own
            found[letter] = size * _MICROMETRES.get(own, 1) / _MICROMETRES.get(unit, 1)
    seconds = _positive(pixels.get("TimeIncrement"))
    if seconds and pixels.get("TimeIncrementUnit", "s") == "s":
        found["T"] = seconds
    return found, unit


def _imagej_size(tif: tifffile.TiffFile) -> Sizes:
    meta = tif.imagej_metadata or {}
    unit = plain_unit(str(meta.get("unit", "")))
    if not unit or unit == "inch":
        return {}, ""
    found = _resolution(tif)
    for letter, name in (("Z", "spacing"), ("T", "finterval")):
        size = _positive(meta.get(name))
        if size:
            found[letter] = size
    return found, unit


def _lsm_size(meta: dict[str, Any]) -> Sizes:
    sizes = {letter: _positive(meta.get(f"VoxelSize{letter}")) for letter in "XYZ"}
    return {letter: size * 1e6 for letter, size in sizes.items() if size}, "µm"


def _plain_size(tif: tifffile.TiffFile) -> Sizes:
    """Take a resolution in dots per inch or cm, unless it is one for printing."""
    tag = tif.pages.first.tags.get("ResolutionUnit")
    per = int(tag.value) if tag is not None else 0
    found = _resolution(tif)
    if per not in (_PER_INCH, _PER_CENTIMETRE) or not found:
        return {}, ""
    if per == _PER_INCH and round(1 / found["X"], 2) in _PRINT:
        return {}, ""
    micrometres = 25_400 if per == _PER_INCH else 10_000
    return {letter: size * micrometres for letter, size in found.items()}, "µm"


def _resolution(tif: tifffile.TiffFile) -> dict[str, float]:
    found = {}
    for letter in "XY":
        tag = tif.pages.first.tags.get(f"{letter}Resolution")
        dots, per = tag.value if tag is not None else (0, 0)
        if dots > 0 and per > 0:
            found[letter] = per / dots
    return found if len(found) == 2 else {}


def _positive(value: Any) -> float:  # noqa: ANN401 - text or a number from the file
    try:
        number = float(value)
    except (TypeError, ValueError):
        return 0.0
    return number if 0 < number < float("inf") else 0.0
