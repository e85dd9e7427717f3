"""Noticing that somebody paints a layer."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal

if TYPE_CHECKING:
    from napari.layers import Labels

__all__ = ["LayerEdits"]

_EDITS = ("paint", "labels_update", "data")
_PLACES = ("scale", "translate", "rotate", "shear", "affine", "units")

_Link = tuple[Any, Callable[..., None]]


class LayerEdits(QObject):
    """Follows one Labels layer at a time.

    Signals
    -------
    edited()
        It was painted, undone, refreshed by a script, or has got other data.
    placed()
        It lies elsewhere, or its pixels have another size or unit.
    """

    edited = Signal()
    placed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._layer: Any = None
        self._plane: tuple[float, ...] = ()
        self._links: list[_Link] = []
        # napari's layers outlive a dock that is closed.
        self.destroyed.connect(partial(_disconnect, self._links))

    def follow(self, layer: "Labels | None") -> None:
        """Follow another layer, or none."""
        if layer is self._layer:
            return
        _disconnect(self._links)
        self._layer = layer
        if layer is None:
            return
        self._plane = _plane_of(layer)
        for name in _EDITS:
            self._link(layer, name, lambda _: self.edited.emit())
        for name in _PLACES:
            self._link(layer, name, lambda _: self.placed.emit())
        if not layer.multiscale:
            # Undo and `refresh` say nothing but this, as a move to another plane does.
            self._link(layer, "set_data", self._on_shown)

    def _on_shown(self, event: object) -> None:
        plane = _plane_of(self._layer)
        moved, self._plane = plane != self._plane, plane
        if not moved:
            self.edited.emit()

    def _link(self, layer: "Labels", name: str, act: Callable[..., None]) -> None:
        emitter = getattr(layer.events, name)

        def on_event(event: object = None) -> None:
            act(event)

        emitter.connect(on_event)
        self._links.append((emitter, on_event))


def _plane_of(layer: "Labels") -> tuple[float, ...]:
    """Return what tells one view of a layer from another."""
    shown = layer._slice_input
    point = shown.world_slice.point
    return (*shown.displayed, *(point[axis] for axis in shown.not_displayed))


def _disconnect(links: list[_Link], *_: object) -> None:
    for emitter, act in links:
        emitter.disconnect(act)
    links.clear()
