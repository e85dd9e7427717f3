"""What all kinds of label noise have in common."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from napari_metastruct.noise.classes import classes_of_all
from napari_metastruct.parameters import Parameters
from napari_metastruct.progress import run_to_end

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_metastruct.progress import Steps

__all__ = ["Noise", "Rng", "image_rng"]

Rng = np.random.Generator | int | None
"""Where random numbers come from: a generator, a seed, or None for fresh ones."""


def image_rng(seed: int, place: int, index: int) -> np.random.Generator:
    """Return the generator of one noise of a chain on one image.

    Parameters
    ----------
    seed
        Of the whole chain.
    place
        Of the noise in its chain, from 0.
    index
        Number of the image, or of the plane in its stack, from 0.
    """
    return np.random.default_rng([seed, place, index])


class Noise(Parameters):
    """One kind of label noise with its settings, a frozen value.

    A subclass gives `name` the one value that tells it apart, and writes `apply`.
    Labels are integer class maps with any number of axes; pixels of -1 stay -1.
    """

    title: ClassVar[str]
    """What the menu says."""
    reference: ClassVar[str]
    """Where it comes from."""
    least_classes: ClassVar[int] = 2
    """How many classes a set of labels needs for it."""
    needs_images: ClassVar[bool] = False
    """Whether `prepare` has to look at the images, not only at their classes."""

    name: str
    """Name on the command line and in job files."""

    @abstractmethod
    def apply(self, labels: NDArray[Any], rng: Rng = None) -> NDArray[Any]:
        """Return noisy labels of one image, a new array of the same shape.

        Raises
        ------
        InputError
            The labels are none, or the settings do not fit to their classes.
        """

    def among(self, classes: tuple[int, ...]) -> Self:
        """Return the value with the classes of the whole set fixed.

        An image of the set may lack a class that others have.

        Raises
        ------
        InputError
            The settings do not fit to that many classes.
        """
        del classes
        return self

    def outcome(self, classes: tuple[int, ...]) -> tuple[int, ...]:
        """Return the classes that a set can have after this noise, ascending."""
        return classes

    def prepare(
        self, images: Sequence[NDArray[Any]], seed: int = 0, place: int = 0
    ) -> Self:
        """Return the value with all fixed that depends on the whole set.

        Parameters
        ----------
        images
            Labels of all images that the noise will be applied to.
        seed, place
            Those of the chain that it will be applied with.
        """
        fixed = self.among(classes_of_all(images))
        return run_to_end(fixed.prepare_steps(images, seed, place))

    def prepare_steps(
        self, images: Sequence[NDArray[Any]], seed: int, place: int
    ) -> Steps[Self]:
        """Fix what depends on the images of the set; yields after each of them."""
        del images, seed, place
        yield from ()
        return self
