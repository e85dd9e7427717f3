import csv
import math
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from napari_metastruct.progress import EpochEnd
from napari_metastruct.widgets.loss_plot import LossPlot
from napari_metastruct.widgets.training_curves import TrainingCurves
from napari_metastruct.widgets.training_numbers import log_ticks, others_of


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


@pytest.fixture
def curves(qtbot: QtBot) -> TrainingCurves:
    curves = TrainingCurves()
    qtbot.addWidget(curves)
    curves.resize(380, 400)
    curves.show()
    return curves


def drawn(curves: TrainingCurves, *rows: dict[str, float]) -> None:
    curves.show_rows([{"epoch": n, **row} for n, row in enumerate(rows, 1)])
    curves.draw()


def test_losses_that_differ_much_have_a_log_axis_that_says_so(
    curves: TrainingCurves,
) -> None:
    small = {"loss": 0.9, "segmentation loss": 0.3, "clean score": 0.01}
    large = {"loss": 1.2, "generator loss": 24.0, "clean score": 0.9}
    drawn(curves, small, large)
    losses, loss, judged = (
        curves._plots[name] for name in ("Losses", "Loss", "Taken for clean")
    )
    assert "Losses (log): " in losses.titleLabel.text
    assert "generator" in losses.titleLabel.text
    (height,) = curves._curves["segmentation loss"].getData()[1]
    assert height == pytest.approx(math.log10(0.3))
    assert loss.titleLabel.text == "Loss"
    for plot in (loss, judged):
        assert not plot.getAxis("left").logMode
    drawn(curves, small)
    assert not curves._plots["Losses"].getAxis("left").logMode
    assert "(log)" not in curves._plots["Losses"].titleLabel.text


@pytest.mark.parametrize("least", [0.0, -1.0])
def test_a_loss_that_has_no_logarithm_keeps_its_axis(
    curves: TrainingCurves, least: float
) -> None:
    drawn(curves, {"loss": 50.0}, {"loss": least})
    assert not curves._plots["Loss"].getAxis("left").logMode


@pytest.mark.parametrize("least", [0.013, 0.3, 7.0])
@pytest.mark.parametrize("factor", [21.0, 99.0, 1e4])
def test_several_numbers_stand_at_a_log_axis(least: float, factor: float) -> None:
    ends = math.log10(least), math.log10(least * factor)
    ticks = log_ticks(least, least * factor)
    inside = [text for place, text in ticks if ends[0] <= place <= ends[1]]
    assert 2 <= len(inside) <= 5
    assert all(float(text) == pytest.approx(10**place) for place, text in ticks)


def test_corrected_is_shown_once_something_is() -> None:
    assert others_of({"epoch": 1, "corrected": 0.0, "kept": 0.5}) == "kept: 0.5"
    assert "corrected: 0.2" in others_of({"corrected": 0.2, "corrected 1": 0.2})
