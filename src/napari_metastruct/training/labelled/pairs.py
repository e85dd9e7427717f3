"""Images with their labels, checked before any work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari_metastruct.arrays import ImageStack
    from napari_metastruct.arrays.stack import Sliceable

__all__ = ["LabelledPair"]


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPair:
    """One image or stack with its labels.

    Attributes
    ----------
    image
        The image, as `~napari_metastruct.arrays.open_stack` opens it.
    labels
        Class numbers of the pixels, anything that can be sliced, of the shape
        ``image.shape``: leading axes, rows, columns. -1 is ignored.
    reference
        Clean labels of the same shape, for curves only; nothing learns from them.
    """

    image: ImageStack
    labels: Sliceable
    reference: Sliceable | None = None

    @property
    def name(self) -> str:
        """Name of the image, for messages."""
        return self.image.name
