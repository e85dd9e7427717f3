"""Taking away what a cancelled training has written; files of the person stay."""

from __future__ import annotations

import shutil
from contextlib import contextmanager, suppress
from fnmatch import fnmatch
from typing import TYPE_CHECKING

from napari_metastruct.batch.results import job_file
from napari_metastruct.batch.run_results import CORRECTED
from napari_metastruct.jobs import TrainJob

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["left_as_it_was"]

_WRITTEN = (
    *("run.json", "checkpoint.safetensors", "record.csv", "record.json"),
    *("model.safetensors", "model.json", job_file(TrainJob()), CORRECTED),
    *("scores.csv", "matrices_*.csv", "maps"),
    # What a process that was killed was just writing.
    *(".*-????????.*", f".{CORRECTED}-*"),
)
"""Names of all that a training writes into its folder."""


@contextmanager
def left_as_it_was(folder: Path, *, unless: bool = False) -> Iterator[None]:
    """Take away what a run has written into a folder if its generator is closed.

    Parameters
    ----------
    folder
        Of the run; what lies there before stays, and so does what has another name
        than a run's files.
    unless
        Leave everything, such as a run that was begun before.
    """
    was_there = folder.exists()
    before = _names(folder)
    try:
        yield
    except GeneratorExit:
        if not unless:
            _take_away(folder, _names(folder) - before)
            if not was_there:
                with suppress(OSError):  # the person has put something in
                    folder.rmdir()
        raise


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def _take_away(folder: Path, names: set[str]) -> None:
    for name in names:
        if not any(fnmatch(name, pattern) for pattern in _WRITTEN):
            continue
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
