"""Dock "Train on noisy labels" in a real viewer, by clicks, with the real core."""

import time
from typing import Any

import numpy as np
import pytest
from napari.layers import Image, Labels
from numpy.typing import NDArray
from pytestqt.qtbot import QtBot
from tests.training.labelled.tiny import discs, flipped
from tests.widgets.helpers import Ticks, click

from napari_metastruct.methods import Plain
from napari_metastruct.training.labelled import LabelledSettings
from napari_metastruct.widgets.docks import TRAIN_LABELS, open_dock
from napari_metastruct.widgets.layers import METADATA_KEY
from napari_metastruct.widgets.train_labels import TrainOnNoisyLabels

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
    viewer: Viewer, classes: int = 2, count: int = 4, **place: Any
) -> tuple[Image, Labels, NDArray[Any]]:
    images, truth = discs(count=count, classes=classes)
    noisy = flipped(truth, 0.1, classes)
    if count == 1:
        images, truth, noisy = images[0], truth[0], noisy[0]
    image = viewer.add_image(images, name="cells", **place)
    labels = viewer.add_labels(noisy, name="drawn", **place)
    return image, labels, truth


def opened(viewer: Viewer, qtbot: QtBot, **more: Any) -> TrainOnNoisyLabels:
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
