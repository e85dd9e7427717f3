"""Otsu's threshold, a peer that learns nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from napari_metastruct import thresholding
from napari_metastruct.training.method import ThresholdRule

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from napari_metastruct.thresholding import Side

__all__ = ["Otsu"]


class Otsu(ThresholdRule):
    """One threshold for the plane, where its two sides differ most."""

    title: ClassVar[str] = "Otsu threshold"
    reference: ClassVar[str] = "Otsu 1979; a peer in Table 3 of Luo et al. 2022"

    name: Literal["otsu"] = "otsu"
    """Name of the method."""
    smooth: Annotated[float, Field(ge=0, le=50)] = 1.0
    """Width in pixels of the Gaussian that removes noise first (0: none)."""

    def mask(self, grey: NDArray[np.float32], side: Side) -> NDArray[np.bool_]:
        """Return the foreground of one plane, ``(Y, X)`` bool."""
        return thresholding.otsu(grey, side, smooth=self.smooth)
