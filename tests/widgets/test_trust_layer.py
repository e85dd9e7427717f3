"""Points that tell of the trust in labels, by clicks in a real viewer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import napari
import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QPoint, QSize, Qt
from qtpy.QtGui import QColor, QIcon
from qtpy.QtTest import QTest
from tests.widgets.painting import drag
from tests.widgets.trust_runs import (
    NAN,
    Shower,
    folder_of,
    marked,
    pair_of,
    press,
    press_row,
)

from napari_metastruct.arrays import ImageStack
from napari_metastruct.errors import InputError
from napari_metastruct.widgets import failures
from napari_metastruct.widgets.layers import METADATA_KEY

Viewer = Any


@pytest.fixture
def show(viewer: Viewer, qtbot: QtBot) -> Shower:
    """Show the outcome of a run, as the dock does."""
    return Shower(viewer, qtbot)


@pytest.fixture
def features(viewer: Viewer, npe2pm: Any) -> Callable[[], Any]:  # noqa: ANN401
    """Open napari's table of features from its menu entry."""
    manifest = Path(napari.__file__).parents[1] / "napari_builtins" / "builtins.yaml"
    title = "Features table widget"

    def opened() -> Any:  # noqa: ANN401
        with npe2pm.tmp_plugin(manifest=str(manifest)):
            return viewer.window.add_plugin_dock_widget("napari", title)[1]

    return opened


def press_cell(table: Any, row: int, column: int) -> None:  # noqa: ANN401 - a QTableView
    place = table.visualRect(table.model().index(row, column)).center()
    press(table.viewport(), place)


def test_features_are_the_table(viewer: Viewer, show: Shower) -> None:
    show(pair_of(viewer, "stack", trusted=True))
    layer = viewer.layers["stack trust"]
    expected = {
        "image": ["stack"] * 3,
        "plane": [0, 1, 2],
        "trust": [0.91, 0.2, NAN],
        "score": [0.87, 0.3, NAN],
        "score revised": [0.88, 0.68, NAN],
        "revised share": [0.0, 0.25, NAN],
        "said to be right": [True] * 3,
    }
    found = layer.features.to_dict("list")
    assert list(found) == list(expected)
    for name, column in expected.items():
        np.testing.assert_array_equal(found[name], column)
    right = ", said to be right"
    texts = [f"trust {number}{right}" for number in ("0.91", "0.20", "unknown")]
    assert layer.text.values.tolist() == texts
    assert layer.metadata[METADATA_KEY]["image"] == "stack"
    blue, orange = layer.face_color[0], layer.face_color[1]
    assert blue[2] > 1.5 * blue[0]
    assert orange[0] > 1.5 * orange[2]
    assert viewer.layers.selection.active == layer


def test_a_row_has_the_colour_of_its_point(viewer: Viewer, show: Shower) -> None:
    after = show(pair_of(viewer, "stack"))
    colours = viewer.layers["stack trust"].face_color
    for row, plane in ((1, 1), (2, 0)):
        item = after.trust.item(row, 2)
        assert item is not None
        for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
            picture = item.icon().pixmap(QSize(8, 14), mode).toImage()
            found = QColor(picture.pixel(4, 7)).getRgbF()
            np.testing.assert_allclose(found[:3], colours[plane, :3], atol=0.01)
    unknown = after.trust.item(0, 2)
    assert unknown is not None
    assert unknown.icon().isNull()


def test_columns_that_a_method_does_not_give_are_left_out(
    viewer: Viewer, show: Shower
) -> None:
    show(pair_of(viewer, "one"), scores={"trust": [[0.1, 0.2, 0.3]]})
    assert "score revised" not in viewer.layers["one trust"].features
    assert viewer.layers["one trust"].text.values[0] == "trust 0.10"
    show(pair_of(viewer, "other"), scores={})
    assert "other prediction" in viewer.layers
    assert "other trust" not in viewer.layers


def test_it_lies_on_the_first_pixel_of_each_plane(viewer: Viewer, show: Shower) -> None:
    where: dict[str, Any] = {
        "shape": (2, 2, 32, 40),
        "scale": (1, 3, 0.5, 0.5),
        "translate": (0, 5, 7, 11),
        "rotate": np.kron(np.diag([1, 0]), np.eye(2))
        + np.kron(np.diag([0, 1]), [[0.8, -0.6], [0.6, 0.8]]),
        "units": ("s", "um", "um", "um"),
        "axis_labels": ("t", "z", "y", "x"),
    }
    source = pair_of(viewer, "cells", **where)
    before = viewer.dims.range
    show(source, scores={"trust": [[0.1, 0.2, 0.3, 0.4]]}, revised=[[0.0] * 4])
    image, layer = viewer.layers["cells"], viewer.layers["cells trust"]
    for number, plane in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
        found = layer.data_to_world(layer.data[number])
        np.testing.assert_allclose(found, image.data_to_world((*plane, 0, 0)))
    assert layer.units == image.units
    assert layer.axis_labels == image.axis_labels
    assert viewer.dims.range == before


