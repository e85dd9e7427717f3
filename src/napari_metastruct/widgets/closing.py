"""Closing a dock for good."""

from collections.abc import Callable

from qtpy.QtCore import QEvent, QObject
from qtpy.QtWidgets import QWidget

__all__ = ["on_close"]


def on_close(dock: QWidget, act: Callable[[], None]) -> None:
    """Call `act` when the user closes a dock, and then delete its widget.

    napari takes the widget out of its frame and forgets it, so that it would go on
    working unseen for ever.
    """
    dock.installEventFilter(_Closing(dock, act))


class _Closing(QObject):
    def __init__(self, dock: QWidget, act: Callable[[], None]) -> None:
        super().__init__(dock)
        self._act = act
        self._was_docked = False

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:  # noqa: N802
        """Look for the moment when the widget has no frame any more."""
        if (
            isinstance(watched, QWidget)
            and event is not None
            and event.type() == QEvent.Type.ParentChange
        ):
            docked = watched.parent() is not None
            if self._was_docked and not docked:
                self._act()
                watched.deleteLater()
            self._was_docked = docked
        return False
