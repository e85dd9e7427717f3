"""Adding the layers of a run one by one, so that the window stays alive."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Image, Labels
from qtpy.QtCore import QObject, QTimer, Signal

from napari_metastruct.widgets.layers import METADATA_KEY
from napari_metastruct.widgets.mark_preview import place_below, unsure_look
from napari_metastruct.widgets.mark_run import ImageOutcome, MarkOutcome
from napari_metastruct.widgets.training_colours import result_colours

if TYPE_CHECKING:
    from napari.layers import Layer
    from napari.viewer import Viewer

__all__ = ["MarkResults"]


class MarkResults(QObject):
    """Adds prediction, least sure places and the method's maps of each image.

    All lie below the marks, and the brush stays in the hand.

    Signals
    -------
    done()
        All layers are there.
    """

    done = Signal()

    def __init__(self, viewer: "Viewer", parent: QObject) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._acts: list[Callable[[], None]] = []
        self._added: list[Layer] = []
        self._marks: Sequence[Layer] = ()
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._next)

    @property
    def is_busy(self) -> bool:
        """Whether layers are still to come."""
        return bool(self._acts)

    def hide_former(self) -> None:
        """Hide what former runs have added, so that what comes is seen."""
        for layer in self._added:
            if layer in self._viewer.layers:
                layer.visible = False
        self._added.clear()

    def add(self, outcome: MarkOutcome, marks: "Sequence[Layer]") -> None:
        """Add the layers of a result, one after the other.

        Parameters
        ----------
        marks
            Layers that are to be seen on top.
        """
        self._marks = marks
        provenance = outcome.provenance()
        names = outcome.run.names
        for image in outcome.images:
            self._acts += self._acts_of(image, names, provenance)
        # Not now: the layers of the preview have just been removed.
        self._timer.start()

    def _acts_of(
        self, image: ImageOutcome, names: tuple[str, ...], provenance: dict[str, Any]
    ) -> list[Callable[[], None]]:
        numbers = np.arange(len(names), dtype=image.prediction.dtype)

        def prediction() -> None:
            self._place(
                Labels,
                image,
                image.prediction,
                f"{image.source.name} prediction",
                colormap=result_colours(None, numbers),
                features={"index": numbers.tolist(), "class": list(names)},
                opacity=0.5,
                metadata=metadata,
            )

        def unsure() -> None:
            name = f"{image.source.name} least sure"
            self._hidden(image, image.unsure, name, metadata)

        def map_of(what: str) -> Callable[[], None]:
            name = f"{image.source.name} {what}"
            return lambda: self._hidden(image, image.maps[what], name, metadata)

        metadata = {METADATA_KEY: {"image": image.source.name, **provenance}}
        return [prediction, unsure, *(map_of(what) for what in image.maps)]

    def _hidden(
        self,
        image: ImageOutcome,
        values: Any,  # noqa: ANN401 - float32 of the image's shape
        name: str,
        metadata: dict[str, Any],
    ) -> None:
        look = {**unsure_look(), "visible": False, "metadata": metadata}
        self._place(Image, image, values, name, **look)

    def _place(
        self,
        kind: "type[Layer]",
        image: ImageOutcome,
        values: Any,  # noqa: ANN401
        name: str,
        **more: Any,  # noqa: ANN401
    ) -> None:
        """Add a layer that lies on its image and below the marks."""
        active = self._viewer.layers.selection.active
        where = image.source.image
        layer = kind(
            where.fitted(values), name=name, **more, **where.geometry.for_layer()
        )
        self._viewer.layers.insert(place_below(self._viewer, self._marks), layer)
        self._added.append(layer)
        if active in self._viewer.layers:
            self._viewer.layers.selection.active = active

    def _next(self) -> None:
        if self._acts:
            self._acts.pop(0)()
        if not self._acts:
            self._timer.stop()
            self.done.emit()
