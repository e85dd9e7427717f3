"""The jobs of `segmentation` in a process of their own, without PyTorch in this one."""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from napari_metastruct.child import steps_in_child
from napari_metastruct.networks.segmenter import load_segmenter
from napari_metastruct.progress import (
    Heartbeat,
    LabelPreview,
    Preview,
    Started,
    changed,
)
from napari_metastruct.segmentation import Segmentation, apply_steps, segment_steps
from napari_metastruct.training.method import ThresholdRule
from napari_metastruct.training.threads import spare_core

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from napari_metastruct.arrays import ImageStack
    from napari_metastruct.jobs import ImageJob, SegmentJob
    from napari_metastruct.networks.segmenter import PackedSegmenter
    from napari_metastruct.progress import Event, Steps, StopFlag

__all__ = ["apply_steps_apart", "fewer_previews", "segment_steps_apart"]

PREVIEWS_PER_SECOND = 10.0
"""More are not sent; a window shows fewer."""


def segment_steps_apart(
    stacks: Sequence[ImageStack], job: SegmentJob, stop: StopFlag | None = None
) -> Steps[tuple[Segmentation, ...]]:
    """Do what `segment_steps` does in a child, with the same result.

    Only the model comes back `packed`. One core is left to the window.

    Raises
    ------
    InputError, ChildDiedError
        As `segment_steps` and `steps_in_child` raise them.
    """
    return steps_in_child(_segment, tuple(stacks), job, stop=stop)


def apply_steps_apart(
    model: Path | PackedSegmenter,
    stack: ImageStack,
    job: ImageJob,
    stop: StopFlag | None = None,
) -> Steps[Segmentation]:
    """Do what `apply_steps` does in a child; the model does not come back.

    Raises
    ------
    InputError, ChildDiedError
        As `load_segmenter`, `apply_steps` and `steps_in_child` raise them.
    """
    return steps_in_child(_apply, model, stack, job, stop=stop)


def _segment(
    stacks: tuple[ImageStack, ...], job: SegmentJob, stop: StopFlag
) -> Steps[tuple[Segmentation, ...]]:
    learns = not isinstance(job.method, ThresholdRule)
    if learns:
        yield Started("Loading PyTorch", 0)
    with spare_core() if learns else nullcontext():
        steps = segment_steps(stacks, job, stop)
        results = yield from changed(steps, fewer_previews())
    segmenter = results[0].segmenter if results else None
    packed = None if segmenter is None else segmenter.packed()
    return tuple(replace(each, segmenter=None, packed=packed) for each in results)


def _apply(
    model: Path | PackedSegmenter, stack: ImageStack, job: ImageJob, stop: StopFlag
) -> Steps[Segmentation]:
    yield Started("Loading the model", 0)
    with spare_core():
        segmenter = (
            load_segmenter(model) if isinstance(model, Path) else model.unpacked()
        )
        result = yield from apply_steps(segmenter, stack, job, stop)
    return replace(result, segmenter=None)


def fewer_previews() -> Callable[[Event], Event]:
    """Return what makes heartbeats of previews that nobody could see."""
    last = 0.0

    def fewer(event: Event) -> Event:
        nonlocal last
        if not isinstance(event, Preview | LabelPreview):
            return event
        now = time.monotonic()
        if now - last < 1 / PREVIEWS_PER_SECOND:
            return Heartbeat()
        last = now
        return event

    return fewer
