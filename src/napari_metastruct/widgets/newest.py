"""Work that follows what the user does: soon, in a thread, and only the newest."""

from collections.abc import Callable
from typing import Any

from qtpy.QtCore import QObject, QTimer, Signal

from napari_metastruct.progress import Steps
from napari_metastruct.widgets.task import Task

__all__ = ["DELAY_MS", "Newest"]

DELAY_MS = 150

MakeWork = Callable[[], Steps[Any]]


class Newest(QObject):
    """Does what was asked for last, a moment later; what it supersedes is dropped.

    While requests keep coming there is one piece of work every `delay` milliseconds. It
    is shown if it is done by then, and given up if not: so a slider that is dragged
    shows what it does where that is quick, and never piles up work where it is not.

    Signals
    -------
    happened(event), succeeded(result), failed(error)
        Of work that was not given up.
    settled()
        Nothing is asked for, and nothing is being done.
    """

    happened = Signal(object)
    succeeded = Signal(object)
    failed = Signal(object)
    settled = Signal()

    def __init__(self, name: str, parent: QObject, delay: int = DELAY_MS) -> None:
        super().__init__(parent)
        self._name = name
        self._wanted: MakeWork | None = None
        self._task: Task | None = None
        self._timer = QTimer(self)
        self._delay = delay
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._begin)

    @property
    def is_busy(self) -> bool:
        """Whether something is asked for or being done."""
        return self._wanted is not None or self._task is not None

    def ask(self, make_work: MakeWork, delay: int | None = None) -> None:
        """Do this a moment later, unless something else is asked for until then.

        Parameters
        ----------
        make_work
            Makes the job; called in its thread.
        delay
            Milliseconds until it begins, if not those of all.
        """
        self._wanted = make_work
        delay = self._delay if delay is None else delay
        if not self._timer.isActive() or self._timer.remainingTime() > delay:
            self._timer.start(delay)

    def drop(self) -> None:
        """Do nothing of what was asked for."""
        self._wanted = None
        self._timer.stop()
        if self._task is not None:
            self._task.cancel()

    def _begin(self) -> None:
        if self._task is not None:
            # It goes on from `_on_end`.
            self._task.cancel()
            return
        work, self._wanted = self._wanted, None
        if work is None:
            return
        self._task = task = Task(self)
        task.happened.connect(self.happened)
        task.succeeded.connect(self.succeeded)
        task.failed.connect(self.failed)
        task.ended.connect(self._on_end)
        task.start(self._name, lambda _: work(), torch=False)

    def _on_end(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            # Not now: this is one of its own signals.
            QTimer.singleShot(0, task.deleteLater)
        if self._wanted is not None and not self._timer.isActive():
            self._begin()
        elif not self.is_busy:
            self.settled.emit()
