"""Annotator noise hits the wrong area that is asked for."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage
from tests.noise.shapes import balls, cells, disc, partly_ignored

from napari_metastruct.errors import InputError
from napari_metastruct.noise import Annotator, annotator, dilate, erode
from napari_metastruct.noise.annotator import Slip
from napari_metastruct.sample_data import synthetic_network, synthetic_nuclei

IMAGES: dict[str, NDArray[Any]] = {
    "disc": disc(),
    "cells": cells(),
    "balls": balls(),
    "ignored": partly_ignored(cells()),
    "nuclei": (synthetic_nuclei((128, 128), seed=1)[1] > 0).astype(np.uint8),
    "network": (synthetic_network((128, 128), seed=1)[1] > 0).astype(np.uint8),
}
SLIPS: tuple[Slip, ...] = ("dilate", "erode", "affine")


def wrong_share(clean: NDArray[Any], noisy: NDArray[Any]) -> float:
    return float((clean != noisy).sum() / (clean > 0).sum())


@pytest.mark.parametrize("slip", SLIPS)
@pytest.mark.parametrize("level", [0.05, 0.3, 0.5, 0.7])
@pytest.mark.parametrize("kind", IMAGES)
def test_the_wrong_area_is_hit_within_one_percent(
    slip: Slip, level: float, kind: str
) -> None:
    clean = IMAGES[kind]
    for seed in range(3):
        noisy = annotator(clean, level=level, slip=slip, rng=seed)
        assert wrong_share(clean, noisy) == pytest.approx(level, abs=0.01 * level)


@pytest.mark.parametrize("slip", ["dilate", "erode"])
def test_every_class_is_as_wrong(slip: Slip) -> None:
    clean = cells()
    noisy = annotator(clean, level=0.4, slip=slip, rng=0)
    for value in (1, 2, 3):
        area = (clean == value).sum()
        assert abs((noisy == value).sum() - area) == pytest.approx(0.4 * area, abs=1)


def test_a_boundary_moves_by_whole_rings_and_a_part_of_one() -> None:
    clean = disc(128, 40)
    grown = annotator(clean, level=0.4, slip="dilate", rng=0) > 0
    steps = next(n for n in range(99) if dilate(clean, n).sum() > grown.sum())
    assert (grown >= dilate(clean, steps - 1)).all()
    assert (grown <= dilate(clean, steps)).all()
    shrunk = annotator(clean, level=0.4, slip="erode", rng=0) > 0
    steps = next(n for n in range(99) if erode(clean, n).sum() < shrunk.sum())
    assert (shrunk <= erode(clean, steps - 1)).all()
    assert (shrunk >= erode(clean, steps)).all()
    for outline in (grown, shrunk):
        assert ndimage.label(outline, np.ones((3, 3)))[1] == 1


def test_affine_moves_the_objects_and_keeps_their_size() -> None:
    clean = disc(128, 30)
    middles = []
    for seed in range(20):
        noisy = annotator(clean, level=0.5, slip="affine", rng=seed)
        assert int(noisy.sum()) == pytest.approx(int(clean.sum()), rel=0.02)
        middles.append(np.array(ndimage.center_of_mass(noisy)) - 64)
    angles = np.rad2deg(np.arctan2(*np.transpose(middles))) / 45
    assert np.abs(angles - np.rint(angles)).max() < 0.1
    assert len(np.unique(np.rint(angles) % 8)) >= 5


def test_affine_turns_no_more_than_asked() -> None:
    clean = np.zeros((128, 128), np.uint8)
    clean[54:74, 14:114] = 1
    turns = []
    for seed in range(12):
        noisy = annotator(clean, level=0.7, slip="affine", rotation=10, rng=seed)
        y, x = np.nonzero(noisy)
        (a, b), (_, d) = np.cov(y, x)
        turns.append(np.rad2deg(np.arctan2(2 * b, d - a) / 2))
    assert 2 < np.abs(turns).max() <= 10.5
    assert min(turns) < 0 < max(turns)
    straight = annotator(clean, level=0.1, slip="affine", rotation=0, rng=0)
    assert wrong_share(clean, straight) == pytest.approx(0.1, abs=0.001)


def test_a_volume_is_shifted_within_its_planes() -> None:
    clean = balls()
    noisy = annotator(clean, level=0.6, slip="affine", rng=1)
    objects = np.flatnonzero((clean > 0).any(axis=(1, 2)))
    moved = np.flatnonzero((noisy > 0).any(axis=(1, 2)))
    assert set(moved) <= set(objects)


def test_alpha_is_the_share_of_spoiled_images() -> None:
    clean = disc(32, 9)
    rng = np.random.default_rng(0)
    spoiled = [(annotator(clean, 0.3, rng=rng) != clean).any() for _ in range(400)]
    assert np.mean(spoiled) == pytest.approx(0.3, abs=5 * np.sqrt(0.3 * 0.7 / 400))
    assert not any((annotator(clean, 0.0, rng=s) != clean).any() for s in range(9))


def test_any_slip_is_one_of_three() -> None:
    clean = disc(64, 16)
    kinds = []
    for seed in range(120):
        noisy = annotator(clean, rng=seed)
        kinds.append((bool((noisy > clean).any()), bool((noisy < clean).any())))
    for kind in ((True, False), (False, True), (True, True)):
        assert kinds.count(kind) > 20


def test_what_one_class_has_no_room_for_others_take() -> None:
    clean = disc(128, 50) + disc(128, 20)  # class 2 lies within class 1
    noisy = annotator(clean, level=0.3, slip="dilate", rng=0)
    assert (noisy == 2).sum() == (clean == 2).sum()
    assert wrong_share(clean, noisy) == pytest.approx(0.3, abs=0.003)


@pytest.mark.parametrize("slip", SLIPS)
def test_where_there_is_no_room_at_all_the_most_is_done(slip: Slip) -> None:
    full = np.ones((32, 32), int)
    noisy = annotator(full, level=1.0, slip=slip, rng=0)
    assert noisy.shape == full.shape
    crowded = np.ones((32, 32), int)
    crowded[:, :4] = 0
    noisy = annotator(crowded, level=0.9, slip=slip, rng=0)
    assert (noisy != crowded).any()


def test_settings_are_the_function_s() -> None:
    noise = Annotator(image_rate=0.9, level=0.2, slip="affine", rotation=5)
    expected = annotator(cells(), 0.9, 0.2, slip="affine", rotation=5, rng=4)
    np.testing.assert_array_equal(noise.apply(cells(), 4), expected)
    untouched = annotator(cells(), level=0.0, rng=3)
    np.testing.assert_array_equal(untouched, cells())


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"image_rate": 1.2}, r"image rate is 1\.2"),
        ({"level": -0.5}, r"level is -0\.5"),
        ({"slip": "twist"}, "twist"),
        ({"rotation": 270}, "270"),
    ],
)
def test_bad_input_is_refused_in_words(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        annotator(cells(), **settings)
