"""The two layers that marks are painted into: what it is, and what it is not."""

from typing import TYPE_CHECKING, Literal

import numpy as np

from napari_metastruct.widgets.layer_input import LayerInput
from napari_metastruct.widgets.layers import METADATA_KEY
from napari_metastruct.widgets.mark_colours import mark_colours

if TYPE_CHECKING:
    from napari.layers import Image, Labels, Layer
    from napari.viewer import Viewer

__all__ = [
    "IS",
    "IS_NOT",
    "KINDS",
    "Kind",
    "add_mark_layer",
    "find_mark_layer",
    "identity",
    "paint_with",
    "painted_class",
    "painted_number",
]

Kind = Literal["is", "is not"]
IS: Kind = "is"
IS_NOT: Kind = "is not"
KINDS: tuple[Kind, Kind] = (IS, IS_NOT)

_STROKES_ACROSS = 50
"""A plane is so many strokes of the brush wide at first."""
_SMALLEST, _LARGEST = 3, 40
_OUTLINE = 2
"""Pixels; marks of what it is not are drawn hollow."""


def add_mark_layer(
    viewer: "Viewer", image: LayerInput, layer: "Image", kind: Kind
) -> "Labels":
    """Add an empty layer for marks that lies on an image, ready to be painted.

    Parameters
    ----------
    image
        How the image is read.
    layer
        The image itself, so that its marks are found again when the dock is.
    kind
        What its marks say.
    """
    marks = viewer.add_labels(
        np.zeros(image.shape, np.uint8),
        name=f"{image.name}: {kind}",
        colormap=mark_colours(),
        opacity=1.0 if kind == IS_NOT else 0.8,
        metadata={METADATA_KEY: {"marks": kind, "image": identity(layer)}},
        **image.geometry.for_layer(),
    )
    marks.brush_size = _brush_for(image.stack.plane_shape)
    marks.contour = _OUTLINE if kind == IS_NOT else 0
    marks.selected_label = painted_number(1)
    marks.mode = "paint"
    return marks


def find_mark_layer(viewer: "Viewer", layer: "Image", kind: Kind) -> "Labels | None":
    """Return the layer of such marks that was made for an image, None if it is gone."""
    made_for = {"marks": kind, "image": identity(layer)}
    for other in viewer.layers:
        if other.metadata.get(METADATA_KEY) == made_for:
            return other
    return None


def paint_with(viewer: "Viewer", layer: "Labels", number: int) -> None:
    """Select a layer of marks and take its brush for a class.

    The brush keeps its size from one layer of marks to the next.

    Parameters
    ----------
    number
        Of the class; 0 is the background.
    """
    before = viewer.layers.selection.active
    if before is not None and before != layer and _is_painted(before):
        layer.brush_size = before.brush_size
    viewer.layers.selection.active = layer
    layer.visible = True
    layer.selected_label = painted_number(number)
    layer.mode = "paint"


def painted_class(layer: "Labels") -> int | None:
    """Return the class that a layer's brush paints now, None if it paints none."""
    is_up = layer.mode == "paint" and layer.selected_label > 0
    return layer.selected_label - 1 if is_up else None


def painted_number(number: int) -> int:
    """Return the number that is painted for a class; 0 is left for "unmarked"."""
    return number + 1


def _is_painted(layer: "Layer") -> bool:
    about = layer.metadata.get(METADATA_KEY)
    return isinstance(about, dict) and "marks" in about


def _brush_for(plane_shape: tuple[int, int]) -> int:
    return int(np.clip(round(min(plane_shape) / _STROKES_ACROSS), _SMALLEST, _LARGEST))


def identity(layer: "Layer") -> str:
    """Return what tells a layer from all others, also when it is renamed."""
    # A name changes, and may be another layer's later.
    return str(getattr(layer, "unique_id", layer.name))
