"""All kinds of label noise, in the order of the menu."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from napari_metastruct.errors import InputError
from napari_metastruct.noise.annotator import Annotator
from napari_metastruct.noise.boundary_kinds import (
    Closing,
    Dilate,
    Erode,
    Opening,
    Skeleton,
)
from napari_metastruct.noise.coarse import CoarseNegative, CoarsePositive
from napari_metastruct.noise.over_under import OverUnder
from napari_metastruct.noise.random_kinds import Flip, RandomLabel, Sample, Transition

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["NOISES", "AnyNoise", "Chain", "NoiseEntry", "noise_named"]

AnyNoise = Annotated[
    Sample | Flip | Transition | RandomLabel
    | Dilate | Erode | Skeleton | Opening | Closing
    | Annotator | OverUnder | CoarsePositive | CoarseNegative,
    Field(discriminator="name"),
]  # fmt: skip
"""Any kind of label noise, told apart by its field ``name``."""

Chain = tuple[AnyNoise, ...]
"""Noises that are applied one after the other."""


@dataclass(frozen=True, slots=True)
class NoiseEntry:
    """A noise as the menu and the command line offer it."""

    title: str
    make: Callable[..., AnyNoise]


NOISES: dict[str, NoiseEntry] = {
    kind.model_fields["name"].default: NoiseEntry(kind.title, kind)
    for kind in (
        Sample, Flip, Transition, RandomLabel,
        Dilate, Erode, Skeleton, Opening, Closing,
        Annotator, OverUnder, CoarsePositive, CoarseNegative,
    )
}  # fmt: skip
"""What can be chosen by name, in the order of the menu."""


def noise_named(name: str) -> AnyNoise:
    """Return the noise of that name with its default settings.

    Raises
    ------
    InputError
        There is no such noise.
    """
    if name not in NOISES:
        raise InputError(
            f"There is no noise '{name}'; choose one of: {', '.join(NOISES)}."
        )
    return NOISES[name].make()
