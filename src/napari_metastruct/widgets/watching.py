"""Following napari's events for as long as a widget lives."""

from collections.abc import Callable
from typing import Any

from qtpy.QtWidgets import QWidget

__all__ = ["watch"]


def watch(widget: QWidget, emitter: Any, act: Callable[[], None]) -> None:  # noqa: ANN401
    """Call `act` at every event of an emitter of napari until `widget` is gone.

    napari outlives a dock that is closed; an event that reached a widget whose Qt
    part is deleted would be an error in the user's face.
    """

    def on_event(event: object = None) -> None:
        act()

    emitter.connect(on_event)
    widget.destroyed.connect(lambda: emitter.disconnect(on_event))
