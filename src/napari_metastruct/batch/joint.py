"""One model that is learned from all images of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_metastruct.arrays import check_region, check_stack
from napari_metastruct.batch.sources import open_source
from napari_metastruct.errors import InputError
from napari_metastruct.progress import Notice, PlaneDone, Started
from napari_metastruct.segmentation import choose_side, learn_steps

if TYPE_CHECKING:
    from pathlib import Path

    from napari_metastruct.arrays import ImageStack
    from napari_metastruct.batch.plan import Plan
    from napari_metastruct.jobs import SegmentJob
    from napari_metastruct.networks.segmenter import Segmenter
    from napari_metastruct.progress import Steps, StopFlag
    from napari_metastruct.thresholding import Side

__all__ = ["joint_model", "joint_side"]


def joint_model(
    job: SegmentJob, plan: Plan, stop: StopFlag
) -> Steps[tuple[Segmenter, dict[Path, str]]]:
    """Learn from all images of the plan, or take the model that is there already.

    Returns
    -------
    The model, and the images that cannot be used with the reason, by a generator
    of events.

    Raises
    ------
    InputError
        No image can be used.
    """
    from napari_metastruct.networks.segmenter import load_segmenter, model_paths

    path = plan.joint_model
    if path and plan.former and all(file.is_file() for file in model_paths(path)):
        yield Notice(f"Using the model that was learned before, {path.name}.")
        return load_segmenter(path), {}
    stacks, failed = yield from _open_all(job, plan)
    side = choose_side(stacks, job)
    _, segmenter = yield from learn_steps(stacks, job, side, stop)
    if path:
        segmenter.save(path)
    return segmenter, failed


def joint_side(job: SegmentJob, plan: Plan) -> Steps[tuple[Side, dict[Path, str]]]:
    """Let all images vote for the side of the foreground."""
    stacks, failed = yield from _open_all(job, plan)
    return choose_side(stacks, job), failed


def _open_all(
    job: SegmentJob, plan: Plan
) -> Steps[tuple[list[ImageStack], dict[Path, str]]]:
    """Open and check every image; none is held in memory."""
    yield Started("Checking", len(plan.items))
    stacks: list[ImageStack] = []
    failed: dict[Path, str] = {}
    for number, item in enumerate(plan.items, start=1):
        try:
            stacks.append(_checked(job, item.source))
        except InputError as error:
            failed[item.source] = str(error)
        yield PlaneDone(number, len(plan.items))
    if not stacks:
        raise InputError("None of the images can be used. " + " ".join(failed.values()))
    return stacks, failed


def _checked(job: SegmentJob, path: Path) -> ImageStack:
    stack = open_source(path, job, keep=False).stack
    check_stack(stack)
    if job.region is not None:
        check_region(job.region, stack.plane_shape)
    return stack
