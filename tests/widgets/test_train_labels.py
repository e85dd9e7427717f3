"""Dock "Train on noisy labels" in a real viewer, by clicks, with the real core."""

import gc
import inspect
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from napari.layers import Image, Labels
from napari.utils.notifications import notification_manager
from numpy.typing import NDArray
from pytestqt.qtbot import QtBot
from qtpy.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
)
from safetensors.numpy import load_file
from tests.training.labelled.tiny import discs, flipped
from tests.widgets.helpers import Ticks, click

from napari_metastruct.batch import job_file, run_batch
from napari_metastruct.cli.training import train
from napari_metastruct.jobs import TrainJob, load_job
from napari_metastruct.methods import CoTeaching, Plain
from napari_metastruct.progress import EpochEnd, run_to_end
from napari_metastruct.training.labelled import LabelledSettings, noise_rate
from napari_metastruct.training.labelled.checkpoint import load_checkpoint
from napari_metastruct.training.labelled.record import load_record
from napari_metastruct.training.threads import spare_core
from napari_metastruct.widgets import after_training, labels_look
from napari_metastruct.widgets.apply_model import ApplyModel
from napari_metastruct.widgets.docks import TRAIN_LABELS, find_docks, open_dock
from napari_metastruct.widgets.layers import METADATA_KEY
from napari_metastruct.widgets.train_labels import TrainOnNoisyLabels
from napari_metastruct.widgets.training_colours import class_colours

Viewer = Any
PLACE: dict[str, Any] = {
    "scale": (2.0, 0.5, 0.25),
    "translate": (1.0, 3.0, 4.0),
    "units": ("um", "um", "um"),
}
TINY = LabelledSettings(
    epochs=2, batch=4, patch=32, width=4, depth=2, device="cpu", checkpoint_every=1
)
LONG = 10_000


def add_pair(
    viewer: Viewer,
    classes: int = 2,
    count: int = 4,
    **place: Any,  # noqa: ANN401
) -> tuple[Image, Labels, NDArray[Any]]:
    images, truth = discs(count=count, classes=classes)
    noisy = flipped(truth, 0.1, classes)
    if count == 1:
        images, truth, noisy = images[0], truth[0], noisy[0]
    image = viewer.add_image(images, name="cells", **place)
    labels = viewer.add_labels(noisy, name="drawn", **place)
    return image, labels, truth


def opened(
    viewer: Viewer,
    qtbot: QtBot,
    **more: Any,  # noqa: ANN401
) -> TrainOnNoisyLabels:
    dock: TrainOnNoisyLabels = open_dock(viewer, TRAIN_LABELS)
    dock.learner.show_settings(Plain(), TINY.replace(**more))
    qtbot.waitUntil(lambda: not dock.source.reading.text().startswith("Looking"))
    return dock


@pytest.fixture
def dock(viewer: Viewer, qtbot: QtBot) -> TrainOnNoisyLabels:
    add_pair(viewer, **PLACE)
    return opened(viewer, qtbot)


def begin(dock: TrainOnNoisyLabels, qtbot: QtBot, epochs: int = 1) -> None:
    dock.learner.front["epochs"].setValue(LONG)
    click(dock.panel.run_button)
    qtbot.waitUntil(lambda: len(dock.curves.rows) >= epochs, timeout=30_000)


def finish(dock: TrainOnNoisyLabels, qtbot: QtBot) -> None:
    qtbot.waitUntil(
        lambda: not dock.panel.is_running and not dock._results.is_busy,
        timeout=30_000,
    )


def names(viewer: Viewer) -> list[str]:
    return [layer.name for layer in viewer.layers]


RESULTS = ["cells", "drawn", "cells prediction", "drawn corrected", "drawn difference"]


def test_dock_job_and_command_begin_with_the_same_method(viewer: Viewer) -> None:
    dock = open_dock(viewer, TRAIN_LABELS)
    command = inspect.signature(train).parameters["method"].default
    assert dock.learner.name == TrainJob().method.name == command == "co-teaching"
    assert dock.learner.learner() == TrainJob().method
    settings = dock.learner.labelled_settings()
    assert settings == TrainJob().settings.replace(checkpoint_every=1)


