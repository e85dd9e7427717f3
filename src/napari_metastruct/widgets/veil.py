"""Making a layer unseen for a while, so that it can still be painted."""

from typing import Any

__all__ = ["Veil"]


class Veil:
    """Makes one layer transparent and gives it its opacity back.

    A layer that is not visible cannot be painted; a transparent one can. Whoever
    changes the opacity meanwhile has the last word.
    """

    def __init__(self) -> None:
        self._layer: Any = None
        self._opacity = 1.0

    def opacity_of(self, layer: Any) -> float:  # noqa: ANN401
        """Return the opacity that a layer has without the veil."""
        veiled = self._layer is not None and layer == self._layer
        return float(self._opacity if veiled else layer.opacity)

    def hang(self, layer: Any) -> None:  # noqa: ANN401 - a layer of napari
        """Make a layer transparent, and no other one."""
        if self._layer is not None and layer == self._layer:
            return
        self.lift()
        if layer.opacity > 0:
            self._layer, self._opacity = layer, layer.opacity
            layer.opacity = 0

    def lift(self) -> None:
        """Show the layer as it was."""
        layer, self._layer = self._layer, None
        if layer is not None and layer.opacity == 0:
            layer.opacity = self._opacity
