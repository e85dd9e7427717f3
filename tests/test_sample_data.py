"""Samples are repeatable, hard for thresholds, and need no network."""

import socket
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from napari_metastruct import sample_data
from napari_metastruct.arrays import check_stack, open_stack
from napari_metastruct.errors import InputError
from napari_metastruct.evaluation import mean_dice
from napari_metastruct.sample_data import (
    BUNDLED,
    bundled_image,
    synthetic_network,
    synthetic_nuclei,
)
from napari_metastruct.thresholding import adaptive_gaussian, li, otsu

Maker = Callable[[tuple[int, int], int], tuple[NDArray[Any], NDArray[Any]]]

SAMPLES = [name for name in sample_data.__all__ if name.startswith("sample_")]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a sample reached for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.parametrize("seed", range(3))
def test_no_threshold_gets_the_network(seed: int) -> None:
    image, truth = synthetic_network(seed=seed)
    assert 0.1 < truth.mean() < 0.3
    for threshold in (otsu, li, adaptive_gaussian):
        assert mean_dice(truth, threshold(image)) < 0.78


def test_the_network_is_plain_to_see() -> None:
    image, truth = synthetic_network()
    plain = image.astype(np.float64)
    contrast = gaussian_filter(plain, 1) - gaussian_filter(plain, 8)
    assert mean_dice(truth, otsu(contrast, smooth=0)) > 0.85


def test_the_network_moves() -> None:
    image, truth = synthetic_network((4, 128, 128))
    assert image.shape == truth.shape == (4, 128, 128)
    assert 0.3 < mean_dice(truth[0], truth[1]) < 0.95
    assert mean_dice(truth[0], truth[3]) < mean_dice(truth[0], truth[1])


def test_nuclei_have_numbers_without_gaps() -> None:
    image, truth = synthetic_nuclei()
    assert np.array_equal(np.unique(truth), np.arange(truth.max() + 1))
    assert truth.max() > 20
    assert image[truth > 0].mean() > 1.2 * image[truth == 0].mean()


@pytest.mark.parametrize("make", [synthetic_network, synthetic_nuclei])
def test_the_same_seed_makes_the_same_image(make: Maker) -> None:
    first, again, other = (make((96, 128), seed) for seed in (3, 3, 4))
    assert first[0].dtype == np.uint16
    assert first[0].shape == first[1].shape == (96, 128)
    for one, two in zip(first, again, strict=True):
        assert np.array_equal(one, two)
    assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_are_layers_that_can_be_segmented(name: str) -> None:
    layers = getattr(sample_data, name)()
    data, meta, kind = layers[0]
    assert kind == "image"
    check_stack(open_stack(data, name=meta["name"]))
    assert bool(meta.get("rgb")) == (data.shape[-1] == 3)
    for truth, more, other in layers[1:]:
        assert other == "labels"
        assert more["visible"] is False
        assert truth.shape == data.shape


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_images_are_inside_scikit_image(name: str) -> None:
    assert bundled_image(name).dtype == np.uint8


def test_others_are_not_bundled() -> None:
    with pytest.raises(InputError, match="'cells3d'; there are cell, coins"):
        bundled_image("cells3d")
