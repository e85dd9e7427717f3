"""Noticing that another brush is up, whoever has taken it."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from napari.layers import Labels
from qtpy.QtCore import QObject, Signal

from napari_metastruct.widgets.watching import watch

if TYPE_CHECKING:
    from napari.viewer import Viewer
    from qtpy.QtWidgets import QWidget

__all__ = ["BrushWatch"]

_EVENTS = ("mode", "selected_label")


class BrushWatch(QObject):
    """Follows the selected layer, its mode and its label.

    Signals
    -------
    changed()
        One of them is another now.
    """

    changed = Signal()

    def __init__(self, viewer: "Viewer", parent: "QWidget") -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._links: list[tuple[Any, Callable[..., None]]] = []
        # napari's layers outlive a dock that is closed.
        self.destroyed.connect(partial(_disconnect, self._links))
        watch(parent, viewer.layers.selection.events.active, self._follow)
        self._follow()

    def _follow(self) -> None:
        _disconnect(self._links)
        layer = self._viewer.layers.selection.active
        if isinstance(layer, Labels):
            for name in _EVENTS:
                emitter = getattr(layer.events, name)

                def on_event(event: object = None) -> None:
                    self.changed.emit()

                emitter.connect(on_event)
                self._links.append((emitter, on_event))
        self.changed.emit()


def _disconnect(links: list[tuple[Any, Callable[..., None]]], *_: object) -> None:
    for emitter, act in links:
        emitter.disconnect(act)
    links.clear()
