"""Keeping added maps up to date while their labels are painted."""

from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject

from napari_metastruct.progress import Event
from napari_metastruct.widgets.failures import report
from napari_metastruct.widgets.layer_edits import LayerEdits
from napari_metastruct.widgets.map_layers import peak_of
from napari_metastruct.widgets.map_steps import DensityMaps
from napari_metastruct.widgets.newest import Newest
from napari_metastruct.widgets.plane_maps import PartMaps, changed_steps
from napari_metastruct.widgets.visible_part import visible_part

if TYPE_CHECKING:
    from napari.layers import Image, Labels
    from napari.viewer import Viewer

__all__ = ["MapRefresh"]


class MapRefresh(QObject):
    """Follows the labels of all maps that a dock has added."""

    def __init__(self, viewer: "Viewer", parent: QObject) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._on = False
        self._links: list[_Link] = []

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
        self._result = result
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
        source = self._result.source.now(self._labels)
        if not self.is_alive() or source.shape != self._result.source.shape:
            self._edits.follow(None)
            return
        settings, classes = self._result.settings, tuple(self._layers)
        first = visible_part(self._viewer, self._labels, source)
        self.newest.ask(
            lambda: changed_steps(source, settings, classes, self._checks, first)
        )

    def _on_event(self, event: Event) -> None:
        if not isinstance(event, PartMaps):
            return
        self._checks[event.number] = event.check
        where = self._result.source.index(event.number)
        for number, layer in self._layers.items():
            if layer in self._viewer.layers:
                self._put(layer, where, event.maps.get(number))

    def _put(self, layer: Any, where: tuple[int, ...], values: Any) -> None:  # noqa: ANN401
        before = peak_of(layer.data) if not where else 0.0
        layer.data[(*where, ...)] = 0 if values is None else values
        self._set_contrast(layer, before, peak_of(layer.data[where]))
        layer.refresh()

    def _set_contrast(self, layer: Any, before: float, peak: float) -> None:  # noqa: ANN401
        """Let the contrast follow the map, unless the user has set it otherwise."""
        low, high = layer.contrast_limits
        if before and not np.isclose(high, before):
            return
        if before or peak > high:
            layer.contrast_limits_range = (min(low, 0.0), max(high, peak))
            layer.contrast_limits = (low, peak)
