"""A box that offers the layers of one kind, and none."""

from typing import TYPE_CHECKING

from napari_metastruct.widgets.layer_combo import LayerCombo

if TYPE_CHECKING:
    from napari.layers import Layer
    from napari.viewer import Viewer

__all__ = ["NONE", "OptionalLayer"]

NONE = "none"


class OptionalLayer(LayerCombo):
    """A layer, or none, as at first."""

    def __init__(self, viewer: "Viewer", kind: type["Layer"]) -> None:
        super().__init__(viewer, kind)
        self.setCurrentIndex(0)

    def choose(self, layer: "Layer | None") -> None:
        """Choose a layer, or none."""
        self.setCurrentIndex(self._layers.index(layer))

    def _offer(self, wanted: "Layer | None") -> None:
        super()._offer(wanted)
        self._layers.insert(0, None)
        self.insertItem(0, NONE)
        self.setCurrentIndex(
            self._layers.index(wanted) if wanted in self._layers else 0
        )
