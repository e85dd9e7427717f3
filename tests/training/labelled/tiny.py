"""Images with labels that are learned from in a moment."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.arrays import open_stack
from napari_metastruct.methods import Plain
from napari_metastruct.progress import Event, run_to_end
from napari_metastruct.training.labelled import LabelledPair, LabelledSettings
from napari_metastruct.training.labelled.reading import read_steps
from napari_metastruct.training.labelled.run import (
    TrainedOnLabels,
    train_on_labels_steps,
)
from napari_metastruct.training.labelled.session import LabelledSession
from napari_metastruct.training.method import LabelledMethod

GREY = np.array([0.0, 60.0, -60.0], np.float32)
"""Mean of background, class 1 and class 2."""


def discs(
    count: int = 6, side: int = 32, classes: int = 2, seed: int = 0
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Return noisy images of discs, class by class bright or dark, and their labels."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:side, :side]
    labels = np.zeros((count, side, side), np.uint8)
    for plane in labels:
        for number in range(1, classes):
            for _ in range(2):
                row, column = rng.integers(5, side - 5, 2)
                radius = rng.integers(4, 8)
                inside = (rows - row) ** 2 + (columns - column) ** 2 < radius**2
                plane[inside] = number
    images = GREY[labels] + rng.normal(100, 20, labels.shape)
    return images.astype(np.float32), labels


def flipped(
    labels: NDArray[Any], rate: float, classes: int = 2, seed: int = 1
) -> NDArray[Any]:
    """Return labels of which a share became another class."""
    rng = np.random.default_rng(seed)
    wrong = rng.random(labels.shape) < rate
    other = (labels + rng.integers(1, classes, labels.shape)) % classes
    return np.where(wrong, other, labels).astype(labels.dtype)


def pair_of(
    images: NDArray[Any],
    labels: NDArray[Any],
    reference: NDArray[Any] | None = None,
    name: str = "discs",
) -> LabelledPair:
    """Return a stack with its labels."""
    axes = "ZYX"[-images.ndim :]
    return LabelledPair(open_stack(images, axes=axes, name=name), labels, reference)


def disc_pair(**how: int) -> LabelledPair:
    """Return such images with their right labels."""
    return pair_of(*discs(**how))


def quick(**more: Any) -> LabelledSettings:  # noqa: ANN401 - its fields
    """Return settings that make everything small."""
    small: dict[str, Any] = {
        "epochs": 2, "batch": 4, "patch": 32, "width": 4, "depth": 2, "device": "cpu",
    }  # fmt: skip
    return LabelledSettings(**{**small, **more})


def train(
    pairs: list[LabelledPair],
    settings: LabelledSettings,
    method: LabelledMethod | None = None,
    on_event: Callable[[Event], None] | None = None,
    **more: Any,  # noqa: ANN401 - what the door takes
) -> TrainedOnLabels:
    """Train to the end."""
    steps = train_on_labels_steps(method or Plain(), pairs, settings, **more)
    return run_to_end(steps, on_event)


def session_of(
    pairs: list[LabelledPair], settings: LabelledSettings, networks: int = 1
) -> LabelledSession:
    """Return a session that a test can step through."""
    learning = run_to_end(read_steps(pairs, settings))
    return LabelledSession(learning, settings, networks)


def without_time(rows: list[dict[str, float]]) -> list[dict[str, float]]:
    """Return a record without what differs from run to run."""
    return [{k: v for k, v in row.items() if k != "seconds"} for row in rows]
