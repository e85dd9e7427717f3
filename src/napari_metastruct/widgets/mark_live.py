"""What goes on while it learns: marks to the network, its prediction to the canvas."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from napari_metastruct.errors import InputError
from napari_metastruct.progress import LabelPreview
from napari_metastruct.widgets.going_to import go_to
from napari_metastruct.widgets.least_sure import LeastSure, Place
from napari_metastruct.widgets.mark_feed import MarkFeed
from napari_metastruct.widgets.mark_preview import MarkPreview
from napari_metastruct.widgets.mark_row import MarkRow
from napari_metastruct.widgets.mark_run import MarkOutcome, MarkRun
from napari_metastruct.widgets.mark_table import MarkTable

if TYPE_CHECKING:
    from napari.viewer import Viewer

    from napari_metastruct.training.labelled.judging import Shown

__all__ = ["MarkLive"]

_HELP = (
    "Bring the place where the network is least sure into the middle of the canvas: "
    "there a stroke helps most. Once more: the next such place."
)
_LATER = "As soon as there is a prediction: lead to where it is least sure."


class MarkLive(QWidget):
    """A button that leads to the least sure place, and what feeds it."""

    def __init__(self, viewer: "Viewer", table: MarkTable) -> None:
        super().__init__()
        self._viewer, self._table = viewer, table
        self.least_sure = LeastSure()
        self.feed: MarkFeed | None = None
        self.preview: MarkPreview | None = None
        self._run: MarkRun | None = None
        self._rows: list[MarkRow] = []
        self.button = QPushButton("Go to the least sure place")
        self.where = QLabel()
        self.where.setWordWrap(True)
        self.where.setToolTip("The place that was gone to.")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.button)
        layout.addWidget(self.where)
        self.button.clicked.connect(self.go)
        table.marked.connect(self._on_marked)
        self._show()

    def begin(self, run: MarkRun, *, preview: bool) -> "Shown | None":
        """Follow a run from now on; return what tells it which plane is seen."""
        self.end()
        self._run, self._rows = run, list(self._table.rows)
        self.least_sure = LeastSure()
        self.feed = MarkFeed(run, self._rows)
        self._show()
        if not preview:
            return None
        from napari_metastruct.training.labelled.judging import Shown

        shown = Shown()
        layers = [row.layers() for row in self._rows]
        self.preview = MarkPreview(
            self._viewer, run.sources, layers, shown, self.least_sure
        )
        # The window may be closed before the run has ended.
        self.destroyed.connect(self.preview.remove)
        return shown

    def show_preview(self, event: LabelPreview) -> None:
        """Show what an event brings."""
        if self.preview is not None:
            self.preview.show(event)
            self._show()

    def end(self, outcome: MarkOutcome | None = None) -> None:
        """Follow the run no longer; what it has found can still be gone to."""
        self.feed = None
        if self.preview is not None:
            self.preview.remove()
            self.preview = None
        if outcome is not None:
            self.least_sure = outcome.least_sure
            self._show()

    def go(self) -> None:
        """Go to the least sure place that was not shown yet."""
        place = self.least_sure.next(self._marked)
        text = "There are marks wherever it is unsure."
        if place is not None and self._run is not None:
            image = self._run.sources[place.pair].image
            go_to(self._viewer, image, place.plane, place.row, place.column)
            text = _sentence(place, image.name, len(image.stack))
        self.where.setText(text)
        self.where.show()

    def _marked(self, pair: int, plane: int) -> NDArray[np.bool_] | None:
        """Return what is marked on a plane now."""
        row = self._rows[pair]
        try:
            now = row.value() if row in self._table.rows else None
        except InputError:
            return None
        layers: list[Any] = [] if now is None else [now.positive, now.negative]
        parts = [layer.part(plane) > 0 for layer in layers if layer is not None]
        return None if not parts else np.logical_or.reduce(parts)

    def _on_marked(self, row: MarkRow, planes: tuple[int, ...]) -> None:
        if self.feed is not None:
            self.feed.send(row, planes)

    def _show(self) -> None:
        there = bool(self.least_sure)
        self.button.setEnabled(there)
        self.button.setToolTip(_HELP if there else _LATER)
        self.where.setVisible(there and bool(self.where.text()))


def _sentence(place: Place, name: str, planes: int) -> str:
    plane = f"plane {place.plane}, " if planes > 1 else ""
    return (
        f"'{name}', {plane}row {place.row:.0f}, column {place.column:.0f}: "
        f"{place.unsure:.0%} unsure"
    )
