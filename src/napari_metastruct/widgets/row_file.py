"""The image file that a row of a table has opened."""

import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.widgets.training_layers import add_given_labels, add_image

if TYPE_CHECKING:
    from napari.layers import Image, Labels
    from napari.viewer import Viewer

    from napari_metastruct.widgets.training_pair import PairInput

__all__ = ["RowFile"]


class RowFile:
    """Opens a file with its labels as layers; one at a time.

    A folder may hold hundreds of files, of which each would stay in memory.
    """

    def __init__(self, viewer: "Viewer") -> None:
        self._viewer = viewer
        self.pair: PairInput | None = None
        self._image: Image | None = None
        self._labels: Labels | None = None
        self._given = 0

    def open(self, pair: "PairInput") -> None:
        """Open a file; call `close` first.

        Raises
        ------
        InputError, OSError
            It cannot be read.
        """
        self._image = add_image(self._viewer, pair)
        self.pair = pair
        self._labels = add_given_labels(self._viewer, pair)
        self._given = _checksum(self._labels)

    def is_edited(self) -> bool:
        """Say whether the person has changed its labels."""
        labels = self._labels
        there = labels is not None and labels in self._viewer.layers
        return there and _checksum(labels) != self._given

    def close(self) -> None:
        """Remove the layers that were opened, as far as they are still there."""
        for layer in (self._image, self._labels):
            if layer is not None and layer in self._viewer.layers:
                self._viewer.layers.remove(layer)
        self.leave()

    def leave(self) -> None:
        """Leave its layers to the person."""
        self.pair = self._image = self._labels = None


def _checksum(labels: Any) -> int:  # noqa: ANN401 - a Labels layer
    # Not every edit is told by an event: fill, undo and scripts have ways of their own.
    return zlib.crc32(np.ascontiguousarray(labels.data).data)
