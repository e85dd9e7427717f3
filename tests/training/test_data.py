"""The learning set: everything of a small image, a bounded part of a large one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from napari_metastruct.arrays import open_stack
from napari_metastruct.features import FeatureSettings, PlaneFeatures
from napari_metastruct.training.data import (
    MOST_OF_PLANE,
    MOST_TILES,
    choose_windows,
    cut_tiles,
)

RNG = np.random.default_rng(0)


@given(st.integers(32, 700), st.integers(32, 700))
def test_a_small_image_is_covered_once(height: int, width: int) -> None:
    stack = open_stack(np.zeros((height, width), np.uint8))
    windows = choose_windows([stack], np.random.default_rng(0))
    seen = np.zeros((height, width), int)
    for window in windows:
        seen[window.rows, window.columns] += 1
    assert (seen == 1).all()
    sides = [w.rows.stop - w.rows.start for w in windows]
    assert max(sides) <= 768


def test_a_large_image_costs_no_more_than_the_budget() -> None:
    stack = open_stack(np.zeros((4096, 4096), np.uint8))
    windows = choose_windows([stack], np.random.default_rng(0))
    assert len(windows) == MOST_OF_PLANE
    assert len({(w.rows.start, w.columns.start) for w in windows}) == MOST_OF_PLANE
    deep = open_stack(np.zeros((9, 2048, 2048), np.uint8))
    assert len(choose_windows([deep], np.random.default_rng(0))) == MOST_TILES


def test_all_planes_of_a_stack_have_their_turn() -> None:
    stack = open_stack(np.zeros((10, 512, 512), np.uint8))
    windows = choose_windows([stack], np.random.default_rng(0))
    assert {window.plane for window in windows} == set(range(10))


def test_only_the_region_is_learned_from() -> None:
    stack = open_stack(np.zeros((3, 600, 600), np.uint8))
    windows = choose_windows(
        [stack], np.random.default_rng(0), region=(100, 300, 50, 90)
    )
    assert windows
    for window in windows:
        assert (window.rows.start, window.rows.stop) == (100, 300)
        assert (window.columns.start, window.columns.stop) == (50, 90)


def test_each_plane_is_read_once() -> None:
    reads: list[object] = []

    class Counting:
        shape, dtype, ndim = (4, 512, 512), np.dtype(np.uint8), 3

        def __getitem__(self, key: object) -> NDArray[np.uint8]:
            reads.append(key)
            return RNG.integers(0, 255, (512, 512), np.uint8)

    stack = open_stack(Counting(), axes="ZYX")
    windows = choose_windows([stack], np.random.default_rng(0))
    list(cut_tiles([stack], windows, FeatureSettings(), "bright"))
    assert len(reads) == 4


def test_a_window_s_features_are_those_of_the_whole_plane() -> None:
    plane = RNG.normal(size=(2, 700, 650)).astype(np.float32)
    source = PlaneFeatures(plane, FeatureSettings(), "bright")
    everything = source.window(slice(0, 700), slice(0, 650))
    part = source.window(slice(333, 380), slice(0, 41))
    np.testing.assert_allclose(part, everything[:, 333:380, 0:41], atol=2e-3)


def test_brightness_and_contrast_make_no_difference() -> None:
    plane = RNG.normal(size=(1, 50, 50)).astype(np.float32)
    window = slice(0, 50), slice(0, 50)
    due = PlaneFeatures(plane, FeatureSettings(), "bright").window(*window)
    found = PlaneFeatures(plane * 40 + 300, FeatureSettings(), "bright")
    np.testing.assert_allclose(found.window(*window), due, atol=1e-4)


def test_dark_objects_are_turned_into_bright_ones() -> None:
    plane = RNG.normal(size=(1, 50, 50)).astype(np.float32)
    window = slice(0, 50), slice(0, 50)
    bright = PlaneFeatures(plane, FeatureSettings(), "bright").window(*window)
    dark = PlaneFeatures(-plane, FeatureSettings(), "dark").window(*window)
    np.testing.assert_allclose(bright, dark, atol=1e-5)
