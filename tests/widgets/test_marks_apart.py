"""Dock "Train on coarse marks", its runs in a process of their own, by clicks."""

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from napari.utils.notifications import notification_manager
from pytestqt.qtbot import QtBot
from tests.training.labelled.tiny import without_time
from tests.widgets.helpers import Ticks, click
from tests.widgets.marking import LONG, MARKED, finish, mark, names, opened, ready
from tests.widgets.painting import stroke
from tests.widgets.test_backend import no_torch_here

from napari_metastruct.child import process
from napari_metastruct.methods import CoarseMarks
from napari_metastruct.widgets.coarse_marks import TrainOnCoarseMarks
from napari_metastruct.widgets.docks import APPLY_MODEL, open_dock

if TYPE_CHECKING:
    import subprocess

Viewer = Any


@pytest.fixture
def dock(viewer: Viewer) -> TrainOnCoarseMarks:
    dock = opened(viewer, count=3)
    dock.learning.backend.set("process")
    # Matrices shall learn, so that there are maps.
    dock.learning.form.setValue(CoarseMarks(warm_up=1, wait_for=0))
    return dock


def begin(dock: TrainOnCoarseMarks, qtbot: QtBot) -> None:
    dock.learning.front["epochs"].setValue(LONG)
    ready(dock, qtbot)
    click(dock.panel.run_button)
    qtbot.waitUntil(lambda: len(dock.curves.rows) >= 2, timeout=120_000)


def done(dock: TrainOnCoarseMarks, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not dock.panel.is_running, timeout=120_000)
    finish(dock, qtbot)


def both_marks_were_told() -> bool:
    texts = (record.message for record in notification_manager.records)
    return any("the positive mark counts" in text for text in texts)


def test_it_learns_apart_what_it_learns_here(
    viewer: Viewer, dock: TrainOnCoarseMarks, qtbot: QtBot
) -> None:
    outcomes: list[Any] = []
    with no_torch_here():
        mark(viewer, dock, (1,))
        ready(dock, qtbot)
        click(dock.panel.run_button)
        done(dock, qtbot)
        assert "cells prediction" in names(viewer)
        assert "cells reliability positive" in names(viewer)
        assert dock.panel.device_label.text().startswith("CPU: as chosen")
        outcomes.append(dock.after.outcome)
        dock.learning.front["epochs"].setValue(4)
        qtbot.waitUntil(dock.continue_button.isEnabled)
        click(dock.continue_button)
        done(dock, qtbot)
        outcomes.append(dock.after.outcome)
    dock.learning.front["epochs"].setValue(2)
    dock.learning.backend.set("thread")
    for button, epochs in ((dock.panel.run_button, 2), (dock.continue_button, 4)):
        dock.learning.front["epochs"].setValue(epochs)
        qtbot.waitUntil(button.isEnabled)
        click(button)
        done(dock, qtbot)
        outcomes.append(dock.after.outcome)
    for apart, here in zip(outcomes[:2], outcomes[2:], strict=True):
        assert apart is not here
        rows = [without_time(each.trained.record.rows) for each in (apart, here)]
        assert rows[0] == rows[1]
        (one,), (other,) = apart.images, here.images
        np.testing.assert_array_equal(one.prediction, other.prediction)
        np.testing.assert_array_equal(one.unsure, other.unsure)
        for held, due in ((one.maps, other.maps), *_matrices(apart, here)):
            assert set(held) == set(due)
            assert len(held) == 2
            for name in held:
                np.testing.assert_array_equal(held[name], due[name])
    assert [len(each.trained.record.rows) for each in outcomes] == [2, 4, 2, 4]


def _matrices(apart: Any, here: Any) -> list[tuple[Any, Any]]:  # noqa: ANN401
    return [(apart.trained.matrices, here.trained.matrices)]


def test_a_stroke_is_learned_from_there_and_stop_keeps_it(
    viewer: Viewer, dock: TrainOnCoarseMarks, qtbot: QtBot
) -> None:
    mark(viewer, dock, (0,))
    notification_manager.records.clear()  # of other tests
    with notification_manager:
        begin(dock, qtbot)
        predicted = viewer.layers["learning (preview)"]
        viewer.dims.set_point(0, 2)
        ticks = Ticks(dock)
        qtbot.waitUntil(lambda: predicted.translate[0] == 2, timeout=30_000)
        ticks.stop()
        assert np.median(ticks.gaps) < 0.1
        assert not both_marks_were_told()
        # "no object" where it says "object": only who has both can tell.
        click(dock.palette_.buttons[1, "is not"])
        stroke(viewer.layers.selection.active, (4, 4), (4, 28), (0,))
        qtbot.waitUntil(both_marks_were_told, timeout=30_000)
        click(dock.panel.stop_button)
        done(dock, qtbot)
    assert {"cells prediction", *MARKED} <= set(names(viewer))
    assert not [name for name in names(viewer) if "preview" in name]
    assert 0 < len(dock.curves.rows) < LONG
    click(dock.live.button)
    assert "'cells', plane" in dock.live.where.text()
    click(dock.after.model.apply)
    apply = open_dock(viewer, APPLY_MODEL)
    apply.image.layer.setValue(viewer.layers["cells"])
    with qtbot.waitSignal(apply.panel.succeeded, timeout=60_000):
        click(apply.panel.run_button)
    np.testing.assert_array_equal(
        viewer.layers["cells labels"].data, viewer.layers["cells prediction"].data
    )


def test_cancel_within_a_second_leaves_nothing(
    viewer: Viewer, dock: TrainOnCoarseMarks, qtbot: QtBot
) -> None:
    mark(viewer, dock, (0,))
    begin(dock, qtbot)
    run = dock.control.runs.running
    assert run is not None
    start = time.monotonic()
    click(dock.panel.cancel_button)
    qtbot.waitUntil(lambda: not dock.panel.is_running)
    assert time.monotonic() - start < 1.0
    assert names(viewer) == MARKED
    qtbot.waitUntil(lambda: not list(run.folder.iterdir()))
    assert not dock.continue_button.isEnabled()


def test_a_process_without_memory_takes_nothing_along(
    viewer: Viewer,
    dock: TrainOnCoarseMarks,
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
    mark(viewer, dock, (0,))
    begin(dock, qtbot)
    with notification_manager:
        begun[0].kill()
        done(dock, qtbot)
    assert "main memory ran out" in dock.panel.status.text()
    assert names(viewer) == MARKED
    so_far = len(dock.curves.rows)
    dock.learning.front["epochs"].setValue(so_far + 2)
    qtbot.waitUntil(dock.continue_button.isEnabled)
    click(dock.continue_button)
    done(dock, qtbot)
    assert "cells prediction" in names(viewer)
    assert [row["epoch"] for row in dock.curves.rows] == list(range(1, so_far + 3))
