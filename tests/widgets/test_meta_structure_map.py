"""The dock in a real viewer, driven by clicks, with the real core."""

from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import pytest
from napari.layers import Image, Labels
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QSlider,
    QWidget,
)
from tests.widgets.helpers import Ticks, click, type_into

from napari_metastruct.label_tasks import density_maps
from napari_metastruct.metastructure.density import auto_bandwidth, density
from napari_metastruct.widgets import job_buttons, plane_maps
from napari_metastruct.widgets.docks import META_STRUCTURE_MAP, PLUGIN, open_dock
from napari_metastruct.widgets.layers import METADATA_KEY
from napari_metastruct.widgets.map_preview import picture
from napari_metastruct.widgets.meta_structure_map import MetaStructureMap

Viewer = Any


def two_classes(shape: tuple[int, int] = (48, 64)) -> np.ndarray[Any, Any]:
    labels = np.zeros(shape, np.uint8)
    labels[8:20, 10:30] = 1
    labels[30:40, 40:60] = 2
    return labels


@pytest.fixture
def labels(viewer: Viewer) -> Labels:
    layer: Labels = viewer.add_labels(
        two_classes(), name="cells", scale=(0.5, 0.5), units=("um", "um")
    )
    return layer


@pytest.fixture
def dock(viewer: Viewer, labels: Labels, qtbot: QtBot) -> MetaStructureMap:
    return opened(viewer, qtbot)


def opened(viewer: Viewer, qtbot: QtBot) -> MetaStructureMap:
    dock: MetaStructureMap = open_dock(viewer, META_STRUCTURE_MAP)
    qtbot.waitUntil(lambda: dock.labels.facts is not None, timeout=10_000)
    return dock


def settle(dock: MetaStructureMap, qtbot: QtBot) -> None:
    """Wait until nothing is asked for or being done."""
    qtbot.waitUntil(
        lambda: (
            not (dock.live.is_busy or dock.refresh.is_busy or dock.panel.is_running)
        ),
        timeout=10_000,
    )


def add(dock: MetaStructureMap, viewer: Viewer, qtbot: QtBot) -> list[Any]:
    """Press the button and return the new layers."""
    before = list(viewer.layers)
    with qtbot.waitSignal(dock.panel.ended, timeout=10_000):
        click(dock.panel.run_button)
    return [layer for layer in maps_of(viewer) if layer not in before]


def maps_of(viewer: Viewer) -> list[Any]:
    layers = [layer for layer in viewer.layers if isinstance(layer, Image)]
    return [layer for layer in layers if "preview" not in layer.name]


def previews_of(viewer: Viewer) -> list[Any]:
    return [layer for layer in viewer.layers if "preview" in layer.name]


def world(layer: Any, *points: tuple[float, ...]) -> np.ndarray[Any, Any]:  # noqa: ANN401
    return np.array([layer.data_to_world(point) for point in points])


