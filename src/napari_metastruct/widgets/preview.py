"""What the run thinks now, as a layer that goes when it ends."""

import gc
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.utils.colormaps import ensure_colormap
from numpy.typing import NDArray

from napari_metastruct.progress import Preview
from napari_metastruct.widgets.layer_combo import TEMPORARY
from napari_metastruct.widgets.layer_input import LayerInput
from napari_metastruct.widgets.layers import Geometry

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["PreviewLayer", "picture"]

NAME = "learning (preview)"

_FOREGROUND = (255, 212, 59, 250)
_BACKGROUND = (28, 126, 214, 100)
_PROBABILITY_ALPHA = 130


class PreviewLayer:
    """Probability in colours, the pseudo-label's pixels drawn on it, on the image.

    Deleted by the user it stays deleted, and `remove` leaves nothing.

    A new layer keeps napari busy for a tenth of a second, so it is made, still empty,
    before the run begins. It is one layer for both, because vispy may crash in the
    first drawing after two layers were removed at once and others added (seen with
    vispy 0.17 on software OpenGL: add two images, draw, remove both, draw, repeat).
    """

    def __init__(self, viewer: "Viewer", image: LayerInput) -> None:
        self._viewer = viewer
        self._image = image
        self._removed = self._is_learning = False
        # napari collects all garbage after each removal, which takes a second and more
        # once PyTorch is loaded. What is there before the preview is left out until
        # that is gone; a layer that the user removes meanwhile frees its memory then.
        gc.freeze()
        viewer.layers.events.removing.connect(self._on_removing)
        self._layer = self._add()

    def show(self, event: Preview) -> None:
        """Show what an event brings."""
        self.put(picture(event), event.plane, event.offset, event.step)

    def put(
        self,
        drawn: NDArray[np.uint8],
        plane: int,
        offset: tuple[int, int],
        step: int = 1,
    ) -> None:
        """Show a picture on a plane of the image.

        Parameters
        ----------
        drawn
            ``(Y, X, 4)`` RGBA.
        plane
            Number of the plane, C order over the leading axes.
        offset, step
            First row and column, and pixels of the plane from one to the next.
        """
        self._put_into(self._layer, drawn, plane, offset, step)

    def _put_into(
        self,
        layer: Any,  # noqa: ANN401 - a layer
        drawn: NDArray[Any],
        plane: int,
        offset: tuple[int, int],
        step: int = 1,
    ) -> None:
        if self._removed or layer not in self._viewer.layers:
            return
        if not self._is_learning:
            # What the first steps have loaded is left out as well.
            self._is_learning = True
            gc.freeze()
        geometry = self._geometry(plane, offset, step)
        layer.data = self._shaped(drawn)
        if not np.array_equal(layer.translate, geometry.translate):
            layer.translate = geometry.translate
        if not np.array_equal(layer.scale, geometry.scale):
            layer.scale = geometry.scale

    def lie_on(self, image: LayerInput) -> None:
        """Show the next pictures on another image with as many axes."""
        self._image = image

    def remove(self, *_: object) -> None:
        """Take the layer away."""
        if self._removed:
            return
        self._removed = True
        layers = self._viewer.layers
        layers.events.removing.disconnect(self._on_removing)
        for layer in self._own():
            if layer in layers:
                layers.remove(layer)
        gc.unfreeze()

    def _own(self) -> list[Any]:
        """Return all layers that go with this one."""
        return [self._layer]

    def _on_removing(self, event: object = None) -> None:
        # napari collects for the sake of drivers of Windows, which may crash while what
        # was drawn is not yet deleted (napari/_vispy/canvas.py).
        if sys.platform == "win32":
            gc.unfreeze()

    def _add(self) -> Any:  # noqa: ANN401 - a layer
        active = self._viewer.layers.selection.active
        layer = self._viewer.add_image(
            self._shaped(np.zeros((1, 1, 4), np.uint8)),
            name=NAME,
            metadata={TEMPORARY: True},
            rgb=True,
            **self._image.geometry.for_layer(),
        )
        self._viewer.layers.selection.active = active
        return layer

    def _shaped(self, plane: NDArray[Any]) -> NDArray[Any]:
        leading = len(self._image.shape) - 2
        return plane.reshape((1,) * leading + plane.shape)

    def _geometry(self, plane: int, offset: tuple[int, int], step: int) -> Geometry:
        leading = self._image.shape[:-2]
        index = np.unravel_index(plane, leading) if leading else ()
        place = (*(int(i) for i in index), *offset)
        steps = (*(1 for _ in leading), step, step)
        return self._image.geometry.sampled(place, steps)


def picture(event: Preview) -> NDArray[np.uint8]:
    """Draw the pseudo-label over the probability, ``(Y, X, 4)`` RGBA.

    The probability goes from black over purple to pale yellow. The pseudo-label tints
    it, foreground yellow and background blue, and leaves open pixels as they are.
    """
    ranks = np.clip(event.probability * 255, 0, 255).astype(np.uint8)
    drawn = _colours()[ranks]
    for inside, tint in (
        (event.pseudo_label == 0, _BACKGROUND),
        (event.pseudo_label > 0, _FOREGROUND),
    ):
        drawn[inside] = (drawn[inside] >> 1) + (np.array(tint, np.uint8) >> 1)
    return drawn


@cache
def _colours() -> NDArray[np.uint8]:
    """One colour for each of 256 probabilities, ``(256, 4)``."""
    mapped = ensure_colormap("magma").map(np.linspace(0, 1, 256, dtype=np.float32))
    colours = np.round(np.asarray(mapped) * 255).astype(np.uint8)
    colours[:, 3] = _PROBABILITY_ALPHA
    return colours
