"""A whole training on coarse marks: learn, and predict all planes of every image."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.batch.cancelled import left_as_it_was
from napari_metastruct.child import steps_in_child
from napari_metastruct.progress import Started, changed
from napari_metastruct.training.labelled.folder import holds_run
from napari_metastruct.training.labelled.inbox import MarkInbox
from napari_metastruct.training.labelled.judging import Shown
from napari_metastruct.training.threads import spare_core
from napari_metastruct.whole_training.news import Listener, Teller, place_of

if TYPE_CHECKING:
    from pathlib import Path
    from queue import SimpleQueue

    from numpy.typing import NDArray

    from napari_metastruct.methods import AnyLearner
    from napari_metastruct.networks.segmenter import PackedSegmenter, Segmenter
    from napari_metastruct.progress import Steps, StopFlag
    from napari_metastruct.training.labelled import LabelledPair, LabelledSettings
    from napari_metastruct.training.labelled.record import Record
    from napari_metastruct.training.labelled.run import TrainedOnLabels
    from napari_metastruct.whole_training.news import News, Place

__all__ = [
    "MarkTraining",
    "MarkedImage",
    "TrainedOnMarks",
    "mark_training_steps",
    "mark_training_steps_apart",
]


@dataclass(frozen=True, slots=True, eq=False)
class MarkTraining:
    """What is to be done.

    Attributes
    ----------
    method, settings
        How to learn.
    pairs
        Images with their marks.
    folder
        Where the state of the run is kept.
    resume
        Whether to go on with the run that the folder holds, from the marks of `pairs`.
    """

    method: AnyLearner
    settings: LabelledSettings
    pairs: tuple[LabelledPair, ...]
    folder: Path
    resume: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class MarkedImage:
    """What an image got; all arrays have its shape.

    Attributes
    ----------
    prediction
        Class numbers.
    unsure
        float32, how unsure the network is: 0 (sure) to 1 (all classes are as likely).
    maps
        Name to what the method says of each pixel, float32.
    """

    prediction: NDArray[Any]
    unsure: NDArray[np.float32]
    maps: dict[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True, eq=False)
class TrainedOnMarks:
    """The result; nothing of it needs PyTorch if the model is packed.

    Attributes
    ----------
    model
        What was learned.
    record
        What was measured in each epoch.
    best_epoch
        Epoch that the weights come from.
    seconds
        Wall time.
    matrices
        What the method learned of the marks: name to ``(classes, classes)``.
    images
        What each of them got.
    """

    model: Segmenter | PackedSegmenter
    record: Record
    best_epoch: int
    seconds: float
    matrices: dict[str, NDArray[Any]]
    images: tuple[MarkedImage, ...]


def mark_training_steps(
    training: MarkTraining,
    *,
    stop: StopFlag,
    inbox: MarkInbox,
    shown: Shown | None = None,
) -> Steps[TrainedOnMarks]:
    """Learn, and predict all planes of every image.

    A stop ends the learning, and what was learned is used; closing it takes away what
    a new run has written.

    Parameters
    ----------
    training
        What is to be done.
    stop
        Ends the learning.
    inbox
        Brings marks that are painted while it learns.
    shown
        The plane to send previews of, which may change; None: no previews.

    Raises
    ------
    InputError
        As `train_on_labels_steps` raises it.
    """
    from napari_metastruct.training.labelled.run import train_on_labels_steps

    with left_as_it_was(training.folder, unless=holds_run(training.folder)):
        trained = yield from train_on_labels_steps(
            training.method,
            training.pairs,
            training.settings,
            stop=stop,
            folder=training.folder,
            resume=training.resume,
            shown=shown,
            inbox=inbox,
            predict=True,
        )
    return _result(trained)


def mark_training_steps_apart(
    training: MarkTraining,
    *,
    stop: StopFlag,
    inbox: MarkInbox,
    shown: Shown | None = None,
) -> Steps[TrainedOnMarks]:
    """Do what `mark_training_steps` does in a child; the model comes back packed.

    Raises
    ------
    InputError, ChildDiedError
        As `mark_training_steps` and `steps_in_child` raise them.
    """
    tell = Teller(shown, inbox)
    with left_as_it_was(training.folder, unless=holds_run(training.folder)):
        steps = steps_in_child(
            _train, training, place_of(shown), stop=stop, told=tell.told
        )
        return (yield from changed(steps, tell))


def _train(
    training: MarkTraining,
    place: Place | None,
    stop: StopFlag,
    told: SimpleQueue[News],
) -> Steps[TrainedOnMarks]:
    """Train in a child that may be told of new marks and of another plane."""
    yield Started("Loading PyTorch", 0)
    shown, inbox = None if place is None else Shown(*place), MarkInbox()
    with spare_core():
        steps = mark_training_steps(training, stop=stop, inbox=inbox, shown=shown)
        trained = yield from changed(steps, Listener(told, shown, inbox))
    model: Any = trained.model
    return replace(trained, model=model.packed())


def _result(trained: TrainedOnLabels) -> TrainedOnMarks:
    images = tuple(
        MarkedImage(
            found.labels,
            found.unsure,
            {n: np.nan_to_num(maps[number]) for n, maps in trained.maps.items()},
        )
        for number, found in enumerate(trained.predictions)
    )
    return TrainedOnMarks(
        trained.segmenter,
        trained.record,
        trained.best_epoch,
        trained.seconds,
        trained.matrices,
        images,
    )