def test_a_click_brings_layers_that_lie_on_the_image(
    viewer: Viewer, dock: TrainOnNoisyLabels, qtbot: QtBot
) -> None:
    image, labels = viewer.layers["cells"], viewer.layers["drawn"]
    before = labels.data.copy()
    assert dock.source.reading.text() == "4 images, 2 classes"
    click(dock.panel.run_button)
    finish(dock, qtbot)
    assert names(viewer) == RESULTS
    for layer in list(viewer.layers)[2:]:
        assert layer.data.shape == image.data.shape
        np.testing.assert_allclose(layer.scale, image.scale)
        np.testing.assert_allclose(layer.translate, image.translate)
        assert layer.units == image.units
        about = layer.metadata[METADATA_KEY]
        assert about["method"]["name"] == "plain"
        assert len(about["record"]) == 2
    np.testing.assert_array_equal(labels.data, before)
    differs = viewer.layers["drawn corrected"].data != before
    np.testing.assert_array_equal(viewer.layers["drawn difference"].data, differs)
    assert dock.curves.names[0] == "loss"
    assert "validation dice 1" in dock.curves.names


def test_a_preview_is_seen_and_stop_keeps_the_best_and_continue_goes_on(
    viewer: Viewer, dock: TrainOnNoisyLabels, qtbot: QtBot
) -> None:
    assert not dock.continue_button.isEnabled()
    begin(dock, qtbot)
    (preview,) = [layer for layer in viewer.layers if "preview" in layer.name]
    qtbot.waitUntil(lambda: preview.data.shape == (1, 32, 32, 4))
    assert not dock.continue_button.isEnabled()
    assert not dock.learner.estimate.isEnabled()
    click(dock.panel.stop_button)
    finish(dock, qtbot)
    assert names(viewer) == RESULTS
    done = len(dock.after.outcome.trained.record.rows) if dock.after.outcome else 0
    assert 0 < done < LONG
    dock.learner.front["epochs"].setValue(done)
    assert f"All {done} epochs are done" in dock.continue_button.toolTip()
    dock.learner.front["epochs"].setValue(done + 2)
    viewer.layers.remove("cells")  # it has what it needs
    click(dock.continue_button)
    finish(dock, qtbot)
    assert [row["epoch"] for row in dock.curves.rows] == list(range(1, done + 3))
    assert "cells prediction [1]" in names(viewer)


def test_cancel_within_a_second_leaves_nothing(
    viewer: Viewer, dock: TrainOnNoisyLabels, qtbot: QtBot
) -> None:
    begin(dock, qtbot)
    run = dock.control.runs.running
    assert run is not None
    start = time.monotonic()
    click(dock.panel.cancel_button)
    qtbot.waitUntil(lambda: not dock.panel.is_running)
    assert time.monotonic() - start < 1.0
    assert names(viewer) == ["cells", "drawn"]
    assert dock.panel.status.text() == "Cancelled"
    qtbot.waitUntil(lambda: not list(run.folder.iterdir()))
    assert not dock.continue_button.isEnabled()
    assert dock.panel.run_button.isEnabled()


def test_layers_may_go_and_be_renamed_while_it_runs_and_the_window_lives(
    viewer: Viewer, dock: TrainOnNoisyLabels, qtbot: QtBot
) -> None:
    begin(dock, qtbot)
    ticks = Ticks(dock)
    so_far = len(dock.curves.rows)
    qtbot.waitUntil(lambda: len(dock.curves.rows) > so_far + 20, timeout=30_000)
    ticks.stop()
    viewer.layers["cells"].name = "other"
    left_out = gc.get_freeze_count()
    viewer.layers.remove("drawn")
    # napari collects all garbage then: of PyTorch it would take seconds.
    assert gc.get_freeze_count() > 0.9 * left_out > 100_000
    (preview,) = [layer for layer in viewer.layers if "preview" in layer.name]
    viewer.layers.remove(preview)
    so_far = len(dock.curves.rows)
    qtbot.waitUntil(lambda: len(dock.curves.rows) > so_far + 3, timeout=30_000)
    click(dock.panel.stop_button)
    finish(dock, qtbot)
    assert names(viewer) == ["other", *RESULTS[2:]]
    np.testing.assert_allclose(viewer.layers[1].scale, PLACE["scale"])
    assert np.percentile(ticks.gaps, 95) < 0.1


