"""Bringing an image of several into view, with what belongs to it."""

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.widgets.layers import METADATA_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari.viewer import Viewer

    from napari_metastruct.widgets.training_pair import PairInput

__all__ = ["PairView"]


class PairView:
    """Shows a plane of a pair; other pairs at the same place are hidden meanwhile."""

    def __init__(self, viewer: "Viewer") -> None:
        self._viewer = viewer
        self._hidden: list[Any] = []

    def go_to(self, pairs: "Sequence[PairInput]", pair: int, plane: int) -> None:
        """Go to a plane of a pair and select its image.

        Parameters
        ----------
        pairs
            All that were learned from.
        pair, plane
            Numbers of the pair, and of the plane in it (C order).
        """
        for number, other in enumerate(pairs):
            if number != pair:
                self._hide(other)
        wanted = pairs[pair]
        for layer in self._layers_of(wanted):
            if layer in self._hidden:
                self._hidden.remove(layer)
                layer.visible = True
        self._show_plane(wanted, plane)
        images = [la for la in self._viewer.layers if la.name == wanted.image.name]
        if images:
            images[0].visible = True
            self._viewer.layers.selection.active = images[0]

    def _hide(self, pair: "PairInput") -> None:
        for layer in self._layers_of(pair):
            if layer.visible:
                self._hidden.append(layer)
                layer.visible = False

    def _layers_of(self, pair: "PairInput") -> list[Any]:
        names = (pair.image.name, pair.labels.name)
        return [
            layer
            for layer in self._viewer.layers
            if layer.name in names
            or layer.metadata.get(METADATA_KEY, {}).get("image") == pair.image.name
        ]

    def _show_plane(self, pair: "PairInput", plane: int) -> None:
        image = pair.image
        leading = image.shape[:-2]
        index = np.unravel_index(plane, leading) if leading else ()
        middle = [(size - 1) / 2 for size in image.shape[-2:]]
        place = np.array([*index, *middle], float)
        geometry = image.geometry
        held = geometry.linear @ place + geometry.translate
        world = (geometry.affine @ np.append(held, 1.0))[:-1]
        first = self._viewer.dims.ndim - len(world)
        for axis, value in enumerate(world[:-2], start=first):
            self._viewer.dims.set_point(axis, float(value))
