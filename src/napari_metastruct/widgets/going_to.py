"""Bringing a place of an image into the middle of the canvas."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.widgets.layer_input import LayerInput
from napari_metastruct.widgets.layers import Geometry

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["go_to", "world_of"]

SEEN_ACROSS = 0.3
"""So much of the image's shorter side is seen then, at most."""


def go_to(
    viewer: "Viewer", image: LayerInput, plane: int, row: float, column: float
) -> None:
    """Show a place of an image in the middle of the canvas, close enough to see it.

    Parameters
    ----------
    plane, row, column
        Number of the plane, C order over the leading axes, and the place in it.
    """
    leading = image.shape[:-2]
    index = np.unravel_index(plane, leading) if leading else ()
    place = np.array([*index, row, column], float)
    point = world_of(image.geometry, place)
    dims, camera = viewer.dims, _camera_of(viewer)
    first = dims.ndim - len(point)
    for axis, value in enumerate(point[:-2], start=first):
        dims.set_point(axis, float(value))
    whole = np.concatenate([np.array(dims.point[:first], float), point])
    seen = [float(whole[axis]) for axis in dims.displayed]
    camera.center = (*[0.0] * (3 - len(seen)), *seen)
    camera.zoom = max(camera.zoom, _zoom_for(viewer, image))


def world_of(geometry: Geometry, place: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where a pixel lies in the world."""
    held = geometry.linear @ place + geometry.translate
    world = geometry.affine @ np.append(held, 1.0)
    return np.asarray(world[:-1])


def _zoom_for(viewer: "Viewer", image: LayerInput) -> float:
    """Return the pixels of the canvas for one unit of the world."""
    whole = image.geometry.affine[:-1, :-1] @ image.geometry.linear
    sides = np.linalg.norm(whole[:, -2:], axis=0) * np.array(image.shape[-2:])
    canvas = getattr(viewer, "canvas", None)
    size = getattr(canvas, "size", None) or viewer._canvas_size  # napari before 0.9
    return float(min(size) / (SEEN_ACROSS * sides.min()))


def _camera_of(viewer: "Viewer") -> Any:  # noqa: ANN401 - a model of napari
    scene = getattr(viewer, "scene", None)
    return viewer.camera if scene is None else scene.camera  # napari before 0.9
