"""Runs that go on, images that are there twice, and files that rows open."""

import gc
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from tests.widgets.trust_runs import (
    SCORES,
    Shower,
    folder_of,
    marked,
    outcome_of,
    pair_of,
    press_row,
)

from napari_metastruct.widgets.pair_view import PairView
from napari_metastruct.widgets.training_pair import read_pair
from napari_metastruct.widgets.training_run import TrainingOutcome
from napari_metastruct.widgets.trust_table import TrustTable

Viewer = Any
FOLDER_SCORES = {"trust": [[0.9], [0.2], [0.4]]}
FOLDER_REVISED = [[0.0]] * 3


@pytest.fixture
def show(viewer: Viewer, qtbot: QtBot) -> Shower:
    """Show the outcome of a run, as the dock does."""
    return Shower(viewer, qtbot)


def continued(outcome: TrainingOutcome) -> TrainingOutcome:
    """Return the outcome of a run that goes on, made as the dock makes it."""
    return replace(outcome, run=replace(outcome.run, resume=True))


def press_key(table: TrustTable, key: Qt.Key) -> None:
    test: Any = QTest
    test.keyClick(table, key)


def opened(viewer: Viewer) -> set[str]:
    """Return the layers that are there for files other than the first."""
    return {layer.name for layer in viewer.layers if layer.name[0] in "12"}


def test_a_row_shows_the_trust_of_the_run_that_went_on(
    viewer: Viewer, show: Shower
) -> None:
    outcome = outcome_of([pair_of(viewer, "stack")], SCORES, [[0.0] * 3], 9)
    show.show(outcome)
    after = show.show(continued(outcome))
    earlier, last = viewer.layers["stack trust"], viewer.layers["stack trust [1]"]
    press_row(after.trust, 0)
    assert (earlier.visible, last.visible) == (False, True)
    assert (set(earlier.selected_data), set(last.selected_data)) == (set(), {2})
    earlier.selected_data = {0}
    assert marked(after.trust) == ()
    last.selected_data = {1}
    assert marked(after.trust) == ("stack", "1")
    assert (earlier.visible, last.visible) == (False, True)


def test_points_keep_no_run_alive(viewer: Viewer, show: Shower) -> None:
    source = pair_of(viewer, "stack")
    # Its folder goes with it, and its copies of the labels.
    show(source)
    run = weakref.ref(show.after.outcome.run) if show.after.outcome else None
    show(source)
    gc.collect()
    assert run is not None
    assert run() is None


def test_an_image_opened_in_one_run_has_its_trust_in_the_next(
    viewer: Viewer, show: Shower, tmp_path: Path
) -> None:
    sources = folder_of(tmp_path, 3)
    outcome = outcome_of(sources, FOLDER_SCORES, FOLDER_REVISED, 1)
    press_row(show.show(outcome).trust, 0)
    assert opened(viewer) == {"1", "1 labels", "1 trust"}
    after = show.show(continued(outcome))
    press_row(after.trust, 0)
    assert opened(viewer) == {"1", "1 labels", "1 trust", "1 trust [1]"}
    earlier, last = viewer.layers["1 trust"], viewer.layers["1 trust [1]"]
    assert (earlier.visible, last.visible) == (False, True)
    press_row(after.trust, 1)
    assert opened(viewer) == {"2", "2 labels", "2 trust"}


def test_results_of_an_image_with_the_labels_of_two_people_are_seen(
    viewer: Viewer, show: Shower
) -> None:
    one = pair_of(viewer, "stack")
    image = viewer.layers["stack"]
    second = viewer.add_labels(np.zeros((3, 64, 64), np.uint8), name="second")
    scores = {"trust": [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]}
    after = show(one, read_pair(image, second), scores=scores, revised=[[0.0] * 3] * 2)
    assert viewer.layers["stack prediction"].visible
    assert viewer.layers["stack prediction [1]"].visible
    first, last = viewer.layers["stack trust"], viewer.layers["stack trust [1]"]
    assert (first.visible, last.visible) == (False, True)
    press_row(after.trust, 0)
    assert (first.visible, last.visible) == (True, False)
    assert image.visible
    assert viewer.layers["stack prediction"].visible
    press_row(after.trust, 5)
    assert (first.visible, last.visible) == (False, True)


