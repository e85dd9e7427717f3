"""Lemma 2: as many classes can be told apart as the transition matrix has rank."""

import numpy as np
import pytest
from tests.metastructure.shapes import circle, drawn, mixture, mosaic

from napari_metastruct.errors import InputError
from napari_metastruct.metastructure import (
    density,
    distinguishable_classes,
    expected_density,
)
from napari_metastruct.metastructure.kernels import KERNELS, Kernel

RANDOM_CLEAN = np.array([[0.6, 0.4], [0.4, 0.6]])
RANDOM = np.array([[0.6, 0.4], [0.6, 0.4]])


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("half", [3, 8, 20])
@pytest.mark.parametrize("edge_correction", [False, True])
def test_figure_6(
    kernel: Kernel, half: float, edge_correction: bool, rng: np.random.Generator
) -> None:
    clean = circle()
    labels = {2: drawn(clean, RANDOM_CLEAN, rng), 1: drawn(clean, RANDOM, rng)}
    found = [
        distinguishable_classes(
            density(label, half, kernel, edge_correction=edge_correction)
        )
        for label in (clean, labels[2], labels[1])
    ]
    assert found == [2, 2, 1]


@pytest.mark.parametrize("classes", [2, 3, 4, 5, 6])
def test_lemma_2(classes: int, rng: np.random.Generator) -> None:
    for rank in range(1, classes + 1):
        for _ in range(3):
            clean = mosaic(classes, seed=int(rng.integers(1000)))
            # Smaller ones drown in the sampling error of 256 x 256 pixels.
            matrix = mixture(classes, rank, rng, least=0.06)
            noisy = density(drawn(clean, matrix, rng), 7)
            assert distinguishable_classes(noisy) == rank


def test_maps_in_pairs_would_not_do(rng: np.random.Generator) -> None:
    matrix = np.array([[0.6, 0.2, 0.2], [0.2, 0.6, 0.2], [0.4, 0.4, 0.2]])
    assert np.linalg.matrix_rank(matrix) == 2
    noisy = density(drawn(mosaic(3), matrix, rng), 7)
    assert distinguishable_classes(noisy) == 2


def test_the_expected_density_has_the_rank_too(rng: np.random.Generator) -> None:
    for rank in (1, 2, 3):
        expected = expected_density(mosaic(4), mixture(4, rank, rng, 0.06), 7)
        assert distinguishable_classes(expected) == rank


@pytest.mark.parametrize("rate", [0.3, 0.05])
def test_few_labelled_pixels(rate: float, rng: np.random.Generator) -> None:
    clean = mosaic(3).astype(int)
    random = rng.integers(0, 3, clean.shape)
    ignored = rng.random(clean.shape) > rate
    for labels, expected in ((clean, 3), (random, 1)):
        sampled = np.where(ignored, -1, labels)
        assert distinguishable_classes(density(sampled, 6)) == expected


@pytest.mark.parametrize(("kernel", "half"), [("box", 1), ("box", 25), ("gaussian", 5)])
@pytest.mark.parametrize("share", [None, 0.1])
def test_noise_alone_is_one_class(
    kernel: Kernel, half: float, share: float | None, rng: np.random.Generator
) -> None:
    for _ in range(25):
        chances = rng.dirichlet(np.ones(4))
        labels = rng.choice(4, p=chances, size=(90, 110))
        if share:
            labels[rng.random(labels.shape) > share] = -1
        found = density(labels, half, kernel)
        if len(found.classes) > 1:
            assert distinguishable_classes(found) == 1


def test_in_3d(rng: np.random.Generator) -> None:
    z, y, x = np.indices((40, 48, 48)) - np.array([20, 24, 24]).reshape(3, 1, 1, 1)
    ball = (z**2 + y**2 + x**2 < 14**2).astype(int)
    for matrix, rank in ((np.eye(2), 2), (RANDOM_CLEAN, 2), (RANDOM, 1)):
        noisy = density(drawn(ball, matrix, rng), 4)
        assert distinguishable_classes(noisy) == rank


def test_some_of_the_classes() -> None:
    labels = mosaic(4, 128)
    assert distinguishable_classes(density(labels, 4, classes=[1, 3])) == 2


def test_finer_than_the_kernel_is_one_class() -> None:
    board = np.indices((128, 128)).sum(axis=0) % 2
    assert distinguishable_classes(density(board, 6)) == 1
    assert distinguishable_classes(density(board, 1)) == 1
    # A kernel of one pixel blurs nothing.
    assert distinguishable_classes(density(board, 0.1)) == 2


def test_one_map_is_refused_in_words() -> None:
    with pytest.raises(InputError, match="only the density of class 0; two"):
        distinguishable_classes(density(np.zeros((40, 40), int), 4))
