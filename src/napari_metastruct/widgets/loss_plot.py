"""Curves of a run, drawn while it learns."""

import csv
from pathlib import Path

import pyqtgraph as pg
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QVBoxLayout, QWidget

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
        self._text_colour = "#888888"
        self._view = pg.GraphicsLayoutWidget(self)
        self._view.setMinimumHeight(190)
        self._loss = self._plot(row=0, name="Loss")
        self._shares = self._plot(row=1, name="Share")
        self._shares.setXLink(self._loss)
        self._shares.setLabel("bottom", "Epoch")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(1000 // REDRAWS_PER_SECOND)
        self._timer.timeout.connect(self.draw)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._view)
        self.setToolTip(
            "Loss: how far the network is from its pseudo-label. Foreground: share "
            "of the image. Change: share of the pseudo-label that is new."
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
        if not self._timer.isActive():
            self._timer.start()

    def clear(self) -> None:
        """Forget all curves."""
        self.rows.clear()
        for curve in self._curves.values():
            for plot in (self._loss, self._shares):
                plot.removeItem(curve)
        self._curves.clear()

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
        self._text_colour = text
        self._view.setBackground(background)
        for plot in (self._loss, self._shares):
            for side in ("left", "bottom"):
                plot.getAxis(side).setPen(text)
                plot.getAxis(side).setTextPen(text)
            plot.legend.setLabelTextColor(text)
        self._loss.setLabel("left", "Loss", color=text)
        self._shares.setLabel("left", "Share", color=text)
        self._shares.setLabel("bottom", "Epoch", color=text)

    def _plot(self, row: int, name: str) -> pg.PlotItem:
        plot = self._view.addPlot(row=row, col=0)
        plot.setLabel("left", name)
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.setMouseEnabled(x=False, y=False)
        plot.getAxis("left").setWidth(44)
        plot.addLegend(offset=(-4, 2), labelTextSize="8pt", verSpacing=-6)
        return plot

    def _curve(self, name: str) -> pg.PlotDataItem:
        colour = COLOURS[len(self._curves) % len(COLOURS)]
        plot = self._loss if name == LOSS else self._shares
        return plot.plot(name=name, pen=pg.mkPen(colour, width=2))
