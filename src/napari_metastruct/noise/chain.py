"""Noises by name, and several of them one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from napari_metastruct.arrays import ImageStack
from napari_metastruct.errors import InputError
from napari_metastruct.noise.annotator import Annotator
from napari_metastruct.noise.boundary_kinds import (
    Closing,
    Dilate,
    Erode,
    Opening,
    Skeleton,
)
from napari_metastruct.noise.classes import checked, label_dtype
from napari_metastruct.noise.coarse import CoarseNegative, CoarsePositive
from napari_metastruct.noise.noise import Noise, image_rng
from napari_metastruct.noise.over_under import OverUnder
from napari_metastruct.noise.random_kinds import Flip, RandomLabel, Sample, Transition

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from napari_metastruct.progress import Steps, StopFlag

__all__ = [
    "NOISES",
    "AnyNoise",
    "Chain",
    "NoiseEntry",
    "NoisyLabels",
    "noise_named",
    "noisy_image",
    "noisy_steps",
    "prepare_steps",
]

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


def noisy_image(
    labels: NDArray[Any], chain: Sequence[Noise], seed: int = 0, index: int = 0
) -> NDArray[Any]:
    """Apply a chain to one image, or to one plane of a stack.

    Each noise draws from a generator of its own, made of the seed, its place in the
    chain and `index`; so one plane is exactly that plane of the whole result.

    Parameters
    ----------
    labels
        Class map, any number of axes; -1 stays -1.
    chain
        Noises in their order. For an image of a set, as `prepare_steps` returns them.
    seed
        Same seed, same result.
    index
        Number of the image in its set, or of the plane in its stack.

    Returns
    -------
    A new array of the same shape.
    """
    noisy = checked(labels)
    for place, noise in enumerate(chain):
        noisy = noise.apply(noisy, image_rng(seed, place, index))
    if chain:
        return noisy
    dtype = label_dtype((int(noisy.max()),), ignored=bool(noisy.min() < 0))
    return noisy.astype(dtype)


@dataclass(frozen=True, slots=True, eq=False)
class NoisyLabels:
    """What `noisy_steps` returns.

    Attributes
    ----------
    images
        Noisy labels of every image or plane, in their order; after a stop only of
        those that were done.
    chain
        The chain with everything fixed that depends on the whole set.
    """

    images: tuple[NDArray[Any], ...]
    chain: Chain


def prepare_steps(
    images: Sequence[NDArray[Any]] | ImageStack,
    chain: Sequence[Noise],
    seed: int = 0,
    classes: tuple[int, ...] | None = None,
) -> Steps[Chain]:
    """Fix what depends on the whole set: its classes, and what noises ask for."""
    raise NotImplementedError


def noisy_steps(
    images: Sequence[NDArray[Any]] | ImageStack,
    chain: Sequence[Noise],
    seed: int = 0,
    stop: StopFlag | None = None,
) -> Steps[NoisyLabels]:
    """Apply a chain to every image of a set, or to every plane of a stack."""
    raise NotImplementedError
