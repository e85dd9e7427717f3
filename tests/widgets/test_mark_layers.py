"""Layers for marks on images of every kind, and places on the canvas."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from napari.layers import Image
from tests.widgets.test_layers import transforms

from napari_metastruct.errors import InputError
from napari_metastruct.progress import run_to_end
from napari_metastruct.widgets.going_to import go_to, world_of
from napari_metastruct.widgets.layers import Geometry
from napari_metastruct.widgets.mark_input import read_image, read_marks
from napari_metastruct.widgets.mark_layers import IS, add_mark_layer, find_mark_layer
from napari_metastruct.widgets.mark_watch import look_steps

Viewer = Any
NOISE = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("data", "options", "shape"),
    [
        (NOISE.random((40, 50, 3)), {"rgb": True}, (40, 50)),
        (NOISE.random((3, 40, 50)), {"axis_labels": ("c", "y", "x")}, (40, 50)),
        (NOISE.random((5, 1, 40, 50)), {}, (5, 1, 40, 50)),
        ([NOISE.random((80, 90)), NOISE.random((40, 45))], {}, (80, 90)),
    ],
    ids=["rgb", "channels", "size-1", "multiscale"],
)
def test_marks_lie_on_every_kind_of_image(
    viewer: Viewer,
    data: Any,  # noqa: ANN401 - an array or several
    options: dict[str, Any],
    shape: tuple[int, ...],
) -> None:
    image = viewer.add_image(data, **options)
    image.scale = np.full(image.ndim, 0.5)
    image.translate = np.arange(image.ndim, dtype=float)
    read = read_image(image)
    marks = add_mark_layer(viewer, read, image, IS)
    assert marks.data.shape == shape
    last = (0.0,) * (len(shape) - 2) + (shape[-2] - 1.0, shape[-1] - 1.0)
    own = (0.0,) * (image.ndim - len(shape)) + last
    np.testing.assert_allclose(
        marks.data_to_world(last), image.data_to_world(own)[-len(shape) :]
    )
    assert find_mark_layer(viewer, image, IS) == marks
    marks.data[..., 3, 4] = 2
    pair = read_marks(image, marks).opened()
    plane = pair.labels[(0,) * (len(shape) - 2)]
    assert plane[3, 4] == 1
    assert plane[0, 0] == -1
    assert pair.image.shape == pair.labels.shape


def test_of_a_pyramid_a_level_is_marked_that_is_not_too_large(viewer: Viewer) -> None:
    levels = [np.zeros((5000, 64), np.uint8), np.ones((2500, 32), np.uint8)]
    image = viewer.add_image(levels, multiscale=True)
    assert read_image(image).shape == (2500, 32)


def test_marks_of_another_shape_are_refused(viewer: Viewer) -> None:
    image = viewer.add_image(NOISE.random((40, 50)))
    other = viewer.add_labels(np.zeros((50, 40), np.uint8))
    with pytest.raises(InputError, match="belongs to this image"):
        read_marks(image, other)


def test_only_planes_with_marks_are_looked_at_closely(viewer: Viewer) -> None:
    image = viewer.add_image(NOISE.random((4, 40, 50)))
    marks = add_mark_layer(viewer, read_image(image), image, IS)
    marks.data[2, :3, :5] = 1
    marks.data[2, 9, 9] = 3
    source = read_marks(image, marks).positive
    assert source is not None
    found = run_to_end(look_steps(source))
    assert {n: dict(plane.counts) for n, plane in found.items()} == {2: {1: 15, 3: 1}}


@given(transforms(3))
@settings(max_examples=20, deadline=None)
def test_a_place_in_the_world_is_that_of_the_layer(where: dict[str, Any]) -> None:
    image = Image(np.zeros((3, 40, 50)), **where)
    place = np.array([2.0, 17.5, 3.0])
    found = world_of(Geometry.of(image), place)
    np.testing.assert_allclose(found, image.data_to_world(place), atol=1e-6)


def test_a_place_is_brought_into_the_middle_and_close(viewer: Viewer) -> None:
    where = {"scale": (2, 0.5, 0.5), "translate": (1, 10, 20)}
    image = viewer.add_image(NOISE.random((4, 40, 50)), **where)
    viewer.add_image(
        np.zeros((2, 4, 40, 50)),
        **{k: (0, *v) for k, v in where.items()} | {"scale": (1, 2, 0.5, 0.5)},
    )
    viewer.reset_view()
    before = viewer.scene.camera.zoom
    go_to(viewer, read_image(image), 3, 8, 40)
    np.testing.assert_allclose(viewer.scene.camera.center[-2:], (14, 40))
    assert viewer.dims.point[1] == 7
    assert viewer.scene.camera.zoom > before
    close = viewer.scene.camera.zoom * 2
    viewer.scene.camera.zoom = close
    go_to(viewer, read_image(image), 0, 8, 40)
    assert viewer.scene.camera.zoom == close
