"""One stream of events for every long job, and the consumer that runs it to its end.

What can be stopped is a generator that yields events and returns its result. The
napari worker, the command line, a script and a test read the same stream.
"""

import threading
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "BatchEnd",
    "EpochEnd",
    "Event",
    "FileDone",
    "Heartbeat",
    "LabelPreview",
    "Notice",
    "PlaneDone",
    "Preview",
    "Started",
    "Steps",
    "StopFlag",
    "changed",
    "run_to_end",
]


class StopFlag(threading.Event):
    """Set to stop a long job; it can also ask to end the job's present stage only."""

    def __init__(self) -> None:
        super().__init__()
        self._stage = threading.Event()

    def end_stage(self) -> None:
        """Ask to go on with the next stage; a job without stages does not listen."""
        self._stage.set()

    @property
    def is_stage_ended(self) -> bool:
        """Whether the end of the stage was asked for, and is not taken yet."""
        return self._stage.is_set()

    def take_stage_end(self) -> bool:
        """Say whether the end of the stage was asked for, and forget it."""
        was = self._stage.is_set()
        if was:  # never what is asked for just now
            self._stage.clear()
        return was


@dataclass(frozen=True, slots=True)
class Event:
    """Something small that has happened; safe to hand to another thread."""


@dataclass(frozen=True, slots=True)
class Heartbeat(Event):
    """Nothing to show: a place to stop or cancel within long work."""


@dataclass(frozen=True, slots=True)
class Started(Event):
    """A stage begins.

    Attributes
    ----------
    stage
        Plain words for a person: "Learning", "Segmenting".
    total
        How many units (steps, tiles, files) the stage has.
    detail
        More for the curious, for example the device and why it was chosen.
    """

    stage: str
    total: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class BatchEnd(Event):
    """One optimisation step has ended: ``step`` of ``total``, counted from 1."""

    step: int
    total: int
    loss: float


@dataclass(frozen=True, slots=True)
class EpochEnd(Event):
    """One epoch has ended, with the numbers that a curve shows.

    Attributes
    ----------
    epoch, total
        Counted from 1.
    values
        Name to number, for example ``{"loss": 0.3, "foreground": 0.2}``.
    """

    epoch: int
    total: int
    values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Preview(Event):
    """How it looks now, on one plane.

    Attributes
    ----------
    plane
        Number of the plane in its stack, C order over the leading axes.
    probability
        ``(Y, X)`` float32 in 0..1.
    pseudo_label
        ``(Y, X)`` int8: 1 foreground, 0 background, -1 ignored.
    offset
        Row and column of the arrays' first pixel in the plane.
    step
        Distance in pixels of the plane between two pixels of the arrays.
    """

    plane: int
    probability: NDArray[np.float32]
    pseudo_label: NDArray[np.int8]
    offset: tuple[int, int] = (0, 0)
    step: int = 1


@dataclass(frozen=True, slots=True)
class LabelPreview(Event):
    """How learning from labels looks now, on one plane.

    Attributes
    ----------
    pair, plane
        Number of the pair, and of the plane in its stack (C order).
    prediction
        ``(Y, X)``: the class that the network predicts, by its number in the labels.
    labels
        ``(Y, X)``: the labels that it learns from now, -1 where ignored.
    changed
        ``(Y, X)`` bool: where these differ from the labels as they were given.
    offset
        Row and column of the arrays' first pixel in the plane.
    probabilities
        ``(classes, Y, X)`` float32: how likely the network takes each class to be.
    """

    pair: int
    plane: int
    prediction: NDArray[np.int32]
    labels: NDArray[np.int32]
    changed: NDArray[np.bool_]
    offset: tuple[int, int] = (0, 0)
    probabilities: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class PlaneDone(Event):
    """One unit of the final pass is done: ``done`` of ``total``, counted from 1."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Notice(Event):
    """A sentence that the user should see; the work goes on."""

    text: str


@dataclass(frozen=True, slots=True)
class FileDone(Event):
    """One file of a batch is finished.

    Attributes
    ----------
    path
        The source.
    status
        "done", "skipped" (nothing to do, or not an image) or "failed".
    outputs
        Files written.
    message
        Why it was skipped or failed, a full sentence.
    seconds
        Wall time.
    numbers
        What was measured, JSON-ready.
    """

    path: Path
    status: str
    outputs: tuple[Path, ...] = ()
    message: str = ""
    seconds: float = 0.0
    numbers: Mapping[str, Any] = field(default_factory=dict)


Result = TypeVar("Result")
Steps = Generator[Event, None, Result]
"""A long job: yields events, returns its result, can be closed at any yield."""


def run_to_end(
    steps: Steps[Result], on_event: Callable[[Event], None] | None = None
) -> Result:
    """Run a long job here and now.

    Parameters
    ----------
    steps
        The job.
    on_event
        Called with every event.

    Returns
    -------
    The job's result.
    """
    while True:
        try:
            event = next(steps)
        except StopIteration as end:
            result: Result = end.value
            return result
        if on_event is not None:
            on_event(event)


def changed(steps: Steps[Result], change: Callable[[Event], Event]) -> Steps[Result]:
    """Pass a job's events on through a function; closing it closes the job.

    Parameters
    ----------
    steps
        The job.
    change
        Called with every event; what it returns is yielded instead.

    Returns
    -------
    The job's result, by a generator of events.
    """
    try:
        while True:
            try:
                event = next(steps)
            except StopIteration as end:
                result: Result = end.value
                return result
            yield change(event)
    finally:
        steps.close()
