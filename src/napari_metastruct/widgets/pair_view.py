"""Bringing an image of several into view, with what belongs to it."""

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.widgets.going_to import world_of
from napari_metastruct.widgets.hidden_layers import HiddenLayers
from napari_metastruct.widgets.layers import METADATA_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari.viewer import Viewer

    from napari_metastruct.widgets.training_pair import PairInput

__all__ = ["PairView", "corner_of"]


def corner_of(pair: "PairInput") -> tuple[float, ...]:
    """Return where the first pixel of a plane is in the plane of the world."""
    geometry = pair.image.geometry
    world = world_of(geometry, np.zeros(geometry.ndim))
    return tuple(np.round(world[-2:], 6).tolist())


class PairView:
    """Shows a plane of a pair; other pairs at the same place are hidden meanwhile."""

    def __init__(self, viewer: "Viewer") -> None:
        self._viewer = viewer
        self._hidden = HiddenLayers()

    def go_to(self, pairs: "Sequence[PairInput]", pair: int, plane: int) -> None:
        """Go to a plane of a pair and make its image the active layer; as `show`."""
        self.show(pairs, pair, plane)
        image = self._image_of(pairs[pair])
        if image is not None:
            self._viewer.layers.selection.active = image

    def show(self, pairs: "Sequence[PairInput]", pair: int, plane: int) -> None:
        """Go to a plane of a pair; the active layer stays.

        Parameters
        ----------
        pairs
            All that were learned from.
        pair, plane
            Numbers of the pair, and of the plane in it (C order).
        """
        wanted = pairs[pair]
        own = self._layers_of(wanted)
        for number, other in enumerate(pairs):
            if number != pair:
                # Of one image with the labels of two people the image is in both.
                self._hide([one for one in self._layers_of(other) if one not in own])
        for layer in own:
            self._hidden.show(layer)
        self._show_plane(wanted, plane)
        image = self._image_of(wanted)
        if image is not None:
            image.visible = True

    def _image_of(self, pair: "PairInput") -> Any:  # noqa: ANN401 - a layer or None
        images = [la for la in self._viewer.layers if la.name == pair.image.name]
        return images[0] if images else None

    def is_open(self, pair: "PairInput") -> bool:
        """Say whether the image of a pair is a layer of the viewer."""
        return self._image_of(pair) is not None

    def hide_covered(self, pairs: "Sequence[PairInput]") -> None:
        """Hide results below those of another image: of both nothing could be told.

        `show` and `go_to` bring them back.
        """
        seen: dict[tuple[float, ...], str] = {}
        for pair in reversed(pairs):
            # The same image may be there twice, with the labels of two people.
            if seen.setdefault(corner_of(pair), pair.name) != pair.name:
                self._hide(self._results_of(pair))

    def _hide(self, layers: "Sequence[Any]") -> None:
        for layer in layers:
            self._hidden.hide(layer)

    def _layers_of(self, pair: "PairInput") -> list[Any]:
        names = (pair.image.name, pair.labels.name)
        given = [layer for layer in self._viewer.layers if layer.name in names]
        return given + [one for one in self._results_of(pair) if one not in given]

    def _results_of(self, pair: "PairInput") -> list[Any]:
        return [
            layer
            for layer in self._viewer.layers
            if layer.metadata.get(METADATA_KEY, {}).get("image") == pair.image.name
        ]

    def _show_plane(self, pair: "PairInput", plane: int) -> None:
        image = pair.image
        leading = image.shape[:-2]
        index = np.unravel_index(plane, leading) if leading else ()
        middle = [(size - 1) / 2 for size in image.shape[-2:]]
        place = np.array([*index, *middle], float)
        world = world_of(image.geometry, place)
        first = self._viewer.dims.ndim - len(world)
        for axis, value in enumerate(world[:-2], start=first):
            self._viewer.dims.set_point(axis, float(value))