def test_many_classes_with_clean_labels_have_curves_for_each(
    viewer: Viewer, qtbot: QtBot
) -> None:
    _, _, truth = add_pair(viewer, classes=3)
    clean = viewer.add_labels(truth, name="clean")
    dock = opened(viewer, qtbot)
    dock.source.table.with_reference.click()
    dock.source.table.rows[0].labels.setValue(viewer.layers["drawn"])
    dock.source.table.rows[0].reference.setValue(clean)
    qtbot.waitUntil(lambda: dock.source.reading.text() == "4 images, 3 classes")
    click(dock.panel.run_button)
    finish(dock, qtbot)
    for name in ("validation dice 2", "dice 1", "labels dice"):
        assert name in dock.curves.names
    prediction = viewer.layers["cells prediction"]
    assert set(np.unique(prediction.data)) <= {0, 1, 2}
    given = viewer.layers["drawn"]
    assert viewer.layers["clean"].data is clean.data
    np.testing.assert_allclose(
        viewer.layers["drawn corrected"].colormap.map(2)[:3],
        dock_colour(given, 2),
        atol=0.01,
    )


def dock_colour(given: Labels, number: int) -> Any:  # noqa: ANN401
    colours = class_colours([number], given.colormap)
    return np.array(colours[number]) / 255


def said(dock: TrainOnNoisyLabels, qtbot: QtBot, words: str) -> None:
    """Wait until the dock says so and Run is off, or on where nothing is said."""

    def is_so() -> bool:
        is_on = dock.panel.run_button.isEnabled()
        return words in dock.panel.status.text() and is_on == (words == "")

    qtbot.waitUntil(is_so)


def test_what_cannot_be_learned_is_said_before_run_can_be_pressed(
    viewer: Viewer, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labels_look, "AGAIN_AFTER_MS", 50)
    image, labels, _ = add_pair(viewer, count=1)
    dock = opened(viewer, qtbot, validation=0.2)
    refusal, run = dock.panel.status, dock.panel.run_button
    assert "at least 2 images" in refusal.text()
    assert dock.source.reading.text() == ""  # once is enough
    assert not run.isEnabled()
    assert "at least 2 images" in run.toolTip()
    dock.learner.front["validation"].setValue(0.0)
    qtbot.waitUntil(run.isEnabled)
    for data, words in (
        (np.zeros_like(labels.data), "only the class 0"),
        (np.full(labels.data.shape, -1), "are ignored (-1)"),
        (labels.data * 255, ""),
        (labels.data * 3 + np.eye(32, dtype=np.uint8), "with gaps"),
        (labels.data[:16], "belong to this image"),
    ):
        labels.data = data
        said(dock, qtbot, words)
    viewer.layers.remove(labels)
    assert "There are no labels for 'cells'" in refusal.text()
    viewer.layers.remove(image)
    assert "Open an image first" in refusal.text()


def test_a_folder_that_holds_a_run_is_continued_not_overwritten(
    viewer: Viewer, dock: TrainOnNoisyLabels, qtbot: QtBot, tmp_path: Path
) -> None:
    dock.learner.folder.setValue(tmp_path / "run")
    click(dock.panel.run_button)
    finish(dock, qtbot)
    assert (tmp_path / "run" / "model.safetensors").is_file()
    assert not dock.panel.run_button.isEnabled()
    assert "holds a run already" in dock.panel.run_button.toolTip()
    dock.learner.front["epochs"].setValue(3)
    click(dock.continue_button)
    finish(dock, qtbot)
    assert len(dock.curves.rows) == 3


