"""The settings of RCL and RL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import model_validator

from napari_metastruct.noise.classes import check_all_given, checked, classes_of
from napari_metastruct.noise.noise import Noise, Rng
from napari_metastruct.noise.probabilities import (
    check_count,
    check_distribution,
    check_matrix,
    check_two,
)
from napari_metastruct.noise.random_labels import (
    apply_transition,
    random_flip,
    random_label_like,
    random_sample,
)
from napari_metastruct.parameters import Count, Rate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Flip", "RandomLabel", "Sample", "Transition"]


class ClassWise(Noise):
    """What draws from the classes of a set, all of them in every image."""

    if TYPE_CHECKING:
        classes: tuple[Count, ...]  # each kind declares it, as its last setting

    def among(self, classes: tuple[int, ...]) -> Self:
        """Fix the classes; those that are given have to be all that there are."""
        if not self.classes:
            return self.replace(classes=classes)
        check_all_given(classes, self.classes)
        return self

    def outcome(self, classes: tuple[int, ...]) -> tuple[int, ...]:
        """Return the classes of the set and those given."""
        return tuple(sorted({*classes, *self.classes}))

    def check_rates_for_classes(self, rates: Sequence[Any], what: str) -> None:
        """Refuse when there is not one rate (row) for each class, where both stand."""
        if rates and self.classes:
            check_count(len(rates), self.classes, what)


class Sample(ClassWise):
    """Only some pixels keep their label (RCL); the others are left out."""

    title: ClassVar[str] = "Random sample"
    reference: ClassVar[str] = "RCL by sampling; Luo et al. 2022, Table 1"
    least_classes: ClassVar[int] = 1

    name: Literal["sample"] = "sample"
    """Name of the noise."""
    rate: Rate = 0.5
    """Probability that a pixel keeps its label."""
    class_rates: tuple[Rate, ...] = ()
    """One probability for each class, background first; empty: the same for all."""
    unsampled: Literal["ignore", "background"] = "ignore"
    """What the other pixels become: -1, which nothing learns from, or 0."""
    classes: tuple[Count, ...] = ()
    """Classes that the probabilities are for; empty: those of the labels."""

    @model_validator(mode="after")
    def _one_for_each(self) -> Self:
        self.check_rates_for_classes(self.class_rates, "class rates")
        return self

    def apply(self, labels: NDArray[Any], rng: Rng = None) -> NDArray[Any]:
        """Return noisy labels; see `random_sample`."""
        return random_sample(
            labels,
            self.class_rates or self.rate,
            unsampled=self.unsampled,
            classes=self.classes,
            rng=rng,
        )


class Flip(ClassWise):
    """Some pixels get another class (RCL), any of the others with the same chance."""

    title: ClassVar[str] = "Random flip"
    reference: ClassVar[str] = "RCL by flipping; Luo et al. 2022, Table 1"

    name: Literal["flip"] = "flip"
    """Name of the noise."""
    rate: Rate = 0.45
    """Probability that a pixel gets another class."""
    class_rates: tuple[Rate, ...] = ()
    """One probability for each class, background first; empty: the same for all."""
    classes: tuple[Count, ...] = ()
    """Classes that a pixel can get; empty: those of the labels."""

    @model_validator(mode="after")
    def _one_for_each(self) -> Self:
        self.check_rates_for_classes(self.class_rates, "class rates")
        return self

    def apply(self, labels: NDArray[Any], rng: Rng = None) -> NDArray[Any]:
        """Return noisy labels; see `random_flip`."""
        rate = self.class_rates or self.rate
        return random_flip(labels, rate, classes=self.classes, rng=rng)


class Transition(ClassWise):
    """Labels drawn from any noise transition matrix (RCL)."""

    title: ClassVar[str] = "Transition matrix"
    reference: ClassVar[str] = "RCL by a transition matrix; Luo et al. 2022, Lemma 1"

    name: Literal["transition"] = "transition"
    """Name of the noise."""
    matrix: tuple[tuple[Rate, ...], ...] = ((0.7, 0.3), (0.2, 0.8))
    """Row i: probabilities of the classes that a pixel of class i gets; sums to 1."""
    classes: tuple[Count, ...] = ()
    """Classes that rows and columns are for; empty: those of the labels."""

    @model_validator(mode="after")
    def _one_for_each(self) -> Self:
        check_matrix(self.matrix)
        self.check_rates_for_classes(self.matrix, "rows in the matrix")
        return self

    def apply(self, labels: NDArray[Any], rng: Rng = None) -> NDArray[Any]:
        """Return noisy labels; see `apply_transition`."""
        return apply_transition(labels, self.matrix, classes=self.classes, rng=rng)


class RandomLabel(ClassWise):
    """Labels drawn without looking at the truth (RL)."""

    title: ClassVar[str] = "Random label"
    reference: ClassVar[str] = "RL; Luo et al. 2022, Table 1"

    name: Literal["random"] = "random"
    """Name of the noise."""
    rate: Rate = 0.5
    """Probability that a pixel is an object; all objects' classes are as likely."""
    class_rates: tuple[Rate, ...] = ()
    """Instead, the probability of each class, background first; they sum to 1."""
    classes: tuple[Count, ...] = ()
    """Classes that are drawn; empty: those of the labels."""

    def among(self, classes: tuple[int, ...]) -> Self:
        """Fix the classes, unless they are given."""
        return self if self.classes else self.replace(classes=classes)

    def outcome(self, classes: tuple[int, ...]) -> tuple[int, ...]:
        """Return the classes that are drawn."""
        return tuple(sorted(self.classes)) or classes

    @model_validator(mode="after")
    def _one_for_each(self) -> Self:
        if self.class_rates:
            check_distribution(self.class_rates)
        self.check_rates_for_classes(self.class_rates, "class rates")
        return self

    def apply(self, labels: NDArray[Any], rng: Rng = None) -> NDArray[Any]:
        """Return noisy labels; see `random_label`; -1 stays -1."""
        labels = checked(labels)
        classes = self.classes or classes_of(labels)
        check_two(classes)
        rates = self.class_rates or self._shared(len(classes))
        return random_label_like(labels, rates, classes=classes, rng=rng)

    def _shared(self, count: int) -> tuple[float, ...]:
        return (1 - self.rate, *[self.rate / (count - 1)] * (count - 1))
