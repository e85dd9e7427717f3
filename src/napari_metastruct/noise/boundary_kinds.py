"""The settings of PCL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from napari_metastruct.noise.morphology import (
    closing,
    dilate,
    erode,
    opening,
    skeleton,
)
from napari_metastruct.noise.noise import Noise, Rng
from napari_metastruct.parameters import PositiveCount

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Closing", "Dilate", "Erode", "Opening", "Skeleton"]

_REFERENCE = "PCL; Luo et al. 2022, Table 1"


class Dilate(Noise):
    """Every object grown by some pixels (PCL); it takes only background."""

    title: ClassVar[str] = "Dilate"
    reference: ClassVar[str] = _REFERENCE

    name: Literal["dilate"] = "dilate"
    """Name of the noise."""
    iterations: PositiveCount = 1
    """How many pixels every boundary moves outward."""

    def apply(self, labels: NDArray[Any], rng: Rng = None) -> NDArray[Any]:
        """Return noisy labels, in which nothing is random; see `dilate`."""
        del rng
        return dilate(labels, self.iterations)


class Erode(Noise):
    """Every object shrunk by some pixels (PCL); it leaves background behind."""

    title: ClassVar[str] = "Erode"
    reference: ClassVar[str] = _REFERENCE

    name: Literal["erode"] = "erode"
    """Name of the noise."""
    iterations: PositiveCount = 1
    """How many pixels every boundary moves inward."""

    def apply(self, labels: NDArray[Any], rng: Rng = None) -> NDArray[Any]:
        """Return noisy labels, in which nothing is random; see `erode`."""
        del rng
        return erode(labels, self.iterations)


class Skeleton(Noise):
    """Every object thinned to a line one pixel wide (PCL)."""

    title: ClassVar[str] = "Skeleton"
    reference: ClassVar[str] = _REFERENCE

    name: Literal["skeleton"] = "skeleton"
    """Name of the noise."""

    def apply(self, labels: NDArray[Any], rng: Rng = None) -> NDArray[Any]:
        """Return noisy labels, in which nothing is random; see `skeleton`."""
        del rng
        return skeleton(labels)


class Opening(Noise):
    """Every object eroded, then dilated: what is thin is lost (PCL)."""

    title: ClassVar[str] = "Opening"
    reference: ClassVar[str] = _REFERENCE

    name: Literal["opening"] = "opening"
    """Name of the noise."""
    iterations: PositiveCount = 1
    """How many pixels every boundary moves inward and back."""

    def apply(self, labels: NDArray[Any], rng: Rng = None) -> NDArray[Any]:
        """Return noisy labels, in which nothing is random; see `opening`."""
        del rng
        return opening(labels, self.iterations)


class Closing(Noise):
    """Every object dilated, then eroded: narrow gaps are filled (PCL)."""

    title: ClassVar[str] = "Closing"
    reference: ClassVar[str] = _REFERENCE

    name: Literal["closing"] = "closing"
    """Name of the noise."""
    iterations: PositiveCount = 1
    """How many pixels every boundary moves outward and back."""

    def apply(self, labels: NDArray[Any], rng: Rng = None) -> NDArray[Any]:
        """Return noisy labels, in which nothing is random; see `closing`."""
        del rng
        return closing(labels, self.iterations)
