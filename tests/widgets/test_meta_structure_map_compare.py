"""Two labels compared, in the dock of the map and in the dock for that alone."""

from typing import Any

import numpy as np
import pytest
from napari.layers import Image, Labels
from pytestqt.qtbot import QtBot
from qtpy.QtWidgets import QApplication
from tests.widgets.helpers import click, type_into

from napari_metastruct.label_tasks import compare_labels
from napari_metastruct.metastructure.density import density
from napari_metastruct.noise import random_flip
from napari_metastruct.widgets.compare_labels import CompareLabels
from napari_metastruct.widgets.docks import (
    COMPARE_LABELS,
    META_STRUCTURE_MAP,
    open_dock,
)
from napari_metastruct.widgets.scores_table import columns_of

Viewer = Any


def clean_labels() -> np.ndarray[Any, Any]:
    labels = np.zeros((48, 64), np.uint8)
    labels[8:20, 10:30] = 1
    labels[30:40, 40:60] = 2
    return labels


CLEAN = clean_labels()
NOISY = np.asarray(random_flip(CLEAN, 0.2, rng=0), np.uint8)


@pytest.fixture
def dock(viewer: Viewer, qtbot: QtBot) -> CompareLabels:
    where = {"scale": (0.5, 0.5), "units": ("um", "um")}
    viewer.add_labels(NOISY.copy(), name="noisy", **where)
    viewer.add_labels(CLEAN.copy(), name="clean", **where)
    dock: CompareLabels = open_dock(viewer, COMPARE_LABELS)
    qtbot.waitUntil(dock.panel.run_button.isEnabled, timeout=10_000)
    return dock


def compare(dock: CompareLabels, qtbot: QtBot) -> None:
    with qtbot.waitSignal(dock.panel.ended, timeout=10_000):
        click(dock.panel.run_button)


def differences_of(viewer: Viewer) -> list[Any]:
    layers = [layer for layer in viewer.layers if isinstance(layer, Image)]
    return [layer for layer in layers if "minus" in layer.name]


def test_the_numbers_are_those_of_the_core(
    viewer: Viewer, dock: CompareLabels, qtbot: QtBot
) -> None:
    type_into(dock.kernel.bandwidth.number, "2")
    compare(dock, qtbot)
    results = dock.part.results
    due = compare_labels(CLEAN, NOISY, bandwidth=4)
    assert results.result is not None
    found = results.result.found
    assert found.densities.fields() == due.densities.fields()
    np.testing.assert_array_equal(
        found.report.transition.counts, due.report.transition.counts
    )
    for j, values in enumerate(columns_of(due).values()):
        for i, value in enumerate(values):
            item = results.scores.item(i, j)
            assert item is not None
            assert item.text() == f"{value:.3f}"
    item = results.matrix.item(1, 0)
    assert item is not None
    assert item.text() == f"{due.report.transition.matrix[1, 0]:.3f}"
    assert due.report.transition.verdict == results.verdict.text()
    assert f"{1 - due.report.transition.error_rate:.3f}" in results.title.text()
    assert "rank 3 of 3" in results.matrix_title.text()
    assert "3 of 3 classes" in results.told.text()
    click(results.copy)
    clipboard = QApplication.clipboard()
    assert clipboard is not None
    assert clipboard.text().splitlines()[0].split("\t")[1:] == list(columns_of(due))
    assert results.keep.isHidden()  # these layers are no files
    viewer.layers["noisy"].paint((2, 3), 2)
    assert "compare again" in results.title.text()


def test_a_difference_map_lies_on_the_labels(
    viewer: Viewer, dock: CompareLabels, qtbot: QtBot
) -> None:
    compare(dock, qtbot)
    results = dock.part.results
    results.number.setCurrentText("class 2")
    with qtbot.waitSignal(dock.panel.ended, timeout=10_000):
        click(results.difference)
    (layer,) = differences_of(viewer)
    assert layer.name == "noisy minus clean, density 2"
    width = dock.kernel.bandwidth.value() * 2
    maps = [density(labels, width, classes=[2]).maps[0] for labels in (NOISY, CLEAN)]
    np.testing.assert_allclose(layer.data, maps[0] - maps[1], atol=1e-8)
    low, high = layer.contrast_limits
    assert -low == high == np.abs(layer.data).max()
    np.testing.assert_allclose(layer.scale, (0.5, 0.5))
    middle = layer.colormap.map([0.5])[0]
    np.testing.assert_allclose(middle[:3], 0, atol=0.01)


def test_labels_that_cannot_be_compared_are_refused_in_the_form(
    viewer: Viewer, dock: CompareLabels, qtbot: QtBot
) -> None:
    other, status = dock.part.other.layer, dock.panel.status
    other.setCurrentText("clean")
    assert "two different Labels layers" in status.text()
    bad = {
        "empty": (np.zeros_like(CLEAN), "is empty"),
        "one": (np.ones_like(CLEAN), "holds only class 1"),
        "small": (CLEAN[:20, :40], "has the shape (48, 64), but 'small' (20, 40)"),
        "negative": (CLEAN.astype(np.int16) - 3, "holds the value -3"),
    }
    for name, (data, sentence) in bad.items():
        viewer.add_labels(data, name=name)
        other.setCurrentText(name)
        qtbot.waitUntil(lambda: sentence in status.text())  # noqa: B023
        assert not dock.panel.run_button.isEnabled()
    other.setCurrentText("noisy")
    qtbot.waitUntil(dock.panel.run_button.isEnabled)
    for name in ("noisy", *bad):
        viewer.layers.remove(viewer.layers[name])
    assert "two different Labels layers" in status.text()


def test_stacks_are_compared_in_the_dock_of_the_map(
    viewer: Viewer, qtbot: QtBot
) -> None:
    clean, noisy = np.stack([CLEAN, CLEAN[::-1]]), np.stack([NOISY, NOISY[::-1]])
    viewer.add_labels(noisy, name="noisy")
    viewer.add_labels(clean, name="clean")
    dock = open_dock(viewer, META_STRUCTURE_MAP)
    part = dock.compare
    dock.comparing.open()
    qtbot.waitUntil(part.button.isEnabled, timeout=10_000)
    with qtbot.waitSignal(dock.panel.ended, timeout=10_000):
        click(part.button)
        assert not part.button.isEnabled()
    assert part.results.result is not None
    due = compare_labels(clean, noisy, bandwidth=dock.kernel.bandwidth.value())
    assert part.results.result.found.densities.fields() == due.densities.fields()
    assert "mean over 2 planes" in part.results.title.text()
    assert not differences_of(viewer)
    layers: list[Labels] = [x for x in viewer.layers if isinstance(x, Labels)]
    assert len(layers) == 2
