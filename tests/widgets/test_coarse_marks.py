"""Dock "Train on coarse marks" in a real viewer, by clicks, with the real core."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from napari.utils.notifications import notification_manager
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QPoint
from qtpy.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
)
from tests.training.labelled.tiny import discs
from tests.widgets.helpers import Ticks, click
from tests.widgets.marking import (
    LONG,
    MARKED,
    begin,
    finish,
    mark,
    names,
    opened,
    ready,
)
from tests.widgets.painting import drag, stroke

from napari_metastruct.batch import run_batch
from napari_metastruct.jobs import TrainJob, load_job
from napari_metastruct.methods import CoarseMarks
from napari_metastruct.progress import run_to_end
from napari_metastruct.training.labelled.session import LabelledSession
from napari_metastruct.widgets import mark_after, model_buttons, readiness
from napari_metastruct.widgets.apply_model import ApplyModel
from napari_metastruct.widgets.coarse_marks import TrainOnCoarseMarks
from napari_metastruct.widgets.docks import COARSE_MARKS, find_docks, open_dock
from napari_metastruct.widgets.layers import METADATA_KEY

Viewer = Any
PLACE: dict[str, Any] = {
    "scale": (2.0, 0.5, 0.25),
    "translate": (1.0, 3.0, 4.0),
    "units": ("um", "um", "um"),
}


@pytest.fixture(autouse=True)
def _torch_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "is_loaded", lambda: True)


@pytest.fixture
def dock(viewer: Viewer) -> TrainOnCoarseMarks:
    return opened(viewer)


def test_one_click_makes_layers_that_lie_on_the_image_and_can_be_painted(
    viewer: Viewer, qtbot: QtBot
) -> None:
    dock = opened(viewer, count=3, **PLACE)
    tip = dock.panel.run_button.toolTip
    qtbot.waitUntil(lambda: "press 'Make mark layers'" in tip())
    click(dock.table.make_button)
    assert names(viewer) == MARKED
    assert not dock.table.make_button.isEnabled()
    image = viewer.layers["cells"]
    for name in MARKED[1:]:
        layer = viewer.layers[name]
        assert layer.data.shape == image.data.shape
        assert not layer.data.any()
        np.testing.assert_allclose(layer.scale, image.scale)
        np.testing.assert_allclose(layer.translate, image.translate)
        assert layer.units == image.units
        assert layer.mode == "paint"
    active = viewer.layers.selection.active
    assert (active.name, active.selected_label) == ("cells: is", 2)
    assert dock.palette_.buttons[1, "is"].isChecked()
    qtbot.waitUntil(lambda: "Nothing is marked yet" in tip())


def test_a_brush_is_a_click_and_paints_on_the_canvas(
    viewer: Viewer, dock: TrainOnCoarseMarks, qtbot: QtBot
) -> None:
    click(dock.palette_.buttons[0, "is not"])  # makes the layers first
    layer = viewer.layers["cells: is not"]
    assert viewer.layers.selection.active == layer
    viewer.reset_view()
    qtbot.wait(50)
    drag(viewer, (10, 6), (10, 26))
    assert layer.data[10, 16] == 1
    assert layer.data[20, 16] == 0
    layer.undo()
    assert not layer.data.any()
    layer.redo()
    layer.brush_size = 7
    click(dock.palette_.add_button)
    click(dock.palette_.buttons[2, "is"])
    active = viewer.layers.selection.active
    assert (active.name, active.selected_label) == ("cells: is", 3)
    assert active.brush_size == 7
    active.selected_label = 1
    assert dock.palette_.buttons[0, "is"].isChecked()
    viewer.layers.selection.active = viewer.layers["cells"]
    assert not any(button.isChecked() for button in dock.palette_.buttons.values())


def test_a_click_learns_and_brings_layers_below_the_marks(
    viewer: Viewer, qtbot: QtBot
) -> None:
    dock = opened(viewer, count=3, **PLACE)
    mark(viewer, dock, (1,))
    ready(dock, qtbot)
    assert dock.reading.text() == "3 images, 1 with marks"
    brush = viewer.layers.selection.active
    click(dock.panel.run_button)
    finish(dock, qtbot)
    found = names(viewer)
    assert found[:3] == ["cells", "cells prediction", "cells least sure"]
    assert found[-2:] == MARKED[1:]
    assert viewer.layers.selection.active == brush
    image = viewer.layers["cells"]
    for layer in list(viewer.layers)[1:-2]:
        assert layer.data.shape == image.data.shape
        assert np.isfinite(layer.data).all()
        np.testing.assert_allclose(layer.scale, image.scale)
        np.testing.assert_allclose(layer.translate, image.translate)
        assert layer.units == image.units
        about = layer.metadata[METADATA_KEY]
        assert about["method"]["name"] == "coarse-marks"
        assert about["class names"] == ["background", "object"]
    click(dock.live.button)
    assert "'cells', plane" in dock.live.where.text()
    # In so few steps the matrices do not learn, and what they are is not shown.
    assert "not known yet" in dock.after.state.text()
    assert not dock.after.tables
    assert not [name for name in found if "reliability" in name]
    assert dock.after.outcome is not None
    for matrix in dock.after.outcome.trained.matrices.values():
        assert matrix.shape == (2, 2)


def test_the_first_result_is_scrolled_to_later_ones_leave_the_brushes_in_sight(
    viewer: Viewer, dock: TrainOnCoarseMarks, qtbot: QtBot
) -> None:
    viewer.window.resize(1000, 640)
    viewer.window.show()
    mark(viewer, dock)
    ready(dock, qtbot)
    bar: Any = dock._area.verticalScrollBar()
    click(dock.panel.run_button)
    finish(dock, qtbot)
    view: Any = dock._area.viewport()
    model = dock.after.model

    def is_seen() -> bool:
        return bool(0 <= model.mapTo(view, QPoint(0, 0)).y() < view.height())

    qtbot.waitUntil(is_seen)
    qtbot.waitUntil(lambda: dock._area._wanted is None)  # it has settled
    bar.setValue(0)
    click(dock.panel.run_button)
    finish(dock, qtbot)
    assert bar.value() == 0


def test_a_stroke_is_learned_from_while_it_learns_and_stop_keeps_it(
    viewer: Viewer,
    dock: TrainOnCoarseMarks,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sessions: list[LabelledSession] = []
    real = CoarseMarks.train

    def seen(self: CoarseMarks, session: LabelledSession) -> Any:  # noqa: ANN401
        sessions.append(session)
        yield from real(self, session)

    monkeypatch.setattr(CoarseMarks, "train", seen)
    mark(viewer, dock)
    begin(dock, qtbot)
    (session,) = sessions
    assert session.given[0][30, 16] == -1
    assert (session.given[0][4, 16], session.given[0][14, 16]) == (1, 0)
    assert session.negative[0][24, 16] == 1
    click(dock.palette_.buttons[1, "is"])
    stroke(viewer.layers.selection.active, (30, 4), (30, 28))
    qtbot.waitUntil(lambda: session.given[0][30, 16] == 1)
    click(dock.palette_.buttons[0, "is not"])
    stroke(viewer.layers.selection.active, (2, 4), (2, 28))
    qtbot.waitUntil(lambda: session.negative[0][2, 16] == 0)
    viewer.layers["cells: is"].undo()
    qtbot.waitUntil(lambda: session.given[0][30, 16] == -1)
    assert session.given[0][4, 16] == 1
    click(dock.panel.stop_button)
    finish(dock, qtbot)
    assert "cells prediction" in names(viewer)
    assert not [name for name in names(viewer) if "preview" in name]
    assert 0 < len(dock.curves.rows) < LONG


def test_the_prediction_is_seen_and_the_least_sure_place_is_gone_to(
    viewer: Viewer, qtbot: QtBot
) -> None:
    dock = opened(viewer, count=3)
    assert not dock.live.button.isEnabled()
    for plane in (0, 2):
        for number, row in ((1, 3), (0, 6)):
            click(dock.palette_.buttons[number, "is"])
            stroke(viewer.layers.selection.active, (row, 2), (row, 4), (plane,))
    viewer.dims.set_point(0, 2)
    begin(dock, qtbot)
    predicted = viewer.layers["learning (preview)"]
    unsure = viewer.layers["least sure (preview)"]
    qtbot.waitUntil(lambda: predicted.data.shape == (1, 32, 32, 4))
    assert unsure.data.shape == (1, 32, 32)
    assert not unsure.visible
    assert 0 < unsure.data.max() <= 1
    np.testing.assert_allclose(predicted.translate[:1], [2])
    assert max(viewer.layers.index(layer) for layer in (predicted, unsure)) < 3
    click(dock.live.button)
    assert "plane 2, row" in dock.live.where.text()
    first = viewer.scene.camera.center
    click(dock.live.button)
    assert viewer.scene.camera.center != first
    click(dock.panel.cancel_button)
    finish(dock, qtbot)
    assert dock.live.button.isEnabled()


def test_cancel_within_a_second_leaves_nothing_and_train_goes_again(
    viewer: Viewer, dock: TrainOnCoarseMarks, qtbot: QtBot
) -> None:
    mark(viewer, dock)
    for _ in range(2):
        begin(dock, qtbot)
        start = time.monotonic()
        click(dock.panel.cancel_button)
        qtbot.waitUntil(lambda: not dock.panel.is_running)
        assert time.monotonic() - start < 1.0
        assert names(viewer) == MARKED
        assert dock.panel.status.text() == "Cancelled"
    assert dock.panel.run_button.isEnabled()


def test_layers_may_go_while_it_runs_and_the_window_lives(
    viewer: Viewer, dock: TrainOnCoarseMarks, qtbot: QtBot
) -> None:
    mark(viewer, dock)
    begin(dock, qtbot)
    ticks = Ticks(dock)
    click(dock.palette_.buttons[1, "is"])
    so_far = len(dock.curves.rows)
    while len(dock.curves.rows) < so_far + 10:
        stroke(viewer.layers["cells: is"], (30, 4), (30, 28))
        qtbot.wait(200)
    ticks.stop()
    viewer.layers.remove("cells: is")
    viewer.layers.remove("least sure (preview)")
    viewer.layers.remove("cells")
    so_far = len(dock.curves.rows)
    qtbot.waitUntil(lambda: len(dock.curves.rows) > so_far + 2, timeout=60_000)
    click(dock.panel.stop_button)
    finish(dock, qtbot)
    assert names(viewer)[:2] == ["cells prediction", "cells least sure"]
    assert np.percentile(ticks.gaps, 95) < 0.1


def test_what_cannot_be_learned_is_said_before_train_can_be_pressed(
    viewer: Viewer, dock: TrainOnCoarseMarks, qtbot: QtBot
) -> None:
    run = dock.panel.run_button

    def said(words: str) -> None:
        qtbot.waitUntil(lambda: words in run.toolTip())
        assert not run.isEnabled()

    said("press 'Make mark layers'")
    click(dock.table.make_button)
    said("Nothing is marked yet")
    layer = viewer.layers["cells: is"]
    stroke(layer, (4, 4), (4, 28))
    said("everything could be 'object': mark another class")
    layer.undo()
    said("Nothing is marked yet")
    click(dock.palette_.buttons[1, "is not"])
    other = viewer.layers["cells: is not"]
    stroke(other, (4, 4), (4, 28))
    said("everything could be 'background'")
    stroke(layer, (14, 4), (14, 28))
    ready(dock, qtbot)
    click(dock.palette_.add_button)  # is object, is not background: one class for all
    other.data[other.data == 2] = 1
    other.refresh()
    said("everything could be 'object'")
    other.data[other.data == 1] = 2
    other.refresh()
    ready(dock, qtbot)
    layer.data = np.zeros((16, 16), np.uint8)
    said("has the shape (16, 16)")
    viewer.layers.remove(layer)
    said("everything could be 'background'")
    viewer.layers.remove(other)
    said("press 'Make mark layers'")
    viewer.layers.remove("cells")
    said("Open an image first")


def test_the_same_class_twice_on_a_pixel_is_told_and_is_counts(
    viewer: Viewer, dock: TrainOnCoarseMarks, qtbot: QtBot
) -> None:
    mark(viewer, dock)
    viewer.layers["cells: is not"].data[:] = viewer.layers["cells: is"].data
    viewer.layers["cells: is not"].refresh()
    ready(dock, qtbot)
    with notification_manager:
        click(dock.panel.run_button)
        finish(dock, qtbot)
    told = [record.message for record in notification_manager.records]
    assert any("the positive mark counts" in text for text in told)


def test_several_images_one_of_them_with_a_right_mask(
    viewer: Viewer, dock: TrainOnCoarseMarks, qtbot: QtBot
) -> None:
    images, truth = discs(count=2)
    mark(viewer, dock)
    click(dock.palette_.add_button)
    click(dock.palette_.buttons[2, "is"])
    stroke(viewer.layers.selection.active, (30, 4), (30, 28))
    viewer.add_image(images[1], name="whole")
    right = viewer.add_labels(truth[1], name="right")
    click(dock.table.add_button)
    assert dock.table.rows[1].image.value().name == "whole"
    tip = dock.panel.run_button.toolTip
    qtbot.waitUntil(lambda: "'whole' has no layers for marks" in tip())
    dock.table.with_mask.click()
    dock.table.rows[1].right_mask.setValue(right)
    ready(dock, qtbot)
    assert dock.reading.text() == "2 images, 1 with marks, 1 with a right mask"
    click(dock.panel.run_button)
    finish(dock, qtbot)
    assert "not known yet" in dock.after.state.text()
    dock.learning.form.setValue(CoarseMarks(warm_up=0, wait_for=0))
    click(dock.panel.run_button)
    finish(dock, qtbot)
    assert not dock.after.state.text()
    kinds = ("prediction", "reliability positive", "reliability negative")
    due = {f"{image} {kind}" for image in ("cells", "whole") for kind in kinds}
    assert due <= set(names(viewer))
    assert dock.after.outcome is not None
    assert [pair.trusted for pair in dock.after.outcome.run.pairs] == [False, True]
    assert dock.after.tables["positive"].rowCount() == 3
    dock.table.rows[1].image.setValue(viewer.layers["cells"])
    qtbot.waitUntil(lambda: "twice" in tip())
    click(dock.table.rows[1].remove)
    ready(dock, qtbot)


def test_a_dock_that_is_closed_while_it_learns_leaves_its_marks_to_the_next(
    viewer: Viewer, dock: TrainOnCoarseMarks, qtbot: QtBot
) -> None:
    mark(viewer, dock)
    layer = viewer.layers["cells: is"]
    layer.name, viewer.layers["cells"].name = "my marks", "other"
    stroke(layer, (30, 4), (30, 28))
    layer.data[0] = 4
    begin(dock, qtbot)
    viewer.window.remove_dock_widget(dock)
    qtbot.waitUntil(lambda: len(viewer.layers) == 3)
    again = open_dock(viewer, COARSE_MARKS)
    assert again is not dock
    ready(again, qtbot)
    assert again.table.rows[0].layer_of("is") == layer
    assert again.palette_.names == ("background", "object", "object 2", "object 3")


def test_a_result_is_kept_with_its_marks_and_applied(
    viewer: Viewer,
    dock: TrainOnCoarseMarks,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    mark(viewer, dock)
    ready(dock, qtbot)
    click(dock.panel.run_button)
    finish(dock, qtbot)
    monkeypatch.setattr(model_buttons, "ask_save", lambda *_: tmp_path / "m")
    click(dock.after.model.save)
    assert (tmp_path / "m.safetensors").is_file()
    click(dock.after.jobs.command)
    assert "--negative IS_NOT --labels IS IMAGES" in clipboard()
    assert "--painted" in clipboard()
    click(dock.after.jobs.python)
    assert "negative=viewer.layers['cells: is not'].data" in clipboard()
    path = tmp_path / "cells.metastruct.yaml"
    monkeypatch.setattr(mark_after, "ask_save", lambda *_: path)
    click(dock.after.jobs.save)
    finish(dock, qtbot)
    job = load_job(path)
    assert isinstance(job, TrainJob)
    assert job.painted
    assert Path(job.images[0]).is_file()
    for field in ("labels", "negative"):
        (file,) = getattr(job, field)
        assert Path(file).is_file()
    (done,) = run_to_end(run_batch(job.replace(output=str(tmp_path / "run"))))
    assert done.status == "done", done.message
    click(dock.after.jobs.command)
    assert job.images[0] in clipboard()
    click(dock.after.model.apply)
    (apply,) = find_docks(viewer, ApplyModel)
    with qtbot.waitSignal(apply.panel.succeeded, timeout=60_000):
        click(apply.panel.run_button)
    np.testing.assert_array_equal(
        viewer.layers["cells labels"].data, viewer.layers["cells prediction"].data
    )


def clipboard() -> str:
    held = QApplication.clipboard()
    return "" if held is None else held.text()


def test_everything_has_a_tooltip_and_fits_a_small_screen(
    dock: TrainOnCoarseMarks,
) -> None:
    dock.learning.advanced.open()
    assert dock.minimumSizeHint().height() < 400
    controls = (QAbstractButton, QComboBox, QAbstractSpinBox, QLineEdit)
    for kind in controls:
        for control in dock.findChildren(kind):
            inside = isinstance(control.parent(), QAbstractSpinBox)
            assert inside or control.toolTip(), (kind, control.objectName())
