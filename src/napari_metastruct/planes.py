"""Planes into labels: by a threshold or by a trained model, one plane at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from napari_metastruct.arrays import to_label_dtype
from napari_metastruct.instances import clean_mask, to_instances
from napari_metastruct.progress import Event, Notice, PlaneDone, Started, Steps, changed

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from napari_metastruct.arrays import ImageStack
    from napari_metastruct.jobs import ImageJob
    from napari_metastruct.networks.segmenter import Segmenter
    from napari_metastruct.progress import StopFlag
    from napari_metastruct.thresholding import Side
    from napari_metastruct.training.method import ThresholdRule
    from napari_metastruct.training.settings import DeviceWish

__all__ = ["ModelSource", "RuleSource", "Source", "label_planes"]


@dataclass(frozen=True, slots=True)
class RuleSource:
    """Masks of planes by a threshold."""

    rule: ThresholdRule
    side: Side
    segmenter: None = None
    label_dtype: ClassVar[np.dtype[Any]] = np.dtype(np.bool_)
    background: ClassVar[int] = 0

    def plane_steps(
        self, plane: NDArray[np.float32]
    ) -> Steps[tuple[NDArray[Any], NDArray[np.float32] | None]]:
        """Return the mask of a plane ``(C, Y, X)``, and None for no probability."""
        mask = self.rule.mask(plane.mean(axis=0), self.side)
        yield PlaneDone(1, 1)
        return mask, None


@dataclass(frozen=True, slots=True)
class ModelSource:
    """Masks, or class labels, of planes by a trained model."""

    segmenter: Segmenter
    device_wish: DeviceWish

    @property
    def label_dtype(self) -> np.dtype[Any]:
        """Type of the labels: bool for masks."""
        return self.segmenter.description.label_dtype

    @property
    def background(self) -> int:
        """Number of the class that is no object."""
        return next(iter(self.segmenter.description.classes), 0)

    def plane_steps(
        self, plane: NDArray[np.float32]
    ) -> Steps[tuple[NDArray[Any], NDArray[np.float32] | None]]:
        """Return the labels and the probability of a plane ``(C, Y, X)``."""
        from napari_metastruct.training.devices import choose_device

        device = choose_device(self.device_wish).device
        return (yield from self.segmenter.segment_steps(plane, device))


Source = RuleSource | ModelSource


def label_planes(
    stack: ImageStack, source: Source, job: ImageJob, stop: StopFlag
) -> Steps[tuple[NDArray[np.unsignedinteger[Any]], NDArray[np.float32] | None]]:
    """Segment every plane of a stack, one at a time.

    Parameters
    ----------
    stack
        The image.
    source
        What makes a mask of a plane.
    job
        What is made of the masks.
    stop
        When set, the planes that are not done yet stay empty.

    Returns
    -------
    Labels, and the probability if it is wanted and there is one, both of the
    stack's shape, by a generator of events. Of more than two classes the
    probability has one map for each, an axis before the rows.
    """
    yield Started("Segmenting", len(stack), stack.name)
    masks = np.full(
        (len(stack), *stack.plane_shape), source.background, source.label_dtype
    )
    wanted = job.probability and isinstance(source, ModelSource)
    maps = _maps(source)
    shape = (len(stack), *maps, *stack.plane_shape)
    chances = np.zeros(shape, np.float32) if wanted else None
    for number in range(len(stack)):
        if stop.is_set():
            yield Notice(_left_out(stack, number))
            break
        plane = stack.plane(number)
        if plane.min() == plane.max():
            continue  # an empty frame of a stack: nothing to find
        steps = source.plane_steps(plane)
        mask, chance = yield from changed(steps, _counter(number, len(stack)))
        masks[number] = mask
        if chances is not None:
            chances[number] = chance
    labels = _to_labels(masks.reshape(stack.shape), stack, job, source.background)
    if chances is None:
        return labels, None
    return labels, chances.reshape(*stack.leading_shape, *maps, *stack.plane_shape)


def _maps(source: Source) -> tuple[int, ...]:
    """Return the additional axis of the probability: its size, or nothing."""
    if source.segmenter is None:
        return ()
    count = source.segmenter.description.probability_count
    return (count,) if count > 1 else ()


def _left_out(stack: ImageStack, done: int) -> str:
    return (
        f"Stopped after {done} of {len(stack)} planes of {stack.name}; the others "
        "are left empty."
    )


def _counter(number: int, planes: int) -> Callable[[Event], Event]:
    """Count the tiles of one plane as part of all planes' tiles."""

    def count(event: Event) -> Event:
        if not isinstance(event, PlaneDone):
            return event
        return PlaneDone(number * event.total + event.done, planes * event.total)

    return count


def _to_labels(
    masks: NDArray[Any], stack: ImageStack, job: ImageJob, background: int
) -> NDArray[np.unsignedinteger[Any]]:
    """Make labels of the masks: volumes where there is depth, else planes."""
    volumes = _volumes(masks, stack)
    if job.instances:
        found = [_numbered(volume, job.min_size, background) for volume in volumes]
        return to_label_dtype(np.stack(found).reshape(masks.shape))
    if job.min_size or job.fill_holes:
        for volume in volumes:
            _clean(volume, job, background)
    return masks.view(np.uint8) if masks.dtype == np.bool_ else masks


def _objects(volume: NDArray[Any], background: int) -> list[NDArray[np.bool_]]:
    """Return the mask of each class that is no background."""
    if volume.dtype == np.bool_:
        return [volume]
    return [volume == number for number in np.unique(volume) if number != background]


def _numbered(volume: NDArray[Any], min_size: int, background: int) -> NDArray[Any]:
    """Give every object a number of its own, whichever class it is of."""
    numbers = np.zeros(volume.shape, np.int64)
    for mask in _objects(volume, background):
        found = to_instances(mask, min_size=min_size, fill_holes=True)
        fresh = (found > 0) & (mask | (numbers == 0))
        numbers[fresh] = found[fresh] + np.int64(numbers.max())
    return to_label_dtype(numbers)


def _clean(volume: NDArray[Any], job: ImageJob, background: int) -> None:
    """Remove small objects and fill holes, class by class, in place."""
    for mask in _objects(volume, background):
        clean = clean_mask(mask, min_size=job.min_size, fill_holes=job.fill_holes)
        number = volume[mask].max(initial=0)
        volume[mask & ~clean] = background
        volume[clean & (volume == background)] = number


def _volumes(masks: NDArray[Any], stack: ImageStack) -> NDArray[Any]:
    """Return a view ``(N, [Z,] Y, X)``: objects go on from plane to plane in Z."""
    leading = [letter for letter in stack.axes if letter not in "CYXS"]
    deep = leading[-1:] == ["Z"] and stack.leading_shape[-1] > 1
    inner = masks.shape[-3:] if deep else masks.shape[-2:]
    return masks.reshape(-1, *inner)
