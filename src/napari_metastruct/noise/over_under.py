"""Over- and under-annotation of a set of images to a mean IoU (ADELE, CVPR 2022)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from napari_metastruct.errors import InputError
from napari_metastruct.noise.classes import checked, smallest
from napari_metastruct.noise.noise import Noise, Rng, image_rng
from napari_metastruct.noise.objects import areas_of
from napari_metastruct.noise.rings import Rings, pixels_passed
from napari_metastruct.progress import Heartbeat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_metastruct.progress import Steps

__all__ = ["OverUnder", "over_under"]

_BISECTIONS = 60


def over_under(
    images: Sequence[NDArray[Any]], target_iou: float = 0.6, *, seed: int = 0
) -> list[NDArray[Any]]:
    """Grow the objects of some images and shrink those of the others.

    Each image is drawn too large or too small, with the same chance, by a number of
    pixels that is uniform from 0 to a largest one; half a pixel moves the boundary
    along half of the next ring of pixels. The largest one is found by bisection, so
    that the mean over the images of the mean IoU of their objects' classes is
    `target_iou`. An image in which objects have so little room to grow that they would
    stay above that IoU is always drawn too small. Classes meet as in `dilate` and
    `erode`.

    Parameters
    ----------
    images
        Class maps, any number of axes; -1 stays -1.
    target_iou
        Above 0, at most 1. Images without objects do not count.
    seed
        The same seed draws the same.

    Returns
    -------
    A new array for each image, in the smallest type.

    Raises
    ------
    InputError
        The labels are none, or no change brings the set to that mean IoU.
    """
    noise = OverUnder(target_iou=target_iou).prepare(images, seed)
    return [
        noise.apply(labels, image_rng(seed, 0, index))
        for index, labels in enumerate(images)
    ]


class OverUnder(Noise):
    """Objects grown in some images and shrunk in others, to a mean IoU of the set."""

    title: ClassVar[str] = "Over- and under-annotation"
    reference: ClassVar[str] = "ADELE, CVPR 2022, appendix B.2"
    needs_images: ClassVar[bool] = True

    name: Literal["over-under"] = "over-under"
    """Name of the noise."""
    target_iou: Annotated[float, Field(gt=0, le=1)] = 0.6
    """Mean IoU with the clean labels that the set of images is brought to."""
    largest: Annotated[float, Field(ge=0)] | None = None
    """Most pixels that a boundary moves; auto: found from the set and its mean IoU."""

    def prepare_steps(
        self, images: Sequence[NDArray[Any]], seed: int, place: int
    ) -> Steps[Self]:
        """Find how far boundaries have to move; yields after every image."""
        if self.largest is not None:
            return self
        curves = []
        for index in range(len(images)):
            labels = checked(images[index])
            if (labels > 0).any():
                draw = _Drawn.by(image_rng(seed, place, index), labels, self.target_iou)
                curves.append(draw.curve)
            yield Heartbeat()
        return self.replace(largest=_largest(curves, self.target_iou))

    def apply(self, labels: NDArray[Any], rng: Rng = None) -> NDArray[Any]:
        """Return noisy labels; see `over_under`. Not prepared: as a set of one."""
        labels = checked(labels)
        if not (labels > 0).any():
            return smallest(labels)
        rng = np.random.default_rng(rng)
        drawn = _Drawn.by(rng, labels, self.target_iou)
        largest = self.largest
        if largest is None:
            largest = _largest([drawn.curve], self.target_iou)
        counts = drawn.curve.passed_after(largest)
        return drawn.rings.moved(labels, counts, rng, outward=drawn.curve.over)


@dataclass(frozen=True, slots=True, eq=False)
class _Curve:
    """The IoU of one image as its boundaries move; small, so that a set fits."""

    over: bool
    share: float
    areas: NDArray[np.int64]
    passed: NDArray[np.int64]

    def passed_after(self, largest: float) -> NDArray[np.int64]:
        return pixels_passed(self.passed, self.share * largest)

    def iou(self, largest: float) -> float:
        moved = self.passed_after(largest)
        if self.over:
            return float(np.mean(self.areas / (self.areas + moved)))
        return float(np.mean((self.areas - moved) / self.areas))

    @property
    def end(self) -> float:
        """The largest move after which nothing changes any more."""
        return float(self.passed.shape[1]) / self.share


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """What chance has decided about an image: too large or not, and how far."""

    curve: _Curve
    rings: Rings

    @classmethod
    def by(
        cls, rng: np.random.Generator, labels: NDArray[Any], target_iou: float
    ) -> Self:
        over = bool(rng.random() < 0.5)
        share = 1 - float(rng.random())  # above 0
        if over:
            drawn = cls._moving(labels, share, over=True)
            if drawn.curve.iou(drawn.curve.end) <= target_iou:
                return drawn
        return cls._moving(labels, share, over=False)

    @classmethod
    def _moving(cls, labels: NDArray[Any], share: float, *, over: bool) -> Self:
        rings = Rings.outward(labels) if over else Rings.inward(labels)
        return cls(_Curve(over, share, areas_of(labels), rings.passed), rings)


def _largest(curves: Sequence[_Curve], target: float) -> float:
    """Bisect the largest move, so that the mean IoU is the target."""
    if not curves:
        return 0.0

    def mean_iou(largest: float) -> float:
        return float(np.mean([curve.iou(largest) for curve in curves]))

    low, high = 0.0, max(curve.end for curve in curves)
    least = mean_iou(high)
    if least > target:
        raise InputError(
            f"These labels cannot be brought to a mean IoU of {target:g}: the least is "
            f"{least:.3f}, as some images have no boundary that could move. Ask for "
            "more than that, or leave these images out."
        )
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if mean_iou(middle) > target else (low, middle)
    return high
