"""The dock in a real viewer, driven by clicks; the core is a fake."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from napari.layers import Image, Labels
from napari.utils.notifications import notification_manager
from pytestqt.qtbot import QtBot
from qtpy.QtWidgets import QApplication, QLabel, QWidget
from tests.widgets.helpers import FakeSegmentation, click

from napari_metastruct.errors import InputError
from napari_metastruct.widgets.docks import UNSUPERVISED, open_dock
from napari_metastruct.widgets.layers import METADATA_KEY
from napari_metastruct.widgets.unsupervised import UnsupervisedSegmentation

Viewer = Any


@pytest.fixture
def image(viewer: Viewer) -> Image:
    noise = np.random.default_rng(0).random((64, 80), np.float32)
    layer: Image = viewer.add_image(
        noise, name="cells", scale=(0.5, 0.25), translate=(3, 4), units=("um", "um")
    )
    return layer


@pytest.fixture
def dock(viewer: Viewer, image: Image, qtbot: QtBot) -> UnsupervisedSegmentation:
    dock: UnsupervisedSegmentation = open_dock(viewer, UNSUPERVISED)
    return dock


def labels_of(viewer: Viewer) -> list[Labels]:
    return [layer for layer in viewer.layers if isinstance(layer, Labels)]


def previews_of(viewer: Viewer) -> list[Any]:
    return [layer for layer in viewer.layers if "preview" in layer.name]


def begin(dock: UnsupervisedSegmentation, qtbot: QtBot) -> None:
    click(dock.panel.run_button)
    qtbot.waitUntil(lambda: len(dock.plot.rows) > 3)


def finish(dock: UnsupervisedSegmentation, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not dock.panel.is_running, timeout=10_000)


def test_a_click_brings_labels_that_lie_on_the_image(
    viewer: Viewer,
    dock: UnsupervisedSegmentation,
    fake: FakeSegmentation,
    image: Image,
    qtbot: QtBot,
) -> None:
    fake.epochs = 5
    click(dock.panel.run_button)
    finish(dock, qtbot)
    (labels,) = labels_of(viewer)
    assert labels.data.shape == image.data.shape
    np.testing.assert_allclose(labels.scale, image.scale)
    np.testing.assert_allclose(labels.translate, image.translate)
    assert labels.units == image.units
    assert labels.metadata[METADATA_KEY]["job"]["method"]["name"] == "igtt"
    assert dock.panel.status.text().startswith("Done")
    assert dock.panel.run_button.isEnabled()
    assert not previews_of(viewer)


def test_while_it_runs_a_preview_is_seen_and_run_is_off(
    viewer: Viewer,
    dock: UnsupervisedSegmentation,
    fake: FakeSegmentation,
    image: Image,
    qtbot: QtBot,
) -> None:
    begin(dock, qtbot)
    (preview,) = previews_of(viewer)
    qtbot.waitUntil(lambda: preview.data.shape == (8, 8, 4))
    assert not dock.panel.run_button.isEnabled()
    assert "is running" in dock.panel.run_button.toolTip()
    np.testing.assert_allclose(preview.scale, np.multiply(image.scale, 2))
    np.testing.assert_allclose(
        preview.data_to_world((0, 0)), image.data_to_world((4, 4))
    )
    assert [layer.name for layer in dock.image.layer._layers] == ["cells"]
    click(dock.panel.cancel_button)
    finish(dock, qtbot)


def test_previews_can_be_turned_off(
    viewer: Viewer, dock: UnsupervisedSegmentation, fake: FakeSegmentation, qtbot: QtBot
) -> None:
    dock.method.preview.setChecked(False)
    begin(dock, qtbot)
    assert not previews_of(viewer)
    click(dock.panel.cancel_button)
    finish(dock, qtbot)


def test_stop_keeps_what_is_there(
    viewer: Viewer, dock: UnsupervisedSegmentation, fake: FakeSegmentation, qtbot: QtBot
) -> None:
    begin(dock, qtbot)
    click(dock.panel.stop_button)
    finish(dock, qtbot)
    assert len(labels_of(viewer)) == 1
    assert fake.seen < fake.epochs


def test_cancel_within_a_second_leaves_no_layer(
    viewer: Viewer, dock: UnsupervisedSegmentation, fake: FakeSegmentation, qtbot: QtBot
) -> None:
    begin(dock, qtbot)
    start = time.monotonic()
    click(dock.panel.cancel_button)
    finish(dock, qtbot)
    assert time.monotonic() - start < 1.0
    assert [layer.name for layer in viewer.layers] == ["cells"]
    assert dock.panel.status.text() == "Cancelled"
    assert dock.panel.run_button.isEnabled()
    assert fake.closed


@pytest.mark.parametrize("change", ["remove", "rename"])
def test_the_layer_may_go_or_get_another_name_while_it_runs(
    viewer: Viewer,
    dock: UnsupervisedSegmentation,
    fake: FakeSegmentation,
    image: Image,
    qtbot: QtBot,
    change: str,
) -> None:
    begin(dock, qtbot)
    if change == "remove":
        viewer.layers.remove(image)
    else:
        image.name = "other"
    click(dock.panel.stop_button)
    finish(dock, qtbot)
    (labels,) = labels_of(viewer)
    assert labels.name == "cells labels"
    np.testing.assert_allclose(labels.scale, (0.5, 0.25))


def test_a_second_run_overwrites_nothing(
    viewer: Viewer, dock: UnsupervisedSegmentation, fake: FakeSegmentation, qtbot: QtBot
) -> None:
    fake.epochs = 2
    dock.output.probability.setChecked(True)
    for _ in range(2):
        click(dock.panel.run_button)
        finish(dock, qtbot)
    names = [layer.name for layer in viewer.layers]
    assert len(names) == len(set(names)) == 5


@pytest.mark.parametrize(
    ("error", "severity"),
    [
        (InputError("3 values are NaN."), "warning"),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), "warning"),
        (RuntimeError("shapes do not match"), "error"),
    ],
    ids=["input", "memory", "bug"],
)
def test_after_an_error_it_says_so_and_works_again(
    viewer: Viewer,
    dock: UnsupervisedSegmentation,
    fake: FakeSegmentation,
    qtbot: QtBot,
    error: Exception,
    severity: str,
) -> None:
    fake.epochs, fake.fail_at, fake.error = 5, 3, lambda: error
    with notification_manager:
        click(dock.panel.run_button)
        finish(dock, qtbot)
    assert notification_manager.records[-1].severity.value == severity
    assert dock.panel.status.text()
    assert [layer.name for layer in viewer.layers] == ["cells"]
    fake.fail_at = -1
    click(dock.panel.run_button)
    finish(dock, qtbot)
    assert len(labels_of(viewer)) == 1


def test_memory_errors_give_advice(
    dock: UnsupervisedSegmentation, fake: FakeSegmentation, qtbot: QtBot
) -> None:
    fake.fail_at = 1
    fake.error = lambda: RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")
    click(dock.panel.run_button)
    finish(dock, qtbot)
    assert "Smaller patches" in dock.panel.status.text()


def test_without_an_image_run_is_off_and_says_why(
    viewer: Viewer, dock: UnsupervisedSegmentation, fake: FakeSegmentation, image: Image
) -> None:
    viewer.layers.remove(image)
    assert not dock.panel.run_button.isEnabled()
    assert "Open an image" in dock.panel.status.text()
    viewer.add_image(np.zeros((40, 40)))
    assert dock.panel.run_button.isEnabled()


def test_a_wrong_setting_is_said_before_run_can_be_pressed(
    dock: UnsupervisedSegmentation,
) -> None:
    dock.method.form.editors["learning_rate"].setValue(0)
    assert not dock.panel.run_button.isEnabled()
    assert "learning_rate is 0" in dock.panel.status.text()
    click(dock.method.form.reset_button)
    assert dock.panel.run_button.isEnabled()


@pytest.mark.parametrize(
    "name", ["igtt", "igtt-paper", "dfc", "otsu", "adaptive-gaussian"]
)
def test_every_method_has_its_own_settings(
    dock: UnsupervisedSegmentation, name: str
) -> None:
    dock.method.method.setCurrentIndex(dock.method.method.findData(name))
    job = dock.job(dock.image.value())
    assert job.method_name() == name
    assert dock.output.probability.isEnabled() == dock.method.learns


def test_what_was_run_can_be_copied_and_saved(
    dock: UnsupervisedSegmentation,
    fake: FakeSegmentation,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from napari_metastruct.jobs import load_job
    from napari_metastruct.widgets import after_run

    assert not dock.after.save_job.isEnabled()
    fake.epochs = 2
    dock.method.form.editors["epochs"].setValue(3)
    click(dock.panel.run_button)
    finish(dock, qtbot)
    path = tmp_path / "cells.metastruct.yaml"
    monkeypatch.setattr(after_run, "ask_save", lambda *_: path)
    dock.results.open()
    click(dock.after.save_job)
    assert load_job(path) == dock.after.job
    clipboard = QApplication.clipboard()
    assert clipboard is not None
    click(dock.after.copy_python)
    assert "epochs" in clipboard.text()
    click(dock.after.copy_command)
    assert "napari-metastruct" in clipboard.text()
    assert not dock.after.save_model.isEnabled()


def test_choices_are_remembered(
    viewer: Viewer,
    dock: UnsupervisedSegmentation,
    fake: FakeSegmentation,
    qtbot: QtBot,
) -> None:
    fake.epochs = 1
    dock.method.method.setCurrentIndex(dock.method.method.findData("dfc"))
    dock.method.foreground.setCurrentText("dark")
    dock.method.training.editors["seed"].setValue(7)
    click(dock.panel.run_button)
    finish(dock, qtbot)
    again = UnsupervisedSegmentation(viewer)
    qtbot.addWidget(again)
    job = again.job(again.image.value())
    assert (job.method.name, job.foreground, job.seed) == ("dfc", "dark", 7)


def test_every_control_has_a_tooltip(dock: UnsupervisedSegmentation) -> None:
    from qtpy.QtWidgets import QAbstractSpinBox, QComboBox, QLineEdit, QPushButton

    kinds = (QAbstractSpinBox, QComboBox, QLineEdit, QPushButton, QLabel)
    silent = [
        f"{type(widget).__name__} {widget.objectName()}"
        for widget in dock.findChildren(QWidget)
        if isinstance(widget, kinds)
        and not widget.toolTip()
        and not isinstance(widget.parent(), QAbstractSpinBox | QComboBox)
        and (not isinstance(widget, QLabel) or widget.text())
    ]
    assert not silent


def test_it_fits_a_low_screen(dock: UnsupervisedSegmentation) -> None:
    dock.method.advanced.open()
    dock.curves.open()
    assert dock.minimumSizeHint().height() <= 300
    assert dock.minimumSizeHint().width() <= 380


def test_closing_the_viewer_while_it_runs(
    viewer: Viewer, dock: UnsupervisedSegmentation, fake: FakeSegmentation, qtbot: QtBot
) -> None:
    from superqt.utils import WorkerBase

    begin(dock, qtbot)
    viewer.close()
    qtbot.waitUntil(lambda: fake.closed and not WorkerBase._worker_set)


def test_closing_the_dock_while_it_runs(
    viewer: Viewer, dock: UnsupervisedSegmentation, fake: FakeSegmentation, qtbot: QtBot
) -> None:
    begin(dock, qtbot)
    viewer.window.remove_dock_widget(dock)
    dock.deleteLater()
    qtbot.waitUntil(lambda: fake.closed)
    viewer.add_image(np.zeros((40, 40)))
    assert not previews_of(viewer)


def test_runs_can_be_cancelled_again_and_again_in_a_window_that_is_drawn(
    viewer: Viewer, dock: UnsupervisedSegmentation, fake: FakeSegmentation, qtbot: QtBot
) -> None:
    viewer.window.show()
    for wait_for_previews in (True, False) * 3:
        begin(dock, qtbot)
        if wait_for_previews:
            (preview,) = previews_of(viewer)
            qtbot.waitUntil(lambda: preview.data.shape == (8, 8, 4))  # noqa: B023
        click(dock.panel.cancel_button)
        finish(dock, qtbot)
    assert [layer.name for layer in viewer.layers] == ["cells"]
