"""Dock "Train on noisy labels", its runs in a process of their own, by clicks."""

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from napari.utils.notifications import notification_manager
from pytestqt.qtbot import QtBot
from tests.training.labelled.tiny import discs, flipped, without_time
from tests.widgets.helpers import Ticks, click
from tests.widgets.test_backend import no_torch_here

from napari_metastruct.child import process
from napari_metastruct.methods import Plain
from napari_metastruct.training.labelled import LabelledSettings
from napari_metastruct.widgets.docks import TRAIN_LABELS, open_dock
from napari_metastruct.widgets.stage_line import StageLine
from napari_metastruct.widgets.train_labels import TrainOnNoisyLabels

if TYPE_CHECKING:
    import subprocess

Viewer = Any
TINY = LabelledSettings(
    epochs=3, batch=4, patch=32, width=4, depth=2, device="cpu", checkpoint_every=1
)
LONG = 10_000
RESULTS = ["cells", "drawn", "cells prediction", "drawn corrected", "drawn difference"]


@pytest.fixture
def dock(viewer: Viewer, qtbot: QtBot) -> TrainOnNoisyLabels:
    images, truth = discs(count=4)
    viewer.add_image(images, name="cells")
    viewer.add_labels(flipped(truth, 0.1), name="drawn")
    dock: TrainOnNoisyLabels = open_dock(viewer, TRAIN_LABELS)
    dock.learner.show_settings(Plain(), TINY)
    dock.learner.backend.set("process")
    qtbot.waitUntil(lambda: not dock.source.reading.text().startswith("Looking"))
    return dock


def begin(dock: TrainOnNoisyLabels, qtbot: QtBot) -> None:
    dock.learner.front["epochs"].setValue(LONG)
    click(dock.panel.run_button)
    qtbot.waitUntil(lambda: len(dock.curves.rows) >= 2, timeout=120_000)


def finish(dock: TrainOnNoisyLabels, qtbot: QtBot) -> None:
    qtbot.waitUntil(
        lambda: not dock.panel.is_running and not dock._results.is_busy,
        timeout=120_000,
    )


def names(viewer: Viewer) -> list[str]:
    return [layer.name for layer in viewer.layers]


def test_it_learns_apart_what_it_learns_here(
    viewer: Viewer, dock: TrainOnNoisyLabels, qtbot: QtBot
) -> None:
    with no_torch_here():
        click(dock.panel.run_button)
        finish(dock, qtbot)
        assert names(viewer) == RESULTS
        assert dock.panel.device_label.text().startswith("CPU: as chosen")
    apart = dock.after.outcome
    dock.learner.backend.set("thread")
    click(dock.panel.run_button)
    finish(dock, qtbot)
    here = dock.after.outcome
    assert apart is not None
    assert here is not None
    rows = [without_time(each.trained.record.rows) for each in (apart, here)]
    assert rows[0] == rows[1]
    (one,), (other,) = apart.pairs, here.pairs
    np.testing.assert_array_equal(one.prediction, other.prediction)
    np.testing.assert_array_equal(one.corrected, other.corrected)
    np.testing.assert_array_equal(one.difference, other.difference)


def test_it_is_followed_stopped_and_cancelled_there(
    viewer: Viewer, dock: TrainOnNoisyLabels, qtbot: QtBot
) -> None:
    begin(dock, qtbot)
    (preview,) = [layer for layer in viewer.layers if "preview" in layer.name]
    viewer.dims.set_point(0, 3)
    ticks = Ticks(dock)
    qtbot.waitUntil(lambda: preview.translate[0] == 3, timeout=30_000)
    ticks.stop()
    assert np.median(ticks.gaps) < 0.1
    click(dock.panel.stop_button)
    finish(dock, qtbot)
    assert names(viewer) == RESULTS
    begin(dock, qtbot)
    run = dock.control.runs.running
    assert run is not None
    start = time.monotonic()
    click(dock.panel.cancel_button)
    qtbot.waitUntil(lambda: not dock.panel.is_running)
    assert time.monotonic() - start < 1.0
    assert len(viewer.layers) == len(RESULTS)
    qtbot.waitUntil(lambda: not list(run.folder.iterdir()))


def test_a_process_without_memory_takes_nothing_along(
    viewer: Viewer,
    dock: TrainOnNoisyLabels,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The system ends a process that asks for too much, without a word."""
    begun: list[subprocess.Popen[bytes]] = []
    start = process._start

    def noted(*args: Any) -> Any:  # noqa: ANN401 - the original's
        begun.append(start(*args))
        return begun[-1]

    monkeypatch.setattr(process, "_start", noted)
    begin(dock, qtbot)
    with notification_manager:
        begun[0].kill()
        finish(dock, qtbot)
    assert "main memory ran out" in dock.panel.status.text()
    assert "patch, batch" in dock.panel.status.text()
    assert names(viewer) == ["cells", "drawn"]
    done = len(dock.curves.rows)
    dock.learner.front["epochs"].setValue(done + 2)
    click(dock.continue_button)
    finish(dock, qtbot)
    assert names(viewer) == RESULTS
    assert dock.curves.rows[-1]["epoch"] == done + 2


def test_the_noise_rate_is_estimated_there(
    dock: TrainOnNoisyLabels, qtbot: QtBot
) -> None:
    dock.learner.method.setCurrentIndex(1)
    with no_torch_here():
        click(dock.learner.estimate)
        finish(dock, qtbot)
    assert 0 < (dock.learner.rate.value() or 0) < 1


def test_stages_are_ended_there_by_clicks(
    viewer: Viewer, dock: TrainOnNoisyLabels, qtbot: QtBot
) -> None:
    images, truth = discs(count=2, seed=9)
    viewer.add_image(images, name="checked")
    viewer.add_labels(truth, name="right")
    click(dock.source.table.add_button)
    method = dock.learner.method
    method.setCurrentIndex(method.findData("adversarial-correction"))
    dock.learner.front["epochs"].setValue(LONG)
    dock.learner.front["validation"].setValue(0.0)
    qtbot.waitUntil(lambda: "none of the 6" in dock.panel.status.text())
    assert not dock.panel.run_button.isEnabled()
    click(dock.source.table.rows[1].trusted)
    qtbot.waitUntil(dock.panel.run_button.isEnabled)
    click(dock.panel.run_button)
    line = dock.flow.stage
    for number in range(1, 6):
        _wait_for_stage(line, number, qtbot)
        click(line.button)
    finish(dock, qtbot)
    rows = dock.curves.rows
    assert 5 <= len(rows) < 100
    assert [row["stage"] for row in rows] == sorted(row["stage"] for row in rows)
    assert {row["stage"] for row in rows} >= {1, 2, 3, 4, 5}
    table = dock.after.trust
    assert table.rowCount() == 6
    assert all(0 <= row.trust <= 1 for row in table.rows)
    assert [row.revised for row in table.rows if row.trusted] == [0, 0]


def _wait_for_stage(line: StageLine, number: int, qtbot: QtBot) -> None:
    said = f"Stage {number} of 5"
    qtbot.waitUntil(lambda: line.label.text().startswith(said), timeout=120_000)
