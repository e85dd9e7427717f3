"""Labels that are right, stages, and the table of trust, by clicks in a real viewer."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QLabel, QTableWidgetItem
from tests.quick_training import save_plane
from tests.training.labelled.tiny import discs, flipped
from tests.widgets.helpers import click

from napari_metastruct import whole_training
from napari_metastruct.methods import Plain
from napari_metastruct.progress import (
    EpochEnd,
    Heartbeat,
    Notice,
    Steps,
    StopFlag,
)
from napari_metastruct.training.labelled import LabelledSettings
from napari_metastruct.training.labelled.record import Record
from napari_metastruct.whole_training import PairResult, Trained, Training
from napari_metastruct.widgets.docks import TRAIN_LABELS, open_dock
from napari_metastruct.widgets.layers import METADATA_KEY
from napari_metastruct.widgets.plane_trust import PlaneTrust
from napari_metastruct.widgets.train_labels import TrainOnNoisyLabels
from napari_metastruct.widgets.training_job import script_of
from napari_metastruct.widgets.trust_table import TrustTable

Viewer = Any
STAGES = ("learn", "judge", "mend")
TRUST: tuple[Any, ...] = (np.array([0.9, 0.2, np.nan]), np.array([0.5]))
REVISED = (np.array([0.0, 0.25, 0.1]), np.array([0.3]))


class Staged:
    """Stands for the core: three stages, each until its end is asked for."""

    def __init__(self) -> None:
        self.trusted: list[bool] = []

    def __call__(
        self, training: Training, *, stop: StopFlag, shown: object = None
    ) -> Steps[Trained]:
        pairs = training.pairs or ()
        self.trusted = [pair.trusted for pair in pairs]
        for number, stage in enumerate(STAGES, 1):
            yield Notice(f"Stage {number} of {len(STAGES)}, up to epoch 9: {stage}.")
            values = {"loss": 1.0, "stage": float(number), "clean score": 0.8}
            yield EpochEnd(number, 9, values)
            while not stop.take_stage_end():
                yield Heartbeat()
        shapes = [pair.image.shape for pair in pairs]
        found = [
            PairResult(*(np.zeros(shape, np.uint8) for _ in range(3)))
            for shape in shapes
        ]
        model: Any = None  # nothing is applied here
        scores = {"trust": TRUST}
        return Trained(model, Record(), 1, 1.0, tuple(found), REVISED, scores)


@pytest.fixture
def core(monkeypatch: pytest.MonkeyPatch) -> Staged:
    """Put a fake in the core's place, and give a method its stages."""
    fake = Staged()
    monkeypatch.setattr(whole_training, "training_steps", fake)
    monkeypatch.setattr(Plain, "stages", STAGES, raising=False)
    return fake


@pytest.fixture
def dock(viewer: Viewer, qtbot: QtBot) -> TrainOnNoisyLabels:
    images, truth = discs(count=4)
    noisy = flipped(truth, 0.1)
    viewer.add_image(images[:3], name="stack", scale=(2, 1, 1))
    viewer.add_labels(noisy[:3], name="drawn", scale=(2, 1, 1))
    viewer.add_image(images[3], name="single")
    viewer.add_labels(noisy[3], name="traced")
    dock: TrainOnNoisyLabels = open_dock(viewer, TRAIN_LABELS)
    tiny = LabelledSettings(epochs=9, patch=32, width=4, depth=2, device="cpu")
    dock.learner.show_settings(Plain(), tiny)
    (row,) = dock.source.table.rows
    row.image.setValue(viewer.layers["stack"])
    row.labels.setValue(viewer.layers["drawn"])
    click(dock.source.table.add_button)
    qtbot.waitUntil(
        lambda: dock.source.reading.text().startswith("4 images"), timeout=30_000
    )
    return dock


def through(dock: TrainOnNoisyLabels, qtbot: QtBot) -> None:
    """Go from stage to stage by clicks."""
    button = dock.flow.stage.button
    for number in range(1, len(STAGES) + 1):
        _wait_for(f"Stage {number} of {len(STAGES)}", dock, qtbot)
        assert button.isEnabled()
        assert button.text() == ("Finish" if number == len(STAGES) else "Next stage")
        click(button)
    qtbot.waitUntil(
        lambda: not dock.panel.is_running and not dock._results.is_busy, timeout=30_000
    )


