"""Adaptive Gaussian threshold, a peer that learns nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from napari_metastruct import thresholding
from napari_metastruct.training.method import ThresholdRule

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from napari_metastruct.thresholding import Side

__all__ = ["AdaptiveGaussian"]


class AdaptiveGaussian(ThresholdRule):
    """Every pixel against the Gaussian mean of what surrounds it."""

    title: ClassVar[str] = "Adaptive Gaussian threshold"
    reference: ClassVar[str] = "AGT in Table 3 of Luo et al. 2022"

    name: Literal["adaptive-gaussian"] = "adaptive-gaussian"
    """Name of the method."""
    block_size: Annotated[int, Field(ge=3, le=2001)] | None = None
    """Side in pixels of what surrounds a pixel; empty: an eighth of the plane."""
    offset: float = 0.0
    """How far above its surroundings a pixel must be, in the image's own units."""

    def mask(self, grey: NDArray[np.float32], side: Side) -> NDArray[np.bool_]:
        """Return the foreground of one plane, ``(Y, X)`` bool."""
        return thresholding.adaptive_gaussian(
            grey, side, block_size=self.block_size, offset=self.offset
        )
