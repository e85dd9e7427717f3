"""A training on marks from the dock: what is to be done, and what came of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct import whole_training as whole
from napari_metastruct.progress import Heartbeat, Steps, StopFlag
from napari_metastruct.training.labelled import LabelledPair, LabelledSettings
from napari_metastruct.training.labelled.inbox import MarkInbox
from napari_metastruct.widgets.least_sure import LeastSure
from napari_metastruct.widgets.mark_input import MarkInput
from napari_metastruct.widgets.training_folders import TemporaryFolder

if TYPE_CHECKING:
    from napari_metastruct.methods import AnyLearner
    from napari_metastruct.training.labelled.judging import Shown

__all__ = ["ImageOutcome", "MarkOutcome", "MarkRun", "mark_steps"]


@dataclass(frozen=True, slots=True, eq=False)
class MarkRun:
    """What is to be done.

    Attributes
    ----------
    images
        Which layers the images are, whatever they are called.
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
    folder
        Where the state of the run is kept.
    temporary
        The same, which goes with the dock; None: it is somebody else's.
    resume
        Whether to go on from the state in the folder.
    apart
        Whether it computes in a process of its own.
    """

    images: tuple[str, ...]
    sources: tuple[MarkInput, ...]
    pairs: tuple[LabelledPair, ...]
    method: "AnyLearner"
    settings: LabelledSettings
    names: tuple[str, ...]
    inbox: MarkInbox
    folder: Path
    temporary: TemporaryFolder | None = None
    resume: bool = False
    apart: bool = False

    def training(self) -> whole.MarkTraining:
        """Return it as the core takes it."""
        return whole.MarkTraining(
            self.method, self.settings, self.pairs, self.folder, self.resume
        )


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
    trained: whole.TrainedOnMarks
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
    InputError, ChildDiedError
        As `whole_training` raises them.
    """
    train = whole.mark_training_steps_apart if run.apart else whole.mark_training_steps
    trained = yield from train(run.training(), stop=stop, inbox=run.inbox, shown=shown)
    least_sure = yield from _least_sure(trained)
    images = tuple(
        ImageOutcome(source, found.prediction, found.unsure, found.maps)
        for source, found in zip(run.sources, trained.images, strict=True)
    )
    return MarkOutcome(run, trained, images, least_sure)


def _least_sure(trained: whole.TrainedOnMarks) -> Steps[LeastSure]:
    least_sure = LeastSure()
    for number, image in enumerate(trained.images):
        planes = image.unsure.reshape(-1, *image.unsure.shape[-2:])
        for plane, unsure in enumerate(planes):
            least_sure.take(number, plane, unsure)
            yield Heartbeat()
    return least_sure
