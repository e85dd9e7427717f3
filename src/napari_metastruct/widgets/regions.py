"""A part of a layer's plane, from what is seen or from a drawn rectangle."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.arrays import Region
from napari_metastruct.errors import InputError
from napari_metastruct.widgets.layers import data_shape

if TYPE_CHECKING:
    from napari.layers import Image, Shapes

__all__ = ["region_from_shapes", "region_in_view", "to_level"]


def region_in_view(layer: "Image", displayed: tuple[int, ...]) -> Region:
    """Return the rows and columns of a layer that the canvas shows now.

    Parameters
    ----------
    layer
        The image.
    displayed
        The axes that the canvas shows, counted from the layer's last: ``(-2, -1)``.

    Raises
    ------
    InputError
        The canvas shows a volume or other axes than rows and columns.
    """
    if tuple(displayed) != (-2, -1):
        raise InputError(
            "The current view does not show the rows and columns of "
            f"'{layer.name}': switch to 2-D and put these axes back in front."
        )
    corners = np.array(layer.corner_pixels, dtype=float)[:, -2:]
    shape = np.array(data_shape(layer)[-2:])
    if getattr(layer, "multiscale", False):
        level = data_shape(layer, layer.data_level)[-2:]
        last = np.array([[0.0], [1.0]])
        corners = (corners + last) * (shape / level) - last
    return _clip(corners[0], corners[1], data_shape(layer))


def region_from_shapes(layer: "Image", shapes: "Shapes") -> Region:
    """Return the rows and columns inside a drawn shape: the selected one, or the last.

    Raises
    ------
    InputError
        Nothing is drawn, or it lies outside the image.
    """
    if not len(shapes.data):
        raise InputError(f"Draw a rectangle in '{shapes.name}' first.")
    index = max(shapes.selected_data, default=len(shapes.data) - 1)
    points = _to_data(layer, shapes, np.asarray(shapes.data[index], dtype=float))
    rows_columns = points[:, -2:]
    region = _clip(
        np.ceil(rows_columns.min(axis=0)),
        np.floor(rows_columns.max(axis=0)),
        data_shape(layer),
    )
    if region[0] >= region[1] or region[2] >= region[3]:
        raise InputError(f"The rectangle in '{shapes.name}' lies outside the image.")
    return region


def to_level(region: Region, shape: tuple[int, ...], level: tuple[int, ...]) -> Region:
    """Return a region of the finest level in pixels of a coarser one."""
    y0, y1, x0, x1 = region
    rows, columns = level[-2] / shape[-2], level[-1] / shape[-1]
    return (
        int(np.floor(y0 * rows)),
        min(level[-2], int(np.ceil(y1 * rows))),
        int(np.floor(x0 * columns)),
        min(level[-1], int(np.ceil(x1 * columns))),
    )


def _to_data(
    layer: "Image", shapes: "Shapes", vertices: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Bring vertices of a Shapes layer into the data coordinates of an image."""
    world = np.array([shapes.data_to_world(vertex) for vertex in vertices])
    missing = layer.ndim - world.shape[1]
    if missing > 0:
        here = np.array(layer.data_to_world([0.0] * layer.ndim))[:missing]
        world = np.hstack([np.tile(here, (len(world), 1)), world])
    return np.array([layer.world_to_data(point[-layer.ndim :]) for point in world])


def _clip(
    low: NDArray[np.float64], high: NDArray[np.float64], shape: tuple[int, ...]
) -> Region:
    """Make a region of the first and last pixel, both inside, clipped to the plane."""
    rows, columns = shape[-2:]
    y0, x0 = (int(value) for value in np.floor(low))
    y1, x1 = (int(value) + 1 for value in np.ceil(high))
    return (
        min(max(y0, 0), rows),
        min(max(y1, 0), rows),
        min(max(x0, 0), columns),
        min(max(x1, 0), columns),
    )
