"""The run over many files, as a generator of events."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from napari_metastruct.batch.compare import compare_files
from napari_metastruct.batch.former import keep_job
from napari_metastruct.batch.plan import make_plan
from napari_metastruct.batch.reasons import FOREIGN, NOT_STARTED, is_foreseen, reason
from napari_metastruct.batch.results import learns
from napari_metastruct.batch.train import train_files
from napari_metastruct.batch.work import choose_work
from napari_metastruct.errors import InputError
from napari_metastruct.jobs import CompareJob, LabelJob, SegmentJob, TrainJob
from napari_metastruct.progress import FileDone, Notice, Started, StopFlag

if TYPE_CHECKING:
    from pathlib import Path

    from napari_metastruct.batch.plan import FileWork, Item, Plan
    from napari_metastruct.jobs import AnyJob
    from napari_metastruct.progress import Steps

__all__ = ["run_batch"]

_THERE = "Its results are there already."

_log = logging.getLogger(__name__)


def run_batch(
    job: AnyJob,
    stop: StopFlag | None = None,
    *,
    overwrite: bool = False,
    resume: bool = False,
) -> Steps[tuple[FileDone, ...]]:
    """Do a job on all of its files and write the results into its folder.

    Each image becomes ``<stem>_labels.tif`` and, on wish,
    ``<stem>_probability.tif`` and ``<stem>_model.safetensors`` with its ``.json``;
    labels become ``<stem>_noisy.tif`` and, on wish, ``<stem>_errors.tif``, or
    ``<stem>_density.tif``. The job itself is left there, see `job_file`. Files are read
    one at a time. One that cannot be done is listed and the others go on; started
    again, only what is missing is done. Of a comparison the numbers are what comes
    back, see `compare_files`; of a training its folder is filled, see `train_files`.

    Parameters
    ----------
    job
        What to do; with files and, except for a comparison, an output folder.
    stop
        Set while learning: learning ends, at the earliest after its first epoch,
        and the result is written. The files after it are not started. A stop that
        comes before the first file is one of the first file. Where nothing is learned,
        the file that is being done is finished.
    overwrite
        Do everything anew, whatever lies in the output folder. A training never does.
    resume
        Go on with the training that the output folder holds.

    Returns
    -------
    One `FileDone` for each file of the job, by a generator of events. It yields
    ``Started("Files", number)``, then for each image ``Started("Reading", ...)``,
    the events of its segmentation and its `FileDone`.

    Raises
    ------
    InputError
        Before any work, if the job cannot be done at all; that is also so when its
        only file is a bad one.
    """
    stop = stop or StopFlag()
    if isinstance(job, TrainJob):
        return (yield from train_files(job, stop, resume=resume))
    _check_resume(job, resume)
    if isinstance(job, CompareJob):
        return (yield from compare_files(job, stop, overwrite=overwrite))
    plan = make_plan(job, overwrite=overwrite)
    results = _skipped(plan)
    yield Started("Files", len(plan.todo), str(plan.folder))
    yield from _notices(plan)
    yield from results
    if not plan.todo:
        return tuple(results)
    work, failed = yield from choose_work(plan, stop)
    first = plan.todo[0] if learns(job) else None  # its stop may be for the learning
    for item in plan.todo:
        if item.source in failed:
            done = FileDone(item.source, "failed", message=failed[item.source])
        elif stop.is_set() and item is not first:
            done = FileDone(item.source, "skipped", message=NOT_STARTED)
        else:
            done = yield from _one(item, plan, work, stop)
        results.append(done)
        yield done
    if plan.replaces and not stop.is_set():
        keep_job(plan.job, plan.folder, None)
    return tuple(results)


def _check_resume(job: AnyJob, resume: bool) -> None:
    if resume:
        raise InputError(
            f"Only a training is resumed, but this job is of the kind '{job.task}': "
            "started again, it does what is missing."
        )


def _skipped(plan: Plan) -> list[FileDone]:
    foreign = [FileDone(p, "skipped", message=FOREIGN) for p in plan.foreign]
    todo = {item.source for item in plan.todo}
    there = [item for item in plan.items if item.source not in todo]
    return foreign + [
        FileDone(item.source, "skipped", item.outputs, _THERE) for item in there
    ]


def _notices(plan: Plan) -> Steps[None]:
    job = plan.job
    kind = "labels" if isinstance(job, LabelJob) else "images"
    if plan.foreign:
        yield Notice(f"Skipped, since not {kind}: {_listed(plan.foreign)}.")
    there = len(plan.items) - len(plan.todo)
    if there:
        kind = "files of labels" if isinstance(job, LabelJob) else "images"
        yield Notice(
            f"{there} of {len(plan.items)} {kind} have their results in "
            f"{plan.folder} already and are left as they are (--overwrite does all "
            "anew)."
        )
    if isinstance(job, SegmentJob) and not learns(job):
        for wish in ("probability", "save_model"):
            if getattr(job, wish):
                yield Notice(
                    f"'{wish}' is left out: {job.method.title} learns nothing, so "
                    "there is none."
                )


def _listed(paths: tuple[Path, ...]) -> str:
    names = ", ".join(path.name for path in paths[:5])
    return names + (f" and {len(paths) - 5} more" if len(paths) > 5 else "")


def _one(item: Item, plan: Plan, work: FileWork, stop: StopFlag) -> Steps[FileDone]:
    """Do one file; whatever goes wrong is its own affair, if there are others."""
    start = time.perf_counter()
    yield Started("Reading", 1, item.source.name)
    try:
        numbers = yield from work(item, stop)
    except Exception as error:
        if len(plan.items) == 1 and isinstance(error, InputError):
            raise
        if not is_foreseen(error):
            _log.exception("%s failed for a reason that was not foreseen", item.source)
        seconds = time.perf_counter() - start
        return FileDone(item.source, "failed", (), reason(error, plan.job), seconds)
    seconds = time.perf_counter() - start
    return FileDone(item.source, "done", item.outputs, "", seconds, numbers)
