"""The bridge from a generator of events to a worker of napari.

The generator runs in a thread of its own; what it says comes out as Qt signals on
the main thread, where alone layers may be touched.
"""

import logging
from functools import partial
from typing import Any

from napari.qt.threading import create_worker
from qtpy.QtCore import QObject, QTimer, Signal

from napari_metastruct.progress import Event, LabelPreview, Preview, StopFlag
from napari_metastruct.widgets.worker import MakeSteps, NamedJob, StepsWorker

__all__ = ["MakeSteps", "Task"]

GIVE_UP_AFTER_MS = 500
"""A cancelled job that does not answer within this time is left to itself."""

_log = logging.getLogger(__name__)


class Task(QObject):
    """One run of one job, seen from the main thread.

    Signals
    -------
    happened(event)
        An event of the job; previews and counts only as often as a window can show
        them.
    succeeded(result)
        Once, unless the job failed or was cancelled.
    failed(error)
        Once, with the exception.
    ended()
        Once and last, however the run went.
    """

    happened = Signal(object)
    succeeded = Signal(object)
    failed = Signal(object)
    ended = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stop_flag = StopFlag()
        self.cancelled = False
        self._over = False
        self._worker: StepsWorker | None = None

    def start(self, name: str, make_steps: MakeSteps, *, torch: bool = True) -> None:
        """Run the job that `make_steps` makes in a thread.

        Parameters
        ----------
        name
            For napari's question before it closes: "Segment 'cell'".
        make_steps
            Makes the job.
        torch
            Whether the job needs PyTorch, which is then loaded first.
        """
        job = NamedJob(name, make_steps, self.stop_flag)
        worker = create_worker(
            job, torch, _worker_class=StepsWorker, _ignore_errors=True
        )
        self._worker = worker
        worker.yielded.connect(self._on_event)
        worker.returned.connect(self._on_result)
        worker.errored.connect(self._on_error)
        worker.warned.connect(_log_warning)
        worker.finished.connect(self._end)
        self.destroyed.connect(partial(_abandon, self, worker))
        worker.start()

    def stop(self) -> None:
        """Ask the job to end soon and to return what it has so far."""
        self.stop_flag.set()

    def cancel(self) -> None:
        """Close the job; nothing is returned.

        The run counts as ended as soon as the job has closed, or after 0.5 s; then
        the job closes by itself at its next event.
        """
        if self._over or self._worker is None:
            return
        self.cancelled = True
        self._worker.quit()
        QTimer.singleShot(GIVE_UP_AFTER_MS, self._end)

    def _on_event(self, event: Event) -> None:
        if self._over or self._worker is None:
            return
        try:
            if not self.cancelled:
                self.happened.emit(event)
        finally:
            if isinstance(event, Preview | LabelPreview):
                self._worker.preview_wanted.set()

    def _on_result(self, result: Any) -> None:  # noqa: ANN401 - the job's own type
        if not self._over and not self.cancelled:
            self.succeeded.emit(result)

    def _on_error(self, error: Exception) -> None:
        if not self._over and not self.cancelled:
            self.failed.emit(error)

    def _end(self) -> None:
        if self._over:
            return
        self._over = True
        self._worker = None
        self.ended.emit()


def _abandon(task: Task, worker: StepsWorker) -> None:
    """Close the job of a window that is closed; nobody is left to be told."""
    task._over = True
    worker.quit()


def _log_warning(details: tuple[Any, ...]) -> None:
    message, category, file, line = details[:4]
    _log.warning("%s: %s (%s:%s)", category.__name__, message, file, line)
