"""The folder of a training as its job sees it: free or the same, tidy, with its job."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from napari_metastruct.batch.results import job_file
from napari_metastruct.errors import InputError
from napari_metastruct.jobs import TrainJob, load_job
from napari_metastruct.progress import Started
from napari_metastruct.training.labelled.folder import holds_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from napari_metastruct.progress import Event

__all__ = ["check_run_folder", "keeping_job", "left_clean"]

_OWN = (
    "model.safetensors", "model.json", "record.csv", "record.json", "corrected", "maps",
    "scores.csv",
)  # fmt: skip
_READING = ("axes", "channels", "level", "as_one", "painted")
"""Settings of a job that decide what the network sees."""


def check_run_folder(folder: Path, job: TrainJob, *, resume: bool) -> None:
    """Refuse a folder whose files a run would replace.

    Raises
    ------
    InputError
        It holds a run that is not to be continued, files with the names of a run's, or
        a run that reads its images in another way.
    """
    if resume:
        _check_same(folder, job)
    elif holds_run(folder):
        raise InputError(
            f"The folder {folder} holds another run already: continue it (--resume), "
            "or choose another folder."
        )
    elif there := [name for name in _OWN if (folder / name).exists()]:
        raise InputError(
            f"The folder {folder} holds {', '.join(there)} already, which the run "
            "would replace: choose another folder."
        )


def _check_same(folder: Path, job: TrainJob) -> None:
    path = folder / job_file(job)
    former = load_job(path) if path.is_file() else job
    for name in _READING:
        was, now = getattr(former, name, None), getattr(job, name)
        if was != now:
            raise InputError(
                f"The run in {folder} was begun with {name} = {was}, not {now}: "
                "continue it with the same, or choose another folder."
            )


def keeping_job(job: TrainJob, folder: Path) -> Callable[[Event], Event]:
    """Return what looks at the events of a run and writes its job when it has begun.

    Before, it is not sure that the folder is the run's.
    """

    def look(event: Event) -> Event:
        if isinstance(event, Started) and event.stage != "Reading":
            path = folder / job_file(job)
            text = job.with_full_paths()
            if not path.is_file() or load_job(path) != text:
                text.save(path)
        return event

    return look


@contextmanager
def left_clean(folder: Path) -> Iterator[None]:
    """Remove a folder again that was made for a run which has not begun."""
    was_there = folder.exists()
    try:
        yield
    finally:
        if not was_there and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
