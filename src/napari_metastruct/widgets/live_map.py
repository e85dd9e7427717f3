"""The preview of density maps: follows the form, the canvas and the brush."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal

from napari_metastruct.errors import InputError
from napari_metastruct.progress import Steps
from napari_metastruct.widgets.canvas_view import check_planes_shown
from napari_metastruct.widgets.failures import sentence_of
from napari_metastruct.widgets.kernel_choice import KernelSettings
from napari_metastruct.widgets.labels_input import LabelsInput
from napari_metastruct.widgets.map_preview import MapPreview, Picture, picture_steps
from napari_metastruct.widgets.newest import Newest
from napari_metastruct.widgets.plane_maps import check_size, plane_steps
from napari_metastruct.widgets.visible_part import visible_index, visible_part
from napari_metastruct.widgets.watching import watch

if TYPE_CHECKING:
    from napari.layers import Labels
    from napari.viewer import Viewer
    from qtpy.QtWidgets import QWidget

__all__ = ["LiveMap", "MapWish"]


@dataclass(frozen=True, slots=True, eq=False)
class MapWish:
    """What shall be seen.

    Attributes
    ----------
    layer, source
        Labels.
    settings, classes
        How the maps are made, and of which classes.
    colours
        Class to the number of its colours.
    """

    layer: "Labels"
    source: LabelsInput
    settings: KernelSettings
    classes: tuple[int, ...]
    colours: Mapping[int, int]

    def key(self, index: tuple[int, ...]) -> tuple[Any, ...]:
        """Return what the picture of a plane depends on, painting left out."""
        source = self.source
        return (
            id(source.data),
            (source.together, source.as_one, source.spacing),
            (self.settings, self.classes, index),
            tuple(self.colours[number] for number in self.classes),
            source.geometry.linear.tobytes() + source.geometry.translate.tobytes(),
        )


class LiveMap(QObject):
    """Shows the maps of the visible plane, computed in a thread.

    Signals
    -------
    told(sentence)
        Why nothing is shown, "" if there is something.
    deleted()
        The user has deleted the preview's layer.
    """

    told = Signal(str)
    deleted = Signal()

    def __init__(self, viewer: "Viewer", dock: "QWidget") -> None:
        super().__init__(dock)
        self._viewer = viewer
        self._wish: MapWish | None = None
        self._key: tuple[Any, ...] | None = None
        self.preview = MapPreview(viewer, self._on_deleted)
        self._newest = Newest("Density preview", self)
        self._newest.succeeded.connect(self._on_picture)
        self._newest.failed.connect(self._on_error)
        for emitter in (viewer.dims.events.point, viewer.dims.events.ndisplay):
            watch(dock, emitter, self._on_move)
        watch(dock, viewer.dims.events.order, self._on_move)

    @property
    def is_busy(self) -> bool:
        """Whether a preview is being made, or about to be."""
        return self._newest.is_busy

    def wish(self, wish: MapWish | None) -> None:
        """Show something else, or nothing."""
        before, self._wish = self._wish, wish
        if wish is None:
            self._stop()
            self.told.emit("")
            return
        if before is not None and before.layer != wish.layer:
            self._stop()
        self._ask()

    def again(self) -> bool:
        """Show the labels as they are now; return whether they have their old shape."""
        self._key = None
        wish = self._wish
        if wish is None or wish.layer not in self._viewer.layers:
            return wish is None
        source = wish.source.now(wish.layer)
        if source.shape != wish.source.shape:
            return False
        self._wish = replace(wish, source=source)
        self._ask()
        return True

    def put_away(self) -> None:
        """Show nothing, and leave no layer, until there is another wish."""
        self._wish = None
        self._stop()
        self.preview.remove()

    def _on_deleted(self) -> None:
        self._stop()
        self.deleted.emit()

    def _on_move(self) -> None:
        if self._wish is not None:
            self._ask()

    def _ask(self) -> None:
        wish = self._wish
        if wish is None or wish.layer not in self._viewer.layers:
            self._stop()
            return
        index = visible_index(self._viewer, wish.layer, wish.source)
        part = visible_part(self._viewer, wish.layer, wish.source)
        try:
            check_planes_shown(self._viewer, wish.layer)
            check_size(wish.source, wish.settings, index[-1] if index else 0)
        except InputError as error:
            self._stop()
            self.told.emit(str(error))
            return
        key = wish.key(index)
        if key != self._key:
            self._key = key
            self._newest.ask(lambda: _steps(wish, index, part))
        self.told.emit("")

    def _stop(self) -> None:
        self._key = None
        self._newest.drop()
        self.preview.hide()

    def _on_picture(self, picture: Picture) -> None:
        if self._wish is not None and self._wish.layer in self._viewer.layers:
            self.preview.show(picture)

    def _on_error(self, error: Exception) -> None:
        self.preview.hide()
        self.told.emit(f"No preview: {sentence_of(error) or error}")


def _steps(wish: MapWish, index: tuple[int, ...], part: int) -> Steps[Picture]:
    source, plane = wish.source, index[-1] if wish.source.together == 3 else 0
    maps = plane_steps(source, wish.settings, wish.classes, part, plane)
    return picture_steps(source, index, wish.colours, maps)
