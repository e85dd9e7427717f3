"""Planes into labels: by a threshold or by a trained model, one plane at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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

    def plane_steps(
        self, plane: NDArray[np.float32]
    ) -> Steps[tuple[NDArray[np.bool_], NDArray[np.float32] | None]]:
        """Return the mask of a plane ``(C, Y, X)``, and None for no probability."""
        mask = self.rule.mask(plane.mean(axis=0), self.side)
        yield PlaneDone(1, 1)
        return mask, None


@dataclass(frozen=True, slots=True)
class ModelSource:
    """Masks of planes by a trained model."""

    segmenter: Segmenter
    device_wish: DeviceWish

    def plane_steps(
        self, plane: NDArray[np.float32]
    ) -> Steps[tuple[NDArray[np.bool_], NDArray[np.float32] | None]]:
        """Return the mask and the probability of a plane ``(C, Y, X)``."""
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
    stack's shape, by a generator of events.
    """
    yield Started("Segmenting", len(stack), stack.name)
    masks = np.zeros((len(stack), *stack.plane_shape), np.bool_)
    wanted = job.probability and isinstance(source, ModelSource)
    chances = np.zeros(masks.shape, np.float32) if wanted else None
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
    labels = _to_labels(masks.reshape(stack.shape), stack, job)
    return labels, None if chances is None else chances.reshape(stack.shape)


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
    masks: NDArray[np.bool_], stack: ImageStack, job: ImageJob
) -> NDArray[np.unsignedinteger[Any]]:
    """Make labels of the masks: volumes where there is depth, else planes."""
    volumes = _volumes(masks, stack)
    if job.instances:
        found = [
            to_instances(mask, min_size=job.min_size, fill_holes=True)
            for mask in volumes
        ]
        return to_label_dtype(np.stack(found).reshape(masks.shape))
    if job.min_size or job.fill_holes:
        for mask in volumes:
            mask[...] = clean_mask(
                mask, min_size=job.min_size, fill_holes=job.fill_holes
            )
    return masks.view(np.uint8)


def _volumes(masks: NDArray[np.bool_], stack: ImageStack) -> NDArray[np.bool_]:
    """Return a view ``(N, [Z,] Y, X)``: objects go on from plane to plane in Z."""
    leading = [letter for letter in stack.axes if letter not in "CYXS"]
    deep = leading[-1:] == ["Z"] and stack.leading_shape[-1] > 1
    inner = masks.shape[-3:] if deep else masks.shape[-2:]
    return masks.reshape(-1, *inner)
