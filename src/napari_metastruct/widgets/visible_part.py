"""Which plane or volume of a layer napari shows now."""

from typing import TYPE_CHECKING

import numpy as np

from napari_metastruct.widgets.labels_input import LabelsInput
from napari_metastruct.widgets.layers import data_shape

if TYPE_CHECKING:
    from napari.layers import Labels
    from napari.viewer import Viewer

__all__ = ["visible_index", "visible_part"]


def visible_index(
    viewer: "Viewer", layer: "Labels", source: LabelsInput
) -> tuple[int, ...]:
    """Return the place of the visible plane among all axes but rows and columns.

    Beside the layer it is the nearest of its planes.
    """
    count = len(source.shape) - 2
    if not count:
        return ()
    point = layer.world_to_data(np.array(viewer.dims.point)[-layer.ndim :])
    level = np.array(source.shape) / np.array(data_shape(layer))
    places = np.floor((np.round(point) + 0.5) * level)[:count]
    last = np.array(source.shape[:count]) - 1
    return tuple(int(place) for place in np.clip(places, 0, last))


def visible_part(viewer: "Viewer", layer: "Labels", source: LabelsInput) -> int:
    """Return the number of the visible plane, or of the volume that it belongs to."""
    leading = source.leading_shape
    if not leading:
        return 0
    index = visible_index(viewer, layer, source)[: len(leading)]
    return int(np.ravel_multi_index(index, leading))