def test_arrow_keys_open_no_file_and_enter_does(
    viewer: Viewer, show: Shower, tmp_path: Path
) -> None:
    sources = folder_of(tmp_path, 3)
    after = show(*sources, scores=FOLDER_SCORES, revised=FOLDER_REVISED, seen=1)
    table = after.trust  # rows: image 1, 2, 0
    press_row(table, 0)
    assert opened(viewer) == {"1", "1 labels", "1 trust"}
    press_key(table, Qt.Key.Key_Down)
    assert marked(table) == ("2", "0")
    assert opened(viewer) == {"1", "1 labels", "1 trust"}
    assert viewer.layers.selection.active != viewer.layers["0"]
    press_key(table, Qt.Key.Key_Down)
    assert viewer.layers["0"].visible
    assert viewer.layers.selection.active == viewer.layers["0 trust"]
    press_key(table, Qt.Key.Key_Up)
    press_key(table, Qt.Key.Key_Return)
    assert opened(viewer) == {"2", "2 labels", "2 trust"}
    assert (viewer.layers["2"].data == 2).all()
    assert not viewer.layers["0"].visible
    press_row(table, 2)
    assert not opened(viewer)


def test_a_file_whose_labels_were_changed_stays(
    viewer: Viewer, show: Shower, tmp_path: Path
) -> None:
    sources = folder_of(tmp_path, 3)
    after = show(*sources, scores=FOLDER_SCORES, revised=FOLDER_REVISED, seen=1)
    press_row(after.trust, 0)
    labels = viewer.layers["1 labels"]
    labels.paint((5, 20), 1)
    press_row(after.trust, 1)
    both = {"1", "1 labels", "1 trust", "2", "2 labels", "2 trust"}
    assert opened(viewer) == both
    assert not labels.visible
    press_row(after.trust, 0)
    assert opened(viewer) == {"1", "1 labels", "1 trust"}
    assert viewer.layers["1 labels"] == labels
    assert labels.visible
    viewer.layers.remove("1")
    press_row(after.trust, 1)
    assert labels in viewer.layers


def test_what_is_left_of_a_file_that_the_person_closed_is_not_there_twice(
    viewer: Viewer, show: Shower, tmp_path: Path
) -> None:
    sources = folder_of(tmp_path, 3)
    after = show(*sources, scores=FOLDER_SCORES, revised=FOLDER_REVISED, seen=1)
    press_row(after.trust, 0)
    viewer.layers.remove("1")
    press_row(after.trust, 0)
    assert opened(viewer) == {"1", "1 labels", "1 trust"}
    viewer.layers.remove("1 labels")
    press_row(after.trust, 1)
    assert opened(viewer) == {"2", "2 labels", "2 trust"}


def test_a_covered_layer_that_the_person_hid_again_stays_hidden(
    viewer: Viewer, show: Shower
) -> None:
    source = pair_of(viewer, "stack")
    show(source)
    show(source)
    earlier, last = viewer.layers["stack trust"], viewer.layers["stack trust [1]"]
    assert not earlier.visible
    earlier.visible = True
    earlier.visible = False
    earlier.selected_data = {2}
    assert (earlier.visible, last.visible) == (False, True)
    # Nor is one covered twice, and so shown once more.
    earlier.visible = True
    last.selected_data = {0}
    assert not earlier.visible
    earlier.selected_data = {0}
    assert (earlier.visible, last.visible) == (True, False)
    earlier.visible = False
    earlier.selected_data = {1}
    assert not earlier.visible


def test_a_hidden_layer_that_is_removed_leaves_the_memory() -> None:
    from napari.components import ViewerModel

    viewer: Any = ViewerModel()
    pairs = [pair_of(viewer, name) for name in ("one", "other")]
    view = PairView(viewer)
    view.show(pairs, 1, 0)
    assert not viewer.layers["one drawn"].visible
    layer = weakref.ref(viewer.layers["one drawn"])
    viewer.layers.remove("one drawn")
    gc.collect()
    assert layer() is None
