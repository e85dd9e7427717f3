"""What is predicted and corrected while it learns, on the plane that is seen."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.progress import LabelPreview
from napari_metastruct.widgets.layers import Geometry
from napari_metastruct.widgets.preview import PreviewLayer
from napari_metastruct.widgets.training_colours import class_colours
from napari_metastruct.widgets.training_pair import PairInput

if TYPE_CHECKING:
    from napari.viewer import Viewer

    from napari_metastruct.training.labelled.judging import Shown

__all__ = [
    "CORRECTED_COLOUR",
    "PREDICTED_ALPHA",
    "TrainingPreview",
    "picture_of",
    "visible_plane",
]

CORRECTED_COLOUR = (255, 45, 170, 255)
"""Pink: of pixels whose label was corrected; no class has it at first."""
PREDICTED_ALPHA = 120


class TrainingPreview:
    """One layer for the prediction and, on it, the corrected pixels.

    Both are in one layer, see `PreviewLayer`. It follows the visible plane, and of
    several pairs the one whose image is selected or, without that, the first.

    Parameters
    ----------
    pairs
        That are learned from.
    shown
        Told which plane is seen; the run reads it.
    """

    def __init__(
        self, viewer: "Viewer", pairs: tuple[PairInput, ...], shown: "Shown"
    ) -> None:
        self._viewer, self._pairs, self._shown = viewer, pairs, shown
        self._pair = 0
        self._geometries: list[Geometry] = [pair.image.geometry for pair in pairs]
        self._layer = PreviewLayer(viewer, pairs[0].image)
        self._follow()
        viewer.dims.events.current_step.connect(self._follow)
        viewer.layers.selection.events.active.connect(self._follow)

    def show(self, event: LabelPreview) -> None:
        """Show what an event brings, if its plane is still the one that is seen."""
        if (event.pair, event.plane) != (self._shown.pair, self._shown.plane):
            return
        pair = self._pairs[event.pair]
        self._layer.lie_on(pair.image)
        drawn = picture_of(event, pair.colours)
        self._layer.put(drawn, event.plane, event.offset)

    def remove(self, *_: object) -> None:
        """Take the layer away and follow nothing any more."""
        self._viewer.dims.events.current_step.disconnect(self._follow)
        self._viewer.layers.selection.events.active.disconnect(self._follow)
        self._layer.remove()

    def _follow(self, event: object = None) -> None:
        self._pair = self._selected()
        geometry, image = self._geometries[self._pair], self._pairs[self._pair].image
        leading = image.shape[:-2]
        self._shown.pair = self._pair
        self._shown.plane = visible_plane(self._viewer, geometry, leading)

    def _selected(self) -> int:
        """Return the pair of the selected layer, else the one before."""
        active = self._viewer.layers.selection.active
        name = "" if active is None else active.name
        dims = self._geometries[0].ndim
        for number, pair in enumerate(self._pairs):
            fits = pair.image.geometry.ndim == dims
            if fits and name in (pair.image.name, pair.labels.name):
                return number
        return self._pair


def picture_of(event: LabelPreview, colours: Any) -> NDArray[np.uint8]:  # noqa: ANN401
    """Draw the prediction and the corrected pixels on it, ``(Y, X, 4)`` RGBA."""
    drawn = np.zeros((*event.prediction.shape, 4), np.uint8)
    for number, colour in class_colours(event.prediction, colours).items():
        if number > 0:
            drawn[event.prediction == number] = (*colour, PREDICTED_ALPHA)
    drawn[event.changed] = CORRECTED_COLOUR
    return drawn


def visible_plane(
    viewer: "Viewer", geometry: Geometry, leading: tuple[int, ...]
) -> int:
    """Return the number of the plane that is seen, the nearest if none is."""
    if not leading:
        return 0
    whole = np.eye(geometry.ndim + 1)
    whole[:-1, :-1] = geometry.linear
    whole[:-1, -1] = geometry.translate
    point = np.zeros(geometry.ndim + 1)
    seen = np.array(viewer.dims.point)[-geometry.ndim :]
    point[geometry.ndim - len(seen) : geometry.ndim] = seen
    point[-1] = 1
    place = np.linalg.solve(geometry.affine @ whole, point)[: len(leading)]
    index = np.clip(np.round(place), 0, np.array(leading) - 1).astype(int)
    return int(np.ravel_multi_index(tuple(index), leading))
