"""What is done with one image: learn from it, or use what is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from napari_metastruct.arrays import ImageStack
from napari_metastruct.batch.former import keep_beside
from napari_metastruct.batch.joint import joint_model, joint_side
from napari_metastruct.batch.sources import open_source
from napari_metastruct.batch.write import check_space, write_results
from napari_metastruct.jobs import ApplyJob, SegmentJob
from napari_metastruct.progress import (
    EpochEnd,
    Event,
    Started,
    Steps,
    StopFlag,
    changed,
)
from napari_metastruct.segmentation import Segmentation, apply_steps, segment_steps
from napari_metastruct.training.devices import choose_device
from napari_metastruct.training.method import ThresholdRule

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from napari_metastruct.batch.plan import FileWork, Item, Plan
    from napari_metastruct.networks.segmenter import Segmenter

__all__ = ["image_work"]

Work = Callable[[ImageStack, StopFlag], Steps[Segmentation]]
"""How one image is segmented."""


def image_work(
    job: SegmentJob | ApplyJob, plan: Plan, stop: StopFlag
) -> Steps[tuple[FileWork, dict[Path, str]]]:
    """Prepare what all images share, such as the model.

    Returns
    -------
    How to segment the image of a file, and the files that cannot be used with the
    reason, by a generator of events.

    Raises
    ------
    InputError
        The model cannot be read, the device is not there, or the images do not fit
        together.
    """
    work, failed = yield from _choose(job, plan, stop)

    def on_file(item: Item, stop: StopFlag) -> Steps[Mapping[str, Any]]:
        source = open_source(item.source, job)
        check_space(item, source)
        result = yield from work(source.stack, stop)
        keep_beside(plan)
        write_results(item, source, result)
        return {}

    return on_file, failed


def _choose(
    job: SegmentJob | ApplyJob, plan: Plan, stop: StopFlag
) -> Steps[tuple[Work, dict[Path, str]]]:
    if isinstance(job, ApplyJob):
        from napari_metastruct.networks.segmenter import load_segmenter

        choose_device(job.device)
        return _applied(load_segmenter(job.model), job), {}
    if isinstance(job.method, ThresholdRule):
        if not job.joint or job.foreground != "auto":
            return _alone(job), {}
        side, failed = yield from joint_side(job, plan)
        return _alone(job.replace(foreground=side)), failed
    choose_device(job.device)
    if not job.joint:
        return _alone(job), {}
    relay = _Relay(stop)
    steps = joint_model(job, plan, relay.inner)
    segmenter, failed = yield from changed(steps, relay)
    stop.clear()  # it was meant for the learning
    return _applied(segmenter, job), failed


def _applied(segmenter: Segmenter, job: SegmentJob | ApplyJob) -> Work:
    def work(stack: ImageStack, stop: StopFlag) -> Steps[Segmentation]:
        # A stop waits for the end of the file: half a result would look like one.
        return apply_steps(segmenter, stack, job)

    return work


def _alone(job: SegmentJob) -> Work:
    def work(stack: ImageStack, stop: StopFlag) -> Steps[Segmentation]:
        relay = _Relay(stop)
        steps = segment_steps([stack], job, relay.inner)
        return (yield from changed(steps, relay))[0]

    return work


@dataclass(slots=True)
class _Relay:
    """Hands a stop on while there is something learned and something to learn.

    Earlier there would be nothing to keep, later planes would be left out; and
    `outer` stays set, so that the next files are not started.
    """

    outer: StopFlag
    inner: StopFlag = field(default_factory=StopFlag)
    learned: bool = False
    segmenting: bool = False

    def __call__(self, event: Event) -> Event:
        self.learned |= isinstance(event, EpochEnd)
        self.segmenting |= isinstance(event, Started) and event.stage == "Segmenting"
        if self.learned and not self.segmenting and self.outer.is_set():
            self.inner.set()
        return event
