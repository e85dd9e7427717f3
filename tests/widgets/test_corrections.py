"""Accepting and rejecting corrections by clicks into the picture."""

from typing import Any

import numpy as np
import pytest
from napari.layers import Labels
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication, QWidget
from tests.widgets.helpers import click

from napari_metastruct.widgets.corrections import Corrections
from napari_metastruct.widgets.corrections_review import CorrectionsReview
from napari_metastruct.widgets.training_pair import read_pair
from napari_metastruct.widgets.training_run import PairOutcome

Viewer = Any
MIDDLE, CORNER = (slice(24, 40), slice(24, 40)), (slice(0, 4), slice(0, 4))


@pytest.fixture
def given(viewer: Viewer) -> Labels:
    labels = np.ones((64, 64), np.uint8)
    labels[32:] = 2
    place = {"scale": (2.0, 2.0), "units": ("um", "um")}
    viewer.add_image(np.random.default_rng(0).random((64, 64)), name="cells", **place)
    layer: Labels = viewer.add_labels(labels, name="drawn", **place)
    return layer


@pytest.fixture
def review(viewer: Viewer, given: Labels, qtbot: QtBot) -> CorrectionsReview:
    corrected = given.data.copy()
    corrected[MIDDLE], corrected[CORNER] = 0, 3
    pair = read_pair(viewer.layers["cells"], given)
    kept = pair.kept().labels
    difference = (corrected != given.data).astype(np.uint8)
    outcome = PairOutcome(pair, kept, corrected, corrected, difference)
    review = CorrectionsReview(viewer)
    qtbot.addWidget(review)
    review.show()
    review.add(Corrections(viewer, outcome, {"method": {"name": "plain"}}))
    viewer.reset_view()
    return review


def press(point: QPoint) -> None:
    """Click the canvas, as a hand does."""
    (canvas,) = (
        widget
        for window in QApplication.topLevelWidgets()
        for widget in window.findChildren(QWidget)
        if type(widget).__name__ == "CanvasBackendDesktop"
    )
    test: Any = QTest
    test.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=point)


@pytest.fixture
def middle(viewer: Viewer, review: CorrectionsReview) -> QPoint:
    """Find out by two clicks where on the canvas the middle of the image is."""
    seen = []

    def look(_: Any, event: Any) -> None:  # noqa: ANN401
        seen.append((np.array(event.pos), np.array(event.position)))

    viewer.mouse_drag_callbacks.append(look)
    press(QPoint(300, 200))
    press(QPoint(500, 400))
    viewer.mouse_drag_callbacks.remove(look)
    (first, world), (second, other) = seen
    shift = (np.array([63.0, 63.0]) - world) / (other - world)
    x, y = first + shift[::-1] * (second - first)
    return QPoint(round(x), round(y))


def test_a_clicked_region_goes_into_a_copy_only(
    viewer: Viewer, given: Labels, review: CorrectionsReview, middle: QPoint
) -> None:
    before = given.data.copy()
    assert "272 pixels were corrected" in review.state.text()
    click(review.accept)
    press(middle)
    copy = viewer.layers["drawn accepted"]
    assert (copy.data[MIDDLE] == 0).all()
    assert (copy.data[CORNER] == 1).all()
    np.testing.assert_allclose(copy.scale, given.scale)
    np.testing.assert_array_equal(given.data, before)
    assert "256 accepted, 0 rejected, 16 open" in review.state.text()
    click(review.reject)
    assert not review.accept.isChecked()
    press(middle)
    np.testing.assert_array_equal(copy.data, before)
    assert "0 accepted, 256 rejected" in review.state.text()


def test_without_the_button_a_click_decides_nothing(
    viewer: Viewer, review: CorrectionsReview, middle: QPoint
) -> None:
    click(review.accept)
    click(review.accept)
    press(middle)
    assert "drawn accepted" not in [layer.name for layer in viewer.layers]


def test_all_that_is_left_is_accepted_also_after_the_labels_are_gone(
    viewer: Viewer, given: Labels, review: CorrectionsReview
) -> None:
    assert review.decide_at((0.0, 0.0), accept=False)
    assert not review.decide_at((20.0, 20.0), accept=True)
    viewer.layers.remove(given)
    click(review.accept_all)
    copy = viewer.layers["drawn accepted"]
    assert (copy.data[MIDDLE] == 0).all()
    assert (copy.data[CORNER] == 1).all()
    viewer.layers.remove(copy)
    assert review.decide_at((0.0, 0.0), accept=True)
    again = viewer.layers["drawn accepted"]
    assert (again.data[MIDDLE] == 0).all()
    assert (again.data[CORNER] == 3).all()
    viewer.layers.remove("drawn difference")
    click(review.accept_all)
    assert not review.accept.isEnabled()
