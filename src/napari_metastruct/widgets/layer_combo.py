"""A box that always offers the layers of one kind that are there."""

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox

from napari_metastruct.widgets.watching import watch

if TYPE_CHECKING:
    from napari.layers import Layer
    from napari.viewer import Viewer

__all__ = ["TEMPORARY", "LayerCombo"]

TEMPORARY = "napari_metastruct_temporary"
"""Mark in the metadata of layers that are removed after a run; never offered."""


class LayerCombo(QComboBox):
    """Follows layers that are inserted, removed, moved or renamed.

    The layer that is active in napari is taken at first, and a new one when there
    was none; after that only the user changes the choice.

    Signals
    -------
    valueChanged()
        Another layer is chosen, or the chosen one has another name.
    """

    valueChanged = Signal()  # noqa: N815 - Qt's habit

    def __init__(self, viewer: "Viewer", kind: type["Layer"]) -> None:
        super().__init__()
        self._viewer = viewer
        self._kind = kind
        self._layers: list[Any] = []
        self.setToolTip(f"The {kind.__name__} layer to work on.")
        self._offer(viewer.layers.selection.active)
        self.currentIndexChanged.connect(lambda _: self.valueChanged.emit())
        for event in ("inserted", "removed", "reordered", "renamed"):
            watch(self, getattr(viewer.layers.events, event), self.refresh)

    def value(self) -> Any:  # noqa: ANN401 - a layer of the given kind, or None
        """Return the chosen layer, None if there is none."""
        index = self.currentIndex()
        return self._layers[index] if 0 <= index < len(self._layers) else None

    def setValue(self, layer: "Layer") -> None:  # noqa: N802 - Qt's habit
        """Choose a layer."""
        self.setCurrentIndex(self._layers.index(layer))

    def refresh(self) -> None:
        """Offer what is there now and keep the choice."""
        self.blockSignals(True)
        self._offer(self.value())
        self.blockSignals(False)
        self.valueChanged.emit()

    def _offer(self, wanted: "Layer | None") -> None:
        self._layers = [
            layer
            for layer in self._viewer.layers
            if isinstance(layer, self._kind) and TEMPORARY not in layer.metadata
        ]
        self.clear()
        self.addItems([layer.name for layer in self._layers])
        if wanted in self._layers:
            self.setCurrentIndex(self._layers.index(wanted))