def _wait_for(words: str, dock: TrainOnNoisyLabels, qtbot: QtBot) -> None:
    label = dock.flow.stage.label
    qtbot.waitUntil(lambda: label.text().startswith(words), timeout=30_000)


def shown(table: TrustTable) -> list[tuple[str, ...]]:
    return [
        tuple(_item(table, row, column).text() for column in range(4))
        for row in range(table.rowCount())
    ]


def _item(table: TrustTable, row: int, column: int) -> QTableWidgetItem:
    item = table.item(row, column)
    assert item is not None
    return item


def press_head(table: TrustTable, column: int) -> None:
    heads = table.horizontalHeader()
    assert heads is not None
    x = heads.sectionViewportPosition(column) + heads.sectionSize(column) // 2
    _press(heads.viewport(), QPoint(x, heads.height() // 2))


def press_row(table: TrustTable, row: int) -> None:
    _press(table.viewport(), table.visualItemRect(table.item(row, 1)).center())


def _press(widget: Any, place: QPoint) -> None:  # noqa: ANN401 - a QWidget
    test: Any = QTest
    test.mouseClick(widget, Qt.MouseButton.LeftButton, pos=place)


def test_stages_are_seen_and_ended_and_trust_is_sorted_and_gone_to(
    viewer: Viewer, dock: TrainOnNoisyLabels, core: Staged, qtbot: QtBot
) -> None:
    box = dock.source.table.rows[1].trusted
    assert "one image in four" in box.toolTip()
    click(box)
    assert not dock.flow.stage.isVisible()
    click(dock.panel.run_button)
    through(dock, qtbot)
    assert core.trusted == [False, True]
    assert not dock.flow.stage.isVisible()
    assert "clean score" in dock.curves.names
    table = dock.after.trust
    rows = [
        ("stack", "2", "-", "10.00%"),
        ("stack", "1", "0.200", "25.00%"),
        ("single", "0", "0.500", "30.00%"),
        ("stack", "0", "0.900", "0.00%"),
    ]
    assert shown(table) == rows
    assert [_item(table, row, 2).font().bold() for row in range(4)] == [0, 0, 1, 0]
    press_head(table, 3)
    assert [row[3] for row in shown(table)] == ["0.00%", "10.00%", "25.00%", "30.00%"]
    press_head(table, 3)
    assert [row[3] for row in shown(table)] == ["30.00%", "25.00%", "10.00%", "0.00%"]
    press_row(table, 1)
    assert viewer.dims.point[0] == 2  # plane 1, 2 apart
    assert viewer.layers.selection.active == viewer.layers["stack trust"]
    assert viewer.layers["stack trust"].selected_data == {1}
    assert not viewer.layers["single"].visible
    press_row(table, 0)
    assert viewer.layers.selection.active == viewer.layers["single trust"]
    assert viewer.layers["single"].visible
    assert not viewer.layers["stack"].visible
    kept = viewer.layers["drawn corrected"].metadata[METADATA_KEY]["planes"]
    assert kept == {
        "plane": [0, 1, 2],
        "trust": [0.9, 0.2, None],
        "revised": [0.0, 0.25, 0.1],
    }


def test_a_method_without_stages_has_no_button(
    dock: TrainOnNoisyLabels, core: Staged, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Plain, "stages", ())
    click(dock.panel.run_button)
    assert not dock.flow.stage.isVisible()
    click(dock.panel.cancel_button)


def test_what_the_method_lacks_is_asked_for_once_in_words_of_the_dock(
    dock: TrainOnNoisyLabels, qtbot: QtBot, tmp_path: Path
) -> None:
    method = dock.learner.method
    method.setCurrentIndex(method.findData("adversarial-correction"))
    head = dock.source.table.trusted_head.text().replace("\n", " ")
    refusal = dock.panel.status
    assert "none of the 4" in refusal.text()
    assert f"Tick '{head}'" in refusal.text()
    assert "--trusted" not in refusal.text()
    assert f"tick '{head}'" in dock.learner.when.text()
    texts = [label.text() for label in dock.findChildren(QLabel)]
    assert len([text for text in texts if "none of the 4" in text]) == 1
    click(dock.source.table.rows[1].trusted)
    assert refusal.text() == ""
    assert dock.source.reading.text().startswith("4 images")
    for name in ("images", "labels"):
        save_plane(tmp_path / name / "1.tif", discs(count=1)[1][0])
    dock.learner.front["validation"].setValue(0.0)
    dock.source.kind.setCurrentIndex(1)
    dock.source.folder.setValue(tmp_path)
    assert "into a folder 'trusted' beside 'labels'" in refusal.text()
    assert "Tick" not in refusal.text()


def test_the_boxes_stand_in_line_below_their_head(
    viewer: Viewer, dock: TrainOnNoisyLabels, qtbot: QtBot
) -> None:
    table = dock.source.table
    viewer.window.show()
    qtbot.waitUntil(table.trusted_head.isVisible)
    for with_reference in (False, True):
        table.with_reference.setChecked(with_reference)
        qtbot.wait(0)
        boxes = [left_of(row.trusted, table) for row in table.rows]
        assert boxes == [left_of(table.trusted_head, table)] * 2
        combos = [left_of(row.labels, table) for row in table.rows]
        assert combos == [left_of(table._heads[1], table)] * 2


def left_of(widget: Any, parent: Any) -> int:  # noqa: ANN401 - QWidgets
    return int(widget.mapTo(parent, QPoint(0, 0)).x())


def test_when_a_run_has_ended_its_result_is_seen_and_the_focus_stays(
    viewer: Viewer, dock: TrainOnNoisyLabels, core: Staged, qtbot: QtBot
) -> None:
    viewer.window.resize(1000, 640)
    viewer.window.show()
    click(dock.panel.run_button)
    window: Any = dock.window()
    editor: Any = dock.learner.front["epochs"]
    # The buttons that are clicked on the way take the focus.
    dock.panel.succeeded.connect(lambda _: editor.setFocus())
    through(dock, qtbot)
    table: Any = dock.after.trust
    view: Any = dock._area.viewport()

    def is_seen() -> bool:
        top = table.mapTo(view, QPoint(0, 0)).y()
        return bool(0 <= top < view.height() - 40)

    qtbot.waitUntil(is_seen)
    assert window.focusWidget() is editor


def test_without_scores_the_most_revised_comes_first(qtbot: QtBot) -> None:
    table = TrustTable()
    qtbot.addWidget(table)
    nan = float("nan")
    shares = enumerate([0.1, 0.4, 0.2])
    table.show_rows([PlaneTrust(0, n, "a", nan, share) for n, share in shares])
    assert table.isColumnHidden(2)
    assert [row[1] for row in shown(table)] == ["1", "2", "0"]


def test_right_labels_of_a_folder_lie_in_a_folder_of_their_own(
    viewer: Viewer, qtbot: QtBot, tmp_path: Path
) -> None:
    images, truth = discs(count=3)
    for number in range(3):
        for name, data in (("images", images), ("labels", truth)):
            save_plane(tmp_path / name / f"{number}.tif", data[number])
    save_plane(tmp_path / "trusted" / "1.tif", truth[1])
    dock: TrainOnNoisyLabels = open_dock(viewer, TRAIN_LABELS)
    dock.source.kind.setCurrentIndex(1)
    dock.source.folder.setValue(tmp_path)
    said = dock.source.reading.text()
    assert "3 pairs by name, 1 of them with labels that are right" in said
    run = dock.control.new()
    assert [source.trusted for source in run.sources] == [False, True, False]
    job = run.training().job
    assert (job.labels, job.trusted) == (
        (str(tmp_path / "labels"),),
        (str(tmp_path / "trusted"),),
    )
    assert job.output == str(tmp_path / "trained")


def test_the_script_says_which_labels_are_right(
    viewer: Viewer, dock: TrainOnNoisyLabels, qtbot: QtBot
) -> None:
    click(dock.source.table.rows[1].trusted)
    script = script_of(dock.control.new())
    assert "trusted=[None, viewer.layers['traced'].data]" in script
