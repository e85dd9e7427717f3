"""Curves of a training on labels: loss, scores, early learning and memorisation."""

import csv
from pathlib import Path

import pyqtgraph as pg
from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from napari_metastruct.progress import EpochEnd
from napari_metastruct.widgets.curve_plot import (
    add_plot,
    choose_scale,
    show_title,
)
from napari_metastruct.widgets.loss_plot import REDRAWS_PER_SECOND
from napari_metastruct.widgets.training_numbers import (
    DASHED,
    GROUPS,
    WORDS,
    colour_of,
    group_of,
    is_in_title,
    kind_of,
    others_of,
    stage_starts,
    title_of,
    wide_range,
)

__all__ = ["TrainingCurves"]

_HEIGHT = 100
STAGE_COLOUR = "#868e96"
HELP = (
    "One point for each epoch. Dice: agreement with the labels that were kept apart "
    "(validation) and with clean labels, where there are some. Early learning: on the "
    "wrongly labelled pixels, how much of a class is predicted right; memorisation: "
    "how much is predicted as it is labelled there, learned by heart. A "
    "dotted line: a stage of the method begins. Losses that differ much have a log "
    "axis."
)


class TrainingCurves(QWidget):
    """One plot for each group of numbers that comes, drawn at most 4 times a second.

    What belongs to no group stands in a line below, as it was in the last epoch.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[dict[str, float]] = []
        self._curves: dict[str, pg.PlotDataItem] = {}
        self._plots: dict[str, pg.PlotItem] = {}
        self._marks: dict[str, int] = {}
        self._log: set[str] = set()
        self._colours = ("#262930", "#f0f1f2")
        self._view = pg.GraphicsLayoutWidget(self)
        self._view.ci.setSpacing(6)
        self.legend = _line("What the curves are.")
        self.numbers = _line("Other numbers of the last epoch.")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(1000 // REDRAWS_PER_SECOND)
        self._timer.timeout.connect(self.draw)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for widget in (self.legend, self._view, self.numbers):
            layout.addWidget(widget)
        self.setToolTip(HELP)
        self._fit()

    @property
    def names(self) -> list[str]:
        """Names of the curves so far."""
        return list(self._curves)

    def add(self, event: EpochEnd) -> None:
        """Take the numbers of one epoch."""
        self._take({"epoch": event.epoch, **event.values})

    def show_rows(self, rows: list[dict[str, float]]) -> None:
        """Show these epochs, such as those before a run is continued."""
        self.clear()
        for row in rows:
            self._take(row)

    def _take(self, row: dict[str, float]) -> None:
        self.rows.append(row)
        for name in row:
            group = group_of(name)
            if group and name not in self._curves:
                self._curves[name] = self._curve(name, group)
                self._show_legend()
        if not self._timer.isActive():
            self._timer.start()

    def clear(self) -> None:
        """Forget all curves."""
        self.rows = []
        self._curves.clear()
        self._plots.clear()
        self._marks.clear()
        self._log.clear()
        self._view.clear()
        self.numbers.setText("")
        self._show_legend()
        self._fit()

    def draw(self) -> None:
        """Draw what has come in since the last time."""
        for name, curve in self._curves.items():
            points = [(row["epoch"], row[name]) for row in self.rows if name in row]
            if points:
                curve.setData(*zip(*points, strict=True))
        if self.rows:
            first, last = self.rows[0]["epoch"], self.rows[-1]["epoch"]
            for plot in self._plots.values():  # the same epochs in all
                plot.setXRange(first, max(last, first + 1), padding=0.02)
        self._choose_scales()
        self._mark_stages()
        self.numbers.setText(others_of(self.rows[-1] if self.rows else {}))
        self.numbers.setVisible(bool(self.numbers.text()))

    def _choose_scales(self) -> None:
        """Draw losses that differ much on a log axis, and say so in the title."""
        for group, plot in self._plots.items():
            wide = wide_range(group, self._curves, self.rows)
            choose_scale(plot, wide)
            (self._log.add if wide else self._log.discard)(group)
        self._show_titles()

    def _mark_stages(self) -> None:
        """Draw a line where a stage of the method has begun."""
        starts = stage_starts(self.rows)
        pen = pg.mkPen(STAGE_COLOUR, width=1, style=Qt.PenStyle.DotLine)
        for group, plot in self._plots.items():
            for epoch in starts[self._marks.get(group, 0) :]:
                plot.addItem(pg.InfiniteLine(epoch - 0.5, pen=pen))
            self._marks[group] = len(starts)

    def save_csv(self, path: Path) -> None:
        """Write one line for each epoch, with all numbers."""
        names = dict.fromkeys(name for row in self.rows for name in row)
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(names))
            writer.writeheader()
            writer.writerows(self.rows)

    def set_colours(self, background: str, text: str) -> None:
        """Follow napari's theme."""
        self._colours = background, text
        self._view.setBackground(background)
        for plot in self._plots.values():
            self._paint(plot)

    def _paint(self, plot: pg.PlotItem) -> None:
        for side in ("left", "bottom"):
            plot.getAxis(side).setPen(self._colours[1])
            plot.getAxis(side).setTextPen(self._colours[1])
        show_title(plot, plot.titleLabel.text, self._colours[1])

    def _plot(self, group: str) -> pg.PlotItem:
        if group in self._plots:
            return self._plots[group]
        self._plots[group] = plot = add_plot(self._view, GROUPS.index(group))
        self._paint(plot)
        self._fit()
        return plot

    def _fit(self) -> None:
        self._view.setFixedHeight(_HEIGHT * max(1, len(self._plots)))

    def _curve(self, name: str, group: str) -> pg.PlotDataItem:
        dashed = kind_of(name)[0] in DASHED
        style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
        pen = pg.mkPen(colour_of(name), width=2, style=style)
        return self._plot(group).plot(pen=pen)

    def _show_legend(self) -> None:
        several = len({kind_of(name)[1] for name in self._curves} - {""}) > 1
        texts = []
        for name in self._curves:
            if is_in_title(name):
                continue
            kind, number = kind_of(name)
            mark = "&#9476;" if kind in DASHED else "&#9644;"
            words = WORDS.get(kind, kind) + (f" {number}" if several else "")
            texts.append(f"<span style='color:{colour_of(name)}'>{mark}</span> {words}")
        self._show_titles()
        self.legend.setText("&nbsp;&nbsp; ".join(texts))
        self.legend.setVisible(bool(texts))

    def _show_titles(self) -> None:
        for group, plot in self._plots.items():
            title = title_of(group, self._curves, log=group in self._log)
            show_title(plot, title, self._colours[1])


def _line(help_: str) -> QLabel:
    line = QLabel()
    line.setWordWrap(True)
    line.setToolTip(help_)
    return line
