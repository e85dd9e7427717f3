"""A job in a child as a generator of events, like any other job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from napari_metastruct.child.process import Child
from napari_metastruct.child.sending import dump_job
from napari_metastruct.progress import Heartbeat, StopFlag

if TYPE_CHECKING:
    from collections.abc import Callable
    from queue import SimpleQueue

    from napari_metastruct.progress import Steps

__all__ = ["steps_in_child"]

Result = TypeVar("Result")

_POLL = 0.05
"""Seconds between two looks at Stop and two places to cancel."""


def steps_in_child(
    function: Callable[..., Steps[Result]],
    *args: Any,  # noqa: ANN401 - the function's own
    stop: StopFlag | None = None,
    told: SimpleQueue[Any] | None = None,
) -> Steps[Result]:
    """Carry out ``function(*args, stop=...)`` in a fresh Python.

    Closing the generator kills the child within a tenth of a second; its memory, also
    on a graphics card, is free then. The child ends by itself when this process dies.

    Parameters
    ----------
    function
        Makes the job there; found by its name, as pickle does. What it returns must
        not need PyTorch to be unpickled, or PyTorch is loaded here too.
    *args
        Are pickled. NumPy arrays are sent once and not copied here; arrays that lie
        in files, dask and zarr arrays of an `~napari_metastruct.arrays.ImageStack` are
        opened there; what cannot be sent is read here, part by part, as it is needed.
    stop
        When set, it is cleared here and the flag of the job there is set; the wish to
        end a stage likewise.
    told
        What is put in while it runs arrives in a queue there, which the function gets
        as ``told=...``; without one it gets none.

    Returns
    -------
    The job's result, by a generator of its events but for its heartbeats: here is one
    whenever nothing else has come for a while.

    Raises
    ------
    InputError
        The job's own; or no second Python can be started.
    ChildDiedError
        The child was killed, crashed or ended.
    Exception
        The job's own, as the nearest of Python's own classes; its cause is the
        traceback from there.
    """
    stop = stop or StopFlag()
    job, lazy = dump_job((function, args, told is not None))
    child = Child(job)
    try:
        while True:
            _pass_on(child, stop, told)
            match child.receive(_POLL):
                case None:
                    yield Heartbeat()
                case ("event", event):
                    yield event
                case ("ask", (number, key)):
                    child.send("part", np.asarray(lazy[number][key]))
                    yield Heartbeat()
                case ("result", result):
                    return result  # type: ignore[no-any-return]
                case ("failure", failure):
                    raise failure.as_error()
    finally:
        child.end()


def _pass_on(child: Child, stop: StopFlag, told: SimpleQueue[Any] | None) -> None:
    if stop.is_set():
        stop.clear()
        child.send("stop")
    if stop.take_stage_end():
        child.send("end stage")
    while told is not None and not told.empty():
        child.send("tell", told.get())
