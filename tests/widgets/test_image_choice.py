"""Which layer is taken and how it is read, said before a run."""

from typing import Any

import dask.array as da
import numpy as np
import pytest
from napari.layers import Shapes
from pytestqt.qtbot import QtBot

from napari_metastruct.errors import InputError
from napari_metastruct.widgets.image_choice import ImageChoice

Viewer = Any


@pytest.fixture
def choice(viewer: Viewer, qtbot: QtBot) -> ImageChoice:
    choice = ImageChoice(viewer)
    qtbot.addWidget(choice)
    return choice


def shown(choice: ImageChoice) -> set[str]:
    boxes = ("axes", "level", "channel", "region")
    return {name for name in boxes if choice.rows.isRowVisible(getattr(choice, name))}


def names(choice: ImageChoice) -> list[str]:
    box = choice.layer
    return [box.itemText(i) for i in range(box.count())]


def draw(shapes: Shapes, corner: tuple[int, int], other: tuple[int, int]) -> None:
    add: Any = shapes.add_rectangles
    add([[*corner], [*other]])


RGB = np.zeros((40, 50, 3), np.uint8)


@pytest.mark.parametrize(
    ("data", "options", "rows", "sentence", "shape"),
    [
        (np.zeros((40, 50)), {}, set(), "1 plane of 40 x 50", (40, 50)),
        (
            np.zeros((12, 40, 50)),
            {},
            {"axes"},
            "12 planes of 40 x 50 (Z 12), learned together",
            (12, 40, 50),
        ),
        (
            np.zeros((12, 40, 50)),
            {"axis_labels": ("time", "y", "x")},
            {"axes"},
            "12 planes of 40 x 50 (T 12), learned together",
            (12, 40, 50),
        ),
        (
            np.zeros((2, 6, 40, 50)),
            {},
            {"axes"},
            "12 planes of 40 x 50 (T 2, Z 6), learned together",
            (2, 6, 40, 50),
        ),
        (
            np.zeros((3, 40, 50)),
            {"axis_labels": ("c", "y", "x")},
            {"axes", "channel"},
            "1 plane of 40 x 50, channel 0",
            (40, 50),
        ),
        (
            np.zeros((5, 3, 40, 50)),
            {"axis_labels": ("t", "c", "y", "x")},
            {"axes", "channel"},
            "5 planes of 40 x 50 (T 5), channel 0, learned together",
            (5, 1, 40, 50),
        ),
        (RGB, {"rgb": True}, {"channel"}, "1 plane of 40 x 50, luminance", (40, 50)),
        (
            np.zeros((1, 1, 40, 50)),
            {},
            {"axes"},
            "1 plane of 40 x 50 (T 1, Z 1)",
            (1, 1, 40, 50),
        ),
        (
            [np.zeros((80, 100)), np.zeros((40, 50))],
            {"multiscale": True},
            {"level"},
            "1 plane of 80 x 100",
            (80, 100),
        ),
        (da.zeros((7, 40, 50)), {}, {"axes"}, "7 planes of 40 x 50 (Z 7)", (7, 40, 50)),
    ],
    ids=["YX", "ZYX", "TYX", "TZYX", "CYX", "TCYX", "RGB", "size1", "multi", "dask"],
)
def test_it_says_how_each_kind_of_layer_is_read(
    viewer: Viewer,
    choice: ImageChoice,
    data: np.ndarray[Any, Any],
    options: dict[str, Any],
    rows: set[str],
    sentence: str,
    shape: tuple[int, ...],
) -> None:
    viewer.add_image(data, **options)
    assert shown(choice) == rows | {"region"}
    assert choice.reading.text().startswith(sentence)
    taken = choice.value()
    assert taken.shape == shape
    assert taken.geometry.ndim == len(shape)
    assert taken.fitted(np.zeros(taken.stack.shape)).shape == shape
    assert choice.problem() == ""


def test_other_axes_can_be_chosen(viewer: Viewer, choice: ImageChoice) -> None:
    viewer.add_image(np.zeros((3, 40, 50)))
    choice.axes.setCurrentText("CYX")
    choice.channel.setCurrentText("channel 2")
    assert choice.reading.text() == "1 plane of 40 x 50, channel 2"
    choice.channel.setCurrentText("all together")
    assert choice.value().stack.channel_count == 3
    choice.axes.setCurrentText("TYX")
    assert len(choice.value().stack) == 3


