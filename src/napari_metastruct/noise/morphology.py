"""PCL: the boundary of the clean label is moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from napari_metastruct.noise.noise import Noise, Rng
from napari_metastruct.parameters import PositiveCount

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "Closing", "Dilate", "Erode", "Opening", "Skeleton",
    "closing", "dilate", "erode", "opening", "skeleton",
]  # fmt: skip


def dilate(labels: NDArray[Any], iterations: int = 1) -> NDArray[Any]:
    """Grow every object by some pixels (PCL)."""
    raise NotImplementedError


def erode(labels: NDArray[Any], iterations: int = 1) -> NDArray[Any]:
    """Shrink every object by some pixels (PCL)."""
    raise NotImplementedError


def skeleton(labels: NDArray[Any]) -> NDArray[Any]:
    """Thin every object to a line one pixel wide (PCL)."""
    raise NotImplementedError


def opening(labels: NDArray[Any], iterations: int = 1) -> NDArray[Any]:
    """Erode, then dilate: what is thin is lost (PCL)."""
    raise NotImplementedError


def closing(labels: NDArray[Any], iterations: int = 1) -> NDArray[Any]:
    """Dilate, then erode: gaps are filled (PCL)."""
    raise NotImplementedError


class Dilate(Noise):
    """Every object grown by some pixels (PCL)."""

    title: ClassVar[str] = "Dilate"
    reference: ClassVar[str] = "PCL, Luo et al. 2022"

    name: Literal["dilate"] = "dilate"
    """Name of the noise."""
    iterations: PositiveCount = 1
    """How many pixels every boundary moves."""

    def apply(self, labels: NDArray[Any], rng: Rng = None) -> NDArray[Any]:
        """Return noisy labels; nothing is random."""
        del rng
        return dilate(labels, self.iterations)


class Erode(Noise):
    """Every object shrunk by some pixels (PCL)."""

    title: ClassVar[str] = "Erode"
    reference: ClassVar[str] = "PCL, Luo et al. 2022"

    name: Literal["erode"] = "erode"
    """Name of the noise."""
    iterations: PositiveCount = 1
    """How many pixels every boundary moves."""

    def apply(self, labels: NDArray[Any], rng: Rng = None) -> NDArray[Any]:
        """Return noisy labels; nothing is random."""
        del rng
        return erode(labels, self.iterations)


class Skeleton(Noise):
    """Every object thinned to a line one pixel wide (PCL)."""

    title: ClassVar[str] = "Skeleton"
    reference: ClassVar[str] = "PCL, Luo et al. 2022"

    name: Literal["skeleton"] = "skeleton"
    """Name of the noise."""

    def apply(self, labels: NDArray[Any], rng: Rng = None) -> NDArray[Any]:
        """Return noisy labels; nothing is random."""
        del rng
        return skeleton(labels)


class Opening(Noise):
    """Every object eroded, then dilated: what is thin is lost (PCL)."""

    title: ClassVar[str] = "Opening"
    reference: ClassVar[str] = "PCL, Luo et al. 2022"

    name: Literal["opening"] = "opening"
    """Name of the noise."""
    iterations: PositiveCount = 1
    """How many pixels the boundary moves there and back."""

    def apply(self, labels: NDArray[Any], rng: Rng = None) -> NDArray[Any]:
        """Return noisy labels; nothing is random."""
        del rng
        return opening(labels, self.iterations)


class Closing(Noise):
    """Every object dilated, then eroded: gaps are filled (PCL)."""

    title: ClassVar[str] = "Closing"
    reference: ClassVar[str] = "PCL, Luo et al. 2022"

    name: Literal["closing"] = "closing"
    """Name of the noise."""
    iterations: PositiveCount = 1
    """How many pixels the boundary moves there and back."""

    def apply(self, labels: NDArray[Any], rng: Rng = None) -> NDArray[Any]:
        """Return noisy labels; nothing is random."""
        del rng
        return closing(labels, self.iterations)
