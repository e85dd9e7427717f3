"""Layers that are hidden for a while, and shown again by whoever hid them."""

from typing import Any
from weakref import WeakSet

__all__ = ["HiddenLayers"]


class HiddenLayers:
    """Knows which layers it has hidden; a layer that is removed is not kept alive."""

    def __init__(self) -> None:
        self._layers: WeakSet[Any] = WeakSet()

    def hide(self, layer: Any) -> None:  # noqa: ANN401 - any layer of napari
        """Hide a layer that is seen."""
        if layer.visible:
            layer.visible = False
            self._layers.add(layer)
            layer.events.visible.connect(self._forget)

    def show(self, layer: Any) -> None:  # noqa: ANN401 - any layer of napari
        """Show a layer that was hidden here; one that the person hid stays so."""
        if layer in self._layers:
            layer.visible = True

    def _forget(self, event: Any) -> None:  # noqa: ANN401 - an event of napari
        # Whoever shows or hides it from now on has the say.
        self._layers.discard(event.source)
