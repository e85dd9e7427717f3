"""Opening a job file in napari: its settings go into the dock, no layer is added."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from napari import current_viewer

from napari_metastruct.errors import InputError
from napari_metastruct.jobs import AnyJob, load_job
from napari_metastruct.widgets.docks import (
    COARSE_MARKS,
    COMPARE_LABELS,
    LABEL_NOISE,
    META_STRUCTURE_MAP,
    TRAIN_LABELS,
    UNSUPERVISED,
    open_dock,
)
from napari_metastruct.widgets.failures import report

__all__ = ["get_reader"]

NO_LAYER: list[tuple[Any, ...]] = [(None,)]
"""How a reader tells napari that it is done and there is nothing to add."""

_DOCKS = {
    "segment": UNSUPERVISED,
    "noise": LABEL_NOISE,
    "density": META_STRUCTURE_MAP,
    "compare": COMPARE_LABELS,
    "train": TRAIN_LABELS,
}
"""Which dock shows which kind of job."""

Paths = str | Sequence[str]


def get_reader(path: Paths) -> Callable[[Paths], list[tuple[Any, ...]]]:
    """Return what opens a job file; napari asks for it by the file's name."""
    return _open_job


def _open_job(path: Paths) -> list[tuple[Any, ...]]:
    viewer = current_viewer()
    if viewer is None:
        return NO_LAYER
    try:
        job = load_job(Path(path if isinstance(path, str) else path[0]))
    except InputError as error:
        report(error)
        return NO_LAYER
    dock = _dock_of(job)
    if dock:
        open_dock(viewer, dock).show_job(job)
    else:
        report(
            InputError(
                f"No dock shows a job of the kind '{job.task}'; run it on the command "
                "line: napari-metastruct run JOB.yaml."
            )
        )
    return NO_LAYER


def _dock_of(job: AnyJob) -> str:
    """Return the dock for a job, "" if there is none."""
    if job.task == "train" and job.method.name == "coarse-marks":
        return COARSE_MARKS
    return _DOCKS.get(job.task, "")