def test_a_point_chosen_in_naparis_table_goes_to_its_plane(
    viewer: Viewer, show: Shower, features: Callable[[], Any]
) -> None:
    after = show(pair_of(viewer, "stack", scale=(2, 1, 1)))
    widget = features()
    assert widget.info.text() == 'Features of "stack trust"'
    table = widget.table
    heads = table.horizontalHeader()
    trust = 3  # after index, image and plane
    assert heads.model().headerData(trust, Qt.Orientation.Horizontal) == "trust"
    x = heads.sectionViewportPosition(trust) + heads.sectionSize(trust) // 2
    press(heads.viewport(), QPoint(x, heads.height() // 2))
    numbers = [table.model().index(row, trust).data() for row in range(2)]
    assert numbers == sorted(numbers)
    row = next(row for row in range(3) if table.model().index(row, trust).data() == 0.2)
    said: list[int] = []
    after.points.chosen.connect(lambda _, plane: said.append(plane))
    after.trust.chosen.connect(lambda _, plane: said.append(-1))
    press_cell(table, row, trust)
    assert viewer.dims.point[0] == 2  # plane 1, 2 apart
    assert viewer.layers["stack trust"].selected_data == {1}
    assert marked(after.trust) == ("stack", "1")
    assert said == [1]
    # The table that was clicked is still there.
    assert widget.info.text() == 'Features of "stack trust"'


def test_a_row_selects_its_point(
    viewer: Viewer, show: Shower, features: Callable[[], Any]
) -> None:
    after = show(pair_of(viewer, "stack"))
    layer, widget = viewer.layers["stack trust"], features()
    said: list[Any] = []
    after.points.chosen.connect(lambda *what: said.append(what))
    press_row(after.trust, 2)
    assert (layer.selected_data, viewer.dims.point[0]) == ({0}, 0)
    test: Any = QTest
    test.keyClick(after.trust, Qt.Key.Key_Up)
    assert (layer.selected_data, viewer.dims.point[0]) == ({1}, 1)
    assert viewer.layers.selection.active == layer
    selected = {
        index.row() for index in widget.table.selectionModel().selectedIndexes()
    }
    assert [widget.table.model().index(row, 2).data() for row in selected] == [1]
    assert not said
    viewer.dims.set_point(0, 0)
    press_row(after.trust, 1)  # once more
    assert viewer.dims.point[0] == 1
    viewer.layers.selection.active = viewer.layers["stack drawn"]
    press_row(after.trust, 2)
    assert viewer.layers.selection.active == viewer.layers["stack"]
    assert layer.selected_data == {0}


def test_a_click_on_the_canvas_selects_but_does_not_move(
    viewer: Viewer, show: Shower
) -> None:
    after = show(pair_of(viewer, "stack"))
    layer = viewer.layers["stack trust"]
    viewer.reset_view()
    viewer.dims.set_point(0, 1)
    before = layer.data.copy()
    drag(viewer, (30, 30), (30, 30))
    assert not layer.selected_data
    drag(viewer, (0, 0), (0, 0))
    assert layer.selected_data == {1}
    assert marked(after.trust) == ("stack", "1")
    layer.selected_data = set()
    drag(viewer, (0, 0), (20, 20))  # the view is moved
    assert not layer.selected_data
    np.testing.assert_array_equal(layer.data, before)
    viewer.dims.ndisplay = 3
    viewer.dims.ndisplay = 2
    layer.mode = "add"
    assert (layer.editable, layer.mode) == (False, "pan_zoom")


def test_several_images_have_a_layer_each(viewer: Viewer, show: Shower) -> None:
    sources = (
        pair_of(viewer, "stack"),
        pair_of(viewer, "single", shape=(64, 64), trusted=True),
        pair_of(viewer, "aside", shape=(64, 64), translate=(0, 90)),
    )
    scores = {"trust": [[0.9, 0.2, 0.3], [0.7], [0.4]]}
    given = viewer.layers["stack drawn"]
    given.metadata = {METADATA_KEY: {"noise": "made by this plugin"}}
    after = show(*sources, scores=scores, revised=[[0, 0, 0], [0], [0]])
    assert given.visible
    layers = [viewer.layers[f"{source.name} trust"] for source in sources]
    assert [len(layer.data) for layer in layers] == [3, 1, 1]
    # Two texts in one place could not be read.
    assert [layer.visible for layer in layers] == [False, True, True]
    predictions = [viewer.layers[f"{source.name} prediction"] for source in sources]
    assert [layer.visible for layer in predictions] == [False, True, True]
    layers[0].selected_data = {1}
    assert viewer.dims.point[0] == 1
    assert marked(after.trust) == ("stack", "1")
    assert [layer.visible for layer in layers] == [True, False, False]
    assert [layer.visible for layer in predictions] == [True, False, False]
    press_row(after.trust, 3)
    assert marked(after.trust) == ("single", "0")
    assert [set(layer.selected_data) for layer in layers] == [set(), {0}, set()]
    assert [layer.visible for layer in layers] == [False, True, False]
    assert viewer.layers.selection.active == layers[1]


def test_what_the_person_removes_or_hides_breaks_nothing(
    viewer: Viewer, show: Shower
) -> None:
    after = show(pair_of(viewer, "stack"))
    layer = viewer.layers["stack trust"]
    layer.selected_data = {0}
    layer.remove_selected()
    press_row(after.trust, 1)
    assert (layer.selected_data, viewer.dims.point[0]) == ({0}, 1)  # the first one now
    press_row(after.trust, 2)
    assert (set(layer.selected_data), viewer.dims.point[0]) == (set(), 0)
    layer.visible = False
    press_row(after.trust, 1)
    assert not layer.visible
    viewer.layers.remove(layer)
    press_row(after.trust, 0)
    assert viewer.dims.point[0] == 2
    assert viewer.layers.selection.active == viewer.layers["stack"]
    layer.selected_data = {0}  # of plane 1
    assert viewer.dims.point[0] == 2
    assert marked(after.trust) == ("stack", "2")


def test_layers_of_earlier_runs_stay(viewer: Viewer, show: Shower) -> None:
    source = pair_of(viewer, "stack")
    show(source)
    after = show(source, scores={"trust": [[0.5, 0.6, 0.7]]})
    earlier, last = viewer.layers["stack trust"], viewer.layers["stack trust [1]"]
    assert earlier.features["trust"][0] == 0.91
    assert last.features["trust"][0] == 0.5
    assert (earlier.visible, last.visible) == (False, True)
    press_row(after.trust, 0)
    assert (set(earlier.selected_data), set(last.selected_data)) == (set(), {0})
    earlier.selected_data = {2}
    assert viewer.dims.point[0] == 2
    assert marked(after.trust) == ()
    assert (earlier.visible, last.visible) == (True, False)


def test_an_image_of_a_folder_is_opened_by_its_row(
    viewer: Viewer, show: Shower, tmp_path: Path
) -> None:
    sources = folder_of(tmp_path, 3)
    scores = {"trust": [[0.9], [0.2], [0.4]]}
    after = show(*sources, scores=scores, revised=[[0.0]] * 3, seen=1)
    names = {layer.name for layer in viewer.layers}
    press_row(after.trust, 0)
    new = {layer.name for layer in viewer.layers} - names
    assert new == {"1", "1 labels", "1 trust"}
    assert (viewer.layers["1"].data == 1).all()
    np.testing.assert_array_equal(viewer.layers["1 labels"].data, np.eye(64))
    assert viewer.layers["1 trust"].features["trust"].tolist() == [0.2]
    assert viewer.layers["1 trust"].selected_data == {0}
    assert viewer.layers["1"].visible
    assert not viewer.layers["0"].visible
    press_row(after.trust, 2)
    press_row(after.trust, 0)
    assert len(viewer.layers) == len(names) + 3  # it is opened once


def test_an_image_that_is_gone_is_said_and_breaks_nothing(
    viewer: Viewer, show: Shower, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = folder_of(tmp_path, 2)
    scores = {"trust": [[0.9], [0.2]]}
    after = show(*sources, scores=scores, revised=[[0.0]] * 2, seen=1)

    def gone(*_: object) -> None:
        raise InputError("The file is gone.")

    said: list[str] = []
    monkeypatch.setattr(ImageStack, "plane", gone)
    monkeypatch.setattr(failures, "show_warning", said.append)
    press_row(after.trust, 0)
    assert said == ["The file is gone."]
    assert viewer.layers["0"].visible


def test_text_is_readable_in_every_theme(viewer: Viewer, show: Shower) -> None:
    show(pair_of(viewer, "stack"))
    text = viewer.layers["stack trust"].text
    assert text.color.constant[:3].min() > 0.8
    viewer.theme = "light"
    assert text.color.constant[:3].max() < 0.2


def test_layers_outlive_the_dock(viewer: Viewer, show: Shower, qtbot: QtBot) -> None:
    after = show(pair_of(viewer, "stack"))
    layer = viewer.layers["stack trust"]
    with qtbot.waitSignal(after.destroyed):
        after.deleteLater()
    viewer.dims.set_point(0, 0)
    layer.selected_data = {2}
    viewer.theme = "light"
    viewer.layers.remove(layer)
    assert viewer.dims.point[0] == 0
