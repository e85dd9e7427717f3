"""The run over many files, as a generator of events."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from napari_metastruct.batch.former import keep_job
from napari_metastruct.batch.plan import make_plan
from napari_metastruct.batch.sources import open_source
from napari_metastruct.batch.work import choose_work
from napari_metastruct.batch.write import check_space, write_results
from napari_metastruct.errors import InputError
from napari_metastruct.jobs import SegmentJob
from napari_metastruct.progress import FileDone, Notice, Started, StopFlag
from napari_metastruct.training.method import ThresholdRule

if TYPE_CHECKING:
    from pathlib import Path

    from napari_metastruct.batch.plan import Item, Plan
    from napari_metastruct.batch.work import Work
    from napari_metastruct.jobs import AnyJob
    from napari_metastruct.progress import Steps

__all__ = ["FOREIGN", "NOT_STARTED", "is_lack_of_memory", "reason", "run_batch"]

FOREIGN = "It is not an image."
"""Why a file is skipped that only lies in the same folder."""
NOT_STARTED = "Not started, since the run was stopped."
"""Why an image is skipped after a stop."""
_THERE = "Its results are there already."

_log = logging.getLogger(__name__)


def run_batch(
    job: AnyJob, stop: StopFlag | None = None, *, overwrite: bool = False
) -> Steps[tuple[FileDone, ...]]:
    """Segment all images of a job and write the results into its folder.

    Each image becomes ``<stem>_labels.tif`` and, on wish,
    ``<stem>_probability.tif`` and ``<stem>_model.safetensors`` with its ``.json``;
    the job itself is left there as ``metastruct_job.yaml``. Images are read one at
    a time. A file that cannot be done is listed and the others go on; started
    again, only what is missing is done.

    Parameters
    ----------
    job
        What to do; with images and an output folder.
    stop
        Set while learning: learning ends, at the earliest after its first epoch,
        and the result is written. The files after it are not started. A stop that
        comes before the first file is one of the first file.
    overwrite
        Do everything anew, whatever lies in the output folder.

    Returns
    -------
    One `FileDone` for each file of the job, by a generator of events. It yields
    ``Started("Files", number)``, then for each image ``Started("Reading", ...)``,
    the events of its segmentation and its `FileDone`.

    Raises
    ------
    InputError
        Before any work, if the job cannot be done at all; that is also so when its
        only image is a bad one.
    """
    stop = stop or StopFlag()
    plan = make_plan(job, overwrite=overwrite)
    results = _skipped(plan)
    yield Started("Files", len(plan.todo), str(plan.folder))
    yield from _notices(plan, job)
    yield from results
    if not plan.todo:
        return tuple(results)
    work, failed = yield from choose_work(job, plan, stop)
    for item in plan.todo:
        if item.source in failed:
            done = FileDone(item.source, "failed", message=failed[item.source])
        elif stop.is_set() and item is not plan.todo[0]:
            done = FileDone(item.source, "skipped", message=NOT_STARTED)
        else:
            done = yield from _one(item, job, plan, work, stop)
        results.append(done)
        yield done
    if plan.replaces and not stop.is_set():
        keep_job(job, plan.folder, None)
    return tuple(results)


def _skipped(plan: Plan) -> list[FileDone]:
    foreign = [FileDone(p, "skipped", message=FOREIGN) for p in plan.foreign]
    todo = set(plan.todo)
    there = [item for item in plan.items if item not in todo]
    return foreign + [
        FileDone(item.source, "skipped", item.outputs, _THERE) for item in there
    ]


def _notices(plan: Plan, job: AnyJob) -> Steps[None]:
    if plan.foreign:
        yield Notice(f"Skipped, since not images: {_listed(plan.foreign)}.")
    there = len(plan.items) - len(plan.todo)
    if there:
        yield Notice(
            f"{there} of {len(plan.items)} images have their results in "
            f"{plan.folder} already and are left as they are (--overwrite does all "
            "anew)."
        )
    if isinstance(job, SegmentJob) and isinstance(job.method, ThresholdRule):
        for wish in ("probability", "save_model"):
            if getattr(job, wish):
                yield Notice(
                    f"'{wish}' is left out: {job.method.title} learns nothing, so "
                    "there is none."
                )


def _listed(paths: tuple[Path, ...]) -> str:
    names = ", ".join(path.name for path in paths[:5])
    return names + (f" and {len(paths) - 5} more" if len(paths) > 5 else "")


def _one(
    item: Item, job: AnyJob, plan: Plan, work: Work, stop: StopFlag
) -> Steps[FileDone]:
    """Do one image; whatever goes wrong is its own affair, if there are others."""
    start = time.perf_counter()
    try:
        outputs = yield from _segment_file(item, job, plan, work, stop)
    except Exception as error:
        if len(plan.items) == 1 and isinstance(error, InputError):
            raise
        foreseen = isinstance(error, InputError | OSError) or is_lack_of_memory(error)
        if not foreseen:
            _log.exception("%s failed for a reason that was not foreseen", item.source)
        seconds = time.perf_counter() - start
        return FileDone(item.source, "failed", (), reason(error), seconds)
    return FileDone(item.source, "done", outputs, "", time.perf_counter() - start)


def _segment_file(
    item: Item, job: AnyJob, plan: Plan, work: Work, stop: StopFlag
) -> Steps[tuple[Path, ...]]:
    yield Started("Reading", 1, item.source.name)
    source = open_source(item.source, job)
    check_space(item, source)
    result = yield from work(source.stack, stop)
    if not plan.replaces:  # else the former job stands until all is replaced
        keep_job(job, plan.folder, plan.former)
    return write_results(item, source, result)


def reason(error: Exception) -> str:
    """Say in a sentence why an image failed."""
    if isinstance(error, InputError):
        return str(error)
    if is_lack_of_memory(error):
        return (
            "There is not enough memory for it. Close other programs, compute on the "
            "CPU (--device cpu), or take a coarser level of it (--level)."
        )
    if isinstance(error, OSError):
        return f"It cannot be read or its results not be written: {error}."
    return (
        f"An unexpected {type(error).__name__}: {error}. This is a mistake in the "
        "program; please report it."
    )


def is_lack_of_memory(error: Exception) -> bool:
    """Tell whether memory ran out, that of the computer or of its graphics card."""
    told = isinstance(error, RuntimeError) and "out of memory" in str(error).lower()
    return told or isinstance(error, MemoryError)
