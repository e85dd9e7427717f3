"""A point for each plane of an image: how far its labels are to be trusted."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.utils.colormaps import Colormap
from numpy.typing import NDArray

from napari_metastruct.widgets.layers import METADATA_KEY
from napari_metastruct.widgets.plane_trust import TRUST, PlaneTrust, features_of

if TYPE_CHECKING:
    from napari.layers import Points
    from napari.viewer import Viewer

    from napari_metastruct.widgets.layer_input import LayerInput

__all__ = ["add_trust", "planes_of", "trust_colours"]

_COLOURS = ((0.835, 0.369, 0.0), (0.9, 0.9, 0.9), (0.0, 0.447, 0.698))
"""Distrusted to trusted: vermilion, light grey, blue; seen by the colour blind, too."""
_SHARE = 0.04
"""Width of a point, of the shorter side of the image."""
_ON_CANVAS = (12, 18)
"""Its least and greatest width on the canvas, in pixels, however near one looks."""
_LETTERS = 11


def add_trust(
    viewer: "Viewer",
    image: "LayerInput",
    rows: Sequence[PlaneTrust],
    colour: str,
    provenance: Mapping[str, Any],
) -> "Points":
    """Add a point in the first corner of each plane; the table is in its features.

    Trust is 0.5 where revised labels are as likely to be clean, and low where they are
    much likelier.

    It is in the corner pixel, so that no slider becomes longer, and its text is
    above the image, of which it hides nothing.

    Parameters
    ----------
    rows
        One for each plane, in their order.
    colour
        Of the text.
    """
    size = max(1.0, _SHARE * min(image.shape[-2:]))
    up = np.zeros(len(image.shape))
    up[-2:] = -0.6 * size, -0.5 * size
    layer = viewer.add_points(
        _corners(image.shape),
        name=f"{image.name} trust",
        features=features_of(rows),
        face_color=TRUST,
        face_colormap=trust_colours(),
        face_contrast_limits=(0.0, 1.0),
        border_color="gray",
        size=size,
        canvas_size_limits=_ON_CANVAS,
        text={
            "string": [_words(row) for row in rows],
            "size": _LETTERS,
            "color": colour,
            "anchor": "upper_left",
            "translation": up,
        },
        metadata={METADATA_KEY: {"image": image.name, **provenance}},
        **image.geometry.for_layer(),
    )
    _keep_as_it_is(layer)
    layer.mouse_drag_callbacks.append(_select_by_click)
    return layer


def planes_of(layer: "Points", shape: Sequence[int]) -> NDArray[np.intp]:
    """Return the plane of each point, by where it lies: some may have been removed."""
    leading = tuple(shape[:-2])
    if not leading:
        return np.zeros(len(layer.data), np.intp)
    places = np.round(layer.data[:, :-2]).astype(int)
    return np.asarray(np.ravel_multi_index(tuple(places.T), leading, mode="clip"))


def trust_colours() -> Colormap:
    """Return the colours from 0, revised labels are much likelier, to 1, not so."""
    colours = np.array([(*colour, 1.0) for colour in _COLOURS])
    return Colormap(colours, name="trust")


def _corners(shape: Sequence[int]) -> NDArray[np.float64]:
    """Return the first pixel of each plane, ``(planes, D)``, planes in C order."""
    leading = tuple(shape[:-2])
    count = math.prod(leading)
    corners = np.zeros((count, len(shape)))
    if leading:
        corners[:, :-2] = np.transpose(np.unravel_index(np.arange(count), leading))
    return corners


def _words(row: PlaneTrust) -> str:
    trust = "unknown" if math.isnan(row.trust) else f"{row.trust:.2f}"
    return f"trust {trust}" + (", said to be right" if row.trusted else "")


def _keep_as_it_is(layer: "Points") -> None:
    """Let no point be added or moved; napari allows it again when 3-D is left."""

    def lock(_: object = None) -> None:
        layer.editable = False

    layer.events.editable.connect(lock)
    lock()


def _select_by_click(layer: "Points", event: Any) -> Iterator[None]:  # noqa: ANN401
    """Select the point under a click, which napari does only where points move."""
    start = np.array(event.pos)
    yield
    while event.type == "mouse_move":
        yield
    if np.abs(np.array(event.pos) - start).max() > 3:
        return  # the view was moved
    found = layer.get_value(
        event.position,
        view_direction=event.view_direction,
        dims_displayed=event.dims_displayed,
        world=True,
    )
    if found is not None:
        layer.selected_data = {int(found)}
