"""PCL against scipy's and scikit-image's morphology, and the rules for many classes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage
from skimage import morphology
from tests.noise.shapes import any_labels, balls, cells, disc, partly_ignored

from napari_metastruct.errors import InputError
from napari_metastruct.noise import (
    closing,
    dilate,
    erode,
    noise_named,
    opening,
    skeleton,
)
from napari_metastruct.sample_data import synthetic_network

Change = Callable[..., NDArray[Any]]
PAIRS: dict[str, tuple[Change, Change]] = {
    "dilate": (dilate, morphology.dilation),
    "erode": (erode, morphology.erosion),
    "opening": (opening, morphology.opening),
    "closing": (closing, morphology.closing),
}
each_pair = pytest.mark.parametrize("name", PAIRS)


def box(axes: int, reach: int) -> NDArray[np.uint8]:
    return np.ones((2 * reach + 1,) * axes, dtype=np.uint8)


def dilated_step_by_step(labels: NDArray[Any], steps: int) -> NDArray[Any]:
    """Grow by one pixel again and again; the larger class wins."""
    grown = np.maximum(labels, 0)
    for _ in range(steps):
        most = ndimage.grey_dilation(grown, size=(3,) * labels.ndim, mode="nearest")
        grown = np.where(grown == 0, most, grown)
    return np.where(labels == 0, grown, labels)


def eroded_step_by_step(labels: NDArray[Any], steps: int) -> NDArray[Any]:
    """Shrink by one pixel again and again; the first step meets all neighbours."""
    shrunk = labels.copy()
    for _ in range(steps):
        known = np.where(shrunk < 0, 0, 1)
        rim = np.zeros(labels.shape, dtype=bool)
        for value in np.unique(shrunk[shrunk > 0]):
            other = known & (shrunk != value)
            near = ndimage.binary_dilation(other, box(labels.ndim, 1))
            rim |= near & (shrunk == value)
        shrunk[rim] = 0
    return shrunk


@each_pair
@pytest.mark.parametrize("steps", [1, 2, 5])
@pytest.mark.parametrize("kind", ["disc", "network", "balls", "random"])
def test_one_class_is_scikit_image_s(name: str, steps: int, kind: str) -> None:
    labels = {
        "disc": disc(64, 20),
        "network": (synthetic_network((64, 80), seed=2, mesh=16.0)[1] > 0) * 1,
        "balls": (balls() > 0) * 1,
        "random": np.random.default_rng(0).integers(0, 2, (40, 50)),
    }[kind]
    ours, theirs = PAIRS[name]
    expected = theirs(labels.astype(np.uint8), box(labels.ndim, steps))
    np.testing.assert_array_equal(ours(labels, steps), expected)


@given(labels=any_labels(classes=4, least=-1), steps=st.integers(0, 4))
def test_growing_takes_background_only_and_the_larger_class_wins(
    labels: NDArray[Any], steps: int
) -> None:
    grown = dilate(labels, steps)
    np.testing.assert_array_equal(grown, dilated_step_by_step(labels, steps))
    np.testing.assert_array_equal(grown[labels != 0], labels[labels != 0])


@given(labels=any_labels(classes=4, least=-1), steps=st.integers(0, 4))
def test_shrinking_leaves_background(labels: NDArray[Any], steps: int) -> None:
    shrunk = erode(labels, steps)
    np.testing.assert_array_equal(shrunk, eroded_step_by_step(labels, steps))
    changed = shrunk != labels
    assert not shrunk[changed].any()


@given(labels=any_labels(classes=4, least=-1), steps=st.integers(0, 3))
def test_opening_and_closing_are_done_once_and_for_all(
    labels: NDArray[Any], steps: int
) -> None:
    opened, closed = opening(labels, steps), closing(labels, steps)
    np.testing.assert_array_equal(opening(opened, steps), opened)
    assert not opened[opened != labels].any()
    assert not labels[closed != labels].any()
    for value in range(1, 4):
        own = np.where(labels == value, 1, np.where(labels < 0, -1, 0))
        alone = closing(own, steps) == 1
        assert (alone | (labels != 0))[closed == value].all()


def test_a_cell_around_a_nucleus_closes_with_the_larger_class_on_top() -> None:
    labels = np.array([[1, 0, 1, 0, 2, 0, 2, 0, 1]])
    assert closing(labels).tolist() == [[1, 1, 1, 0, 2, 2, 2, 0, 1]]
    assert closing(np.array([[2, 1, 0, 2, 1]])).tolist() == [[2, 1, 2, 2, 1]]


def test_the_nearer_object_takes_a_pixel() -> None:
    labels = np.array([[1, 0, 0, 0, 0, 2], [1, 0, 0, 0, 0, 2]])
    assert dilate(labels, 9).tolist() == [[1, 1, 1, 2, 2, 2]] * 2
    assert dilate(labels[:, 1:], 2).tolist() == [[0, 0, 2, 2, 2]] * 2
    tie = np.array([[1, 0, 0, 0, 2]])
    assert dilate(tie, 3).tolist() == [[1, 1, 2, 2, 2]]


def test_many_steps_at_once_are_many_single_steps() -> None:
    for change in (dilate, erode):
        by_step = cells()
        for _ in range(7):
            by_step = change(by_step)
        np.testing.assert_array_equal(change(cells(), 7), by_step)
    assert (dilate(disc(32, 5), 10_000) == 1).all()
    assert not erode(disc(32, 5), 10_000).any()


def test_frame_and_ignored_pixels_are_no_boundary() -> None:
    labels = np.ones((8, 12), int)
    np.testing.assert_array_equal(erode(labels, 3), labels)
    labels[:, 4] = -1
    np.testing.assert_array_equal(erode(labels, 3), labels)
    np.testing.assert_array_equal(opening(labels, 2), labels)
    labels[:, 6:] = 0
    assert erode(labels, 1)[0].tolist() == [1, 1, 1, 1, -1, 0, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("name", ["dilate", "erode", "opening", "closing"])
def test_settings_are_the_function_s(name: str) -> None:
    noise = noise_named(name).replace(iterations=3)
    expected = PAIRS[name][0](cells(), 3)
    np.testing.assert_array_equal(noise.apply(cells()), expected)


def test_without_objects_or_background_nothing_changes() -> None:
    for change in (dilate, erode, opening, closing, skeleton):
        for value in (0, -1):
            labels = np.full((9, 9), value)
            np.testing.assert_array_equal(change(labels), labels)


@pytest.mark.parametrize("kind", ["network", "cells", "balls", "noise"])
def test_a_skeleton_is_thin_and_keeps_every_object(kind: str) -> None:
    labels = {
        "network": (synthetic_network((128, 128), seed=2)[1] > 0).astype(int),
        "cells": partly_ignored(cells()),
        "balls": balls(),
        "noise": np.random.default_rng(1).integers(0, 3, (30, 30)),
    }[kind]
    axis = skeleton(labels)
    assert set(np.unique(axis[axis != labels])) <= {0}
    touching = box(labels.ndim, 1)
    for value in np.unique(labels[labels > 0]):
        pieces, count = ndimage.label(labels == value, touching)
        left, still = ndimage.label(axis == value, touching)
        assert set(np.unique(pieces[axis == value])) == set(range(1, count + 1))
        if labels.ndim == 2:
            assert still == count
    if kind in ("network", "cells"):
        line = axis > 0
        assert not (line[1:, 1:] & line[:-1, 1:] & line[1:, :-1] & line[:-1, :-1]).any()
        assert line.sum() < 0.4 * (labels > 0).sum()
    del left


@pytest.mark.parametrize("side", [1, 2, 3])
def test_a_small_object_keeps_a_pixel(side: int) -> None:
    labels = np.zeros((12, 12), int)
    labels[2 : 2 + side, 3 : 3 + side] = 1
    labels[8:, 8:] = 2
    assert (skeleton(labels) == 1).sum() >= 1
    assert (skeleton(labels) == 2).sum() >= 1


def test_bad_input_is_refused_in_words() -> None:
    changes: tuple[Change, ...] = (dilate, erode, opening, closing)
    for change in changes:
        with pytest.raises(InputError, match="-1"):
            change(cells(), -1)
        with pytest.raises(InputError, match=r"1\.5"):
            change(cells(), 1.5)
    with pytest.raises(InputError, match="4 axes"):
        skeleton(np.ones((2, 2, 2, 2), int))
