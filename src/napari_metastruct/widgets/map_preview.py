"""The maps of the visible plane as one layer that goes when it is not wanted."""

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.progress import Steps
from napari_metastruct.widgets.labels_input import LabelsInput
from napari_metastruct.widgets.layer_combo import TEMPORARY
from napari_metastruct.widgets.layers import Geometry
from napari_metastruct.widgets.map_colours import ramp

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["LARGEST_SIDE", "MapPreview", "Picture", "picture", "picture_steps"]

NAME = "density (preview)"
LARGEST_SIDE = 1024
"""More pixels than that are not seen at once, and take the window's time."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """The visible plane in colours.

    Attributes
    ----------
    source, index
        Whose plane it is, and its place among all leading axes.
    colours
        ``(Y, X, 3)`` uint8.
    step
        Distance of the picture's pixels in pixels of the labels.
    maps
        Class to map of the whole plane, ``(Y, X)`` float32.
    """

    source: LabelsInput
    index: tuple[int, ...]
    colours: NDArray[np.uint8]
    step: int
    maps: Mapping[int, NDArray[np.float32]]

    def geometry(self) -> Geometry:
        """Return where it lies."""
        leading = [1] * len(self.index)
        step = [*leading, self.step, self.step]
        return self.source.geometry.sampled((*self.index, 0, 0), step)


def picture_steps(
    source: LabelsInput,
    index: tuple[int, ...],
    colours: Mapping[int, int],
    maps: Steps[dict[int, NDArray[np.float32]]],
) -> Steps[Picture]:
    """Make the picture of maps that a job makes.

    Parameters
    ----------
    colours
        Class to the number of its colours.
    """
    found = yield from maps
    step = -(-max(source.shape[-2:]) // LARGEST_SIDE)
    drawn = picture(found, colours, step, source.shape[-2:])
    return Picture(source, index, drawn, step, found)


def picture(
    maps: Mapping[int, NDArray[np.float32]],
    colours: Mapping[int, int],
    step: int,
    shape: tuple[int, ...],
) -> NDArray[np.uint8]:
    """Draw maps as their layers will look one on the other, ``(Y, X, 3)``.

    Each from 0 to its own maximum, the colours added up.
    """
    sides = [len(range(0, size, step)) for size in shape]
    drawn = np.zeros((*sides, 3), np.float32)
    for number, values in maps.items():
        table = ramp(colours[number])
        peak = float(values.max()) or 1.0
        ranks = (values[::step, ::step] * ((len(table) - 1) / peak)).astype(np.uint8)
        drawn += table[ranks]
    return (np.minimum(drawn, 1) * 255).astype(np.uint8)


class MapPreview:
    """The layer, as long as there is something to show.

    Parameters
    ----------
    viewer
        Where the layer is shown.
    on_deleted
        Called when the user has deleted the layer.

    Attributes
    ----------
    layer
        The layer, None if there is none.
    shown
        What is seen now, None if nothing is.
    """

    def __init__(self, viewer: "Viewer", on_deleted: Callable[[], None]) -> None:
        self._viewer = viewer
        self._on_deleted = on_deleted
        self._is_hidden = False
        self.layer: Any = None
        self.shown: Picture | None = None
        viewer.layers.events.removed.connect(self._on_removed)

    def show(self, picture: Picture) -> None:
        """Show a picture; the layer is made with the first."""
        leading = (1,) * len(picture.index)
        colours = picture.colours.reshape(leading + picture.colours.shape)
        geometry = picture.geometry()
        if self.layer is not None and self.layer.data.ndim != colours.ndim:
            self.remove()
        self.shown = picture
        if self.layer is None:
            self._add(colours, geometry)
        else:
            self._change(colours, geometry)

    def hide(self) -> None:
        """Show nothing, for now."""
        self.shown = None
        if self.layer is not None and self.layer.visible:
            self._is_hidden = True
            self.layer.visible = False

    def remove(self) -> None:
        """Take the layer away."""
        layer, self.layer, self.shown = self.layer, None, None
        self._is_hidden = False
        if layer is None or layer not in self._viewer.layers:
            return
        # napari collects all garbage after a removal, which freezes the window; what
        # is there now is left to Python's next own collection.
        gc.freeze()
        try:
            self._viewer.layers.remove(layer)
        finally:
            gc.unfreeze()

    def close(self, *_: object) -> None:
        """Take the layer away for good."""
        self.remove()
        self._viewer.layers.events.removed.disconnect(self._on_removed)

    def _add(self, colours: NDArray[np.uint8], geometry: Geometry) -> None:
        active = self._viewer.layers.selection.active
        self.layer = self._viewer.add_image(
            colours,
            name=NAME,
            metadata={TEMPORARY: True},
            rgb=True,
            **geometry.for_layer(),
        )
        self._viewer.layers.selection.active = active

    def _change(self, colours: NDArray[np.uint8], geometry: Geometry) -> None:
        self.layer.data = colours
        for name, value in geometry.for_layer().items():
            if not _same(name, getattr(self.layer, name), value):
                setattr(self.layer, name, value)
        if self._is_hidden:
            # Only what was hidden here: the user may have closed the layer's eye.
            self._is_hidden = False
            self.layer.visible = True

    def _on_removed(self, event: Any) -> None:  # noqa: ANN401 - napari's
        if self.layer is not None and event.value == self.layer:
            self.layer = self.shown = None
            self._on_deleted()


def _same(name: str, a: Any, b: Any) -> bool:  # noqa: ANN401 - arrays, or tuples
    if name in ("units", "axis_labels"):
        return bool(a == b)
    a = a.affine_matrix if name == "affine" else a
    return bool(np.array_equal(a, b))
