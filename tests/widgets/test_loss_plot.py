import csv
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from napari_metastruct.progress import EpochEnd
from napari_metastruct.widgets.loss_plot import LossPlot


@pytest.fixture
def plot(qtbot: QtBot) -> LossPlot:
    plot = LossPlot()
    qtbot.addWidget(plot)
    plot.show()
    return plot


def test_curves_come_from_the_events(plot: LossPlot, qtbot: QtBot) -> None:
    plot.add(EpochEnd(1, 3, {"loss": 0.7, "foreground": 0.2}))
    plot.add(EpochEnd(2, 3, {"loss": 0.5, "foreground": 0.3, "change": 0.1}))
    assert plot.names == ["loss", "foreground", "change"]
    curve = plot._curves["loss"]
    qtbot.waitUntil(lambda: curve.xData is not None)
    assert list(curve.xData) == [1, 2]
    assert list(curve.yData) == [0.7, 0.5]
    assert list(plot._curves["change"].xData) == [2]


def test_many_epochs_are_drawn_together(plot: LossPlot, qtbot: QtBot) -> None:
    for epoch in range(500):
        plot.add(EpochEnd(epoch, 500, {"loss": 1.0}))
    assert plot._curves["loss"].getData()[0] is None
    qtbot.waitUntil(lambda: plot._curves["loss"].getData()[0] is not None)
    (epochs, _) = plot._curves["loss"].getData()
    assert list(epochs) == list(range(500))


def test_the_numbers_can_be_saved(plot: LossPlot, tmp_path: Path) -> None:
    plot.add(EpochEnd(1, 2, {"loss": 0.7}))
    plot.add(EpochEnd(2, 2, {"loss": 0.5, "change": 0.1}))
    path = tmp_path / "curves.csv"
    plot.save_csv(path)
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["loss"] for row in rows] == ["0.7", "0.5"]
    assert [row["change"] for row in rows] == ["", "0.1"]


def test_a_new_run_begins_with_an_empty_plot(plot: LossPlot) -> None:
    plot.add(EpochEnd(1, 2, {"loss": 0.7}))
    plot.clear()
    assert plot.names == []
    assert plot.rows == []
    plot.set_colours("#262930", "#f0f1f2")
    plot.add(EpochEnd(1, 2, {"loss": 0.9}))
    assert plot.names == ["loss"]
