"""What is predicted while marks are painted, and where it is least sure."""

from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Image, Labels
from numpy.typing import NDArray

from napari_metastruct.progress import LabelPreview
from napari_metastruct.training.labelled.predicted import unsureness
from napari_metastruct.widgets.layer_combo import TEMPORARY
from napari_metastruct.widgets.layer_input import LayerInput
from napari_metastruct.widgets.least_sure import LeastSure
from napari_metastruct.widgets.mark_input import MarkInput
from napari_metastruct.widgets.preview import NAME, PreviewLayer
from napari_metastruct.widgets.training_colours import class_colours
from napari_metastruct.widgets.training_preview import PREDICTED_ALPHA, visible_plane

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari.layers import Layer
    from napari.viewer import Viewer

    from napari_metastruct.training.labelled.judging import Shown

__all__ = ["LEAST_SURE", "MarkPreview", "place_below", "unsure_look"]

LEAST_SURE = "least sure (preview)"


class MarkPreview:
    """A layer for the prediction and a hidden one for how unsure it is.

    They follow the visible plane, and of several images that whose layers are selected
    or, without that, the first. The marks stay on top of them.

    Parameters
    ----------
    sources
        That are learned from.
    layers
        The layers of each of them: image, marks, mask.
    shown
        Told which plane is seen; the run reads it.
    least_sure
        Told how unsure the planes are that have been seen.
    """

    def __init__(
        self,
        viewer: "Viewer",
        sources: tuple[MarkInput, ...],
        layers: "Sequence[Sequence[Layer]]",
        shown: "Shown",
        least_sure: LeastSure,
    ) -> None:
        self._viewer, self._sources, self._shown = viewer, sources, shown
        self._layers, self._least_sure = layers, least_sure
        self._removed = False
        every = [layer for row in layers for layer in row]
        self._drawn = _Layers(viewer, sources[0].image, every)
        self._follow()
        viewer.dims.events.current_step.connect(self._follow)
        viewer.layers.selection.events.active.connect(self._follow)

    def show(self, event: LabelPreview) -> None:
        """Show what an event brings, if its plane is still the one that is seen."""
        if event.probabilities is None:
            return
        unsure = unsureness(event.probabilities)
        self._least_sure.take(event.pair, event.plane, unsure, event.offset)
        if (event.pair, event.plane) != (self._shown.pair, self._shown.plane):
            return
        self._drawn.lie_on(self._sources[event.pair].image)
        self._drawn.put(_picture(event.prediction), event.plane, event.offset)
        self._drawn.put_unsure(unsure, event.plane, event.offset)

    def remove(self, *_: object) -> None:
        """Take the layers away and follow nothing any more."""
        if self._removed:
            return
        self._removed = True
        self._viewer.dims.events.current_step.disconnect(self._follow)
        self._viewer.layers.selection.events.active.disconnect(self._follow)
        self._drawn.remove()

    def _follow(self, event: object = None) -> None:
        pair = self._selected()
        image = self._sources[pair].image
        leading = image.shape[:-2]
        self._shown.pair = pair
        self._shown.plane = visible_plane(self._viewer, image.geometry, leading)

    def _selected(self) -> int:
        """Return the image of the selected layer, else the one before."""
        active = self._viewer.layers.selection.active
        dims = self._sources[0].image.geometry.ndim
        for number, source in enumerate(self._sources):
            fits = source.image.geometry.ndim == dims
            if fits and active is not None and active in self._layers[number]:
                return number
        return self._shown.pair


class _Layers(PreviewLayer):
    """The prediction, and below it how unsure it is, in numbers and hidden at first."""

    def __init__(
        self, viewer: "Viewer", image: LayerInput, others: "Sequence[Layer]"
    ) -> None:
        self._unsure: Any = None
        self._place = place_below(viewer, others)
        super().__init__(viewer, image)

    def put_unsure(
        self, unsure: NDArray[np.float32], plane: int, offset: tuple[int, int]
    ) -> None:
        self._put_into(self._unsure, unsure, plane, offset)

    def _add(self) -> Any:  # noqa: ANN401
        active = self._viewer.layers.selection.active
        where = {"metadata": {TEMPORARY: True}, **self._image.geometry.for_layer()}
        self._unsure = Image(
            self._shaped(np.zeros((1, 1), np.float32)),
            name=LEAST_SURE,
            visible=False,
            **unsure_look(),
            **where,
        )
        picture = self._shaped(np.zeros((1, 1, 4), np.uint8))
        layer = Image(picture, name=NAME, rgb=True, **where)
        # At their place at once: to move them later would take as long again.
        for new in (layer, self._unsure):
            self._viewer.layers.insert(self._place, new)
        self._viewer.layers.selection.active = active
        return layer

    def _own(self) -> list[Any]:
        return [self._unsure, self._layer]


def unsure_look() -> dict[str, Any]:
    """Return how a layer looks that says how unsure it is."""
    return {
        "colormap": "inferno",
        "contrast_limits": (0.0, 1.0),
        # Additive light is not seen on a bright image.
        "blending": "translucent",
        "opacity": 0.6,
        "rgb": False,
    }


def place_below(viewer: "Viewer", others: "Sequence[Layer]") -> int:
    """Return the place below all Labels layers of some, so that marks are seen."""
    layers = viewer.layers
    places = [
        layers.index(each)
        for each in others
        if isinstance(each, Labels) and each in layers
    ]
    return min(places, default=len(layers))


def _picture(prediction: NDArray[np.int32]) -> NDArray[np.uint8]:
    """Draw the classes in the colours of marks and results, ``(Y, X, 4)`` RGBA."""
    drawn = np.zeros((*prediction.shape, 4), np.uint8)
    for number, colour in class_colours(prediction, None).items():
        if number > 0:
            drawn[prediction == number] = (*colour, PREDICTED_ALPHA)
    return drawn
