"""The layers of trust of all runs, and what is selected in them."""

import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject, Signal
from qtpy.QtWidgets import QWidget

from napari_metastruct.widgets.hidden_layers import HiddenLayers
from napari_metastruct.widgets.pair_view import corner_of
from napari_metastruct.widgets.theme import follow_theme
from napari_metastruct.widgets.trust_layer import add_trust, planes_of
from napari_metastruct.widgets.watching import watch

if TYPE_CHECKING:
    from napari.layers import Points
    from napari.viewer import Viewer

    from napari_metastruct.widgets.plane_trust import PlaneTrust
    from napari_metastruct.widgets.training_pair import PairInput
    from napari_metastruct.widgets.training_run import TrainingRun

__all__ = ["TrustLayers", "TrustPoints"]


@dataclass(frozen=True, slots=True, eq=False)
class TrustPoints:
    """A layer of trust, and which pair of which run it tells of.

    Attributes
    ----------
    run
        The run, as long as it can be continued or its result is the last one: its
        copies of the labels and its folder are not kept for these points.
    pairs, pair
        What the run learned from, as does the one that goes on from it; and the number
        of the pair.
    """

    layer: "Points"
    run: "weakref.ref[TrainingRun]"
    pairs: "Sequence[PairInput]"
    pair: int

    @property
    def source(self) -> "PairInput":
        """The pair."""
        return self.pairs[self.pair]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the image."""
        return self.source.image.shape

    def is_of(self, run: "TrainingRun") -> bool:
        """Say whether it tells of this run; one that goes on from it is another."""
        return self.run() is run


class TrustLayers(QObject):
    """Adds them, selects their points, and says which point a person has selected.

    Signals
    -------
    chosen(points, plane)
        One point was selected on the canvas or in napari's table of features.
    """

    chosen = Signal(object, int)

    def __init__(self, viewer: "Viewer", owner: QWidget) -> None:
        super().__init__(owner)
        self._viewer = viewer
        self._all: list[TrustPoints] = []
        self._covered = HiddenLayers()
        self._silent = False
        self._colour = ""
        follow_theme(viewer, owner, lambda _, text: self._use_colour(text))
        watch(owner, viewer.layers.events.removed, self._forget_removed)
        # Layers outlive the dock: what is selected in them then is nobody's business.
        owner.destroyed.connect(self._all.clear)

    @property
    def is_active(self) -> bool:
        """Whether the person works with such a layer now."""
        active = self._viewer.layers.selection.active
        return any(points.layer == active for points in self._all)

    def add(
        self,
        run: "TrainingRun",
        pair: int,
        rows: "Sequence[PlaneTrust]",
        provenance: Mapping[str, Any],
    ) -> None:
        """Add the layer of one pair of a run; those of earlier runs stay."""
        image = run.sources[pair].image
        layer = add_trust(self._viewer, image, rows, self._colour, provenance)
        points = TrustPoints(layer, weakref.ref(run), run.sources, pair)
        self._all.append(points)

        def on_active(_: object = None) -> None:
            self._on_active(points)

        layer.selected_data.events.active.connect(on_active)
        self._cover_others(points)

    def remove(self, file: "PairInput") -> None:
        """Remove the layers of an image file, of all runs."""
        path = file.image.path
        found = [one for one in self._all if one.source.image.path == path]
        for points in found:
            if not points.source.is_layer:
                self._viewer.layers.remove(points.layer)

    def select(self, run: "TrainingRun", pair: int, plane: int) -> TrustPoints | None:
        """Select the point of a plane; None: its layer is gone, or never was.

        Nothing is said of it by `chosen`, which is for what the person does.
        """
        wanted = self._find(run, pair)
        with self._quietly():
            for points in self._all:
                here: set[int] = set()
                if points is wanted:
                    at = np.flatnonzero(planes_of(points.layer, points.shape) == plane)
                    here = set(at.tolist())
                points.layer.selected_data = here
        return wanted

    def has(self, run: "TrainingRun", pair: int) -> bool:
        """Say whether a pair of a run has its layer."""
        return self._find(run, pair) is not None

    def uncover(self, points: TrustPoints) -> None:
        """Show a layer if another one covered it; one that the person hid stays so."""
        self._covered.show(points.layer)
        self._cover_others(points)

    def _find(self, run: "TrainingRun", pair: int) -> TrustPoints | None:
        found = [one for one in self._all if one.is_of(run) and one.pair == pair]
        return found[0] if found else None

    def _cover_others(self, points: TrustPoints) -> None:
        """Hide those at the same place: two texts in one cannot be read."""
        if not points.layer.visible:
            return
        corner = corner_of(points.source)
        for other in self._all:
            if other is not points and corner_of(other.source) == corner:
                self._covered.hide(other.layer)

    def _on_active(self, points: TrustPoints) -> None:
        number = points.layer.selected_data.active  # None: none or several
        if self._silent or number is None or points not in self._all:
            return
        planes = planes_of(points.layer, points.shape)
        self.chosen.emit(points, int(planes[number]))

    def _forget_removed(self) -> None:
        there = self._viewer.layers
        self._all[:] = [points for points in self._all if points.layer in there]

    def _use_colour(self, colour: str) -> None:
        self._colour = colour
        for points in self._all:
            points.layer.text.color = colour

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        self._silent = True
        try:
            yield
        finally:
            self._silent = False