def tick(box: QCheckBox) -> None:
    """Click where the box is; its other end is no part of it."""
    test: Any = QTest
    place = QPoint(8, box.height() // 2)
    test.mouseClick(box, Qt.MouseButton.LeftButton, pos=place)


def paint(layer: Labels, corner: tuple[int, ...], number: int) -> None:
    rows, columns = np.mgrid[0:6, 0:6]
    place = (*corner[:-2], corner[-2] + rows.ravel(), corner[-1] + columns.ravel())
    indices = np.broadcast_arrays(*place)
    layer.data_setitem(tuple(np.asarray(index) for index in indices), number)


def test_the_preview_is_the_density_of_what_is_chosen(
    viewer: Viewer, dock: MetaStructureMap, labels: Labels, qtbot: QtBot
) -> None:
    bandwidth = dock.kernel.bandwidth
    auto = auto_bandwidth(labels.data, spacing=(0.5, 0.5))
    assert bandwidth.value() == pytest.approx(auto, rel=0.005)
    assert bandwidth.unit.text() == "µm"
    click(bandwidth.slider)
    assert not bandwidth.auto.isChecked()
    bandwidth.slider.setValue(bandwidth.slider.maximum())
    assert bandwidth.value() == pytest.approx(16)
    assert bandwidth.pixels.text() == "= 32 px"
    type_into(bandwidth.number, "2")
    assert bandwidth.pixels.text() == "= 4 px"
    settle(dock, qtbot)
    (layer,) = previews_of(viewer)
    shown = dock.live.preview.shown
    assert shown is not None
    due = density(labels.data, 4.0, classes=[1, 2])
    for number, values in zip(due.classes, due.maps, strict=True):
        np.testing.assert_array_equal(shown.maps[number], values)
    drawn = picture(dict(shown.maps), dock.classes.colours(), 1, labels.data.shape)
    np.testing.assert_array_equal(layer.data, drawn)
    assert drawn.max() > 200
    np.testing.assert_allclose(world(layer, (0, 0)), world(labels, (0, 0)))
    assert layer.units == labels.units
    assert viewer.layers.selection.active == labels
    bandwidth.auto.setChecked(True)
    assert bandwidth.value() == pytest.approx(auto, rel=0.005)


def test_maps_lie_on_labels_that_are_turned(viewer: Viewer, qtbot: QtBot) -> None:
    labels = viewer.add_labels(
        two_classes(),
        name="cells",
        scale=(0.5, 250),
        rotate=30,
        translate=(7, -3),
        units=("um", "nm"),
        axis_labels=("y", "x"),
    )
    dock = opened(viewer, qtbot)
    dock.kernel.kernel.setValue("disc")
    tick(dock.kernel.edges)
    type_into(dock.kernel.bandwidth.number, "1500")
    layers = add(dock, viewer, qtbot)
    pixels = dock.labels.value().in_pixels(1500)
    due = density(labels.data, pixels, "disc", classes=[1, 2], edge_correction=True)
    for layer, values in zip(layers, due.maps, strict=True):
        np.testing.assert_allclose(layer.data, values, rtol=1e-6)
        corners = [(0, 0), (47, 0), (0, 63), (47, 63)]
        np.testing.assert_allclose(world(layer, *corners), world(labels, *corners))
        assert layer.units == labels.units
        assert layer.axis_labels == labels.axis_labels
        assert layer.blending == "additive"
        np.testing.assert_allclose(layer.contrast_limits, (0, values.max()))
    made = layers[0].metadata[METADATA_KEY]
    assert (made["labels"], made["class"], made["kernel"]) == ("cells", 1, "disc")
    assert made["bandwidth_in_pixels"] == list(pixels)
    assert "numpy" in made["versions"]


def test_nothing_is_replaced_and_the_job_makes_the_same_maps(
    viewer: Viewer,
    dock: MetaStructureMap,
    labels: Labels,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dock.kernel.kernel.setValue("box")
    assert not dock.keep.save.isEnabled()
    assert dock.classes.value() == (1, 2)
    assert len(add(dock, viewer, qtbot)) == 2
    item = dock.classes.item(0)
    assert item is not None
    assert item.text() == "0   85.7%  background"
    dock.classes.setValue([0, 2])
    layers = add(dock, viewer, qtbot)
    assert len({layer.name for layer in maps_of(viewer)}) == 4
    job = dock.keep.job
    assert job is not None
    settings = job.model_dump(exclude={"task", "labels", "output", "unit"})
    again = density_maps(labels.data, **settings)
    assert again.classes == (0, 2)
    for layer, values in zip(layers, again.maps, strict=True):
        np.testing.assert_array_equal(layer.data, values)
    keep_and_open_again(viewer, dock, tmp_path, monkeypatch)


def keep_and_open_again(
    viewer: Viewer,
    dock: MetaStructureMap,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clipboard = QApplication.clipboard()
    assert clipboard is not None
    dock.keeping.open()
    click(dock.keep.command)
    assert "density" in clipboard.text()
    assert "--kernel" in clipboard.text()
    click(dock.keep.python)
    assert "kernel='box'" in clipboard.text()
    path = folder / "cells.metastruct.yaml"
    monkeypatch.setattr(job_buttons, "ask_save", lambda *_: path)
    click(dock.keep.save)
    made, before = dock.kernel.value(), dock.classes.value()
    dock.kernel.kernel.setValue("disc")
    dock.kernel.bandwidth.setValue(3)
    dock.classes.setValue([1])
    viewer.open(path, plugin=PLUGIN)
    assert dock.kernel.value() == made
    assert dock.classes.value() == before


BAD = {
    "empty": (np.zeros((40, 40), np.uint8), "is empty: all of its pixels are 0"),
    "ignored": (np.full((40, 40), -1), "All pixels of 'bad' are ignored"),
    "negative": (np.full((40, 40), -5), "holds the value -5"),
    "objects": (np.arange(1600).reshape(40, 40), "tick 'Objects as one class'"),
}


def test_labels_that_cannot_be_used_are_refused_in_the_form(
    viewer: Viewer, dock: MetaStructureMap, qtbot: QtBot
) -> None:
    for data, sentence in BAD.values():
        viewer.add_labels(data, name="bad")
        dock.labels.layer.setCurrentText("bad")
        qtbot.waitUntil(lambda: dock.labels.facts is not None)
        assert not dock.panel.run_button.isEnabled()
        assert sentence in dock.panel.status.text()
        assert sentence in dock.labels.reading.text()
        settle(dock, qtbot)
        assert not [layer for layer in previews_of(viewer) if layer.visible]
        viewer.layers.remove(viewer.layers["bad"])
    viewer.add_labels(data, name="bad")
    dock.labels.layer.setCurrentText("bad")
    dock.labels.as_one.setChecked(True)
    qtbot.waitUntil(dock.panel.run_button.isEnabled)
    (layer,) = add(dock, viewer, qtbot)
    due = density(data > 0, dock.kernel.bandwidth.value(), classes=[1])
    np.testing.assert_allclose(layer.data, due.maps[0])


def test_settings_that_cannot_be_used_are_refused_in_the_form(
    viewer: Viewer, dock: MetaStructureMap, labels: Labels, qtbot: QtBot
) -> None:
    run, status = dock.panel.run_button, dock.panel.status
    number = dock.kernel.bandwidth.number
    for typed, sentence in (("0", "bandwidth is 0"), ("40", "larger than the whole")):
        type_into(number, typed)
        assert not run.isEnabled()
        assert sentence in status.text()
        assert "border" in number.styleSheet()
    type_into(number, "2")
    assert run.isEnabled()
    dock.classes.setValue([])
    assert not run.isEnabled()
    assert "at least one class" in status.text()
    viewer.layers.remove(labels)
    assert "Open labels first" in status.text()
    viewer.add_image(np.zeros((40, 40)))
    assert "Convert to labels" in status.text()
    assert not run.isEnabled()


STACK = np.stack([two_classes(), np.zeros((48, 64), np.uint8), two_classes()[::-1]])


def test_stacks_by_planes_and_as_volumes(
    viewer: Viewer, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer.add_labels(STACK, name="stack", scale=(2, 1, 1), units=("um",) * 3)
    dock = opened(viewer, qtbot)
    assert dock.labels.reading.text() == "3 planes of 48 x 64, each by itself"
    type_into(dock.kernel.bandwidth.number, "3")
    viewer.dims.set_current_step(0, 2)
    settle(dock, qtbot)
    assert dock.live.preview.shown is not None
    assert dock.live.preview.shown.index == (2,)
    planes, _ = add(dock, viewer, qtbot)
    due = density(STACK[2], 3.0, classes=[1]).maps[0]
    np.testing.assert_array_equal(planes.data[2], due)
    np.testing.assert_array_equal(dock.live.preview.shown.maps[1], due)
    assert not planes.data[1].any()
    dock.labels.stack.setCurrentIndex(1)
    qtbot.waitUntil(dock.panel.run_button.isEnabled)
    assert dock.labels.reading.text() == "1 volume of 3 x 48 x 64"
    assert dock.kernel.bandwidth.pixels.text() == "= 1.5 x 3 x 3 px"
    monkeypatch.setattr(plane_maps, "LARGEST_PREVIEW", 48 * 64 * 2)
    tick(dock.kernel.edges)
    assert "no preview of what takes 9,216 pixels" in dock.options.hint.text()
    monkeypatch.undo()
    tick(dock.kernel.edges)
    assert not dock.options.hint.text()
    volume, _ = add(dock, viewer, qtbot)
    due = density(STACK, 3.0, classes=[1], spacing=(2, 1, 1)).maps[0]
    np.testing.assert_array_equal(volume.data, due)
    settle(dock, qtbot)
    seen = dock.live.preview.shown.maps[1]
    np.testing.assert_allclose(seen / seen.max(), due[2] / due[2].max(), atol=1e-4)


def test_painting_shows_at_once_and_on_wish_in_added_maps(
    viewer: Viewer, qtbot: QtBot
) -> None:
    labels = viewer.add_labels(STACK.copy(), name="stack")
    viewer.dims.set_current_step(0, 0)
    dock = opened(viewer, qtbot)
    type_into(dock.kernel.bandwidth.number, "3")
    first, _ = add(dock, viewer, qtbot)
    before = first.data.copy()
    paint(labels, (0, 2, 50), 1)
    settle(dock, qtbot)
    due = density(labels.data[0], 3.0, classes=[1]).maps[0]
    assert dock.live.preview.shown is not None
    np.testing.assert_array_equal(dock.live.preview.shown.maps[1], due)
    np.testing.assert_array_equal(first.data, before)
    tick(dock.options.follow)
    settle(dock, qtbot)
    np.testing.assert_array_equal(first.data[0], due)
    np.testing.assert_array_equal(first.data[1:], before[1:])
    assert first.contrast_limits[1] == pytest.approx(first.data.max())
    labels.undo()
    settle(dock, qtbot)
    np.testing.assert_array_equal(first.data, before)
    with qtbot.waitSignal(dock.labels.looked):
        paint(labels, (0, 40, 5), 3)
    assert dock.classes.value() == (1, 2, 3)
    viewer.layers.remove(first)
    paint(labels, (0, 2, 50), 2)
    settle(dock, qtbot)
    viewer.layers.remove(labels)
    settle(dock, qtbot)
    assert not [layer for layer in previews_of(viewer) if layer.visible]


def test_lazy_and_multiscale_labels(viewer: Viewer, qtbot: QtBot) -> None:
    lazy: Any = da
    data = two_classes()
    viewer.add_labels(lazy.from_array(data, chunks=16), name="lazy")
    dock = opened(viewer, qtbot)
    type_into(dock.kernel.bandwidth.number, "4")
    first, _ = add(dock, viewer, qtbot)
    np.testing.assert_array_equal(first.data, density(data, 4.0, classes=[1]).maps[0])
    levels = viewer.add_labels([data, data[::2, ::2]], name="levels", multiscale=True)
    dock.labels.layer.setCurrentText("levels")
    dock.labels.level.setCurrentIndex(1)
    qtbot.waitUntil(dock.panel.run_button.isEnabled)
    first, _ = add(dock, viewer, qtbot)
    coarse = density(data[::2, ::2], 2.0, classes=[1]).maps[0]
    np.testing.assert_array_equal(first.data, coarse)
    np.testing.assert_allclose(world(first, (-0.5, -0.5)), world(levels, (-0.5, -0.5)))


def test_the_layer_may_change_while_maps_are_made(
    viewer: Viewer, dock: MetaStructureMap, labels: Labels, qtbot: QtBot
) -> None:
    def rename() -> None:
        labels.name = "other"

    def replace() -> None:
        labels.data = two_classes()[:42, :62]

    for change in (rename, replace, lambda: viewer.layers.remove(labels)):
        before = maps_of(viewer)
        with qtbot.waitSignal(dock.panel.ended, timeout=10_000):
            click(dock.panel.run_button)
            change()
        settle(dock, qtbot)
        first, *_ = [layer for layer in maps_of(viewer) if layer not in before]
        np.testing.assert_allclose(first.scale, (0.5, 0.5))
    assert [layer.name for layer in maps_of(viewer)] == [
        "cells density 1",
        "cells density 2",
        "other density 1",
        "other density 2",
        "other density 1 [1]",
        "other density 2 [1]",
    ]
    assert not [layer for layer in previews_of(viewer) if layer.visible]


def test_the_preview_goes_with_its_dock_and_at_wish(
    viewer: Viewer, qtbot: QtBot
) -> None:
    labels = viewer.add_labels(STACK.copy(), name="stack")
    dock = opened(viewer, qtbot)
    settle(dock, qtbot)
    tick(dock.options.preview)
    assert not previews_of(viewer)
    tick(dock.options.preview)
    settle(dock, qtbot)
    viewer.layers.remove(previews_of(viewer)[0])
    assert not dock.options.preview.isChecked()
    tick(dock.options.preview)
    settle(dock, qtbot)
    viewer.dims.ndisplay = 3
    settle(dock, qtbot)
    assert not previews_of(viewer)[0].visible
    assert "switch the canvas to 2-D" in dock.options.hint.text()
    viewer.dims.ndisplay = 2
    settle(dock, qtbot)
    assert previews_of(viewer)[0].visible
    with qtbot.waitSignal(dock.destroyed):
        viewer.window.remove_dock_widget(dock)
    assert not previews_of(viewer)
    paint(labels, (0, 2, 50), 2)


def test_stop_keeps_planes_and_cancel_keeps_nothing(
    viewer: Viewer, qtbot: QtBot
) -> None:
    viewer.add_labels(np.repeat(two_classes()[None], 300, axis=0), name="movie")
    dock = opened(viewer, qtbot)
    with qtbot.waitSignal(dock.panel.ended, timeout=10_000):
        click(dock.panel.run_button)
        qtbot.waitUntil(lambda: dock.panel.bar.value() > 0)
        click(dock.panel.cancel_button)
    assert not maps_of(viewer)
    with qtbot.waitSignal(dock.panel.ended, timeout=10_000):
        click(dock.panel.run_button)
        qtbot.waitUntil(lambda: dock.panel.bar.value() > 0)
        click(dock.panel.stop_button)
    first, _ = maps_of(viewer)
    assert first.data[0].any()


def test_the_window_stays_alive_while_the_slider_is_dragged(
    viewer: Viewer, qtbot: QtBot
) -> None:
    labels = np.kron(two_classes(), np.ones((16, 12), np.uint8))
    viewer.add_labels(labels, name="large")
    dock = opened(viewer, qtbot)
    dock.kernel.kernel.setValue("disc")
    settle(dock, qtbot)
    slider = dock.kernel.bandwidth.slider

    def worst_gap() -> float:
        ticks = Ticks()
        for share in (0.6, 1.0):
            slider.setValue(round(share * slider.maximum()))
            settle(dock, qtbot)
        ticks.stop()
        return ticks.worst

    assert any(worst_gap() < 0.1 for _ in range(5))


def test_every_control_has_a_tooltip_and_it_fits_a_low_screen(
    dock: MetaStructureMap,
) -> None:
    boxes = (QAbstractSpinBox, QComboBox, QLineEdit)
    kinds = (*boxes, QPushButton, QSlider, QCheckBox, QLabel)
    silent = [
        f"{type(widget).__name__} {widget.objectName()}"
        for widget in dock.findChildren(QWidget)
        if isinstance(widget, kinds)
        and not widget.toolTip()
        and not isinstance(widget.parent(), QAbstractSpinBox | QComboBox)
        and (not isinstance(widget, QLabel) or widget.text())
    ]
    assert not silent
    dock.comparing.open()
    dock.keeping.open()
    assert dock.minimumSizeHint().height() <= 300
    assert dock.minimumSizeHint().width() <= 380
    assert dock.classes.horizontalScrollBarPolicy() == (
        Qt.ScrollBarPolicy.ScrollBarAlwaysOff
    )
