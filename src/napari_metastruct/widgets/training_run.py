"""A training on labels from the dock: learning, predicting, comparing, in one job."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.jobs import ImageJob
from napari_metastruct.progress import Heartbeat, Started, Steps, StopFlag
from napari_metastruct.training.labelled import LabelledPair, LabelledSettings
from napari_metastruct.training.labelled.folder import holds_run
from napari_metastruct.training.labelled.pairs import read_labels
from napari_metastruct.widgets.training_folders import TemporaryFolder, take_away
from napari_metastruct.widgets.training_pair import PairInput

if TYPE_CHECKING:
    from napari_metastruct.methods import AnyLearner
    from napari_metastruct.training.labelled.judging import Shown
    from napari_metastruct.training.labelled.run import TrainedOnLabels

__all__ = [
    "Learned",
    "PairOutcome",
    "TrainingOutcome",
    "TrainingRun",
    "estimate_steps",
    "training_steps",
]

Learned = tuple[LabelledPair, ...]


@dataclass(frozen=True, slots=True, eq=False)
class TrainingRun:
    """What is to be done.

    Attributes
    ----------
    sources
        Images and labels, and where their results lie.
    pairs
        The same with labels that stay as they were when the run began; made by the
        first run, and again used to continue it.
    method, settings
        How to learn.
    folder
        Where the state of the run is kept.
    temporary
        The same where it goes with the dock, None where the person named it.
    resume
        Whether to go on from the state in the folder.
    shown
        How many of the pairs become layers, the first ones.
    """

    sources: tuple[PairInput, ...]
    pairs: Learned
    method: "AnyLearner"
    settings: LabelledSettings
    folder: Path
    temporary: TemporaryFolder | None = None
    resume: bool = False
    shown: int = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class PairOutcome:
    """What a run gives for one pair; all arrays have the shape of its image.

    Attributes
    ----------
    source
        The pair, and where the results lie.
    given
        Its labels as they were when the run began.
    prediction, corrected
        Class numbers; -1 in `corrected` where the labels are ignored.
    difference
        uint8, 1 where given and corrected labels differ.
    """

    source: PairInput
    given: Any
    prediction: NDArray[Any]
    corrected: NDArray[Any]
    difference: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class TrainingOutcome:
    """The result of a run, and what each pair that is shown got."""

    run: TrainingRun
    trained: "TrainedOnLabels"
    pairs: tuple[PairOutcome, ...]

    def provenance(self) -> dict[str, Any]:
        """Return how the results came about, JSON-ready."""
        trained = self.trained
        return {
            **trained.record.about,
            "best_epoch": trained.best_epoch,
            "seconds": round(trained.seconds, 2),
            "record": trained.record.rows,
        }


def training_steps(
    run: TrainingRun, stop: StopFlag, shown: "Shown | None"
) -> Steps[TrainingOutcome]:
    """Learn, then predict and compare what is shown.

    A stop ends the learning, and what was learned is used; closing it takes away what
    a new run has written.

    Raises
    ------
    InputError
        As `train_on_labels_steps` raises it.
    """
    from napari_metastruct.training.labelled.run import train_on_labels_steps

    is_mine = not holds_run(run.folder)
    try:
        trained = yield from train_on_labels_steps(
            run.method,
            run.pairs,
            run.settings,
            stop=stop,
            folder=run.folder,
            resume=run.resume,
            shown=shown,
        )
        stop.clear()
        return TrainingOutcome(run, trained, (yield from _outcomes(run, trained)))
    except GeneratorExit:
        if is_mine:
            take_away(run.folder)
        raise


def estimate_steps(
    sources: tuple[PairInput, ...], settings: LabelledSettings, stop: StopFlag
) -> Steps[float]:
    """Estimate the share of wrong labels."""
    from napari_metastruct.training.labelled.noise_rate import (
        estimate_noise_rate_steps,
    )

    pairs = [source.kept() for source in sources]
    return (yield from estimate_noise_rate_steps(pairs, settings, stop=stop))


def _outcomes(
    run: TrainingRun, trained: "TrainedOnLabels"
) -> Steps[tuple[PairOutcome, ...]]:
    from napari_metastruct.segmentation import apply_steps

    job = ImageJob(device=run.settings.device)
    found = []
    shown = list(zip(run.sources, run.pairs, trained.corrected, strict=True))
    for source, pair, corrected in shown[: run.shown]:
        yield Started(f"Segmenting '{source.name}'", len(pair.image))
        result = yield from apply_steps(trained.segmenter, pair.image, job)
        difference = yield from _difference(pair, corrected)
        found.append(
            PairOutcome(source, pair.labels, result.labels, corrected, difference)
        )
    return tuple(found)


def _difference(pair: LabelledPair, corrected: NDArray[Any]) -> Steps[NDArray[Any]]:
    difference = np.zeros(corrected.shape, np.uint8)
    planes = corrected.reshape(-1, *pair.image.plane_shape)
    marks = difference.reshape(planes.shape)
    for number, now in enumerate(planes):
        given = read_labels(pair.labels, pair.image, number)
        marks[number] = (now != given) & (now >= 0)
        yield Heartbeat()
    return difference
