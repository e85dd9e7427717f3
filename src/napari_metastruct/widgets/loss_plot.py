"""Curves of a run, drawn while it learns."""

import csv
from pathlib import Path

import pyqtgraph as pg
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from napari_metastruct.progress import EpochEnd

__all__ = ["LossPlot"]

REDRAWS_PER_SECOND = 4
COLOURS = ("#4dabf7", "#ffa94d", "#69db7c", "#da77f2", "#ff8787", "#ffe066")
"""Told apart on dark and on light ground."""
LOSS = "loss"


class LossPlot(QWidget):
    """Loss above, all other numbers of an epoch (shares, 0 to 1) below.

    Names and count of the curves come from the events, not from here. New points
    are drawn at most 4 times a second, so that the plot costs next to nothing.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[dict[str, float]] = []
        self._curves: dict[str, pg.PlotDataItem] = {}
        self._view = pg.GraphicsLayoutWidget(self)
        self._view.setMinimumHeight(200)
        # Less, and the lowest number of one axis touches the highest of the other.
        self._view.ci.setSpacing(12)
        self._loss = self._plot(row=0)
        self._shares = self._plot(row=1)
        self._shares.setXLink(self._loss)
        self._loss.getAxis("bottom").setStyle(showValues=False)
        self.legend = QLabel()
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setWordWrap(True)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(1000 // REDRAWS_PER_SECOND)
        self._timer.timeout.connect(self.draw)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.legend)
        layout.addWidget(self._view)
        self.setToolTip(
            "One point for each epoch. Loss: how far the network is from its "
            "pseudo-label. Foreground: its share of the pseudo-label. Change: share of "
            "the pseudo-label that is new."
        )

    @property
    def names(self) -> list[str]:
        """Names of the curves so far."""
        return list(self._curves)

    def add(self, event: EpochEnd) -> None:
        """Take the numbers of one epoch."""
        self.rows.append({"epoch": event.epoch, **event.values})
        for name in event.values:
            if name not in self._curves:
                self._curves[name] = self._curve(name)
                self._show_legend()
        if not self._timer.isActive():
            self._timer.start()

    def clear(self) -> None:
        """Forget all curves."""
        self.rows.clear()
        for curve in self._curves.values():
            for plot in (self._loss, self._shares):
                plot.removeItem(curve)
        self._curves.clear()
        self._show_legend()

    def draw(self) -> None:
        """Draw what has come in since the last time."""
        for name, curve in self._curves.items():
            points = [(row["epoch"], row[name]) for row in self.rows if name in row]
            curve.setData(*zip(*points, strict=True))

    def save_csv(self, path: Path) -> None:
        """Write one line for each epoch."""
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, ["epoch", *self._curves])
            writer.writeheader()
            writer.writerows(self.rows)

    def set_colours(self, background: str, text: str) -> None:
        """Follow napari's theme."""
        self._view.setBackground(background)
        for plot in (self._loss, self._shares):
            for side in ("left", "bottom"):
                plot.getAxis(side).setPen(text)
                plot.getAxis(side).setTextPen(text)

    def _plot(self, row: int) -> pg.PlotItem:
        plot = self._view.addPlot(row=row, col=0)
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.setMouseEnabled(x=False, y=False)
        axis = plot.getAxis("left")
        axis.setWidth(40)
        axis.enableAutoSIPrefix(False)
        return plot

    def _show_legend(self) -> None:
        """Name the curves above them, where they hide nothing."""
        names = [
            f"<span style='color:{_colour(number)}'>&#9632;</span> {name}"
            for number, name in enumerate(self._curves)
        ]
        self.legend.setText("&nbsp;&nbsp; ".join(names))

    def _curve(self, name: str) -> pg.PlotDataItem:
        plot = self._loss if name == LOSS else self._shares
        return plot.plot(pen=pg.mkPen(_colour(len(self._curves)), width=2))


def _colour(number: int) -> str:
    return COLOURS[number % len(COLOURS)]
