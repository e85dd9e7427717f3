"""A whole training on labels: learn, write files, predict what will be looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.batch.cancelled import left_as_it_was
from napari_metastruct.batch.train import learn_from_files
from napari_metastruct.child import steps_in_child
from napari_metastruct.jobs import ImageJob
from napari_metastruct.label_tasks import train_steps
from napari_metastruct.progress import Heartbeat, Started, changed
from napari_metastruct.training.labelled.folder import holds_run
from napari_metastruct.training.labelled.judging import Shown
from napari_metastruct.training.labelled.pairs import read_labels
from napari_metastruct.training.threads import spare_core
from napari_metastruct.whole_training.news import Listener, Teller, place_of

if TYPE_CHECKING:
    from pathlib import Path
    from queue import SimpleQueue

    from numpy.typing import NDArray

    from napari_metastruct.jobs import TrainJob
    from napari_metastruct.networks.segmenter import PackedSegmenter, Segmenter
    from napari_metastruct.progress import Steps, StopFlag
    from napari_metastruct.training.labelled import LabelledPair, LabelledSettings
    from napari_metastruct.training.labelled.record import Record
    from napari_metastruct.training.labelled.run import TrainedOnLabels
    from napari_metastruct.whole_training.news import News, Place

__all__ = [
    "PairResult",
    "Trained",
    "Training",
    "estimate_steps",
    "estimate_steps_apart",
    "training_steps",
    "training_steps_apart",
]


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """What is to be done.

    Attributes
    ----------
    job
        Method and settings; where files are learned from also these, and the folder.
    folder
        Where the state of the run is kept.
    pairs
        What is learned from. None: the files that the job names; all that the command
        ``train`` writes is then written.
    resume
        Whether to go on with the run that the folder holds.
    seen
        How many pairs are predicted in the end, the first ones.
    """

    job: TrainJob
    folder: Path
    pairs: tuple[LabelledPair, ...] | None
    resume: bool = False
    seen: int = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class PairResult:
    """What a pair that is seen got; all arrays have the shape of its image.

    Attributes
    ----------
    prediction, corrected
        Class numbers; -1 in `corrected` where the labels are ignored.
    difference
        uint8, 1 where given and corrected labels differ.
    """

    prediction: NDArray[Any]
    corrected: NDArray[Any]
    difference: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
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
    pairs
        Those that are seen.
    revised
        For each pair that was learned from, ``(planes,)``: share of the labels that
        were corrected, NaN where there is none.
    scores
        What the method says of each plane: name to such arrays.
    """

    model: Segmenter | PackedSegmenter
    record: Record
    best_epoch: int
    seconds: float
    pairs: tuple[PairResult, ...]
    revised: tuple[NDArray[np.float64], ...]
    scores: dict[str, tuple[NDArray[Any], ...]]


def training_steps(
    training: Training, *, stop: StopFlag, shown: Shown | None = None
) -> Steps[Trained]:
    """Learn, then predict and compare.

    A stop ends the learning, and what was learned is used; closing it takes away what
    a new run has written.

    Parameters
    ----------
    training
        What is to be done.
    stop
        Is cleared when the learning has ended.
    shown
        The plane to send previews of, which may change; None: no previews.

    Raises
    ------
    InputError
        As `train_on_labels_steps` and `learn_from_files` raise it.
    """
    with left_as_it_was(training.folder, unless=holds_run(training.folder)):
        pairs, trained = yield from _learn(training, stop, shown)
        stop.clear()
        return (yield from _compared(training, pairs, trained))


def training_steps_apart(
    training: Training, *, stop: StopFlag, shown: Shown | None = None
) -> Steps[Trained]:
    """Do what `training_steps` does in a child; the model comes back packed.

    Raises
    ------
    InputError, ChildDiedError
        As `training_steps` and `steps_in_child` raise them.
    """
    tell = Teller(shown)
    with left_as_it_was(training.folder, unless=holds_run(training.folder)):
        steps = steps_in_child(
            _train, training, place_of(shown), stop=stop, told=tell.told
        )
        return (yield from changed(steps, tell))


def estimate_steps(
    pairs: tuple[LabelledPair, ...], settings: LabelledSettings, *, stop: StopFlag
) -> Steps[float]:
    """Estimate the share of wrong labels."""
    from napari_metastruct.training.labelled.noise_rate import (
        estimate_noise_rate_steps,
    )

    return (yield from estimate_noise_rate_steps(pairs, settings, stop=stop))


def estimate_steps_apart(
    pairs: tuple[LabelledPair, ...], settings: LabelledSettings, *, stop: StopFlag
) -> Steps[float]:
    """Do so in a child."""
    return steps_in_child(_estimate, pairs, settings, stop=stop)


def _train(
    training: Training,
    place: Place | None,
    stop: StopFlag,
    told: SimpleQueue[News],
) -> Steps[Trained]:
    """Train in a child that may be told of another plane."""
    yield Started("Loading PyTorch", 0)
    shown = None if place is None else Shown(*place)
    with spare_core():
        steps = training_steps(training, stop=stop, shown=shown)
        trained = yield from changed(steps, Listener(told, shown))
    model: Any = trained.model
    return replace(trained, model=model.packed())


def _estimate(
    pairs: tuple[LabelledPair, ...], settings: LabelledSettings, stop: StopFlag
) -> Steps[float]:
    yield Started("Loading PyTorch", 0)
    with spare_core():
        return (yield from estimate_steps(pairs, settings, stop=stop))


def _learn(
    training: Training, stop: StopFlag, shown: Shown | None
) -> Steps[tuple[tuple[LabelledPair, ...], TrainedOnLabels]]:
    job, pairs = training.job, training.pairs
    if pairs is None:
        files = yield from learn_from_files(
            job, stop, resume=training.resume, shown=shown
        )
        return files.pairs, files.trained
    trained = yield from train_steps(
        pairs,
        job,
        stop=stop,
        folder=training.folder,
        resume=training.resume,
        shown=shown,
    )
    return pairs, trained


def _compared(
    training: Training, pairs: tuple[LabelledPair, ...], trained: TrainedOnLabels
) -> Steps[Trained]:
    from napari_metastruct.segmentation import apply_steps

    found, revised = [], []
    job = ImageJob(device=training.job.settings.device)
    for number, (pair, now) in enumerate(zip(pairs, trained.corrected, strict=True)):
        difference, shares = yield from _difference(pair, now)
        revised.append(shares)
        if number < training.seen:
            yield Started(f"Segmenting '{pair.name}'", len(pair.image))
            result = yield from apply_steps(trained.segmenter, pair.image, job)
            found.append(PairResult(result.labels, now, difference))
    return Trained(
        trained.segmenter,
        trained.record,
        trained.best_epoch,
        trained.seconds,
        tuple(found),
        tuple(revised),
        trained.scores,
    )


def _difference(
    pair: LabelledPair, corrected: NDArray[Any]
) -> Steps[tuple[NDArray[np.uint8], NDArray[np.float64]]]:
    """Return where a pair's labels were corrected, and the share in each plane."""
    difference = np.zeros(corrected.shape, np.uint8)
    planes = corrected.reshape(-1, *pair.image.plane_shape)
    marks = difference.reshape(planes.shape)
    shares = np.full(len(planes), np.nan)
    for number, now in enumerate(planes):
        known = now >= 0
        marks[number] = (now != read_labels(pair.labels, pair.image, number)) & known
        if known.any():
            shares[number] = marks[number].sum() / known.sum()
        yield Heartbeat()
    return difference, shares
