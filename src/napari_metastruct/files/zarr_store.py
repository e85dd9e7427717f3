"""Zarr arrays and OME-Zarr pyramids; zarr itself is an optional package."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from napari_metastruct.arrays.axes import guess_axes
from napari_metastruct.errors import InputError
from napari_metastruct.files.image_file import ImageFile, plain_unit

__all__ = ["read_zarr"]


def read_zarr(path: Path) -> ImageFile:
    """Open a zarr array, or the first image of an OME-Zarr group as a pyramid."""
    try:
        import zarr
    except ImportError as error:
        raise InputError(
            f"{path} needs one more package: run 'pip install zarr'."
        ) from error
    store = zarr.open(path, mode="r")
    if isinstance(store, zarr.Array):
        return ImageFile(path, store, guess_axes(store.shape, path.name))
    attributes: Mapping[str, Any] = dict(store.attrs)
    images = attributes.get("ome", attributes).get("multiscales")
    if not images:
        raise InputError(
            f"{path} is a zarr group without an image (no 'multiscales'): name one of "
            f"its arrays: {', '.join(sorted(store.array_keys())) or 'it has none'}."
        )
    levels = [store[level["path"]] for level in images[0]["datasets"]]
    return _ome_zarr(path, images[0], levels)


def _ome_zarr(path: Path, image: Mapping[str, Any], levels: list[Any]) -> ImageFile:
    named = [
        axis if isinstance(axis, Mapping) else {"name": axis}
        for axis in image.get("axes", ())
    ]
    axes = "".join(axis["name"].upper() for axis in named)
    axes = axes or guess_axes(levels[0].shape, path.name)
    steps = image["datasets"][0].get("coordinateTransformations", ())
    scale = next((step["scale"] for step in steps if step.get("type") == "scale"), ())
    sizes = {letter: float(s) for letter, s in zip(axes, scale, strict=False)}
    units = [plain_unit(a.get("unit")) for a in named if a.get("type") == "space"]
    return ImageFile(
        path=path,
        data=levels if len(levels) > 1 else levels[0],
        axes=axes,
        pixel_size={letter: sizes[letter] for letter in "TZYX" if letter in sizes},
        unit=next((unit for unit in units if unit), ""),
    )
