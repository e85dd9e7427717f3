"""The worker's side of a run: a job is consumed in a thread of its own."""

import time
from collections.abc import Callable
from contextlib import nullcontext
from threading import Event as Flag
from typing import Any

from qtpy.QtCore import QObject, Signal
from superqt.utils import WorkerBase

from napari_metastruct.progress import (
    BatchEnd,
    Event,
    Heartbeat,
    LabelPreview,
    PlaneDone,
    Preview,
    Started,
    Steps,
    StopFlag,
)
from napari_metastruct.training.threads import spare_core
from napari_metastruct.widgets.calm import calm_interpreter
from napari_metastruct.widgets.loading import is_loaded, load_for_layers, load_torch

__all__ = ["MakeSteps", "NamedJob", "StepsWorker"]

MakeSteps = Callable[[StopFlag], Steps[Any]]
"""Makes the job; called in the worker's thread with the flag that Stop sets."""

PREVIEWS_PER_SECOND = 4.0
COUNTS_PER_SECOND = 20.0


class NamedJob:
    """A job with a name that napari can show."""

    def __init__(self, name: str, make_steps: MakeSteps, stop: StopFlag) -> None:
        self._name = name
        self._make_steps = make_steps
        self._stop = stop

    def __str__(self) -> str:
        return self._name

    def __call__(self) -> Steps[Any]:
        """Make the job's generator."""
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


class StepsWorker(WorkerBase[Any]):
    """Runs a job to its end in its thread and hands on what the window can show.

    napari's own worker for generators loses every RuntimeError and leaves the
    generator open when it is told to quit; this one does neither.
    """

    def __init__(self, job: NamedJob, torch: bool) -> None:
        super().__init__(SignalsClass=_Signals)  # type: ignore[arg-type] # same signals
        self._job = job
        self._torch = torch
        self.preview_wanted = Flag()
        self.preview_wanted.set()

    def work(self) -> Any:  # noqa: ANN401 - the job's own type
        """Run the job; called by superqt in the thread."""
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
        if isinstance(event, Heartbeat):
            return False
        if isinstance(event, Preview | LabelPreview):
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
