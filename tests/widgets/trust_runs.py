"""Outcomes of runs as the dock shows them, and clicks on the table of trust."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from tests.quick_training import save_plane

from napari_metastruct.methods import Plain
from napari_metastruct.training.labelled import LabelledSettings
from napari_metastruct.training.labelled.record import Record
from napari_metastruct.whole_training import Trained
from napari_metastruct.widgets.after_training import AfterTraining
from napari_metastruct.widgets.training_folder import FolderChoice, pairs_of
from napari_metastruct.widgets.training_pair import PairInput, read_pair
from napari_metastruct.widgets.training_results import ResultAdder
from napari_metastruct.widgets.training_run import (
    PairOutcome,
    TrainingOutcome,
    TrainingRun,
)
from napari_metastruct.widgets.trust_table import TrustTable

Viewer = Any
Arrays = Sequence[Sequence[float]]
Scores = Mapping[str, Arrays]
NAN = float("nan")
SCORES = {
    "trust": [[0.91, 0.2, NAN]],
    "score": [[0.87, 0.3, NAN]],
    "score revised": [[0.88, 0.68, NAN]],
}
REVISED = [[0.0, 0.25, NAN]]


def pair_of(
    viewer: Viewer,
    name: str,
    *,
    trusted: bool = False,
    **where: Any,  # noqa: ANN401 - many types
) -> PairInput:
    """Add an image with labels; `where` is its shape and its geometry."""
    shape = where.pop("shape", (3, 64, 64))
    image = viewer.add_image(np.zeros(shape, np.float32), name=name, **where)
    labels = viewer.add_labels(np.zeros(shape, np.uint8), name=f"{name} drawn", **where)
    return read_pair(image, labels, trusted=trusted)


def outcome_of(
    sources: Sequence[PairInput], scores: Scores, revised: Arrays, seen: int
) -> TrainingOutcome:
    given = tuple(source.kept() for source in sources)
    settings = LabelledSettings(device="cpu")
    run = TrainingRun(tuple(sources), given, Plain(), settings, Path("unused"))
    shares = tuple(np.array(each, float) for each in revised)
    arrays = {name: tuple(map(np.array, each)) for name, each in scores.items()}
    model: Any = None  # nothing is applied here
    trained = Trained(model, Record(), 1, 1.0, (), shares, arrays)
    same = [np.zeros(source.image.stack.shape, np.uint8) for source in sources]
    pairs = zip(sources, given, same, strict=True)
    found = [PairOutcome(a, b.labels, c, c, c) for a, b, c in pairs]
    return TrainingOutcome(run, trained, tuple(found[:seen]))


class Shower:
    """Shows the outcomes of runs, as the dock does, which is closed with the window."""

    def __init__(self, viewer: Viewer, qtbot: QtBot) -> None:
        self.after = AfterTraining(viewer)
        viewer.window.add_dock_widget(self.after)
        self._adder = ResultAdder(viewer, self.after)
        self._qtbot = qtbot

    def __call__(
        self,
        *sources: PairInput,
        scores: Scores = SCORES,
        revised: Arrays = REVISED,
        seen: int = 9,
    ) -> AfterTraining:
        """Show the outcome of a run."""
        return self.show(outcome_of(sources, scores, revised, seen))

    def show(self, outcome: TrainingOutcome) -> AfterTraining:
        self._adder.add(outcome)
        self._qtbot.waitUntil(lambda: not self._adder.is_busy)
        return self.after


def folder_of(folder: Path, count: int) -> tuple[PairInput, ...]:
    """Write images, whose pixels are their numbers, and labels; return the pairs."""
    for number in range(count):
        save_plane(folder / "images" / f"{number}.tif", np.full((64, 64), number))
        save_plane(folder / "labels" / f"{number}.tif", np.eye(64, dtype=np.uint8))
    return pairs_of(FolderChoice(folder).found)


def press(widget: Any, place: QPoint) -> None:  # noqa: ANN401 - a QWidget
    test: Any = QTest
    test.mouseClick(widget, Qt.MouseButton.LeftButton, pos=place)


def press_row(table: TrustTable, row: int) -> None:
    press(table.viewport(), table.visualItemRect(table.item(row, 1)).center())


def marked(table: TrustTable) -> tuple[str, ...]:
    """Return name and plane of the row that is marked, () if none is."""
    return tuple(item.text() for item in table.selectedItems())[:2]
