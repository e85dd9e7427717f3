"""Keeping added maps up to date while their labels are painted."""

from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray
from qtpy.QtCore import QObject
from qtpy.QtWidgets import QWidget

from napari_metastruct.progress import Event
from napari_metastruct.widgets.failures import report
from napari_metastruct.widgets.layer_edits import LayerEdits
from napari_metastruct.widgets.map_layers import peak_of
from napari_metastruct.widgets.map_steps import DensityMaps
from napari_metastruct.widgets.newest import Newest
from napari_metastruct.widgets.plane_maps import PartMaps, changed_steps
from napari_metastruct.widgets.visible_part import visible_part
from napari_metastruct.widgets.watching import watch

if TYPE_CHECKING:
    from napari.layers import Image, Labels
    from napari.viewer import Viewer

__all__ = ["MapRefresh"]


class MapRefresh(QObject):
    """Follows the labels of all maps that a dock has added."""

    def __init__(self, viewer: "Viewer", dock: QWidget) -> None:
        super().__init__(dock)
        self._viewer = viewer
        self._on = False
        self._links: list[_Link] = []
        watch(dock, viewer.layers.events.removed, self._prune)

    @property
    def is_busy(self) -> bool:
        """Whether a map is being refreshed, or about to be."""
        return any(link.newest.is_busy for link in self._links)

    def turn(self, on: bool) -> None:
        """Follow from now on, with what was painted before, or not any more."""
        self._on = on
        self._prune()
        for link in self._links:
            link.turn(on)

    def add(
        self, labels: "Labels", result: DensityMaps, layers: dict[int, "Image"]
    ) -> None:
        """Keep the maps of a result in mind."""
        self._prune()
        link = _Link(self._viewer, labels, result, layers, self)
        self._links.append(link)
        link.turn(self._on)

    def _prune(self) -> None:
        gone = [link for link in self._links if not link.is_alive()]
        self._links = [link for link in self._links if link not in gone]
        for link in gone:
            link.turn(False)
            link.deleteLater()


class _Link(QObject):
    """The maps of one result."""

    def __init__(
        self,
        viewer: "Viewer",
        labels: "Labels",
        result: DensityMaps,
        layers: dict[int, "Image"],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._viewer, self._labels, self._layers = viewer, labels, layers
        # Not the result itself: its maps go with their layers.
        self._source, self._settings = result.source, result.settings
        self._limits = {n: tuple(x.contrast_limits) for n, x in layers.items()}
        self._checks = dict(result.checks)
        self._edits = LayerEdits(viewer, self)
        self._edits.edited.connect(self._ask)
        self.newest = Newest(f"Maps of '{result.source.name}'", self)
        self.newest.happened.connect(self._on_event)
        self.newest.failed.connect(report)

    def is_alive(self) -> bool:
        """Say whether there is still something to keep up to date."""
        layers = self._viewer.layers
        return self._labels in layers and any(
            layer in layers for layer in self._layers.values()
        )

    def turn(self, on: bool) -> None:
        """Follow the labels or not."""
        self._edits.follow(self._labels if on else None)
        if on:
            self._ask()
        else:
            self.newest.drop()

    def _ask(self) -> None:
        if not self.is_alive():
            return
        source = self._source.now(self._labels)
        if source.shape != self._source.shape:
            self._edits.follow(None)
            return
        settings, classes = self._settings, tuple(self._layers)
        first = visible_part(self._viewer, self._labels, source)
        self.newest.ask(
            lambda: changed_steps(source, settings, classes, self._checks, first)
        )

    def _on_event(self, event: Event) -> None:
        if not isinstance(event, PartMaps):
            return
        self._checks[event.number] = event.check
        where = self._source.index(event.number)
        for number in self._layers:
            self._put(number, where, event.maps.get(number))

    def _put(
        self, number: int, where: tuple[int, ...], values: NDArray[Any] | None
    ) -> None:
        layer = self._layers[number]
        if layer not in self._viewer.layers or layer.data.shape != self._source.shape:
            return
        layer.data[(*where, ...)] = 0 if values is None else values
        self._set_contrast(number, peak_of(layer.data[where]), whole=not where)
        layer.refresh()

    def _set_contrast(self, number: int, peak: float, *, whole: bool) -> None:
        """Let the contrast follow the map, unless the user has set it otherwise."""
        layer = self._layers[number]
        low, high = self._limits[number]
        if tuple(layer.contrast_limits) != (low, high) or (peak <= high and not whole):
            return
        layer.contrast_limits_range = (low, max(high, peak))
        layer.contrast_limits = (low, peak)
        self._limits[number] = tuple(layer.contrast_limits)
