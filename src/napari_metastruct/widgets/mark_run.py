"""Learning from marks in the dock: learning, then predicting every image."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.progress import PlaneDone, Started, Steps, StopFlag, changed
from napari_metastruct.training.labelled import LabelledPair, LabelledSettings
from napari_metastruct.training.labelled.inbox import MarkInbox
from napari_metastruct.widgets.least_sure import LeastSure, unsureness
from napari_metastruct.widgets.mark_input import MarkInput

if TYPE_CHECKING:
    from napari_metastruct.methods import AnyLearner
    from napari_metastruct.progress import Event
    from napari_metastruct.training.labelled.judging import Shown
    from napari_metastruct.training.labelled.run import TrainedOnLabels

__all__ = ["ImageOutcome", "MarkOutcome", "MarkRun", "mark_steps"]


@dataclass(frozen=True, slots=True, eq=False)
class MarkRun:
    """What is to be done.

    Attributes
    ----------
    sources
        Images and marks, and where their results lie.
    pairs
        The same with marks that stay as they were when the run began.
    method, settings
        How to learn.
    names
        What the classes are called, by their numbers.
    inbox
        Brings what is painted while it learns.
    """

    sources: tuple[MarkInput, ...]
    pairs: tuple[LabelledPair, ...]
    method: "AnyLearner"
    settings: LabelledSettings
    names: tuple[str, ...]
    inbox: MarkInbox


@dataclass(frozen=True, slots=True, eq=False)
class ImageOutcome:
    """What a run gives for one image; all arrays have the image's shape.

    Attributes
    ----------
    source
        The image, and where the results lie.
    prediction
        Class numbers.
    unsure
        float32, how unsure the network is: 0 (sure) to 1 (all classes are as likely).
    maps
        Name to what the method says of each pixel, float32.
    """

    source: MarkInput
    prediction: NDArray[Any]
    unsure: NDArray[np.float32]
    maps: dict[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True, eq=False)
class MarkOutcome:
    """The result of a run, and where it is least sure in all planes."""

    run: MarkRun
    trained: "TrainedOnLabels"
    images: tuple[ImageOutcome, ...]
    least_sure: LeastSure

    def provenance(self) -> dict[str, Any]:
        """Return how the results came about, JSON-ready."""
        trained = self.trained
        return {
            **trained.record.about,
            "class names": list(self.run.names),
            "best_epoch": trained.best_epoch,
            "seconds": round(trained.seconds, 2),
            "record": trained.record.rows,
        }


def mark_steps(
    run: MarkRun, stop: StopFlag, shown: "Shown | None"
) -> Steps[MarkOutcome]:
    """Learn, then predict every image; a stop ends the learning only.

    Raises
    ------
    InputError
        As `train_on_labels_steps` raises it.
    """
    from napari_metastruct.training.labelled.run import train_on_labels_steps

    trained = yield from train_on_labels_steps(
        run.method, run.pairs, run.settings, stop=stop, shown=shown, inbox=run.inbox
    )
    stop.clear()
    images, least_sure = [], LeastSure()
    for number, source in enumerate(run.sources):
        prediction, unsure = yield from _predict(run, trained, number, least_sure)
        maps = {n: np.nan_to_num(found[number]) for n, found in trained.maps.items()}
        images.append(ImageOutcome(source, prediction, unsure, maps))
    return MarkOutcome(run, trained, tuple(images), least_sure)


def _predict(
    run: MarkRun, trained: "TrainedOnLabels", number: int, least_sure: LeastSure
) -> Steps[tuple[NDArray[Any], NDArray[np.float32]]]:
    from napari_metastruct.training.devices import choose_device

    stack, segmenter = run.pairs[number].image, trained.segmenter
    device = choose_device(run.settings.device).device
    yield Started(f"Segmenting '{stack.name}'", len(stack))
    shape = (len(stack), *stack.plane_shape)
    prediction = np.zeros(shape, segmenter.description.label_dtype)
    unsure = np.zeros(shape, np.float32)
    for plane in range(len(stack)):

        def counted(event: "Event", plane: int = plane) -> "Event":
            if not isinstance(event, PlaneDone):
                return event
            return PlaneDone(plane * event.total + event.done, len(stack) * event.total)

        steps = segmenter.segment_steps(stack.plane(plane), device)
        labels, probability = yield from changed(steps, counted)
        prediction[plane] = labels
        unsure[plane] = unsureness(probability)
        least_sure.take(number, plane, unsure[plane])
    return prediction.reshape(stack.shape), unsure.reshape(stack.shape)
