"""A job in a child is the same stream of events, and ends when it should."""

import contextlib
import logging
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import numpy as np
import pytest
from tests.child import jobs

from napari_metastruct.child import ChildDiedError, steps_in_child
from napari_metastruct.errors import InputError
from napari_metastruct.progress import (
    BatchEnd,
    Event,
    Heartbeat,
    Notice,
    Steps,
    StopFlag,
    run_to_end,
)

BOUND = 10.0
"""Seconds; a hundredth of it on a machine that is not busy."""


@pytest.fixture
def door() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(60)
        yield door


def begin(steps: Steps[object]) -> Event:
    return next(event for event in steps if not isinstance(event, Heartbeat))


def wait_for_the_end(line: socket.socket) -> float:
    """Return how long the other side of the line still lived, in seconds."""
    start = time.monotonic()
    line.settimeout(60)
    with line, contextlib.suppress(ConnectionError):
        while line.recv(1):
            pass
    return time.monotonic() - start


def test_events_and_result_are_those_of_the_function() -> None:
    here: list[Event] = []
    there: list[Event] = []
    due = run_to_end(jobs.counting(50, StopFlag()), here.append)
    result = run_to_end(steps_in_child(jobs.counting, 50), there.append)
    np.testing.assert_array_equal(result, due)
    result[0] = 1  # may be written to, like any array

    def told(events: list[Event]) -> list[Event]:
        return [event for event in events if isinstance(event, BatchEnd)]

    assert told(there) == told(here)
    assert {type(event) for event in there} <= {BatchEnd, Heartbeat}


def test_stop_is_handed_on_and_keeps_what_is_there() -> None:
    stop = StopFlag()

    def on_event(event: Event) -> None:
        if not isinstance(event, Heartbeat):
            stop.set()

    steps = steps_in_child(jobs.until_stopped, stop=stop)
    assert run_to_end(steps, on_event) == "what is there"
    assert not stop.is_set()


def test_what_it_is_told_while_it_runs_arrives_in_order() -> None:
    told: SimpleQueue[int] = SimpleQueue()
    told.put(1)
    said = []

    def answer(event: Event) -> None:
        if isinstance(event, Notice):
            said.append(event.text)
            told.put({"begun": 2, "1": 3}.get(event.text, 0))

    assert run_to_end(steps_in_child(jobs.adding_up, told=told), answer) == 6
    assert said == ["begun", "1", "3", "6"]


def test_a_stop_before_the_start_counts() -> None:
    stop = StopFlag()
    stop.set()
    steps = steps_in_child(jobs.until_stopped, stop=stop)
    assert run_to_end(steps) == "what is there"


def test_closing_kills_a_deaf_job(door: socket.socket) -> None:
    steps = steps_in_child(jobs.holding_a_line, door.getsockname()[1])
    begin(steps)
    line, _ = door.accept()
    start = time.monotonic()
    steps.close()
    assert time.monotonic() - start < BOUND
    assert wait_for_the_end(line) < BOUND


def test_closing_does_not_wait_for_what_is_on_its_way() -> None:
    big = np.zeros(100_000_000, np.uint8)
    sending = steps_in_child(jobs.killed, big)
    assert isinstance(next(sending), Heartbeat)
    flooding = steps_in_child(jobs.flooding)
    begin(flooding)
    start = time.monotonic()
    for steps in (sending, flooding):
        steps.close()
    assert time.monotonic() - start < BOUND


def test_a_job_that_is_never_begun_starts_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(subprocess, "Popen", None)
    steps_in_child(jobs.counting, 3).close()


ABANDONING = """
import os, sys
from napari_metastruct.child import steps_in_child
from tests.child import jobs
for event in steps_in_child(jobs.holding_a_line, int(sys.argv[1])):
    if type(event).__name__ == "Notice":
        os._exit(3)
"""


def test_the_child_goes_when_its_parent_dies(door: socket.socket) -> None:
    port = str(door.getsockname()[1])
    parent = [sys.executable, "-c", ABANDONING, port]
    assert subprocess.run(parent, check=False).returncode == 3
    line, _ = door.accept()
    assert wait_for_the_end(line) < BOUND


def test_an_input_error_stays_one() -> None:
    with pytest.raises(InputError, match="3 values are NaN") as caught:
        run_to_end(steps_in_child(jobs.refusing))
    assert caught.value.__cause__ is None


def test_another_error_keeps_its_traceback() -> None:
    with pytest.raises(RuntimeError, match="CUDA out of memory") as caught:
        run_to_end(steps_in_child(jobs.breaking))
    assert type(caught.value) is RuntimeError
    text = str(caught.value.__cause__)
    assert "in breaking" in text
    assert "OfALibraryError" in text


def test_a_child_that_ends_is_a_sentence() -> None:
    with pytest.raises(ChildDiedError, match=r"before it was done.* exit code 7\.$"):
        run_to_end(steps_in_child(jobs.ending, 7))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("SIGKILL", "ended from outside (SIGKILL), most often because the main memory"),
        ("SIGSEGV", "crashed (SIGSEGV): Fatal Python error: Segmentation fault."),
    ],
)
def test_a_child_that_is_killed_is_a_sentence(name: str, sentence: str) -> None:
    with pytest.raises(ChildDiedError) as caught:
        run_to_end(steps_in_child(jobs.killed, int(signal.Signals[name])))
    assert sentence in str(caught.value)


def test_without_a_second_python_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("executable", "no/such/python"), ("executable", "")):
        monkeypatch.setattr(sys, name, value)
        with pytest.raises(InputError, match="second Python cannot be started"):
            next(steps_in_child(jobs.counting, 3))


def test_what_it_says_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        run_to_end(steps_in_child(jobs.counting, 1))
        for thread in threading.enumerate():
            if thread.name == "end of a child":
                thread.join(BOUND)
    assert "does not disturb the messages" in caplog.text
    assert "what a library writes" in caplog.text


SCRIPT = """
from napari_metastruct.child import steps_in_child
from napari_metastruct.progress import Notice, run_to_end

def mine(number, stop):
    yield Notice("begun")
    return number + 1

print("once")
print(run_to_end(steps_in_child(mine, 41)))
"""


def test_a_script_without_a_guard_is_not_run_again(tmp_path: Path) -> None:
    pytest.importorskip("cloudpickle", reason="sends what the script defines")
    path = tmp_path / "script.py"
    path.write_text(SCRIPT, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["once", "42"], done.stderr
