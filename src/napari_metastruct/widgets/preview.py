"""What the run thinks now, as two layers that go when it ends."""

from typing import TYPE_CHECKING, Any

import numpy as np
from napari.utils.colormaps import DirectLabelColormap
from numpy.typing import NDArray

from napari_metastruct.progress import Preview
from napari_metastruct.widgets.layer_combo import TEMPORARY
from napari_metastruct.widgets.layer_input import LayerInput
from napari_metastruct.widgets.layers import Geometry

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["PreviewLayers"]

_FOREGROUND, _BACKGROUND = 1, 2
_COLOURS = {None: "transparent", 0: "transparent", 1: "#ffd43b", 2: "#1c7ed6"}


class PreviewLayers:
    """Pseudo-label and probability, lying where they belong on the image.

    A preview that the user deletes stays deleted. Nothing is made before the first
    event, and `remove` leaves nothing.
    """

    def __init__(self, viewer: "Viewer", image: LayerInput) -> None:
        self._viewer = viewer
        self._image = image
        self._layers: dict[str, Any] = {}
        self._removed = False

    def show(self, event: Preview) -> None:
        """Show what an event brings."""
        if self._removed:
            return
        geometry = self._geometry(event)
        self._put("probability", self._shaped(event.probability), geometry)
        self._put("pseudo-label", self._shaped(_classes(event)), geometry)

    def remove(self) -> None:
        """Take both layers away."""
        self._removed = True
        for layer in self._layers.values():
            if layer in self._viewer.layers:
                self._viewer.layers.remove(layer)
        self._layers.clear()

    def _put(self, kind: str, data: NDArray[Any], geometry: Geometry) -> None:
        if kind not in self._layers:
            active = self._viewer.layers.selection.active
            self._layers[kind] = self._add(kind, data, geometry)
            self._viewer.layers.selection.active = active
            return
        layer = self._layers[kind]
        if layer not in self._viewer.layers:
            return
        layer.data = data
        if not np.array_equal(layer.translate, geometry.translate):
            layer.translate = geometry.translate
        if not np.array_equal(layer.scale, geometry.scale):
            layer.scale = geometry.scale

    def _add(self, kind: str, data: NDArray[Any], geometry: Geometry) -> Any:  # noqa: ANN401
        common = {
            "name": f"{kind} (preview)",
            "metadata": {TEMPORARY: True},
            **geometry.for_layer(),
        }
        if kind == "pseudo-label":
            colours = DirectLabelColormap(color_dict=_COLOURS)
            return self._viewer.add_labels(
                data, colormap=colours, opacity=0.6, **common
            )
        return self._viewer.add_image(
            data,
            colormap="magma",
            contrast_limits=(0.0, 1.0),
            opacity=0.5,
            rgb=False,
            **common,
        )

    def _shaped(self, plane: NDArray[Any]) -> NDArray[Any]:
        leading = len(self._image.shape) - 2
        return plane.reshape((1,) * leading + plane.shape)

    def _geometry(self, event: Preview) -> Geometry:
        leading = self._image.shape[:-2]
        index = np.unravel_index(event.plane, leading) if leading else ()
        offset = (*(int(i) for i in index), *event.offset)
        step = (*(1 for _ in leading), event.step, event.step)
        return self._image.geometry.sampled(offset, step)


def _classes(event: Preview) -> NDArray[np.uint8]:
    """1 foreground, 2 background, 0 (not shown) where the label is left open."""
    label = event.pseudo_label
    classes = np.zeros(label.shape, np.uint8)
    classes[label > 0] = _FOREGROUND
    classes[label == 0] = _BACKGROUND
    return classes
