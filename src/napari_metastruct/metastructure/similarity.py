"""How alike densities are, and how many of them can be told apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari_metastruct.metastructure.density import Densities

__all__ = ["Similarity", "compare", "distinguishable_classes"]


@dataclass(frozen=True, slots=True)
class Similarity:
    """How alike two densities are, class by class and in the mean.

    Attributes
    ----------
    classes
        The classes compared.
    pearson
        Correlation over the pixels, -1 to 1, one a class.
    jensen_shannon
        Jensen-Shannon distance, base 2: 0 (the same) to 1, one a class.
    overlap
        Sum of the smaller of both: 0 to 1 (the same), one a class.
    mean_pearson, mean_jensen_shannon, mean_overlap
        Their plain means over the classes.
    """

    classes: tuple[int, ...]
    pearson: tuple[float, ...]
    jensen_shannon: tuple[float, ...]
    overlap: tuple[float, ...]

    @property
    def mean_pearson(self) -> float:
        """Mean correlation of the classes."""
        return sum(self.pearson) / len(self.classes)

    @property
    def mean_jensen_shannon(self) -> float:
        """Mean Jensen-Shannon distance of the classes."""
        return sum(self.jensen_shannon) / len(self.classes)

    @property
    def mean_overlap(self) -> float:
        """Mean overlap of the classes."""
        return sum(self.overlap) / len(self.classes)


def compare(a: Densities, b: Densities) -> Similarity:
    """Compare two densities of the same kernel, bandwidth, shape and classes."""
    raise NotImplementedError


def distinguishable_classes(densities: Densities) -> int:
    """Return how many classes differ by more than the sampling error (Lemma 2)."""
    raise NotImplementedError
