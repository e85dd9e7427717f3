"""Learning from the labels of many files: one run, one folder."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from napari_metastruct.batch.names import is_own_file
from napari_metastruct.batch.reasons import FOREIGN
from napari_metastruct.batch.run_folder import (
    check_run_folder,
    keeping_job,
    left_clean,
)
from napari_metastruct.batch.run_results import run_numbers, write_corrected
from napari_metastruct.batch.told_results import told_files, write_told
from napari_metastruct.batch.training_files import find_pairs, open_pairs
from napari_metastruct.errors import InputError
from napari_metastruct.files import check_output_folder
from napari_metastruct.label_tasks import train_steps
from napari_metastruct.progress import FileDone, Notice, Started, changed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_metastruct.batch.training_files import FoundPairs, PairFile
    from napari_metastruct.jobs import TrainJob
    from napari_metastruct.progress import Steps, StopFlag
    from napari_metastruct.training.labelled import LabelledPair
    from napari_metastruct.training.labelled.run import Shown, TrainedOnLabels

__all__ = ["NOT_PAIRED", "TrainedFiles", "learn_from_files", "train_files"]

NOT_PAIRED = "Not learned from, since it has no partner of the same name."
"""Why a file is left out that has no labels, or no image."""


@dataclass(frozen=True, slots=True, eq=False)
class TrainedFiles:
    """What was learned from files, and what has become of them.

    Attributes
    ----------
    done
        One for each file that was left out, the last one for the run.
    pairs
        The files that were learned from, as they were opened.
    trained
        The result.
    """

    done: tuple[FileDone, ...]
    pairs: tuple[LabelledPair, ...]
    trained: TrainedOnLabels


def train_files(
    job: TrainJob, stop: StopFlag, *, resume: bool = False
) -> Steps[tuple[FileDone, ...]]:
    """Do what `learn_from_files` does; only what has become of the files counts."""
    return (yield from learn_from_files(job, stop, resume=resume)).done


def learn_from_files(
    job: TrainJob,
    stop: StopFlag,
    *,
    resume: bool = False,
    shown: Shown | None = None,
) -> Steps[TrainedFiles]:
    """Learn from all pairs of a job's files and write the folder of the run.

    While it runs there are ``run.json``, a checkpoint, the record and the job file in
    the folder. In the end ``model.safetensors`` with its ``.json``, and
    ``corrected/<stem>_labels.tif`` for each image, all of them or none; and what the
    method says of the labels, see `write_told`.

    Parameters
    ----------
    job
        What to learn from, how, and where the folder is.
    stop
        When set, learning ends and the best so far is written.
    resume
        Go on with the run that the folder holds.
    shown
        The plane to send previews of; None: no previews.

    Returns
    -------
    One `FileDone` for the run, with what was measured; and one for each file that was
    left out; and the result; by a generator of events.

    Raises
    ------
    InputError
        Before any work, if the files, the settings or the folder cannot be used.
    """
    start = time.perf_counter()
    if not job.output:
        raise InputError("The job names no folder for its run: 'output' is empty.")
    folder = Path(job.output).absolute()
    check_run_folder(folder, job, resume=resume)
    found = find_pairs(job)
    files = open_pairs(found, job)
    skipped = _skipped(found)
    yield Started("Files", 1, str(folder))
    yield from _notices(found)
    yield from skipped
    with left_clean(folder):
        check_output_folder(folder, needed_bytes=_bytes_of(files))
        pairs = [file.pair for file in files]
        steps = train_steps(
            pairs, job, stop=stop, folder=folder, resume=resume, shown=shown
        )
        result = yield from changed(steps, keeping_job(job, folder))
        images = yield from write_corrected(folder, files, result.corrected)
        yield from write_told(folder, files, result)
    numbers = run_numbers(result, images)
    outputs = tuple(folder / name for name in (*_RESULTS, *told_files(result)))
    seconds = time.perf_counter() - start
    done = FileDone(folder, "done", outputs, "", seconds, numbers)
    yield done
    return TrainedFiles((*skipped, done), tuple(pairs), result)


_RESULTS = ("model.safetensors", "model.json", "corrected", "record.csv", "record.json")


def _bytes_of(files: Sequence[PairFile]) -> int:
    # Labels are compressed, to a tenth at least as a rule.
    return 2**20 + sum(file.pixels for file in files) // 10


def _skipped(found: FoundPairs) -> list[FileDone]:
    foreign = [path for path in found.foreign if not is_own_file(path)]
    alone = [*found.images_alone, *found.labels_alone]
    return [
        *(FileDone(path, "skipped", message=FOREIGN) for path in foreign),
        *(FileDone(path, "skipped", message=NOT_PAIRED) for path in alone),
    ]


def _notices(found: FoundPairs) -> Steps[None]:
    for kind, alone in (
        ("Images without labels", found.images_alone),
        ("Labels without an image", found.labels_alone),
    ):
        if alone:
            names = ", ".join(path.name for path in alone)
            yield Notice(f"{kind}, so not learned from: {names}.")
    if found.without_reference:
        names = ", ".join(path.name for path in found.without_reference)
        yield Notice(f"Without clean labels, so not in their curves: {names}.")
