"""Lemma 1: what a noisy label's density is, without drawing it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.metastructure import brute
from tests.metastructure.shapes import circle, drawn, mixture, mosaic

from napari_metastruct.errors import InputError
from napari_metastruct.metastructure import density, expected_density, sampling_error
from napari_metastruct.metastructure.kernels import KERNELS, Kernel

FLIP = np.array([[0.7, 0.3], [0.45, 0.55]])


def test_without_noise_it_is_the_density() -> None:
    clean = mosaic(3, 64)
    expected = expected_density(clean, np.eye(3), 4)
    found = density(clean, 4)
    assert expected.classes == found.classes
    assert expected.counts == found.counts
    assert np.allclose(expected.maps, found.maps, rtol=1e-5, atol=1e-10)


def test_equation_7_by_brute_force() -> None:
    clean = mosaic(3, 24)
    matrix = mixture(3, 3, np.random.default_rng(0))
    found = expected_density(clean, matrix, 3, "box")
    table = brute.between("box", clean.shape, (3, 3))
    for m, plane in enumerate(found.maps):
        chance = matrix[clean, m].ravel()
        assert found.counts[m] == pytest.approx(chance.sum())
        expected = (table @ chance / chance.sum()).reshape(clean.shape)
        assert np.allclose(plane, expected, rtol=1e-5, atol=1e-12)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("edge_correction", [False, True])
def test_the_error_by_brute_force(kernel: Kernel, edge_correction: bool) -> None:
    clean = mosaic(3, 20)
    matrix = mixture(3, 3, np.random.default_rng(1))
    found = sampling_error(clean, matrix, 2.5, kernel, edge_correction=edge_correction)
    table = brute.between(kernel, clean.shape, (2.5, 2.5))
    inside = table.sum(axis=1) if edge_correction else 1
    for m, error in enumerate(found):
        chance = matrix[clean, m].ravel()
        count = chance.sum()
        mean = table @ chance / count
        away = (table - mean[:, np.newaxis]) ** 2
        variance = (away * (chance * (1 - chance))).sum(axis=1) / count**2
        expected = (np.sqrt(variance) / inside).reshape(clean.shape)
        assert np.abs(error - expected).max() < 1e-3 * expected.max()


@pytest.mark.parametrize(("kernel", "half"), [("box", 5), ("gaussian", 6), ("disc", 6)])
@pytest.mark.parametrize("classes", [2, 4])
def test_drawn_labels_stray_by_the_sampling_error(
    kernel: Kernel, half: float, classes: int, rng: np.random.Generator
) -> None:
    clean = mosaic(classes, 96)
    matrix = FLIP if classes == 2 else mixture(classes, classes, rng)
    expected = expected_density(clean, matrix, half, kernel)
    error = sampling_error(clean, matrix, half, kernel)
    draws = 60
    maps = [density(drawn(clean, matrix, rng), half, kernel).maps for _ in range(draws)]
    away = (np.array(maps) - expected.maps) / error
    # As a standard normal variable: its mean over the draws, its size, its extremes.
    assert np.abs(away.mean(axis=0)).max() < 5.5 / np.sqrt(draws)
    assert abs((away**2).mean() - 1) < 0.08
    assert (np.abs(away) > 4).mean() < 1e-3


def test_an_edge_corrected_label_strays_by_its_error(rng: np.random.Generator) -> None:
    ignored = np.indices((80, 80))[0] < 8
    clean = np.where(ignored, -1, mosaic(2, 80).astype(int))
    expected = expected_density(clean, FLIP, 5, edge_correction=True)
    error = sampling_error(clean, FLIP, 5, edge_correction=True)
    squares = np.zeros(error.shape)
    for _ in range(40):
        noisy = drawn(np.maximum(clean, 0), FLIP, rng).astype(int)
        noisy[ignored] = -1
        found = density(noisy, 5, edge_correction=True)
        squares += ((found.maps - expected.maps) / error) ** 2 / 40
    assert abs(squares[:, ~ignored].mean() - 1) < 0.08


def test_random_labels_are_even_but_for_the_edge() -> None:
    matrix = np.array([[0.7, 0.3], [0.7, 0.3]])
    maps = expected_density(circle(64), matrix, 6, edge_correction=True).maps
    assert np.allclose(maps, 1 / 64**2, rtol=1e-3)


def test_a_class_that_cannot_occur_has_no_map() -> None:
    merge = np.array([[1, 0, 0], [0, 1, 0], [0, 1, 0]])
    found = expected_density(mosaic(3, 40), merge, 4)
    assert found.classes == (0, 1)
    with pytest.raises(InputError, match=r"Class 2 .* noisy label' holds only 0, 1"):
        expected_density(mosaic(3, 40), merge, 4, classes=[2])


def test_noise_may_bring_new_classes() -> None:
    clean = np.zeros((30, 30), int)
    matrix = np.array([[0.5, 0.2, 0.3], [np.nan] * 3, [0, 0, 1]])
    found = expected_density(clean, matrix, 4)
    assert found.classes == (0, 1, 2)
    assert found.counts == pytest.approx((450, 180, 270))
    assert np.allclose(found.maps, found.maps[0], rtol=1e-6)


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        (np.ones((2, 3)) / 3, r"has shape \(2, 3\)"),
        (np.ones(4), r"has shape \(4,\)"),
        (np.eye(2), "hold class 2, but .* 0 to 1 only"),
        (np.eye(3) * 0.9, "Row 0 .* of sum 0.9"),
        (np.eye(3) * 2 - 0.5 * (1 - np.eye(3)), "Row 0 .* chances"),
        (np.full((3, 3), np.nan), "Row 0 .* of sum nan"),
    ],
)
@pytest.mark.parametrize("function", [expected_density, sampling_error])
def test_bad_matrices_are_refused_in_words(
    matrix: NDArray[Any], words: str, function: Callable[..., Any]
) -> None:
    with pytest.raises(InputError, match=words):
        function(mosaic(3, 20), matrix, 2)
