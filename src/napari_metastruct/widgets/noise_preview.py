"""The noise of the visible plane as a layer that goes when it is not wanted."""

import gc
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.widgets.layer_combo import TEMPORARY
from napari_metastruct.widgets.layers import Geometry
from napari_metastruct.widgets.noise_colours import error_colours, noisy_colours
from napari_metastruct.widgets.noise_look import Look
from napari_metastruct.widgets.veil import Veil

if TYPE_CHECKING:
    from napari.layers import Labels
    from napari.viewer import Viewer

__all__ = ["NoisePreview"]

NAME = "label noise (preview)"
_OPACITY = 0.7  # where the clean labels have none


class NoisePreview:
    """Noisy labels, in the place of the clean ones, or errors, on the clean ones.

    Parameters
    ----------
    viewer
        Where the layer is shown.
    on_deleted
        Called when the user has deleted the layer.
    """

    def __init__(self, viewer: "Viewer", on_deleted: Callable[[], None]) -> None:
        self._viewer = viewer
        self._on_deleted = on_deleted
        self._layer: Any = None
        self._colours: Any = None
        self._clean: Any = None
        self._is_showing = False
        self.veil = Veil()
        viewer.layers.events.removed.connect(self._on_removed)

    @property
    def layer(self) -> Any:  # noqa: ANN401 - a Labels layer of napari, or None
        """The layer, None if there is none."""
        return self._layer

    def show(self, look: Look, clean: "Labels", *, errors: bool) -> None:
        """Show what a look has found.

        Parameters
        ----------
        clean
            The layer of the clean labels.
        errors
            Whether the errors are shown, rather than the noisy labels.
        """
        # A layer that comes or goes is an event, and whoever hears it may come here.
        if not self._is_showing:
            self._is_showing = True
            try:
                self._show(look, clean, errors=errors)
            finally:
                self._is_showing = False

    def _show(self, look: Look, clean: "Labels", *, errors: bool) -> None:
        self._clean = clean
        made = look.errors if errors else look.noisy
        leading = len(look.source.shape) - made.ndim
        data = made.reshape((1,) * leading + made.shape)
        offset = (*_index(look), *(0,) * made.ndim)
        geometry = look.source.geometry.sampled(offset, np.ones(data.ndim))
        colours = _Colours(look, clean, errors)
        if not self._fits(data):
            self.remove()
            self._add(data, geometry, colours)
        else:
            self._change(data, geometry, colours)
        self._hang_veil(errors=errors)

    def remove(self) -> None:
        """Take the layer away."""
        self.veil.lift()
        layer, self._layer = self._layer, None
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

    def _fits(self, data: NDArray[Any]) -> bool:
        layer = self._layer
        return layer is not None and (
            (layer.ndim, layer.data.dtype) == (data.ndim, data.dtype)
        )

    def _add(self, data: NDArray[Any], geometry: Geometry, colours: "_Colours") -> None:
        active = self._viewer.layers.selection.active
        self._layer = self._viewer.add_labels(
            data,
            name=NAME,
            colormap=colours.make(),
            opacity=1.0 if colours.errors else self._opacity(colours.clean),
            metadata={TEMPORARY: True},
            **geometry.for_layer(),
        )
        self._colours = colours
        self._layer.events.visible.connect(self._on_visible)
        self._layer.editable = False
        if colours.clean.contour:
            self._layer.contour = colours.clean.contour
        self._viewer.layers.selection.active = active

    def _opacity(self, clean: "Labels") -> float:
        return self.veil.opacity_of(clean) or _OPACITY

    def _change(
        self, data: NDArray[Any], geometry: Geometry, colours: "_Colours"
    ) -> None:
        layer = self._layer
        if colours.differ(self._colours):
            layer.colormap, self._colours = colours.make(), colours
        layer.data = data
        for name, value in geometry.for_layer().items():
            if not _same(name, getattr(layer, name), value):
                setattr(layer, name, value)

    def _hang_veil(self, *, errors: bool) -> None:
        if errors or not self._layer.visible:
            self.veil.lift()
        else:
            self.veil.hang(self._clean)

    def _on_visible(self, event: object = None) -> None:
        if self._layer is not None:
            errors = self._layer.data.dtype == np.uint8
            self._hang_veil(errors=errors)

    def _on_removed(self, event: Any) -> None:  # noqa: ANN401 - napari's
        if self._layer is not None and event.value == self._layer:
            self._layer = None
            self.veil.lift()
            self._on_deleted()


class _Colours:
    """The colours of one preview, made only where they differ from the last."""

    def __init__(self, look: Look, clean: "Labels", errors: bool) -> None:
        self.clean = clean
        self.errors = errors
        # napari gives plugins its objects in new wrappers every time.
        colours = getattr(clean.colormap, "__wrapped__", clean.colormap)
        self._of = (colours, look.classes, look.noisy.dtype)

    def differ(self, other: "_Colours") -> bool:
        if self.errors or other.errors:
            return self.errors != other.errors
        return self._of[0] is not other._of[0] or self._of[1:] != other._of[1:]

    def make(self) -> Any:  # noqa: ANN401 - a colormap of napari
        return error_colours() if self.errors else noisy_colours(*self._of)


def _index(look: Look) -> tuple[int, ...]:
    return look.source.index(look.number) if look.source.leading_shape else ()


def _same(name: str, a: Any, b: Any) -> bool:  # noqa: ANN401 - arrays, or tuples
    if name in ("units", "axis_labels"):
        return bool(a == b)
    a = a.affine_matrix if name == "affine" else a
    return bool(np.array_equal(a, b))
