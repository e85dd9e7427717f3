"""The counted matrix is the true one; its rank is that of the noise."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix
from tests.noise.shapes import any_labels, cells, disc

from napari_metastruct.errors import InputError
from napari_metastruct.noise import (
    apply_transition,
    dilate,
    random_flip,
    random_label,
    random_sample,
    skeleton,
    transition_matrix,
)


def stripes(classes: int, side: int = 256) -> NDArray[np.int64]:
    return np.repeat(np.arange(side) * classes // side, side).reshape(side, side)


@given(clean=any_labels(classes=4, least=-1), noisy=any_labels(classes=4, least=-1))
def test_counts_are_scikit_learn_s(clean: NDArray[Any], noisy: NDArray[Any]) -> None:
    assume((clean >= 0).any())
    noisy = np.resize(noisy, clean.shape)
    both = (clean >= 0) & (noisy >= 0)
    found = transition_matrix(clean, noisy, classes=range(4))
    assert found.classes == (0, 1, 2, 3)
    if both.any():
        expected = confusion_matrix(clean[both], noisy[both], labels=range(4))
        np.testing.assert_array_equal(found.counts, expected)
        assert found.error_rate == pytest.approx((clean != noisy)[both].mean())
    rows = found.counts.sum(axis=1)
    np.testing.assert_allclose(found.matrix[rows > 0].sum(axis=1), 1)
    assert np.isnan(found.matrix[rows == 0]).all()
    known = clean >= 0
    assert found.ignored == pytest.approx((noisy < 0)[known].mean())
    assert found.rank == found.distinguishable


@pytest.mark.parametrize("side", [64, 256])
def test_random_labels_have_rank_1(side: int) -> None:
    clean = disc(side, side / 4)
    for seed in range(100):
        found = transition_matrix(clean, random_label(clean.shape, 0.5, rng=seed))
        assert found.rank == 1
        assert "lost" in found.verdict


@pytest.mark.parametrize("rate", [0.1, 0.45, 0.48, 0.6, 1.0])
def test_flipped_labels_have_rank_2(rate: float) -> None:
    clean = disc(256, 64)
    for seed in range(20):
        found = transition_matrix(clean, random_flip(clean, rate, rng=seed))
        assert found.rank == 2
        assert "Both classes can be told apart" in found.verdict


def test_flipping_half_of_the_pixels_has_rank_1() -> None:
    clean = disc(256, 64)
    ranks = [
        transition_matrix(clean, random_flip(clean, 0.5, rng=s)).rank for s in range(50)
    ]
    assert ranks == [1] * 50


@pytest.mark.parametrize("classes", range(2, 7))
def test_any_matrix_has_its_rank(classes: int) -> None:
    """Lemma 2 over random matrices of every rank."""
    clean = stripes(classes)
    for seed in range(8):
        rng = np.random.default_rng([classes, seed])
        for rank in range(1, classes + 1):
            basis = rng.dirichlet(np.full(classes, 0.3), size=rank)
            mix = np.concatenate([np.eye(rank), rng.dirichlet([0.3] * rank, classes)])
            matrix = mix[:classes] @ basis
            if np.linalg.svd(matrix)[1][rank - 1] < 0.05:
                continue  # too close to the rank below for this many pixels
            noisy = apply_transition(clean, matrix, rng=rng)
            found = transition_matrix(clean, noisy, classes=range(classes))
            assert found.rank == rank
            error = np.sqrt(matrix * (1 - matrix) / found.counts.sum(axis=1)[:, None])
            assert (np.abs(found.matrix - matrix) <= 5.5 * error + 1e-12).all()


def test_the_tolerance_shrinks_with_the_root_of_the_pixels() -> None:
    small, large = (
        transition_matrix(disc(s, s / 4), random_label((s, s), 0.3, rng=0))
        for s in (64, 256)
    )
    assert small.tolerance == pytest.approx(4 * large.tolerance, rel=1e-6)


def test_false_alarms_are_as_rare_as_they_say() -> None:
    """The root of the residual exceeds the tolerance about once in 10,000 draws."""
    rng = np.random.default_rng(0)
    clean = np.repeat([0, 1, 2], [500, 300, 200])
    alarms = sum(
        transition_matrix(clean, random_label((1000,), (0.6, 0.3, 0.1), rng=rng)).rank
        > 1
        for _ in range(1000)
    )
    assert alarms <= 2


def test_rates_and_verdicts() -> None:
    clean = np.repeat([0, 1, 2], 1000)
    noisy = clean.copy()
    noisy[1000:1100] = 0
    found = transition_matrix(clean, noisy)
    np.testing.assert_allclose(found.error_by_class, [0, 0.1, 0])
    assert found.error_rate == pytest.approx(100 / 3000)
    assert found.verdict.startswith("All 3 classes can be told apart")
    merged = transition_matrix(clean, np.minimum(clean, 1))
    assert (merged.rank, merged.distinguishable) == (2, 2)
    assert merged.verdict.startswith("Only 2 of 3 classes")
    constant = transition_matrix(clean, np.zeros_like(clean))
    assert constant.verdict.startswith("None of the 3 classes")
    single = transition_matrix(np.ones((4, 4), int), np.ones((4, 4), int))
    assert (single.rank, single.classes) == (1, (1,))
    assert "only one class" in single.verdict


def test_sampling_keeps_the_rank_and_is_no_error() -> None:
    found = transition_matrix(cells(), random_sample(cells(), 0.2, rng=0))
    assert found.rank == 4
    assert found.error_rate == 0
    assert found.ignored == pytest.approx(0.8, abs=0.02)
    nothing = transition_matrix(cells(), np.full((128, 128), -1))
    assert (nothing.rank, nothing.ignored) == (0, 1.0)
    assert np.isnan(nothing.error_rate)
    assert "leave out every pixel" in nothing.verdict


def test_moved_boundaries_have_full_rank() -> None:
    for noisy in (dilate(cells(), 4), skeleton(cells())):
        assert transition_matrix(cells(), noisy).rank == 4


def test_classes_that_only_one_of_them_has() -> None:
    found = transition_matrix(np.array([0, 0, 5, 5]), np.array([0, 9, 5, -1]))
    assert found.classes == (0, 5, 9)
    expected = [[0.5, 0, 0.5], [0, 1, 0], [np.nan] * 3]
    np.testing.assert_array_equal(found.matrix, expected)
    assert found.ignored == 0.25


@pytest.mark.parametrize(
    ("clean", "noisy", "words"),
    [
        (np.ones((4, 4), int), np.ones((4, 5), int), r"\(4, 4\).*\(4, 5\)"),
        (np.full((4, 4), -1), np.ones((4, 4), int), "nothing to compare"),
        (np.full((4, 4), 0.5), np.ones((4, 4), int), "clean labels.*float64"),
        (np.ones((4, 4), int), np.full((4, 4), -3), "noisy labels.*-3"),
        (np.ones((0, 4), int), np.ones((0, 4), int), "empty"),
        (np.arange(400), np.arange(400), "400 classes.*labels > 0"),
    ],
)
def test_bad_input_is_refused_in_words(
    clean: NDArray[Any], noisy: NDArray[Any], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        transition_matrix(clean, noisy)
    with pytest.raises(InputError, match="class 3"):
        transition_matrix(cells(), cells(), classes=(0, 1, 2))
