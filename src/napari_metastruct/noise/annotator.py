"""Annotator noise: some images are drawn too large, too small or in the wrong place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from napari_metastruct.noise.noise import Noise, Rng
from napari_metastruct.parameters import Rate

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Annotator", "Slip", "annotator"]

Slip = Literal["any", "dilate", "erode", "affine"]
"""How an annotator errs; any: one of the three at random."""


def annotator(
    labels: NDArray[Any],
    image_rate: float = 1.0,
    level: float = 0.5,
    *,
    slip: Slip = "any",
    rotation: float = 30.0,
    rng: Rng = None,
) -> NDArray[Any]:
    """Spoil an image with some probability, as a hasty annotator does."""
    raise NotImplementedError


class Annotator(Noise):
    """Some images are drawn too large, too small or in the wrong place."""

    title: ClassVar[str] = "Annotator"
    reference: ClassVar[str] = "Li et al. 2021, section 3.1 (alpha, beta)"

    name: Literal["annotator"] = "annotator"
    """Name of the noise."""
    image_rate: Rate = 1.0
    """Probability that an image (or a plane) is spoiled; alpha in the paper."""
    level: Rate = 0.5
    """Wrong pixels in a spoiled image, as a share of its objects; beta."""
    slip: Slip = "any"
    """What goes wrong: dilate, erode, affine (turned and shifted), or any of them."""
    rotation: Annotated[float, Field(ge=0, le=180)] = 30.0
    """Largest angle in degrees that affine turns the drawing by."""

    def apply(self, labels: NDArray[Any], rng: Rng = None) -> NDArray[Any]:
        """Return noisy labels."""
        raise NotImplementedError
