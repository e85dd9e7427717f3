"""A training on labels from the dock: what is to be done, and what came of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_metastruct import whole_training as whole
from napari_metastruct.progress import Steps, StopFlag
from napari_metastruct.training.labelled import LabelledPair, LabelledSettings
from napari_metastruct.widgets.training_folders import TemporaryFolder
from napari_metastruct.widgets.training_job import job_of
from napari_metastruct.widgets.training_pair import PairInput

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from napari_metastruct.methods import AnyLearner
    from napari_metastruct.training.labelled.judging import Shown

__all__ = [
    "Learned",
    "PairOutcome",
    "TrainingOutcome",
    "TrainingRun",
    "estimate_steps",
    "training_steps",
]

Learned = tuple[LabelledPair, ...]


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
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
    apart
        Whether it computes in a process of its own.
    """

    sources: tuple[PairInput, ...]
    pairs: Learned
    method: "AnyLearner"
    settings: LabelledSettings
    folder: Path
    temporary: TemporaryFolder | None = None
    resume: bool = False
    shown: int = 1_000
    apart: bool = False

    @property
    def of_files(self) -> bool:
        """Whether files are learned from, so that files are written."""
        return not self.sources[0].is_layer

    def training(self) -> whole.Training:
        """Return it as the core takes it."""
        job = job_of(self).replace(settings=self.settings, output=str(self.folder))
        pairs = None if self.of_files else self.pairs
        return whole.Training(job, self.folder, pairs, self.resume, self.shown)


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
    prediction: "NDArray[Any]"
    corrected: "NDArray[Any]"
    difference: "NDArray[np.uint8]"


@dataclass(frozen=True, slots=True, eq=False)
class TrainingOutcome:
    """The result of a run, and what each pair that is shown got."""

    run: TrainingRun
    trained: whole.Trained
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
    InputError, ChildDiedError
        As `whole_training` raises them.
    """
    train = whole.training_steps_apart if run.apart else whole.training_steps
    trained = yield from train(run.training(), stop=stop, shown=shown)
    pairs = tuple(
        PairOutcome(
            source, pair.labels, found.prediction, found.corrected, found.difference
        )
        for source, pair, found in zip(
            run.sources, run.pairs, trained.pairs, strict=False
        )
    )
    return TrainingOutcome(run, trained, pairs)


def estimate_steps(
    sources: tuple[PairInput, ...],
    settings: LabelledSettings,
    stop: StopFlag,
    *,
    apart: bool = False,
) -> Steps[float]:
    """Estimate the share of wrong labels."""
    estimate = whole.estimate_steps_apart if apart else whole.estimate_steps
    pairs = tuple(source.kept() for source in sources)
    return (yield from estimate(pairs, settings, stop=stop))
