"""Coarse marks: a quick drawing of what is an object, or of what is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from napari_metastruct.noise.noise import Noise, Rng
from napari_metastruct.parameters import Count, Rate

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "CoarseNegative", "CoarsePositive", "Stroke", "coarse_negative", "coarse_positive",
]  # fmt: skip

Stroke = Literal["either", "thin", "thick", "exact"]
"""How wide a drawing is; either: thin or thick, at random."""


def coarse_positive(
    labels: NDArray[Any],
    ratio: float = 0.5,
    *,
    stroke: Stroke = "either",
    amount: float = 0.3,
    fractures: int = 3,
    rng: Rng = None,
) -> NDArray[Any]:
    """Draw coarsely what is an object; unmarked pixels are -1."""
    raise NotImplementedError


def coarse_negative(
    labels: NDArray[Any],
    ratio: float = 0.5,
    *,
    stroke: Stroke = "either",
    amount: float = 0.3,
    fractures: int = 3,
    rng: Rng = None,
) -> NDArray[Any]:
    """Draw coarsely what is not an object: the value is the class that it is not."""
    raise NotImplementedError


class Coarse(Noise):
    """Settings of both kinds of marks."""

    reference: ClassVar[str] = "Emerging Semantic Segmentation, section 4.2"

    ratio: Annotated[float, Field(gt=0, le=1)] = 0.5
    """Share of the drawing that is kept, around a random point inside of each object;
    0.01 leaves a scribble."""
    stroke: Stroke = "either"
    """Whether the drawing is thinner or thicker than the truth, or either at random."""
    amount: Rate = 0.3
    """By how much, as a share of the objects' half width."""
    fractures: Count = 3
    """Small gaps in the drawing of each class."""


class CoarsePositive(Coarse):
    """A coarse drawing of every object; the rest is left out."""

    title: ClassVar[str] = "Coarse positive marks"

    name: Literal["coarse-positive"] = "coarse-positive"
    """Name of the noise."""

    def apply(self, labels: NDArray[Any], rng: Rng = None) -> NDArray[Any]:
        """Return the marks."""
        raise NotImplementedError


class CoarseNegative(Coarse):
    """A coarse drawing of what is not the object; its value is that object's class."""

    title: ClassVar[str] = "Coarse negative marks"

    name: Literal["coarse-negative"] = "coarse-negative"
    """Name of the noise."""

    def apply(self, labels: NDArray[Any], rng: Rng = None) -> NDArray[Any]:
        """Return the marks."""
        raise NotImplementedError
