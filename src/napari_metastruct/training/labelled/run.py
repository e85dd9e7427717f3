"""The one door to learning from labels: pairs and a method in, a segmenter out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_metastruct.networks.segmenter import Segmenter
    from napari_metastruct.progress import Steps, StopFlag
    from napari_metastruct.training.labelled.pairs import LabelledPair
    from napari_metastruct.training.labelled.record import Record
    from napari_metastruct.training.labelled.settings import LabelledSettings
    from napari_metastruct.training.method import LabelledMethod

__all__ = [
    "Shown",
    "TrainedOnLabels",
    "estimate_noise_rate_steps",
    "train_on_labels_steps",
]


@dataclass(slots=True)
class Shown:
    """The plane that a person looks at; may be changed while it learns.

    Attributes
    ----------
    pair
        Number of the pair.
    plane
        Number of the plane in it.
    """

    pair: int = 0
    plane: int = 0


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
    """

    segmenter: Segmenter
    corrected: tuple[NDArray[Any], ...]
    record: Record
    method: LabelledMethod
    settings: LabelledSettings
    best_epoch: int
    seconds: float


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
        Where checkpoints are written; None: nowhere.
    resume
        Go on with the run that ``folder`` holds.
    watched
        Pairs that are only scored at the end of every epoch ("test dice"); nothing is
        learned from them or chosen by them. Their labels are the truth.
    shown
        The plane to send previews of; None: no previews.

    Returns
    -------
    Segmenter, corrected labels and record, by a generator of events: `Started`,
    `Heartbeat`, `BatchEnd`, `LabelPreview`, `EpochEnd`, `PlaneDone`, `Notice`.

    Raises
    ------
    InputError
        Before any work, if the pairs, the settings or the folder cannot be used.
    """
    raise NotImplementedError


def estimate_noise_rate_steps(
    pairs: Sequence[LabelledPair],
    settings: LabelledSettings,
    *,
    stop: StopFlag | None = None,
) -> Steps[float]:
    """Estimate the share of pixels whose label is wrong.

    A plain network learns for a short while, as long as it still learns what the
    labels have in common and not their errors; the estimate is the share of
    labelled pixels where it disagrees with them.
    """
    raise NotImplementedError
