"""Superpixels follow edges, and are made once of the image's own channels."""

import numpy as np
from numpy.typing import NDArray
from tests.training.labelled.tiny import discs, pair_of, quick, session_of

from napari_metastruct.progress import Heartbeat, run_to_end
from napari_metastruct.training.labelled.superpixels import (
    superpixel_steps,
    superpixels,
)


def mixed(numbers: NDArray[np.int32], truth: NDArray[np.uint8]) -> float:
    """Return the share of pixels that are not of their superpixel's main class."""
    table = np.stack([np.bincount(numbers[truth == c], minlength=9999) for c in (0, 1)])
    return float(table.min(axis=0).sum() / truth.size)


def test_superpixels_keep_to_one_side_of_an_edge() -> None:
    images, truth = discs(count=1, side=64)
    numbers = superpixels(images, size=60, compactness=0.1)
    assert numbers.shape == (64, 64)
    assert numbers.dtype == np.int32
    assert set(np.unique(numbers)) == set(range(numbers.max() + 1))
    assert 0.7 < (numbers.max() + 1) * 60 / 64**2 < 1.4
    grid = superpixels(images, size=60, compactness=10)
    assert mixed(numbers, truth[0]) < 0.5 * mixed(grid, truth[0])


def test_units_and_hot_pixels_do_not_matter() -> None:
    images, _ = discs(count=1, side=64)
    hot = images.copy()
    hot[0, 3, 3] = 1e6
    same = superpixels(1000 * images + 5, 30, 0.1) == superpixels(images, 30, 0.1)
    assert same.all()
    unchanged = superpixels(hot, 30, 0.1) == superpixels(images, 30, 0.1)
    assert unchanged.mean() > 0.9
    assert superpixels(np.ones((1, 32, 32), np.float32), 30, 0.1).max() > 0


def test_every_plane_is_cut_once_by_its_own_channels() -> None:
    images, labels = discs()
    session = session_of([pair_of(images, labels)], quick(validation=0))
    more = session_of([pair_of(images, labels)], quick(validation=0, surroundings=True))
    events: list[object] = []
    found = run_to_end(superpixel_steps(session, 30, 0.1), events.append)
    assert [type(event) for event in events] == [Heartbeat] * len(images)
    for plane, numbers in enumerate(found):
        due = superpixels(session.image(plane), 30, 0.1)
        np.testing.assert_array_equal(numbers, due)
    same = run_to_end(superpixel_steps(more, 30, 0.1))
    np.testing.assert_array_equal(same, found)


def test_size_1_is_pixels() -> None:
    session = session_of([pair_of(*discs())], quick(validation=0))
    for numbers in run_to_end(superpixel_steps(session, 1, 0.1)):
        np.testing.assert_array_equal(numbers.ravel(), np.arange(numbers.size))