def test_an_error_in_the_middle_is_told_and_the_run_can_go_on(
    viewer: Viewer,
    dock: TrainOnNoisyLabels,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = Plain.train

    def fails(self: Plain, session: Any) -> Any:  # noqa: ANN401
        for event in real(self, session):
            yield event
            if isinstance(event, EpochEnd) and event.epoch == 2:
                raise RuntimeError("in the middle")

    monkeypatch.setattr(Plain, "train", fails)
    dock.learner.front["epochs"].setValue(3)
    with notification_manager:
        click(dock.panel.run_button)
        finish(dock, qtbot)
    assert "in the middle" in dock.panel.status.text()
    assert names(viewer) == ["cells", "drawn"]
    monkeypatch.setattr(Plain, "train", real)
    click(dock.continue_button)
    finish(dock, qtbot)
    assert names(viewer) == RESULTS
    assert [row["epoch"] for row in dock.curves.rows] == [1, 2, 3]


def test_when_memory_runs_out_advice_is_given_and_nothing_is_lost(
    viewer: Viewer,
    dock: TrainOnNoisyLabels,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = Plain.train

    def fails(self: Plain, session: Any) -> Any:  # noqa: ANN401
        for event in real(self, session):
            yield event
            if isinstance(event, EpochEnd) and event.epoch == 2:
                raise RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")

    monkeypatch.setattr(Plain, "train", fails)
    dock.learner.front["epochs"].setValue(3)
    with notification_manager:
        click(dock.panel.run_button)
        finish(dock, qtbot)
    told = [record.message for record in notification_manager.records]
    assert any("choose a smaller patch" in text for text in told)
    assert names(viewer) == RESULTS
    assert dock.continue_button.isEnabled()


def test_the_noise_rate_is_estimated_by_a_click(
    dock: TrainOnNoisyLabels, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(noise_rate, "EARLY", 1)
    monkeypatch.setattr(noise_rate, "STEPS", 2)
    dock.learner.method.setCurrentIndex(1)
    assert dock.learner.learner() == CoTeaching(noise_rate=None)
    click(dock.learner.estimate)
    finish(dock, qtbot)
    chosen = dock.learner.learner()
    assert isinstance(chosen, CoTeaching)
    assert 0 < (chosen.noise_rate or 0) < 1


def test_pairs_are_added_and_removed_and_learned_from_together(
    viewer: Viewer, dock: TrainOnNoisyLabels, qtbot: QtBot
) -> None:
    add_pair(viewer, count=1)
    click(dock.source.table.add_button)
    row = dock.source.table.rows[1]
    assert [layer.name for layer in row.layers()] == ["cells [1]", "drawn [1]"]
    qtbot.waitUntil(lambda: dock.source.reading.text() == "5 images, 2 classes")
    click(dock.panel.run_button)
    finish(dock, qtbot)
    assert viewer.layers["cells [1] prediction"].data.shape == (32, 32)
    assert len(dock.after.review.corrections) == 2
    row.image.setValue(viewer.layers["cells"])
    row.labels.setValue(viewer.layers["drawn"])
    assert "twice" in dock.panel.run_button.toolTip()
    click(row.remove)
    assert dock.source.reading.text() == "4 images, 2 classes"


def test_a_result_is_kept_and_applied(
    viewer: Viewer,
    dock: TrainOnNoisyLabels,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    click(dock.panel.run_button)
    finish(dock, qtbot)
    monkeypatch.setattr(after_training, "ask_save", lambda *_: tmp_path / "m")
    click(dock.after.save_model)
    assert (tmp_path / "m.safetensors").is_file()
    click(dock.after.jobs.command)
    assert "train" in clipboard()
    click(dock.after.jobs.python)
    assert 'viewer.layers["drawn"].data' in clipboard().replace("'", '"')
    click(dock.after.apply_model)
    (apply,) = find_docks(viewer, ApplyModel)
    with qtbot.waitSignal(apply.panel.succeeded, timeout=30_000):
        click(apply.panel.run_button)
    np.testing.assert_array_equal(
        viewer.layers["cells labels"].data, viewer.layers["cells prediction"].data
    )


def clipboard() -> str:
    held = QApplication.clipboard()
    return "" if held is None else held.text()


def test_a_folder_of_files_is_learned_from(
    viewer: Viewer, qtbot: QtBot, tmp_path: Path
) -> None:
    images, truth = discs(count=3)
    for number, (image, labels) in enumerate(zip(images, truth, strict=True)):
        for folder, data in (("images", image), ("labels", labels)):
            (tmp_path / folder).mkdir(exist_ok=True)
            tifffile.imwrite(tmp_path / folder / f"{number}.tif", data)
    tifffile.imwrite(tmp_path / "images" / "odd.tif", images[0])
    dock = opened(viewer, qtbot)
    dock.source.kind.setCurrentIndex(1)
    assert "Choose a folder" in dock.panel.run_button.toolTip()
    dock.source.folder.setValue(tmp_path)
    assert "3 pairs by name" in dock.source.reading.text()
    assert "odd.tif" in dock.source.reading.text()
    click(dock.panel.run_button)
    finish(dock, qtbot)
    assert names(viewer) == ["0", "0 prediction", "0 corrected", "0 difference"]
    _written_as_the_command_writes(tmp_path)
    dock.learner.front["epochs"].setValue(3)
    click(dock.continue_button)
    finish(dock, qtbot)
    assert len(dock.curves.rows) == 3
    begin(dock, qtbot)  # beside what is there
    assert (tmp_path / "trained-2").is_dir()
    click(dock.panel.cancel_button)
    qtbot.waitUntil(lambda: not (tmp_path / "trained-2").exists())


def _written_as_the_command_writes(folder: Path) -> None:
    """Run the dock's own job by the command's code and compare the files."""
    job = load_job(folder / "trained" / job_file(TrainJob()))
    # The window leaves one core free; sums by other threads differ in their last bits.
    with spare_core():
        run_to_end(run_batch(job.replace(output=str(folder / "again"))))
    mine, theirs = (
        sorted(p.relative_to(folder / name) for p in (folder / name).rglob("*.*"))
        for name in ("trained", "again")
    )
    assert mine == theirs
    assert Path("corrected/0_labels.tif") in mine
    weights = [
        load_file(folder / n / "model.safetensors") for n in ("trained", "again")
    ]
    for name, values in weights[0].items():
        np.testing.assert_array_equal(values, weights[1][name])
    for path in mine:
        if path.suffix == ".tif":
            same = tifffile.imread(folder / "trained" / path) == tifffile.imread(
                folder / "again" / path
            )
            assert same.all()
    about = [
        load_record(folder / n / "record.json").about for n in ("trained", "again")
    ]
    assert about[0] == about[1]


def test_what_was_chosen_last_is_chosen_in_the_next_session(
    viewer: Viewer, dock: TrainOnNoisyLabels, qtbot: QtBot
) -> None:
    dock.learner.show_settings(CoTeaching(), TINY.replace(epochs=3, seed=5))
    dock.learner.preview.setChecked(False)
    begin(dock, qtbot)
    click(dock.panel.cancel_button)
    qtbot.waitUntil(lambda: not dock.panel.is_running)
    viewer.window.remove_dock_widget(dock)
    again: TrainOnNoisyLabels = open_dock(viewer, TRAIN_LABELS)
    assert again is not dock
    chosen = again.learner.labelled_settings()
    assert again.learner.name == "co-teaching"
    assert (chosen.epochs, chosen.seed, chosen.patch) == (LONG, 5, TINY.patch)
    assert not again.learner.preview.isChecked()


def test_closing_the_viewer_ends_the_run_and_keeps_its_checkpoint_whole(
    viewer: Viewer, dock: TrainOnNoisyLabels, qtbot: QtBot, tmp_path: Path
) -> None:
    dock.learner.folder.setValue(tmp_path / "run")
    dock.learner.front["epochs"].setValue(2)
    click(dock.panel.run_button)
    finish(dock, qtbot)
    dock.learner.front["epochs"].setValue(LONG)
    click(dock.continue_button)
    qtbot.waitUntil(lambda: len(dock.curves.rows) > 4, timeout=30_000)
    task = dock.panel.task
    assert task is not None
    worker = task._worker
    assert worker is not None
    with qtbot.waitSignal(worker.finished, timeout=30_000):
        viewer.close()
    state = load_checkpoint(tmp_path / "run" / "checkpoint.safetensors")
    assert state.values["epoch"] >= 4
    left = [p.name for p in (tmp_path / "run").iterdir() if p.name.startswith(".")]
    assert not left


def test_everything_has_a_tooltip_and_fits_a_small_screen(
    dock: TrainOnNoisyLabels,
) -> None:
    dock.learner.advanced.open()
    assert dock.minimumSizeHint().height() < 400
    controls = (QAbstractButton, QComboBox, QAbstractSpinBox, QLineEdit)
    for kind in controls:
        for control in dock.findChildren(kind):
            inside = isinstance(control.parent(), QAbstractSpinBox)
            assert inside or control.toolTip(), (kind, control.objectName())
