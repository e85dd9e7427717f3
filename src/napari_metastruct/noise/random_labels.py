"""RCL and RL: every pixel's label is drawn by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from napari_metastruct.noise.noise import Noise, Rng
from napari_metastruct.parameters import Count, Rate

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "Flip", "RandomLabel", "Sample", "Transition",
    "apply_transition", "flip_matrix", "random_flip", "random_label", "random_sample",
]  # fmt: skip


def random_sample(
    labels: NDArray[Any],
    rate: float | Sequence[float],
    *,
    unsampled: Literal["ignore", "background"] = "ignore",
    classes: Sequence[int] | None = None,
    rng: Rng = None,
) -> NDArray[Any]:
    """Keep each pixel's label with a probability (RCL)."""
    raise NotImplementedError


def random_flip(
    labels: NDArray[Any],
    rate: float | Sequence[float],
    *,
    classes: Sequence[int] | None = None,
    rng: Rng = None,
) -> NDArray[Any]:
    """Give pixels another class with a probability (RCL)."""
    raise NotImplementedError


def apply_transition(
    labels: NDArray[Any],
    matrix: NDArray[Any] | Sequence[Sequence[float]],
    *,
    classes: Sequence[int] | None = None,
    rng: Rng = None,
) -> NDArray[Any]:
    """Draw each pixel's label from its class's row of a matrix (RCL)."""
    raise NotImplementedError


def random_label(
    shape: tuple[int, ...],
    rates: float | Sequence[float],
    *,
    classes: Sequence[int] | None = None,
    rng: Rng = None,
) -> NDArray[Any]:
    """Draw labels without looking at any truth (RL)."""
    raise NotImplementedError


def flip_matrix(rate: float | Sequence[float], count: int = 2) -> NDArray[np.float64]:
    """Return the noise transition matrix of flipping."""
    raise NotImplementedError


class Sample(Noise):
    """Only some pixels keep their label (RCL)."""

    title: ClassVar[str] = "Random sample"
    reference: ClassVar[str] = "RCL by sampling, Luo et al. 2022"
    least_classes: ClassVar[int] = 1

    name: Literal["sample"] = "sample"
    """Name of the noise."""
    rate: Rate = 0.5
    """Probability that a pixel keeps its label."""
    class_rates: tuple[Rate, ...] = ()
    """One probability for each class, background first; empty: the same for all."""
    unsampled: Literal["ignore", "background"] = "ignore"
    """What the other pixels become."""
    classes: tuple[Count, ...] = ()
    """Classes that the probabilities are for; empty: those of the labels."""

    def among(self, classes: tuple[int, ...]) -> Self:
        """Fix the classes."""
        return self if self.classes else self.replace(classes=classes)

    def apply(self, labels: NDArray[Any], rng: Rng = None) -> NDArray[Any]:
        """Return noisy labels."""
        raise NotImplementedError


class Flip(Noise):
    """Some pixels get another class (RCL)."""

    title: ClassVar[str] = "Random flip"
    reference: ClassVar[str] = "RCL by flipping, Luo et al. 2022"

    name: Literal["flip"] = "flip"
    """Name of the noise."""
    rate: Rate = 0.45
    """Probability that a pixel gets another class."""
    class_rates: tuple[Rate, ...] = ()
    """One probability for each class, background first; empty: the same for all."""
    classes: tuple[Count, ...] = ()
    """Classes that a pixel can get; empty: those of the labels."""

    def among(self, classes: tuple[int, ...]) -> Self:
        """Fix the classes."""
        return self if self.classes else self.replace(classes=classes)

    def apply(self, labels: NDArray[Any], rng: Rng = None) -> NDArray[Any]:
        """Return noisy labels."""
        raise NotImplementedError


class Transition(Noise):
    """Labels drawn from any noise transition matrix (RCL)."""

    title: ClassVar[str] = "Transition matrix"
    reference: ClassVar[str] = "RCL, Lemma 1 of Luo et al. 2022"

    name: Literal["transition"] = "transition"
    """Name of the noise."""
    matrix: tuple[tuple[Rate, ...], ...] = ((0.7, 0.3), (0.2, 0.8))
    """Row i: probabilities of the classes that a pixel of class i gets; sums to 1."""
    classes: tuple[Count, ...] = ()
    """Classes that rows and columns are for; empty: those of the labels."""

    def among(self, classes: tuple[int, ...]) -> Self:
        """Fix the classes."""
        return self if self.classes else self.replace(classes=classes)

    def apply(self, labels: NDArray[Any], rng: Rng = None) -> NDArray[Any]:
        """Return noisy labels."""
        raise NotImplementedError


class RandomLabel(Noise):
    """Labels drawn without looking at the truth (RL)."""

    title: ClassVar[str] = "Random label"
    reference: ClassVar[str] = "RL, Luo et al. 2022"

    name: Literal["random"] = "random"
    """Name of the noise."""
    rate: Rate = 0.5
    """Probability that a pixel is an object; all objects' classes are as likely."""
    class_rates: tuple[Rate, ...] = ()
    """Instead, the probability of each class, background first; they sum to 1."""
    classes: tuple[Count, ...] = ()
    """Classes that are drawn; empty: those of the labels."""

    def among(self, classes: tuple[int, ...]) -> Self:
        """Fix the classes."""
        return self if self.classes else self.replace(classes=classes)

    def apply(self, labels: NDArray[Any], rng: Rng = None) -> NDArray[Any]:
        """Return noisy labels."""
        raise NotImplementedError
