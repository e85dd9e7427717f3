"""What the run thinks now, as two layers that go when it ends."""

import gc
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.utils.colormaps import Colormap
from numpy.typing import NDArray

from napari_metastruct.progress import Preview
from napari_metastruct.widgets.layer_combo import TEMPORARY
from napari_metastruct.widgets.layer_input import LayerInput
from napari_metastruct.widgets.layers import Geometry

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["PreviewLayers"]

PROBABILITY, PSEUDO_LABEL = "probability", "pseudo-label"

_OPEN, _BACKGROUND, _FOREGROUND = 0, 1, 2
_CLASSES = Colormap(
    [(0.0, 0.0, 0.0, 0.0), (0.11, 0.49, 0.84, 0.3), (1.0, 0.83, 0.23, 1.0)],
    name="pseudo-label",
    controls=[0.0, 1 / 3, 2 / 3, 1.0],
    interpolation="zero",
)
_LOOKS: dict[str, dict[str, Any]] = {
    PROBABILITY: {
        "colormap": "magma",
        "contrast_limits": (0.0, 1.0),
        "opacity": 0.5,
    },
    PSEUDO_LABEL: {
        "colormap": _CLASSES,
        "contrast_limits": (_OPEN, _FOREGROUND),
        "opacity": 0.6,
        "blending": "translucent",
    },
}


class PreviewLayers:
    """Pseudo-label and probability, lying where they belong on the image.

    A preview that the user deletes stays deleted, and `remove` leaves nothing.

    A new layer keeps napari busy for a tenth of a second, and a Labels layer for two.
    So both are images, and they are made, still empty and hidden, before the run
    begins.
    """

    def __init__(self, viewer: "Viewer", image: LayerInput) -> None:
        self._viewer = viewer
        self._image = image
        self._removed = False
        self._shown: set[str] = set()
        # napari collects all garbage after a removal, which takes a second once PyTorch
        # is loaded. What is there before the previews is left out until they are gone.
        gc.freeze()
        viewer.layers.events.removing.connect(self._on_removing)
        nothing = np.zeros((1,) * len(image.shape), np.float32)
        self._layers = {kind: self._add(kind, nothing) for kind in _LOOKS}

    def show(self, event: Preview) -> None:
        """Show what an event brings."""
        if self._removed:
            return
        geometry = self._geometry(event)
        for kind, plane in (
            (PROBABILITY, event.probability),
            (PSEUDO_LABEL, _classes(event)),
        ):
            layer = self._layers[kind]
            if layer in self._viewer.layers:
                _update(layer, self._shaped(plane), geometry)
                if kind not in self._shown:
                    layer.visible = True
                    self._shown.add(kind)

    def remove(self, *_: object) -> None:
        """Take both layers away."""
        if self._removed:
            return
        self._removed = True
        layers = self._viewer.layers
        layers.events.removing.disconnect(self._on_removing)
        with _together(self._viewer):
            for layer in self._layers.values():
                if layer in layers:
                    layers.remove(layer)
        self._layers.clear()
        gc.unfreeze()

    def _on_removing(self, event: object = None) -> None:
        # The user removes a layer: its garbage must go, as napari wants it.
        gc.unfreeze()

    def _add(self, kind: str, data: NDArray[Any]) -> Any:  # noqa: ANN401 - a layer
        active = self._viewer.layers.selection.active
        layer = self._viewer.add_image(
            data,
            name=f"{kind} (preview)",
            metadata={TEMPORARY: True},
            rgb=False,
            visible=False,
            **_LOOKS[kind],
            **self._image.geometry.for_layer(),
        )
        self._viewer.layers.selection.active = active
        return layer

    def _shaped(self, plane: NDArray[Any]) -> NDArray[Any]:
        leading = len(self._image.shape) - 2
        return plane.reshape((1,) * leading + plane.shape)

    def _geometry(self, event: Preview) -> Geometry:
        leading = self._image.shape[:-2]
        index = np.unravel_index(event.plane, leading) if leading else ()
        offset = (*(int(i) for i in index), *event.offset)
        step = (*(1 for _ in leading), event.step, event.step)
        return self._image.geometry.sampled(offset, step)


def _update(layer: Any, data: NDArray[Any], geometry: Geometry) -> None:  # noqa: ANN401
    layer.data = data
    if not np.array_equal(layer.translate, geometry.translate):
        layer.translate = geometry.translate
    if not np.array_equal(layer.scale, geometry.scale):
        layer.scale = geometry.scale


def _together(viewer: "Viewer") -> AbstractContextManager[None]:
    batch: AbstractContextManager[None] = getattr(
        viewer.layers, "batched_update", nullcontext
    )()
    return batch


def _classes(event: Preview) -> NDArray[np.uint8]:
    """2 foreground, 1 background, 0 (not shown) where the label is left open."""
    label = event.pseudo_label
    classes = np.zeros(label.shape, np.uint8)
    classes[label > 0] = _FOREGROUND
    classes[label == 0] = _BACKGROUND
    return classes
