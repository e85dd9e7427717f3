"""One stream of events, and what consumes it."""

import dataclasses
import pickle
from pathlib import Path

import numpy as np
import pytest

from napari_metastruct.progress import (
    BatchEnd,
    EpochEnd,
    Event,
    FileDone,
    Notice,
    PlaneDone,
    Preview,
    Started,
    Steps,
    StopFlag,
    run_to_end,
)

EVENTS = [
    Started("Learning", 3, "CPU: no CUDA found"),
    BatchEnd(1, 3, 0.5),
    EpochEnd(1, 1, {"loss": 0.5}),
    Preview(0, np.zeros((4, 4), np.float32), np.zeros((4, 4), np.int8)),
    PlaneDone(1, 1),
    Notice("The image has 3 planes."),
    FileDone(Path("a.tif"), "done", (Path("a_labels.tif"),)),
]


def job(result: str, closed: list[str], stop: StopFlag | None = None) -> Steps[str]:
    """Count to 3; the place to stop is every yield."""
    try:
        for step in range(1, 4):
            if stop is not None and stop.is_set():
                return f"{result} after {step - 1}"
            yield BatchEnd(step, 3, 1 / step)
        return result
    finally:
        closed.append("closed")


def test_result_and_events_in_order() -> None:
    seen: list[Event] = []
    closed: list[str] = []
    assert run_to_end(job("done", closed), seen.append) == "done"
    assert seen == [BatchEnd(1, 3, 1.0), BatchEnd(2, 3, 0.5), BatchEnd(3, 3, 1 / 3)]
    assert closed == ["closed"]


def test_runs_without_a_listener() -> None:
    assert run_to_end(job("done", [])) == "done"


def test_stop_keeps_what_is_there() -> None:
    stop = StopFlag()
    assert run_to_end(job("stopped", [], stop), lambda _: stop.set()) == (
        "stopped after 1"
    )


def test_cancel_returns_nothing_and_frees() -> None:
    closed: list[str] = []
    steps = job("done", closed)
    next(steps)
    steps.close()
    assert closed == ["closed"]
    with pytest.raises(StopIteration):
        next(steps)


def test_error_in_the_job_reaches_the_caller() -> None:
    def broken() -> Steps[None]:
        yield Notice("It begins.")
        raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        run_to_end(broken())


def test_error_in_the_listener_frees_the_job() -> None:
    def listen(_: Event) -> None:
        raise KeyboardInterrupt

    closed: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        run_to_end(job("done", closed), listen)
    assert closed == ["closed"]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_events_are_frozen_and_travel(event: Event) -> None:
    field = dataclasses.fields(event)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(event, field, None)
    assert repr(pickle.loads(pickle.dumps(event))) == repr(event)


def test_the_end_of_a_stage_is_taken_once_and_is_no_stop() -> None:
    stop = StopFlag()
    assert not stop.take_stage_end()
    stop.end_stage()
    assert stop.is_stage_ended
    assert not stop.is_set()
    assert stop.take_stage_end()
    assert not stop.is_stage_ended
    assert not stop.take_stage_end()
    stop.set()
    assert not stop.take_stage_end()
