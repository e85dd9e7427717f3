"""What is done with the labels of one file among all those that get noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from napari_metastruct.batch.former import keep_beside
from napari_metastruct.batch.label_set import LabelSet
from napari_metastruct.batch.reasons import is_foreseen, reason
from napari_metastruct.errors import InputError
from napari_metastruct.files import check_output_folder, write_image
from napari_metastruct.label_tasks import noise_steps, open_labels
from napari_metastruct.noise import prepare_steps
from napari_metastruct.progress import PlaneDone, Started

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from napari_metastruct.batch.plan import FileWork, Item, Plan
    from napari_metastruct.jobs import NoiseJob
    from napari_metastruct.label_tasks import NoisyResult, OpenLabels
    from napari_metastruct.progress import Steps, StopFlag

__all__ = ["noise_work"]


def noise_work(
    job: NoiseJob, plan: Plan, stop: StopFlag
) -> Steps[tuple[FileWork, dict[Path, str]]]:
    """Look at all files, and fix in the chain what depends on the whole set.

    Images (planes or volumes) are numbered over all files, in their order. A file that
    cannot be used keeps one number, so that those behind it get the same noise when it
    is mended.

    Returns
    -------
    How to do one file, and the files that cannot be used with the reason, by a
    generator of events.

    Raises
    ------
    InputError
        No file can be used, or the noise does not fit to the classes.
    """
    whole = LabelSet(job)
    failed = yield from _look_at_all(whole, job, plan, stop)
    if stop.is_set():
        return _never, failed
    chain = yield from prepare_steps(
        whole, job.chain, job.seed, tuple(sorted(whole.classes))
    )

    def on_file(item: Item, stop: StopFlag) -> Steps[Mapping[str, Any]]:
        source = open_labels(item.source, job)
        first = whole.first[item.source]
        result = yield from noise_steps(source, job, chain, first)
        check_output_folder(plan.folder, needed_bytes=result.labels.nbytes // 4)
        keep_beside(plan)
        _write(item, source, result)
        return result.fields()

    return on_file, failed


def _look_at_all(
    whole: LabelSet, job: NoiseJob, plan: Plan, stop: StopFlag
) -> Steps[dict[Path, str]]:
    """Take all files into the set; return those that cannot be used, and why."""
    failed: dict[Path, str] = {}
    yield Started("Checking", len(plan.items))
    for number, item in enumerate(plan.items, start=1):
        if stop.is_set():
            return failed
        try:
            yield from whole.add_steps(item.source)
        except Exception as error:
            if not is_foreseen(error):
                raise
            failed[item.source] = reason(error, job)
        yield PlaneDone(number, len(plan.items))
    if len(failed) == len(plan.items):
        why = " ".join(failed.values())
        several = len(failed) > 1
        raise InputError(f"None of the labels can be used. {why}" if several else why)
    return failed


def _never(item: Item, stop: StopFlag) -> Steps[Mapping[str, Any]]:
    raise AssertionError("after a stop no file is begun")


def _write(item: Item, source: OpenLabels, result: NoisyResult) -> None:
    """Write the noisy labels last: they say that all is there."""
    results = {"errors": result.errors, "noisy": result.labels}
    for what, values in results.items():
        if what in item.files and values is not None:
            write_image(
                item.files[what],
                values,
                axes=source.axes,
                pixel_size=source.pixel_size,
                unit=source.unit,
            )