def test_a_coarser_level_lies_on_the_finest(
    viewer: Viewer, choice: ImageChoice
) -> None:
    pyramid = [np.zeros((80, 100)), np.zeros((40, 50))]
    viewer.add_image(pyramid, multiscale=True, scale=(0.5, 0.5))
    choice.level.setCurrentIndex(1)
    taken = choice.value()
    assert taken.shape == (40, 50)
    np.testing.assert_allclose(taken.geometry.scale, 1.0)
    np.testing.assert_allclose(taken.geometry.translate, 0.25)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (np.zeros((20, 500)), "20 rows"),
        (np.zeros((64, 64), bool), "mask"),
        (np.zeros((3, 4, 2, 64, 64)), ""),
    ],
    ids=["small", "mask", "5-D"],
)
def test_what_cannot_be_read_is_said_in_red(
    viewer: Viewer, choice: ImageChoice, data: np.ndarray[Any, Any], words: str
) -> None:
    viewer.add_image(data)
    if not words:
        # Three leading axes need all of T, Z and C: then a channel can be chosen.
        assert choice.problem() == ""
        return
    assert words in choice.reading.text()
    assert "color" in choice.reading.styleSheet()
    with pytest.raises(InputError):
        choice.value()


def test_it_follows_layers_that_come_go_and_are_renamed(
    viewer: Viewer, choice: ImageChoice
) -> None:
    assert names(choice) == []
    a = viewer.add_image(np.zeros((40, 40)), name="a")
    viewer.add_labels(np.zeros((40, 40), int), name="no image")
    b = viewer.add_image(np.zeros((40, 40)), name="b")
    assert names(choice) == ["a", "b"]
    assert choice.layer.value() == a
    choice.layer.setValue(b)
    viewer.layers.move(2, 0)
    assert choice.layer.value() == b
    b.name = "other"
    assert choice.layer.currentText() == "other"
    viewer.layers.remove(b)
    assert names(choice) == ["a"]


def test_a_rectangle_is_the_region_to_learn_from(
    viewer: Viewer, choice: ImageChoice
) -> None:
    viewer.add_image(np.zeros((100, 200)), scale=(2, 2), translate=(10, 0))
    shapes = viewer.add_shapes(name="here")
    choice.region.setCurrentText("Rectangle in 'here'")
    assert "Draw a rectangle" in choice.problem()
    # World coordinates; the image begins at row 10 and has pixels of 2.
    draw(shapes, (30, 40), (150, 240))
    assert choice.value().region == (10, 71, 20, 121)
    draw(shapes, (-50, -50), (90, 90))
    shapes.selected_data = {1}
    assert choice.value().region == (0, 41, 0, 46)
    shapes.selected_data = {0}
    assert choice.value().region == (10, 71, 20, 121)
    shapes.data = [[[0, 0], [0, 5], [5, 5], [5, 0]]]
    assert choice.problem()


def test_a_rectangle_on_a_turned_stack(viewer: Viewer, choice: ImageChoice) -> None:
    # Turned by 90 degrees about the first pixel: (row, column) goes to (-column, row).
    turn = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]])
    viewer.add_image(np.zeros((4, 100, 100)), rotate=turn)
    shapes = viewer.add_shapes(name="here")
    draw(shapes, (-60, 10), (-20, 90))
    choice.region.setCurrentText("Rectangle in 'here'")
    region = choice.value().region
    assert region is not None
    np.testing.assert_allclose(region, (10, 91, 20, 61), atol=1)


def test_the_region_of_a_coarser_level(viewer: Viewer, choice: ImageChoice) -> None:
    viewer.add_image([np.zeros((200, 200)), np.zeros((100, 100))], multiscale=True)
    viewer.add_shapes([[[20, 40], [20, 159], [139, 159], [139, 40]]], name="here")
    choice.region.setCurrentText("Rectangle in 'here'")
    choice.level.setCurrentIndex(1)
    assert choice.value().region == (10, 70, 20, 80)


def test_the_part_that_is_seen(viewer: Viewer, choice: ImageChoice) -> None:
    layer = viewer.add_image(np.zeros((100, 200)))
    choice.region.setCurrentText("Current view")
    # As napari sets it when it draws: the first and the last pixel that is seen.
    layer.corner_pixels = np.array([[10, 20], [59, 139]])
    assert choice.value().region == (10, 60, 20, 140)
    layer.corner_pixels = np.array([[-5, -5], [500, 500]])
    assert choice.value().region == (0, 100, 0, 200)
    viewer.dims.ndisplay = 3
    assert "2-D" in choice.problem()
