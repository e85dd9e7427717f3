"""Small pictures of discs with labels that are wrong in places, and quick runs."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.arrays import open_stack
from napari_metastruct.progress import Event, Steps, run_to_end
from napari_metastruct.training.labelled.pairs import LabelledPair
from napari_metastruct.training.labelled.run import (
    TrainedOnLabels,
    train_on_labels_steps,
)
from napari_metastruct.training.labelled.settings import LabelledSettings
from napari_metastruct.training.method import LabelledMethod


def discs(
    classes: int = 2, planes: int = 4, side: int = 32, seed: int = 0
) -> tuple[NDArray[np.float32], NDArray[np.int16]]:
    """Draw one disc of each class in every plane, brighter the higher its class.

    Returns
    -------
    Images ``(planes, side, side)`` with noise, and the truth.
    """
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:side, :side]
    truth = np.zeros((planes, side, side), np.int16)
    for plane in truth:
        for number in range(1, classes):
            row, column = rng.uniform(0.3 * side, 0.7 * side, 2)
            radius = rng.uniform(0.2, 0.3) * side / (classes - 1)
            plane[np.hypot(rows - row, columns - column) < radius] = number
    return (truth + rng.normal(0, 0.3, truth.shape)).astype(np.float32), truth


def flipped(
    truth: NDArray[np.int16], rate: float, classes: int = 2, seed: int = 0
) -> NDArray[np.int16]:
    """Give a share of the pixels another class each."""
    rng = np.random.default_rng(seed)
    other = (truth + rng.integers(1, classes, truth.shape)) % classes
    return np.where(rng.random(truth.shape) < rate, other, truth).astype(np.int16)


def settings(**more: Any) -> LabelledSettings:  # noqa: ANN401 - its settings
    """Return settings of a run that takes a moment only."""
    small: dict[str, Any] = {
        "epochs": 2,
        "batch": 2,
        "patch": 32,
        "width": 4,
        "depth": 2,
    }
    small |= {"validation": 0.25, "checkpoint_every": 1, "device": "cpu"}
    return LabelledSettings(**{**small, **more})


def pair(classes: int = 2, *, reference: bool = False) -> LabelledPair:
    """Return four planes of discs; some labels are wrong, some ignored."""
    image, truth = discs(classes)
    labels = flipped(truth, 0.2, classes)
    labels[:, :4] = -1
    return LabelledPair(open_stack(image), labels, truth if reference else None)


def part_right(classes: int = 2, *, reference: bool = False) -> list[LabelledPair]:
    """Return the same planes as two pairs, the first with labels that are right."""
    image, truth = discs(classes)
    labels = np.where(
        np.arange(4)[:, None, None] < 2, truth, flipped(truth, 0.2, classes)
    )
    labels[:, :4] = -1
    return [
        LabelledPair(
            open_stack(image[part]),
            labels[part],
            truth[part] if reference else None,
            trusted=right,
        )
        for part, right in ((slice(2), True), (slice(2, 4), False))
    ]


def steps_of(
    method: LabelledMethod,
    pairs: list[LabelledPair],
    chosen: LabelledSettings | None = None,
    **more: Any,  # noqa: ANN401 - handed on
) -> Steps[TrainedOnLabels]:
    """Begin a quick run."""
    return train_on_labels_steps(method, pairs, chosen or settings(), **more)


def run(
    method: LabelledMethod,
    pairs: list[LabelledPair],
    chosen: LabelledSettings | None = None,
    **more: Any,  # noqa: ANN401 - handed on
) -> tuple[TrainedOnLabels, list[Event]]:
    """Do a quick run."""
    events: list[Event] = []
    steps = steps_of(method, pairs, chosen, **more)
    return run_to_end(steps, events.append), events


def last_scores(method: LabelledMethod) -> dict[str, float]:
    """Let a method learn from labels of which 30 % are flipped; return its last row."""
    image, truth = discs(planes=6)
    given = LabelledPair(open_stack(image), flipped(truth, 0.3), truth)
    longer = settings(epochs=5, batch=4, patches_per_epoch=28, learning_rate=0.01)
    return run(method, [given], longer)[0].record.rows[-1]
