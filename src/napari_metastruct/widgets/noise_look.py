"""The noise of the plane that is seen: a small job for a preview."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.noise import (
    Chain,
    Noise,
    classes_of,
    noisy_image,
    prepare_steps,
)
from napari_metastruct.noise.classes import checked, label_dtype
from napari_metastruct.progress import Event, Heartbeat, PlaneDone, Steps, changed
from napari_metastruct.widgets.labels_input import LabelsInput
from napari_metastruct.widgets.noise_compared import Compared, compare

__all__ = ["LARGEST_LOOK", "Look", "Parts", "look_steps"]

LARGEST_LOOK = 2**24
"""Pixels of a plane or volume; beyond that a preview takes too long and too much."""


@dataclass(frozen=True, slots=True, eq=False)
class Parts(Sequence[NDArray[Any]]):
    """The planes or volumes of labels, read one at a time."""

    source: LabelsInput

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, number: int) -> NDArray[Any]:  # type: ignore[override]
        return self.source.part(number)


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """The noisy plane (or volume) and what is wrong in it.

    Attributes
    ----------
    source, number
        Whose plane it is, and its number there.
    classes
        Those of all labels, before and after the noise.
    prepared
        The chain with everything fixed that depends on all planes.
    noisy
        Of the plane's shape, in a type that also holds -1, the same for all planes.
    errors
        Map of errors, of that shape.
    compared
        The numbers.
    """

    source: LabelsInput
    number: int
    classes: tuple[int, ...]
    prepared: Chain
    noisy: NDArray[Any]
    errors: NDArray[np.uint8]
    compared: Compared

    def at(self, source: LabelsInput) -> "Look":
        """Return the same of labels that lie elsewhere."""
        return replace(self, source=source)


def look_steps(
    source: LabelsInput,
    number: int,
    chain: Sequence[Noise],
    seed: int,
    classes: Sequence[int],
    prepared: Chain | None = None,
) -> Steps[Look]:
    """Make the noise of one plane, exactly as it will be in the whole result.

    Parameters
    ----------
    classes
        Those of all labels; what the plane has got since then is added.
    prepared
        The chain as an earlier look at the same labels has prepared it.
    """
    clean = checked(source.part(number), source.name)
    yield Heartbeat()
    known = tuple(sorted({*classes, *classes_of(clean)}))
    if prepared is None:
        counter = count(1)

        def told(_: Event) -> Event:
            return PlaneDone(next(counter), len(source))

        steps = prepare_steps(Parts(source), chain, seed, known)
        prepared = yield from changed(steps, told)
    noisy = noisy_image(clean, prepared, seed, number)
    yield Heartbeat()
    compared, errors = compare(clean, noisy)
    for noise in prepared:
        known = tuple(sorted({*known, *noise.outcome(known)}))
    noisy = noisy.astype(label_dtype(known, ignored=True), copy=False)
    return Look(source, number, known, prepared, noisy, errors, compared)
