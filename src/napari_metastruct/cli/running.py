"""Carrying out a job for a person or a machine: signals, messages, exit codes."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import typer

from napari_metastruct.batch import (
    is_lack_of_memory,
    reason,
    run_batch,
)
from napari_metastruct.cli.outcome import Outcome
from napari_metastruct.cli.screen import Screen
from napari_metastruct.errors import InputError
from napari_metastruct.jobs import TrainJob
from napari_metastruct.progress import StopFlag, run_to_end

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from napari_metastruct.jobs import AnyJob
    from napari_metastruct.progress import Event, FileDone, Steps

__all__ = ["carry_out", "end", "guarded"]

CANCELLED = 130
_STOPPING = (
    b"\nStopping: what is there so far is kept and written. "
    b"Press Ctrl-C again to cancel.\n"
)


def end(code: int) -> None:
    """End the command with an exit code."""
    raise typer.Exit(code)


def guarded(action: Callable[[], None]) -> int:
    """Do something short; return the exit code."""
    try:
        action()
    except InputError as error:
        typer.echo(str(error), err=True)
        return 2
    except KeyboardInterrupt:
        typer.echo("Cancelled.", err=True)
        return CANCELLED
    return 0


def carry_out(
    make_job: Callable[[], AnyJob],
    *,
    overwrite: bool = False,
    as_json: bool = False,
    save_job: str | None = None,
    resume: bool = False,
) -> int:
    """Make a job, run it, tell how it went; return the exit code.

    Parameters
    ----------
    make_job
        Makes the job; may refuse it by an `InputError`.
    overwrite
        Do everything anew.
    as_json
        One JSON document on stdout instead of lines.
    save_job
        Job file to write first.
    resume
        Go on with a training.
    """
    outcome = Outcome()
    start = time.perf_counter()
    with _interruptible() as stop, Screen(quiet=as_json) as screen:
        start_job = partial(run_batch, stop=stop, overwrite=overwrite, resume=resume)
        code = _run(make_job, outcome, screen, start_job, save_job)
    seconds = time.perf_counter() - start
    if as_json:
        typer.echo(outcome.to_json(code, seconds))
    else:
        typer.echo(outcome.to_text(seconds), nl=False)
    if outcome.trouble:
        typer.echo(outcome.trouble, err=True)
    return code


def _run(
    make_job: Callable[[], AnyJob],
    outcome: Outcome,
    screen: Screen,
    start_job: Callable[[AnyJob], Steps[tuple[FileDone, ...]]],
    save_job: str | None,
) -> int:
    def take(event: Event) -> None:
        outcome.take(event)
        screen.show(event)

    try:
        job = outcome.job = make_job()
        if save_job is not None:
            job.with_full_paths().save(save_job)
        steps = start_job(job)
        try:
            run_to_end(steps, take)
        finally:
            steps.close()
    except InputError as error:
        outcome.error = str(error)
        return 2
    except KeyboardInterrupt:
        outcome.error = _cancelled(outcome.job)
        return CANCELLED
    except Exception as error:
        if not is_lack_of_memory(error):
            raise
        outcome.error = reason(error, outcome.job)
        return 1
    return 1 if outcome.is_incomplete else 0


def _cancelled(job: AnyJob | None) -> str:
    if isinstance(job, TrainJob):
        return (
            "Cancelled; --resume goes on from the last checkpoint, if there is one in "
            f"{job.output}."
        )
    return "Cancelled; what was finished before is kept."


@contextmanager
def _interruptible() -> Iterator[StopFlag]:
    """Make the first Ctrl-C a stop, the second and a polite kill a cancel."""
    stop = StopFlag()
    asked: list[int] = []  # the flag itself is cleared when a shared model is done

    def on_interrupt(number: int, frame: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)
        stop.set()
        os.write(2, _STOPPING)  # print is not safe inside a signal's handler

    def on_kill(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    former = {
        signal.SIGINT: signal.signal(signal.SIGINT, on_interrupt),
        signal.SIGTERM: signal.signal(signal.SIGTERM, on_kill),
    }
    try:
        yield stop
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
