"""Several noises one after the other, on one image, a set or a stack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.arrays import ImageStack
from napari_metastruct.errors import InputError
from napari_metastruct.noise.classes import checked, classes_of, named, smallest
from napari_metastruct.noise.menu import (
    NOISES,
    AnyNoise,
    Chain,
    NoiseEntry,
    noise_named,
)
from napari_metastruct.noise.noise import Noise, image_rng
from napari_metastruct.progress import Heartbeat, PlaneDone, Started

if TYPE_CHECKING:
    from napari_metastruct.progress import Steps, StopFlag

__all__ = [
    "NOISES",
    "AnyNoise",
    "Chain",
    "Images",
    "NoiseEntry",
    "NoisyLabels",
    "noise_named",
    "noisy_image",
    "noisy_steps",
    "prepare_steps",
]


Images = Sequence[NDArray[Any]] | NDArray[Any] | ImageStack
"""Labels of several images: a list of them, an array along whose first axis they lie,
or an opened stack of planes."""


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
    if not chain:
        return smallest(noisy)
    for place, noise in enumerate(chain):
        noisy = noise.apply(noisy, image_rng(seed, place, index))
    return noisy


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
    images: Images,
    chain: Sequence[Noise],
    seed: int = 0,
    classes: tuple[int, ...] | None = None,
) -> Steps[Chain]:
    """Fix in a chain what depends on the whole set; yields after every image.

    That is the classes of the set, which a single plane may lack, and what kinds that
    look at all images find in them.

    Parameters
    ----------
    images
        Labels of every image; read one at a time.
    chain, seed
        As for `noisy_image`.
    classes
        Those of the set where they are known already (`classes_of_all`); spares a look
        at every image.

    Returns
    -------
    The chain for `noisy_image`. A noise that is prepared already stays as it is.

    Raises
    ------
    InputError
        There is no image, one is no labels, or a noise does not fit to the classes.
    """
    planes = _Planes(images)
    if not len(planes):
        raise InputError("There are no labels: give one image at least.")
    found = classes
    if found is None:
        seen: set[int] = set()
        for index in range(len(planes)):
            seen.update(classes_of(checked(planes[index])))
            yield Heartbeat()
        found = tuple(sorted(seen))
    prepared: list[Noise] = []
    for place, noise in enumerate(chain):
        _check_enough(noise, found)
        fixed = noise.among(found)
        if fixed.needs_images:
            before = _Planes(images, tuple(prepared), seed)
            fixed = yield from fixed.prepare_steps(before, seed, place)
        prepared.append(fixed)
        found = fixed.outcome(found)
    return cast("Chain", tuple(prepared))


def noisy_steps(
    images: Images,
    chain: Sequence[Noise],
    seed: int = 0,
    stop: StopFlag | None = None,
) -> Steps[NoisyLabels]:
    """Apply a chain to every image of a set, or to every plane of a stack.

    Yields a `Heartbeat` for every image that is looked at first, then a `Started` and
    a `PlaneDone` for every image that is done. A stop keeps what is done.

    Parameters
    ----------
    images
        Labels of every image; read one at a time.
    chain, seed
        As for `noisy_image`.
    stop
        Set it to end after the present image.

    Raises
    ------
    InputError
        As `prepare_steps`, before any noise is made.
    """
    planes = _Planes(images)
    prepared = yield from prepare_steps(images, chain, seed)
    yield Started("Adding noise", len(planes))
    done: list[NDArray[Any]] = []
    for index in range(len(planes)):
        if stop is not None and stop.is_set():
            break
        done.append(noisy_image(planes[index], prepared, seed, index))
        yield PlaneDone(index + 1, len(planes))
    return NoisyLabels(tuple(done), prepared)


def _check_enough(noise: Noise, classes: tuple[int, ...]) -> None:
    classes = tuple(sorted({*classes, *noise.outcome(())}))
    if len(classes) >= noise.least_classes:
        return
    held = f"only the class {named(classes)}" if classes else "nothing but -1 (ignored)"
    raise InputError(
        f"The labels hold {held}, but '{noise.title}' needs {noise.least_classes} "
        "classes, such as 0 for background and 1 for objects."
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Planes(Sequence[NDArray[Any]]):
    """Labels read one at a time, with the first noises of a chain already on them."""

    images: Images
    chain: tuple[Noise, ...] = ()
    seed: int = 0

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> NDArray[Any]:  # type: ignore[override]
        if isinstance(self.images, ImageStack):
            labels: NDArray[Any] = self.images.raw_plane(index)[0]
        else:
            labels = np.asarray(self.images[index])
        if labels.ndim < 2:
            raise InputError(
                f"Labels number {index} have {labels.ndim} axes, but 2 or 3 are due: "
                "give a list of label images, or a stack of planes."
            )
        if not self.chain:
            return labels
        return noisy_image(labels, self.chain, self.seed, index)
