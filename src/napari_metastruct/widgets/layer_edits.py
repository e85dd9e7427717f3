"""Noticing that somebody paints a layer."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    from napari.layers import Labels
    from napari.viewer import Viewer

__all__ = ["LayerEdits"]

SOON_MS = 50

_EDITS = ("paint", "labels_update", "data")
_PLACES = ("scale", "translate", "rotate", "shear", "affine", "units")

_Link = tuple[Any, Callable[..., None]]


class LayerEdits(QObject):
    """Follows one Labels layer at a time.

    Signals
    -------
    edited()
        It was painted, undone, refreshed by a script, or has got other data; at most 20
        times a second.
    placed()
        It lies elsewhere, or its pixels have another size or unit.
    """

    edited = Signal()
    placed = Signal()

    def __init__(self, viewer: "Viewer", parent: QObject) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._layer: Any = None
        self._view: tuple[Any, ...] = ()
        self._links: list[_Link] = []
        # A stroke of the brush says something a hundred times a second.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.timeout.connect(self._on_soon)
        self._is_more = False
        # napari's layers outlive a dock that is closed.
        self.destroyed.connect(partial(_disconnect, self._links))

    def follow(self, layer: "Labels | None") -> None:
        """Follow another layer, or none."""
        if layer == self._layer:
            return
        _disconnect(self._links)
        self._soon.stop()
        self._layer = layer
        if layer is None:
            return
        self._view = _view_of(self._viewer)
        for name in _EDITS:
            self._link(layer, name, self._on_edit)
        for name in _PLACES:
            self._link(layer, name, lambda _: self.placed.emit())
        if not layer.multiscale:
            # Undo and `refresh` say nothing but this, as a move to another plane does.
            self._link(layer, "set_data", self._on_shown)

    def _on_shown(self, event: object) -> None:
        view = _view_of(self._viewer)
        moved, self._view = view != self._view, view
        if not moved:
            self._on_edit()

    def _on_edit(self, event: object = None) -> None:
        self._is_more = self._soon.isActive()
        if not self._is_more:
            self._soon.start()
            self.edited.emit()

    def _on_soon(self) -> None:
        if self._is_more:
            self._is_more = False
            self._soon.start()
            self.edited.emit()

    def _link(self, layer: "Labels", name: str, act: Callable[..., None]) -> None:
        emitter = getattr(layer.events, name)

        def on_event(event: object = None) -> None:
            act(event)

        emitter.connect(on_event)
        self._links.append((emitter, on_event))


def _view_of(viewer: "Viewer") -> tuple[Any, ...]:
    """Return what tells one view of all layers from another."""
    dims = viewer.dims
    return tuple(dims.point), tuple(dims.displayed)


def _disconnect(links: list[_Link], *_: object) -> None:
    for emitter, act in links:
        emitter.disconnect(act)
    links.clear()
