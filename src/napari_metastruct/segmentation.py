"""Carrying out a job: from opened images to labels, as a generator of events."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_metastruct.arrays import (
    ImageStack,
    check_region,
    check_stack,
    open_stack,
)
from napari_metastruct.errors import InputError
from napari_metastruct.files import read_image
from napari_metastruct.jobs import SegmentJob
from napari_metastruct.planes import ModelSource, RuleSource, label_planes
from napari_metastruct.progress import (
    EpochEnd,
    Event,
    Steps,
    StopFlag,
    changed,
    run_to_end,
)
from napari_metastruct.thresholding import resolve_foreground
from napari_metastruct.training.method import ThresholdRule
from napari_metastruct.training.settings import TrainingSettings
from napari_metastruct.versions import installed_versions

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from napari_metastruct.jobs import ImageJob, OpenJob
    from napari_metastruct.networks.segmenter import PackedSegmenter, Segmenter
    from napari_metastruct.planes import Source
    from napari_metastruct.thresholding import Side

__all__ = [
    "Segmentation",
    "apply_steps",
    "choose_side",
    "learn_steps",
    "open_image",
    "segment",
    "segment_steps",
]


@dataclass(frozen=True, slots=True)
class Segmentation:
    """The result for one image.

    Attributes
    ----------
    labels
        Leading axes + ``(Y, X)``, smallest unsigned type: 0 background; 1
        foreground, or the number of the object.
    probability
        The same shape, float32 in 0..1, if the job asked for it; of more than two
        classes one map for each, an axis before the rows.
    segmenter
        The trained model; None where nothing was learned, or it is packed.
    job
        What was run.
    record
        What was measured in each epoch.
    side
        Whether the objects were taken as "bright" or "dark".
    seconds
        Wall time.
    packed
        The trained model of a run in a process of its own, see `apart`.
    """

    labels: NDArray[np.unsignedinteger[Any]]
    probability: NDArray[np.float32] | None
    segmenter: Segmenter | None
    job: ImageJob
    record: tuple[EpochEnd, ...]
    side: Side
    seconds: float
    packed: PackedSegmenter | None = None

    @property
    def model(self) -> Segmenter | PackedSegmenter | None:
        """The trained model as it is, to be saved."""
        return self.segmenter or self.packed

    def provenance(self) -> dict[str, Any]:
        """Return how the result came about, JSON-ready."""
        return {
            "job": self.job.model_dump(mode="json"),
            "foreground": self.side,
            "versions": installed_versions(),
            "seconds": round(self.seconds, 2),
            "record": [dict(epoch.values) for epoch in self.record],
        }


def open_image(image: Any, job: OpenJob) -> ImageStack:  # noqa: ANN401
    """Open a file, an array or a pyramid as the job says; nothing is read yet."""
    if isinstance(image, ImageStack):
        return image
    axes, name = job.axes, "image"
    if isinstance(image, str | Path):
        file = read_image(Path(image))
        image, axes, name = file.data, axes or file.axes, file.path.name
    return open_stack(
        image, axes=axes, channels=job.channels, name=name, level=job.level
    )


def segment(image: Any, **settings: Any) -> Segmentation:  # noqa: ANN401
    """Segment one image or stack without labels.

    Parameters
    ----------
    image
        Array (NumPy, dask, zarr), list of arrays (pyramid) or path. Planes of
        leading axes are learned from together and segmented one by one.
    **settings
        The fields of `SegmentJob`, such as ``method="igtt"``,
        ``foreground="dark"``, ``instances=True``, ``seed=1``.

    Returns
    -------
    Labels, and the probability if ``probability=True``.

    Raises
    ------
    InputError
        The image or a setting cannot be used; the sentence says what to do.

    Examples
    --------
    >>> from skimage import data
    >>> result = segment(data.coins(), method="otsu", foreground="bright")
    >>> result.labels.shape, str(result.labels.dtype)
    ((303, 384), 'uint8')
    """
    job = SegmentJob(**settings)
    return run_to_end(segment_steps([open_image(image, job)], job))[0]


def segment_steps(
    stacks: Sequence[ImageStack], job: SegmentJob, stop: StopFlag | None = None
) -> Steps[tuple[Segmentation, ...]]:
    """Segment images with one model that is learned from all of them.

    Parameters
    ----------
    stacks
        The images, with equally many channels.
    job
        What to do.
    stop
        Set while learning: learning ends and what it has is used. Set while
        segmenting: the planes that are not done yet stay empty.

    Returns
    -------
    One result for each image, by a generator of events.

    Raises
    ------
    InputError
        Before any work, if an image or a setting cannot be used.
    """
    start = time.perf_counter()
    stop = stop or StopFlag()
    side = _check(stacks, job)
    if isinstance(job.method, ThresholdRule):
        source: Source = RuleSource(job.method, side)
        record: list[EpochEnd] = []
    else:
        record, segmenter = yield from learn_steps(stacks, job, side, stop)
        source = ModelSource(segmenter, job.device)
        stop.clear()
    results = []
    for stack in stacks:
        labels, probability = yield from label_planes(stack, source, job, stop)
        results.append(
            Segmentation(
                labels,
                probability,
                source.segmenter,
                job,
                tuple(record),
                side,
                time.perf_counter() - start,
            )
        )
    return tuple(results)


def apply_steps(
    segmenter: Segmenter,
    stack: ImageStack,
    job: ImageJob,
    stop: StopFlag | None = None,
) -> Steps[Segmentation]:
    """Segment an image by a model that has learned before.

    Raises
    ------
    InputError
        Before any work, if the image cannot be used or has another number of
        channels than the model.
    """
    start = time.perf_counter()
    segmenter.check_channels(stack.channel_count)
    check_stack(stack)
    source = ModelSource(segmenter, job.device)
    labels, probability = yield from label_planes(
        stack, source, job, stop or StopFlag()
    )
    side = segmenter.description.foreground
    seconds = time.perf_counter() - start
    return Segmentation(labels, probability, segmenter, job, (), side, seconds)


def _check(stacks: Sequence[ImageStack], job: SegmentJob) -> Side:
    for stack in stacks:
        check_stack(stack)
        if job.region is not None:
            check_region(job.region, stack.plane_shape)
    counts = {stack.channel_count for stack in stacks}
    if len(counts) > 1:
        raise InputError(
            f"The images have different numbers of channels ({sorted(counts)}), so "
            "one model cannot learn from all; choose the same number in each."
        )
    return choose_side(stacks, job)


def choose_side(stacks: Sequence[ImageStack], job: SegmentJob) -> Side:
    """Return the side of the objects: as the job says, or by the images' vote.

    Each image votes by its middle plane, for the side that covers less of it.
    """
    if job.foreground != "auto":
        return job.foreground
    middles = (stack.plane(len(stack) // 2).mean(axis=0) for stack in stacks)
    sides = [resolve_foreground(_thinned(middle)) for middle in middles]
    return "dark" if sides.count("dark") * 2 > len(sides) else "bright"


def _thinned(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    step = max(1, max(plane.shape) // 1024)
    return plane[::step, ::step]


def learn_steps(
    stacks: Sequence[ImageStack], job: SegmentJob, side: Side, stop: StopFlag
) -> Steps[tuple[list[EpochEnd], Segmenter]]:
    """Let the job's method learn from all images together.

    Parameters
    ----------
    stacks
        The images, checked.
    job
        Its method learns; it may not be a `ThresholdRule`.
    side
        As `choose_side` returns it.
    stop
        When set, learning ends at the next epoch and keeps what it has.

    Returns
    -------
    What was measured in each epoch, and the model, by a generator of events.
    """
    from napari_metastruct.training.run import train_steps

    if isinstance(job.method, ThresholdRule):
        raise TypeError(f"{job.method.title} learns nothing.")
    settings = TrainingSettings(seed=job.seed, device=job.device)
    record: list[EpochEnd] = []

    def note(event: Event) -> Event:
        if isinstance(event, EpochEnd):
            record.append(event)
        return event

    steps = train_steps(
        job.method, stacks, settings, foreground=side, region=job.region, stop=stop
    )
    segmenter = yield from changed(steps, note)
    return record, segmenter
