"""The one door to learning from labels: pairs and a method in, a segmenter out."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from napari_metastruct.errors import InputError
from napari_metastruct.networks.segmenter import Segmenter, SegmenterDescription
from napari_metastruct.progress import Notice, Started
from napari_metastruct.training.devices import choose_device
from napari_metastruct.training.labelled.correcting import corrected_steps
from napari_metastruct.training.labelled.folder import RunFolder
from napari_metastruct.training.labelled.judging import Shown
from napari_metastruct.training.labelled.noise_rate import (
    estimate_noise_rate_steps,
    estimate_steps,
)
from napari_metastruct.training.labelled.pairs import check_pairs
from napari_metastruct.training.labelled.predicted import Predictions
from napari_metastruct.training.labelled.reading import read_steps
from napari_metastruct.training.labelled.results import by_pair
from napari_metastruct.training.labelled.session import BEST, LabelledSession
from napari_metastruct.training.labelled.trouble import Stopped, Trouble, telling
from napari_metastruct.versions import installed_versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_metastruct.progress import Event, Steps, StopFlag
    from napari_metastruct.training.labelled.inbox import MarkInbox
    from napari_metastruct.training.labelled.pairs import LabelledPair
    from napari_metastruct.training.labelled.planes import LearningSet
    from napari_metastruct.training.labelled.predicted import Prediction
    from napari_metastruct.training.labelled.record import Record
    from napari_metastruct.training.labelled.results import PairResults
    from napari_metastruct.training.labelled.settings import LabelledSettings
    from napari_metastruct.training.method import LabelledMethod

__all__ = [
    "Shown",
    "TrainedOnLabels",
    "estimate_noise_rate_steps",
    "train_on_labels_steps",
]


@dataclass(frozen=True, slots=True, eq=False)
class TrainedOnLabels:
    """What a training on labels gives.

    Attributes
    ----------
    segmenter
        The best weights of the run.
    corrected
        For each pair its labels, new arrays of the image's shape in their own class
        numbers, -1 where they were ignored.
    record
        What was measured in each epoch.
    method
        As it was run, an estimated noise rate filled in.
    settings
        Of the run.
    best_epoch
        Epoch that the weights come from.
    seconds
        Wall time.
    matrices
        What the method learned of the labels: name to ``(classes, classes)``.
    maps
        Name to one float32 array for each pair, of its image's shape.
    scores
        Name to one array ``(planes,)`` for each pair.
    predictions
        Of each pair, if they were asked for.
    """

    segmenter: Segmenter
    corrected: tuple[NDArray[Any], ...]
    record: Record
    method: LabelledMethod
    settings: LabelledSettings
    best_epoch: int
    seconds: float
    matrices: dict[str, NDArray[Any]] = field(default_factory=dict)
    maps: dict[str, tuple[NDArray[Any], ...]] = field(default_factory=dict)
    scores: dict[str, tuple[NDArray[Any], ...]] = field(default_factory=dict)
    predictions: tuple[Prediction, ...] = ()


def train_on_labels_steps(
    method: LabelledMethod,
    pairs: Sequence[LabelledPair],
    settings: LabelledSettings,
    *,
    stop: StopFlag | None = None,
    folder: Path | None = None,
    resume: bool = False,
    watched: Sequence[LabelledPair] = (),
    shown: Shown | None = None,
    inbox: MarkInbox | None = None,
    predict: bool = False,
) -> Steps[TrainedOnLabels]:
    """Let a method learn from labels that may be wrong.

    Parameters
    ----------
    method
        How to learn. If it has a field ``noise_rate`` that is None, the rate is
        estimated first.
    pairs
        Images with labels; all with the same number of channels.
    settings
        Network, data, length, seed and device.
    stop
        When set, learning ends and the best so far is kept.
    folder
        Where checkpoints, the record and the model are written; None: nowhere.
    resume
        Go on with the run that ``folder`` holds.
    watched
        Pairs that are only scored at the end of every epoch ("test dice"); nothing is
        learned from them or chosen by them. Their labels are the truth.
    shown
        The plane to send previews of; None: no previews.
    inbox
        Brings marks that are painted while it learns; they replace those of their
        plane when the next epoch begins. Planes without any mark then wait for one. A
        run that is continued learns from the marks of ``pairs``, which may be others;
        the planes that it is judged by stay the same.
    predict
        Whether to predict all planes of the pairs in the end, the one that is shown
        first. Each is predicted once, also where the method's results need it.

    Returns
    -------
    Segmenter, corrected labels and record, by a generator of events: `Started`,
    `Heartbeat`, `BatchEnd`, `LabelPreview`, `EpochEnd`, `PlaneDone`, `Notice`.

    Raises
    ------
    InputError
        Before any work, if the pairs, the settings or the folder cannot be used; or
        when nothing could be learned: the loss is no number, or memory runs out, in
        the first epoch already.
    """
    start = time.perf_counter()
    choice = choose_device(settings.device)
    home = _home(folder, resume=resume)
    check_pairs(pairs, settings, watched)
    if not method.negative_marks and any(p.negative is not None for p in pairs):
        pairs = [replace(pair, negative=None) for pair in pairs]
        yield Notice(f"The method '{method.title}' leaves negative marks out.")
    method.check(pairs, settings)
    growing = inbox is not None
    learning = yield from read_steps(
        pairs,
        settings,
        watched=watched,
        folder=folder,
        growing=growing,
        judged=home.judged() if growing and home is not None else None,
    )
    about = _about(method, pairs, settings, learning)
    if growing:
        about["validation"] = [example.place for example in learning.validation]
    if home is not None:
        about = home.begin(about)
    method = yield from _with_noise_rate(method, learning, settings, about, stop)
    session = LabelledSession(
        learning,
        settings,
        method.networks,
        device=choice.device,
        stop=stop,
        shown=shown,
        home=home,
        further=method.further_networks(
            settings, len(learning.training[0].image), len(learning.classes)
        ),
        inbox=inbox,
    )
    session.record.about.update(about)
    what = _description(session, method, learning, pairs[0])
    if predict:
        session.whole.wanted = Predictions(pairs, what)
    if home is not None:
        home.write_about(about)
        session.resume()
    try:
        yield Started("Learning", session.total_steps, choice.reason)
        yield from _learn(method, session)
        session.go_back_to(BEST)
        corrected = yield from corrected_steps(session, learning, pairs)
        more = yield from _results(method, session, learning, pairs)
    finally:
        session.close()
    segmenter = Segmenter(session.networks[0].eval(), what)
    if home is not None:
        segmenter.save(home.model)
        session.record.save(home.record)
    return TrainedOnLabels(
        segmenter=segmenter,
        corrected=corrected,
        record=session.record,
        method=method,
        settings=settings,
        best_epoch=session.best_epoch,
        seconds=time.perf_counter() - start,
        matrices=more.matrices,
        maps=more.maps,
        scores=more.scores,
        predictions=session.whole.wanted.images if session.whole.wanted else (),
    )


def _home(folder: Path | None, *, resume: bool) -> RunFolder | None:
    if folder is not None:
        return RunFolder(folder, resume=resume)
    if resume:
        raise InputError("To continue a run, name the folder that holds it.")
    return None


def _about(
    method: LabelledMethod,
    pairs: Sequence[LabelledPair],
    settings: LabelledSettings,
    learning: LearningSet,
) -> dict[str, Any]:
    return {
        "method": method.model_dump(mode="json"),
        "settings": settings.model_dump(mode="json"),
        "classes": list(learning.classes),
        "pairs": {
            "names": [pair.name for pair in pairs],
            "shapes": [list(pair.image.shape) for pair in pairs],
            "checksum of the labels": learning.checksum,
        },
        "versions": installed_versions(),
    }


def _with_noise_rate(
    method: LabelledMethod,
    learning: LearningSet,
    settings: LabelledSettings,
    about: dict[str, Any],
    stop: StopFlag | None,
) -> Steps[LabelledMethod]:
    """Fill in the noise rate if the method asks for it; once for all of a run."""
    if getattr(method, "noise_rate", 0) is not None:
        return method
    if "noise_rate" not in about:
        rate = yield from estimate_steps(learning, settings, stop=stop)
        about["noise_rate"] = rate
        yield Notice(f"About {rate:.1%} of the labels seem to be wrong.")
    return method.replace(noise_rate=about["noise_rate"])


def _learn(method: LabelledMethod, session: LabelledSession) -> Iterator[Event]:
    """Let the method learn; whatever ends it early, the best so far is kept."""
    if session.is_finished:
        return
    try:
        with telling(session.settings, session.device):
            yield from method.train(session)
            session.finish()
    except Stopped:
        pass
    except Trouble as trouble:
        if not session.epoch:
            raise InputError(str(trouble)) from trouble
        yield Notice(
            f"{trouble} The run ended in epoch {session.epoch + 1}; the weights of "
            f"epoch {session.best_epoch}, the best so far, are kept."
        )


def _results(
    method: LabelledMethod,
    session: LabelledSession,
    learning: LearningSet,
    pairs: Sequence[LabelledPair],
) -> Steps[PairResults]:
    planes = [*learning.training, *learning.validation, *learning.unlabelled]
    examples = session.whole.seen_first(planes)
    found = yield from method.results(session, examples)
    yield from session.whole.rest_steps(examples)
    return by_pair(found, examples, pairs)


def _description(
    session: LabelledSession,
    method: LabelledMethod,
    learning: LearningSet,
    pair: LabelledPair,
) -> SegmenterDescription:
    settings = session.settings
    return SegmenterDescription(
        network=settings.network_settings(),
        features=settings.feature_settings(),
        channel_count=pair.image.channel_count,
        classes=learning.classes,
        method=method.model_dump(mode="json"),
        seed=settings.seed,
        versions=installed_versions(),
    )
