"""The bridge from a generator of events to a worker of napari.

The generator runs in a thread of its own; what it says comes out as Qt signals on
the main thread, where alone layers may be touched.
"""

import logging
import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from threading import Event as Flag
from typing import Any

from napari.qt.threading import create_worker
from qtpy.QtCore import QObject, QTimer, Signal
from superqt.utils import WorkerBase

from napari_metastruct.progress import (
    BatchEnd,
    Event,
    PlaneDone,
    Preview,
    Started,
    Steps,
    StopFlag,
)
from napari_metastruct.widgets.calm import calm_interpreter, spare_core
from napari_metastruct.widgets.loading import is_loaded, load_for_layers, load_torch

__all__ = ["MakeSteps", "Task"]

MakeSteps = Callable[[StopFlag], Steps[Any]]
"""Makes the job; called in the worker's thread with the flag that Stop sets."""

PREVIEWS_PER_SECOND = 4.0
COUNTS_PER_SECOND = 20.0
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
        self._worker: _StepsWorker | None = None

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
        job = _NamedJob(name, make_steps, self.stop_flag)
        worker = create_worker(
            job, torch, _worker_class=_StepsWorker, _ignore_errors=True
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
            if isinstance(event, Preview):
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


def _abandon(task: Task, worker: "_StepsWorker") -> None:
    """Close the job of a window that is closed; nobody is left to be told."""
    task._over = True
    worker.quit()


class _NamedJob:
    """A job with a name that napari can show."""

    def __init__(self, name: str, make_steps: MakeSteps, stop: StopFlag) -> None:
        self._name = name
        self._make_steps = make_steps
        self._stop = stop

    def __str__(self) -> str:
        return self._name

    def __call__(self) -> Steps[Any]:
        return self._make_steps(self._stop)


class _Signals(QObject):
    """What superqt's worker says, and the events."""

    started = Signal()
    finished = Signal()
    _finished = Signal(object)
    returned = Signal(object)
    errored = Signal(object)
    warned = Signal(tuple)
    yielded = Signal(object)
    aborted = Signal()


class _StepsWorker(WorkerBase[Any]):
    """Runs a job to its end in its thread and hands on what the window can show.

    napari's own worker for generators loses every RuntimeError and leaves the
    generator open when it is told to quit; this one does neither.
    """

    def __init__(self, job: _NamedJob, torch: bool) -> None:
        super().__init__(SignalsClass=_Signals)  # type: ignore[arg-type] # same signals
        self._job = job
        self._torch = torch
        self.preview_wanted = Flag()
        self.preview_wanted.set()

    def work(self) -> Any:  # noqa: ANN401 - the job's own type
        with calm_interpreter():
            if self._torch and not is_loaded():
                self.yielded.emit(Started("Loading PyTorch", 0))
                load_torch()
            load_for_layers()
            with spare_core() if self._torch else nullcontext():
                return self._run()

    def _run(self) -> Any:  # noqa: ANN401
        steps = self._job()
        try:
            return self._consume(steps)
        finally:
            steps.close()

    def _consume(self, steps: Steps[Any]) -> Any:  # noqa: ANN401
        throttle = _Throttle(self.preview_wanted)
        while not self.abort_requested:
            try:
                event = next(steps)
            except StopIteration as end:
                return end.value
            if throttle.lets_through(event):
                self.yielded.emit(event)
        self.aborted.emit()
        return None


class _Throttle:
    """Lets through as many events as a window can show, and drops the others."""

    def __init__(self, preview_wanted: Flag) -> None:
        self._preview_wanted = preview_wanted
        self._last = {"preview": -1.0, "count": -1.0}

    def lets_through(self, event: Event) -> bool:
        if isinstance(event, Preview):
            # Never a second one while the window is still busy with the first.
            if not self._preview_wanted.is_set():
                return False
            if not self._due("preview", PREVIEWS_PER_SECOND):
                return False
            self._preview_wanted.clear()
            return True
        if isinstance(event, BatchEnd):
            return event.step == event.total or self._due("count", COUNTS_PER_SECOND)
        if isinstance(event, PlaneDone):
            return event.done == event.total or self._due("count", COUNTS_PER_SECOND)
        return True

    def _due(self, kind: str, per_second: float) -> bool:
        now = time.monotonic()
        if now - self._last[kind] < 1.0 / per_second:
            return False
        self._last[kind] = now
        return True


def _log_warning(details: tuple[Any, ...]) -> None:
    message, category, file, line = details[:4]
    _log.warning("%s: %s (%s:%s)", category.__name__, message, file, line)
