"""A run's line in napari's activity dock."""

from typing import Any

from napari.utils import progress
from qtpy.QtCore import QObject, QTimer

__all__ = ["Activity"]

UPDATES_PER_SECOND = 2


class Activity(QObject):
    """Hands a run's progress on to napari, a few times a second.

    napari lets all waiting events happen inside each update of its bars. So they are
    updated from a timer, never from the slot that takes the events of a job: there
    one event would begin inside the other.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._bar: Any = None
        self._name = ""
        self._state = ("", 0, 0)
        self._updating = False
        self._timer = QTimer(self)
        self._timer.setInterval(1000 // UPDATES_PER_SECOND)
        self._timer.timeout.connect(self._update)

    def start(self, name: str) -> None:
        """Add the line."""
        self.end()
        self._name, self._state = name, ("", 0, 0)
        self._bar = progress(total=0, desc=name)
        self._timer.start()

    def show(self, stage: str, done: int, total: int) -> None:
        """Take what shall be shown next: `done` of `total`, 0 if no end is known."""
        self._state = (stage, done, total)

    def end(self) -> None:
        """Remove the line."""
        self._timer.stop()
        bar, self._bar = self._bar, None
        if bar is not None:
            bar.close()

    def _update(self) -> None:
        bar = self._bar
        if bar is None or self._updating:
            return
        self._updating = True
        stage, done, total = self._state
        try:
            if bar.total != total:
                bar.reset(total)
                bar.set_description(f"{self._name}: {stage}")
            if bar is self._bar:  # the run may have ended inside the last line
                bar.update(done - bar.n)
        finally:
            self._updating = False
