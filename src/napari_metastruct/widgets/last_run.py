"""The last run that has left a state, from which it can go on."""

from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from napari_metastruct.errors import InputError
from napari_metastruct.training.labelled.checkpoint import checkpoint_values
from napari_metastruct.training.labelled.folder import CHECKPOINT, holds_run

__all__ = ["LastRun", "all_done", "rows_of"]


class _AnyRun(Protocol):
    @property
    def folder(self) -> Path:
        """Where the state of the run is kept."""

    @property
    def resume(self) -> bool:
        """Whether it goes on from such a state."""


Run = TypeVar("Run", bound=_AnyRun)


class LastRun(Generic[Run]):
    """Follows runs, so that the last one can be continued.

    Attributes
    ----------
    running
        What goes on, None in between.
    """

    def __init__(self) -> None:
        self.running: Run | None = None
        self._last: Run | None = None
        self._cancelled: set[Path] = set()

    @property
    def last(self) -> Run | None:
        """The last run, if its state is still there."""
        last = self._last
        if last is None or self.is_leaving(last.folder) or not _has_state(last):
            return None
        return last

    def is_leaving(self, folder: Path) -> bool:
        """Say whether a cancelled run has yet to take away what it wrote there."""
        # In the midst of a long step it does so only after the dock was told.
        return folder in self._cancelled and holds_run(folder)

    def begin(self, run: Run) -> Run:
        """Note that a run begins; return it."""
        self.running = run
        self._cancelled.discard(run.folder)
        return run

    def rows(self) -> list[dict[str, float]]:
        """Return the numbers of the epochs before a run is continued."""
        return [] if self.running is None else rows_of(self.running.folder)

    def ended(self, *, cancelled: bool) -> None:
        """Note that a run has ended; what has left a state can be continued.

        Parameters
        ----------
        cancelled
            Whether it was thrown away: then a new run leaves nothing.
        """
        run, self.running = self.running, None
        if run is None:
            return
        if cancelled and not run.resume:
            self._cancelled.add(run.folder)
        elif _has_state(run):
            self._last = run


def all_done(folder: Path, epochs: int) -> str:
    """Return why a run cannot go on to so many epochs, "" if it can."""
    values = _values(folder)
    done, finished = len(values.get("rows", [])), values.get("finished", 0)
    if max(done, finished) < epochs:
        return ""
    if done < finished:
        return (
            f"The run has come to its end in epoch {done} of {finished}: choose more "
            f"than {finished} epochs to go on learning."
        )
    return (
        f"All {done} epochs are done: choose more epochs than that to go on learning."
    )


def rows_of(folder: Path) -> list[dict[str, float]]:
    """Return the numbers of the epochs from which a run would go on."""
    # Not those of its record: a process may be killed between writing the two.
    return list(_values(folder).get("rows", []))


def _values(folder: Path) -> dict[str, Any]:
    try:
        return checkpoint_values(folder / CHECKPOINT)
    except InputError:
        return {}


def _has_state(run: _AnyRun) -> bool:
    return (run.folder / CHECKPOINT).is_file()
