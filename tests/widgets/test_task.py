import subprocess
import sys
import threading
import time
from collections import Counter
from typing import Any

import pytest
from pytestqt.qtbot import QtBot
from tests.widgets.helpers import FakeJob, Ticks, preview

from napari_metastruct.errors import InputError
from napari_metastruct.progress import Event, Heartbeat, Preview, Steps, StopFlag
from napari_metastruct.widgets.task import Task


class Log:
    """Everything a task says, in order."""

    def __init__(self, task: Task) -> None:
        self.events: list[Event] = []
        self.said: list[str] = []
        self.result: object = None
        self.error: BaseException | None = None
        self.threads: set[threading.Thread] = set()
        task.happened.connect(self._happened)
        task.succeeded.connect(self._succeeded)
        task.failed.connect(self._failed)
        task.ended.connect(lambda: self.said.append("ended"))

    def _happened(self, event: Event) -> None:
        self.threads.add(threading.current_thread())
        self.events.append(event)

    def _succeeded(self, result: object) -> None:
        self.said.append("succeeded")
        self.result = result

    def _failed(self, error: BaseException) -> None:
        self.said.append("failed")
        self.error = error


def run(qtbot: QtBot, job: FakeJob) -> Log:
    task = Task()
    log = Log(task)
    with qtbot.waitSignal(task.ended, timeout=10_000):
        task.start("Segment", job, torch=False)
    return log


def test_the_result_comes_once_on_the_main_thread(qtbot: QtBot) -> None:
    log = run(qtbot, FakeJob(epochs=5))
    assert log.said == ["succeeded", "ended"]
    assert log.result == "result"
    assert log.threads == {threading.main_thread()}


@pytest.mark.parametrize(
    "error",
    [RuntimeError("shape"), InputError("bad"), ValueError("bug"), MemoryError()],
    ids=lambda error: type(error).__name__,
)
def test_every_error_arrives(qtbot: QtBot, error: Exception) -> None:
    job = FakeJob(fail_at=3, error=lambda: error)
    log = run(qtbot, job)
    assert log.said == ["failed", "ended"]
    assert log.error is error
    assert error.__traceback__ is not None
    assert job.closed


def test_stop_keeps_the_result(qtbot: QtBot) -> None:
    task, job = Task(), FakeJob(epochs=100_000)
    log = Log(task)
    task.start("Segment", job, torch=False)
    qtbot.waitUntil(lambda: len(log.events) > 3)
    with qtbot.waitSignal(task.ended):
        task.stop()
    assert log.said == ["succeeded", "ended"]
    assert job.seen < job.epochs


def test_cancel_closes_the_job_and_gives_nothing(qtbot: QtBot) -> None:
    task, job = Task(), FakeJob(epochs=100_000)
    log = Log(task)
    task.start("Segment", job, torch=False)
    qtbot.waitUntil(lambda: len(log.events) > 3)
    with qtbot.waitSignal(task.ended):
        task.cancel()
    assert log.said == ["ended"]
    assert job.closed


def test_cancel_does_not_wait_for_a_job_that_is_deaf(qtbot: QtBot) -> None:
    release = threading.Event()

    def deaf(stop: StopFlag) -> Steps[str]:
        yield preview()
        release.wait(20)
        yield preview()
        return "too late"

    task = Task()
    log = Log(task)
    task.start("Segment", deaf, torch=False)
    qtbot.waitUntil(lambda: bool(log.events))
    begin = time.monotonic()
    with qtbot.waitSignal(task.ended):
        task.cancel()
    assert time.monotonic() - begin < 1.0
    release.set()
    qtbot.waitUntil(lambda: not workers())
    assert log.said == ["ended"]


def test_a_job_can_be_cancelled_where_there_is_nothing_to_show(qtbot: QtBot) -> None:
    closed = threading.Event()

    def looking(stop: StopFlag) -> Steps[str]:
        try:
            yield preview()
            while True:
                time.sleep(0.01)
                yield Heartbeat()
        finally:
            closed.set()

    task = Task()
    log = Log(task)
    task.start("Segment", looking, torch=False)
    qtbot.wait(200)
    with qtbot.waitSignal(task.ended):
        task.cancel()
    qtbot.waitUntil(closed.is_set, timeout=200)
    assert [type(event) for event in log.events] == [Preview]


def workers() -> set[Any]:
    from superqt.utils import WorkerBase

    return WorkerBase._worker_set


def test_previews_are_dropped_before_they_reach_the_window(qtbot: QtBot) -> None:
    begin = time.monotonic()
    log = run(qtbot, FakeJob(epochs=400))
    seconds = time.monotonic() - begin
    counts = Counter(type(event) for event in log.events)
    assert 1 <= counts[Preview] <= 1 + 4 * seconds


def test_a_run_after_a_runtime_error_works(qtbot: QtBot) -> None:
    assert run(qtbot, FakeJob(fail_at=2)).said == ["failed", "ended"]
    assert run(qtbot, FakeJob()).said == ["succeeded", "ended"]


def test_the_window_can_go_while_the_job_runs(qtbot: QtBot) -> None:
    task, job = Task(), FakeJob(epochs=100_000)
    log = Log(task)
    task.start("Segment", job, torch=False)
    qtbot.waitUntil(lambda: len(log.events) > 3)
    task.deleteLater()
    qtbot.waitUntil(lambda: job.closed)
    qtbot.waitUntil(lambda: not workers())


def test_ticks_while_a_job_computes(qtbot: QtBot) -> None:
    ticks = Ticks()
    run(qtbot, FakeJob(epochs=100, seconds=0.01))
    ticks.stop()
    assert ticks.worst < 0.1


LOADING = """
import sys, time
from qtpy.QtCore import QThreadPool
from qtpy.QtWidgets import QApplication
from napari_metastruct.widgets.task import Task
from tests.widgets.helpers import FakeJob, Ticks
app = QApplication([])
assert "torch" not in sys.modules
task, ticks = Task(), Ticks()
task.ended.connect(app.quit)
task.start("Segment", FakeJob(epochs=3))
begin = time.perf_counter()
app.exec()
# The worker still has to say that it has ended: not into a program that is gone.
QThreadPool.globalInstance().waitForDone()
assert "torch" in sys.modules
print(ticks.worst, time.perf_counter() - begin)
"""


def test_the_first_load_of_torch_does_not_freeze_the_window() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADING], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.split()[0]) < 0.1, done.stdout
