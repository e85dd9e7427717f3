import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from napari.layers import Image, Labels, Layer

from napari_metastruct.widgets.layers import (
    METADATA_KEY,
    Geometry,
    add_labels,
    add_probability,
    data_shape,
)

Viewer = Any
Viewers = Callable[..., Any]


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False)


@st.composite
def transforms(draw: st.DrawFn, ndim: int) -> dict[str, Any]:
    """Everything that says where a layer lies, rotated within its planes."""
    angle = np.deg2rad(draw(numbers(-180, 180)))
    rotate = np.eye(ndim)
    rotate[-2:, -2:] = [
        [np.cos(angle), -np.sin(angle)],
        [np.sin(angle), np.cos(angle)],
    ]
    shear = np.eye(ndim)
    shear[-2, -1] = draw(numbers(-1, 1))
    affine = np.eye(ndim + 1)
    affine[-3:-1, -3:] = draw(
        st.lists(numbers(-2, 2), min_size=6, max_size=6).map(
            lambda values: np.reshape(values, (2, 3))
        )
    )
    affine[-3:-1, -3:-1] += 3 * np.eye(2)
    return {
        "scale": [draw(numbers(0.1, 10)) for _ in range(ndim)],
        "translate": [draw(numbers(-100, 100)) for _ in range(ndim)],
        "rotate": rotate,
        "shear": shear,
        "affine": affine,
        "units": ("s", "micrometer", "micrometer")[-ndim:],
        "axis_labels": ("t", "y", "x")[-ndim:],
    }


def world(layer: Layer, *points: tuple[float, ...]) -> np.ndarray[Any, Any]:
    return np.array([layer.data_to_world(point) for point in points])


@given(transforms(2))
@settings(max_examples=40, deadline=None)
def test_a_result_lies_exactly_on_its_image(where: dict[str, Any]) -> None:
    image = Image(np.zeros((40, 50)), **where)
    result = Labels(np.zeros((40, 50), np.uint8), **Geometry.of(image).for_layer())
    corners = [(0, 0), (39, 0), (0, 49), (17.5, 3)]
    np.testing.assert_allclose(world(result, *corners), world(image, *corners))
    assert result.units == image.units
    assert result.axis_labels == image.axis_labels
    np.testing.assert_allclose(result.scale, image.scale)
    np.testing.assert_allclose(result.translate, image.translate)


@given(transforms(2), st.integers(0, 30), st.integers(0, 30), st.integers(1, 5))
@settings(max_examples=40, deadline=None)
def test_picked_pixels_lie_where_they_were_picked(
    where: dict[str, Any], row: int, column: int, step: int
) -> None:
    image = Image(np.zeros((40, 50)), **where)
    geometry = Geometry.of(image).sampled((row, column), (step, step))
    preview = Labels(np.zeros((10, 10), np.uint8), **geometry.for_layer())
    picked = [(0, 0), (3, 2)]
    source = [(row, column), (row + 3 * step, column + 2 * step)]
    np.testing.assert_allclose(
        world(preview, *picked), world(image, *source), atol=1e-6
    )


@given(transforms(2))
@settings(max_examples=20, deadline=None)
def test_a_coarser_level_has_the_same_outer_edges(where: dict[str, Any]) -> None:
    image = Image([np.zeros((40, 80)), np.zeros((10, 20))], multiscale=True, **where)
    geometry = Geometry.of(image).at_level((40, 80), (10, 20))
    result = Labels(np.zeros((10, 20), np.uint8), **geometry.for_layer())
    np.testing.assert_allclose(
        world(result, (-0.5, -0.5), (9.5, 19.5)),
        world(image, (-0.5, -0.5), (39.5, 79.5)),
        atol=1e-6,
    )


@given(transforms(3))
@settings(max_examples=20, deadline=None)
def test_without_its_channel_axis_the_planes_stay_where_they_are(
    where: dict[str, Any],
) -> None:
    image = Image(np.zeros((3, 40, 50)), **where)
    geometry = Geometry.of(image).without_axis(0)
    result = Labels(np.zeros((40, 50), np.uint8), **geometry.for_layer())
    assert result.axis_labels == ("y", "x")
    np.testing.assert_allclose(
        world(result, (0, 0), (39, 49)),
        world(image, (0, 0, 0), (0, 39, 49))[:, 1:],
        atol=1e-6,
    )


def test_one_pixel_can_stand_for_a_whole_channel_axis() -> None:
    image = Image(np.zeros((5, 3, 40, 50)), scale=(1, 2, 1, 1), translate=(0, 7, 0, 0))
    geometry = Geometry.of(image).with_axis_as_one(1, 3)
    result = Labels(np.zeros((5, 1, 40, 50), np.uint8), **geometry.for_layer())
    np.testing.assert_allclose(
        world(result, (0, -0.5, 0, 0), (0, 0.5, 0, 0)),
        world(image, (0, -0.5, 0, 0), (0, 2.5, 0, 0)),
    )


@pytest.mark.parametrize(
    ("data", "options", "shape"),
    [
        (np.zeros((40, 50, 3), np.uint8), {"rgb": True}, (40, 50)),
        (np.zeros((7, 40, 50)), {}, (7, 40, 50)),
        (np.zeros((1, 1, 40, 50)), {}, (1, 1, 40, 50)),
        ([np.zeros((40, 50)), np.zeros((20, 25))], {"multiscale": True}, (40, 50)),
    ],
    ids=["rgb", "stack", "size-1", "multiscale"],
)
def test_results_of_every_kind_of_layer(
    make_napari_viewer_proxy: Viewers,
    data: np.ndarray[Any, Any] | list[np.ndarray[Any, Any]],
    options: dict[str, Any],
    shape: tuple[int, ...],
) -> None:
    viewer = make_napari_viewer_proxy()
    names = ("t", "z", "y", "x")[-len(shape) :]
    units = ("s", "um", "um", "um")[-len(shape) :]
    image = viewer.add_image(data, units=units, axis_labels=names, **options)
    assert data_shape(image) == shape
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        geometry = Geometry.of(image)
        labels = add_labels(
            viewer, np.zeros(shape, np.uint8), geometry, "labels", {"seed": 1}
        )
        add_probability(viewer, np.zeros(shape, np.float32), geometry, "p", {})
        twin = add_labels(viewer, np.ones(shape, np.uint8), geometry, "labels", {})
    assert labels.axis_labels == names
    assert labels.units == image.units
    assert labels.metadata[METADATA_KEY] == {"seed": 1}
    assert twin.name != labels.name
    assert not labels.data.any()
    assert viewer.layers.extent.units == image.units


def test_the_foreground_is_bright(viewer: Viewer) -> None:
    where = Geometry.of(Image(np.zeros((4, 5))))
    labels = add_labels(viewer, np.ones((4, 5), np.uint8), where, "cells", {})
    assert labels.get_color(1)[:3].max() > 0.9
    assert labels.get_color(0) is None
