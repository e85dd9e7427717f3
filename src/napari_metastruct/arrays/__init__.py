"""Images and labels, checked and opened once, at the door; nothing is read whole."""

from napari_metastruct.arrays.axes import Channels
from napari_metastruct.arrays.checks import (
    SMALLEST_SIDE,
    Region,
    StackCheck,
    check_region,
    check_stack,
)
from napari_metastruct.arrays.labels import check_labels, to_label_dtype
from napari_metastruct.arrays.stack import ImageStack, open_stack

__all__ = [
    "SMALLEST_SIDE",
    "Channels",
    "ImageStack",
    "Region",
    "StackCheck",
    "check_labels",
    "check_region",
    "check_stack",
    "open_stack",
    "to_label_dtype",
]
