"""The real core in a real viewer: from a sample to labels, by clicks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from napari.layers import Labels
from napari.utils.notifications import notification_manager
from pytestqt.qtbot import QtBot
from tests.widgets.helpers import Ticks, click

from napari_metastruct.evaluation import scores
from napari_metastruct.jobs import SegmentJob
from napari_metastruct.methods import IGTT
from napari_metastruct.sample_data import synthetic_network
from napari_metastruct.widgets import apply_model, read_job
from napari_metastruct.widgets.apply_model import ApplyModel
from napari_metastruct.widgets.docks import (
    APPLY_MODEL,
    PLUGIN,
    UNSUPERVISED,
    find_docks,
    open_dock,
)
from napari_metastruct.widgets.layers import METADATA_KEY
from napari_metastruct.widgets.unsupervised import UnsupervisedSegmentation

Viewer = Any
SMALL = IGTT(epochs=3, steps=2, batch=2, patch=64, width=4, depth=2)


@pytest.fixture
def dock(viewer: Viewer) -> UnsupervisedSegmentation:
    dock: UnsupervisedSegmentation = open_dock(viewer, UNSUPERVISED)
    dock.show_job(SegmentJob(method=SMALL))
    return dock


def run(dock: UnsupervisedSegmentation | ApplyModel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(dock.panel.ended, timeout=60_000):
        click(dock.panel.run_button)


def last_labels(viewer: Viewer) -> Labels:
    layer: Labels = [layer for layer in viewer.layers if isinstance(layer, Labels)][-1]
    return layer


def test_a_sample_is_opened_and_segmented(
    viewer: Viewer, dock: UnsupervisedSegmentation, qtbot: QtBot
) -> None:
    viewer.open_sample(PLUGIN, "network_movie")
    image = dock.image.layer.value()
    assert "8 planes" in dock.image.reading.text()
    run(dock, qtbot)
    labels = last_labels(viewer)
    assert labels.data.shape == image.data.shape
    assert labels.data.dtype == np.uint8
    assert 0 < labels.data.mean() < 1
    assert len(dock.plot.rows) == 3
    assert labels.metadata[METADATA_KEY]["job"]["method"]["epochs"] == 3


def test_the_default_beats_otsu(
    viewer: Viewer, dock: UnsupervisedSegmentation, qtbot: QtBot
) -> None:
    image, truth = synthetic_network((160, 160), seed=3)
    viewer.add_image(image)
    dice = {}
    for method in ("otsu", "igtt"):
        dock.method.method.setCurrentIndex(dock.method.method.findData(method))
        run(dock, qtbot)
        dice[method] = scores(truth, last_labels(viewer).data).mean_dice
    assert dice["igtt"] > dice["otsu"] + 0.05


def test_an_image_with_nan_is_refused_and_another_works(
    viewer: Viewer, dock: UnsupervisedSegmentation, qtbot: QtBot
) -> None:
    image = synthetic_network((64, 64))[0].astype(np.float32)
    image[3, 4] = np.nan
    layer = viewer.add_image(image, contrast_limits=(0, 1000))
    with notification_manager:
        run(dock, qtbot)
    assert notification_manager.records[-1].severity.value == "warning"
    assert "1 of the 4,096 values" in dock.panel.status.text()
    assert len(viewer.layers) == 1
    layer.data = np.nan_to_num(image)
    run(dock, qtbot)
    assert len(viewer.layers) == 2


@pytest.mark.parametrize("device", ["auto", "cpu"])
def test_the_device_is_said(
    viewer: Viewer, dock: UnsupervisedSegmentation, qtbot: QtBot, device: str
) -> None:
    viewer.add_image(synthetic_network((64, 64))[0])
    dock.method.training.editors["device"].setValue(device)
    run(dock, qtbot)
    assert ":" in dock.panel.device_label.text()


def test_a_model_is_saved_and_applied_to_another_layer(
    viewer: Viewer,
    dock: UnsupervisedSegmentation,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from napari_metastruct.widgets import after_run

    viewer.add_image(synthetic_network((64, 96))[0], name="first")
    run(dock, qtbot)
    learned = last_labels(viewer).data
    path = tmp_path / "model.safetensors"
    monkeypatch.setattr(after_run, "ask_save", lambda *_: path)
    click(dock.after.save_model)
    assert path.exists()
    click(dock.after.apply_model)
    (other,) = find_docks(viewer, ApplyModel)
    run(other, qtbot)
    np.testing.assert_array_equal(last_labels(viewer).data, learned)
    viewer.add_image(synthetic_network((80, 70), seed=2)[0], name="second")
    other.image.layer.setValue(viewer.layers["second"])
    monkeypatch.setattr(apply_model, "ask_open", lambda *_: path)
    other.model.setCurrentText(apply_model.OPEN)
    other.model.activated.emit(other.model.currentIndex())
    assert other.model.currentText() == path.name
    run(other, qtbot)
    assert last_labels(viewer).data.shape == (80, 70)
    assert last_labels(viewer).name == "second labels"


def test_a_model_of_another_channel_count_is_refused(
    viewer: Viewer, dock: UnsupervisedSegmentation, qtbot: QtBot
) -> None:
    viewer.add_image(synthetic_network((64, 64))[0], name="grey")
    run(dock, qtbot)
    viewer.add_image(
        np.stack([synthetic_network((64, 64))[0] // 8] * 3, -1).astype("u1")
    )
    other: ApplyModel = open_dock(viewer, APPLY_MODEL)
    other.use_last_trained()
    other.image.layer.setValue(viewer.layers[-1])
    other.image.channel.setCurrentText("all colours")
    before = len(viewer.layers)
    run(other, qtbot)
    assert "channel" in other.panel.status.text()
    assert len(viewer.layers) == before


def test_nothing_to_apply_is_said(viewer: Viewer) -> None:
    viewer.add_image(synthetic_network((64, 64))[0])
    other: ApplyModel = open_dock(viewer, APPLY_MODEL)
    assert not other.panel.run_button.isEnabled()
    assert "Nothing has been learned" in other.panel.status.text()


def test_a_job_file_opens_its_dock(viewer: Viewer, tmp_path: Path) -> None:
    path = tmp_path / "mine.metastruct.yaml"
    SegmentJob(method=SMALL, foreground="dark", seed=5, instances=True).save(path)
    viewer.open(path, plugin=PLUGIN)
    (dock,) = find_docks(viewer, UnsupervisedSegmentation)
    viewer.add_image(np.zeros((40, 40)))
    job = dock.job(dock.image.value())
    assert job.method == SMALL
    assert (job.foreground, job.seed, job.instances) == ("dark", 5, True)


def test_a_wrong_job_file_is_a_warning(viewer: Viewer, tmp_path: Path) -> None:
    path = tmp_path / "wrong.metastruct.yaml"
    path.write_text("task: segment\nspeed: high\n", encoding="utf-8")
    with notification_manager:
        assert read_job.get_reader(str(path))(str(path)) == read_job.NO_LAYER
    assert "speed" in notification_manager.records[-1].message


def stays_below(limit: float, measure: Callable[[], float], tries: int = 3) -> bool:
    """Measure until it is below the limit: a busy machine only ever adds."""
    return any(measure() < limit for _ in range(tries))


def test_the_window_stays_alive_during_a_run(
    viewer: Viewer, dock: UnsupervisedSegmentation, qtbot: QtBot
) -> None:
    viewer.add_image(synthetic_network((256, 256))[0])
    dock.show_job(SegmentJob())

    def worst_gap() -> float:
        click(dock.panel.run_button)
        # Adding and removing layers takes napari itself longer than that: the empty
        # previews belong to the click, the result to the end.
        ticks = Ticks()
        dock.panel.finishing.connect(ticks.stop)
        qtbot.waitUntil(lambda: not dock.panel.is_running, timeout=60_000)
        return ticks.worst

    assert stays_below(0.1, worst_gap)
