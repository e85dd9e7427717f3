"""RCL and RL: drawn at the rates asked for, class by class."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.noise.shapes import any_labels, cells

from napari_metastruct.errors import InputError
from napari_metastruct.noise import (
    Flip,
    RandomLabel,
    Sample,
    Transition,
    apply_transition,
    flip_matrix,
    random_flip,
    random_label,
    random_sample,
)
from napari_metastruct.noise.classes import BLOCK

SIDE = 512
MUCH: Any = "much"
Q3 = np.array([[0.5, 0.25, 0.25], [0.1, 0.9, 0.0], [0.3, 0.3, 0.4]])


def thirds(values: tuple[int, ...] = (0, 1, 2)) -> NDArray[np.int64]:
    """Return three classes in stripes, more pixels than a block, in no whole blocks."""
    assert SIDE * (SIDE + 1) > BLOCK
    return np.array(values)[np.arange(SIDE * (SIDE + 1)) % 3].reshape(SIDE, SIDE + 1)


def assert_rates(counted: float, rate: float, pixels: int) -> None:
    """Allow five standard errors."""
    assert abs(counted - rate) <= 5 * math.sqrt(rate * (1 - rate) / pixels)


def assert_matrix(
    clean: NDArray[Any],
    noisy: NDArray[Any],
    matrix: Any,  # noqa: ANN401
) -> None:
    for i, row in enumerate(np.asarray(matrix)):
        given = noisy[clean == i]
        for j, rate in enumerate(row):
            assert_rates(float((given == j).mean()), rate, given.size)


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.45, 1.0])
def test_flip_hits_its_rate_and_is_uniform_among_the_others(rate: float) -> None:
    labels = thirds()
    assert_matrix(labels, random_flip(labels, rate, rng=0), flip_matrix(rate, 3))


def test_flip_and_sample_take_a_rate_for_each_class() -> None:
    labels, rates = thirds(), (0.1, 0.0, 0.6)
    assert_matrix(labels, random_flip(labels, rates, rng=1), flip_matrix(rates, 3))
    noisy = Flip(class_rates=rates).apply(labels, 1)
    np.testing.assert_array_equal(noisy, random_flip(labels, rates, rng=1))
    kept = random_sample(labels, rates, rng=1)
    for value, rate in enumerate(rates):
        mine = kept[labels == value]
        assert_rates(float((mine == value).mean()), rate, mine.size)
        assert set(np.unique(mine)) <= {-1, value}
    np.testing.assert_array_equal(kept, Sample(class_rates=rates).apply(labels, 1))


def test_two_classes_swap() -> None:
    labels = (thirds() > 0) * 255
    noisy = random_flip(labels, 1.0)
    np.testing.assert_array_equal(noisy, 255 - labels)
    assert noisy.dtype == np.uint8


def test_ignored_pixels_are_all_there_is() -> None:
    nothing = np.full((4, 4), -1)
    np.testing.assert_array_equal(random_sample(nothing, 0.5), nothing)
    np.testing.assert_array_equal(random_flip(nothing, 0.5, classes=(0, 1)), nothing)


def test_sample_may_leave_background_instead() -> None:
    labels = thirds()
    ignored = random_sample(labels, 0.3, rng=2)
    background = random_sample(labels, 0.3, unsampled="background", rng=2)
    np.testing.assert_array_equal(background, np.where(ignored < 0, 0, ignored))
    assert ignored.dtype == np.int8
    assert background.dtype == np.uint8
    by_value = Sample(rate=0.3, unsampled="background").apply(labels, 2)
    np.testing.assert_array_equal(by_value, background)


def test_transition_draws_from_the_rows() -> None:
    labels = thirds()
    assert_matrix(labels, apply_transition(labels, Q3, rng=0), Q3)
    by_value = Transition(matrix=Q3.tolist()).apply(labels, 0)
    np.testing.assert_array_equal(by_value, apply_transition(labels, Q3, rng=0))


def test_transition_draws_from_many_classes() -> None:
    rng = np.random.default_rng(0)
    matrix = rng.dirichlet(np.ones(40), size=40)
    labels = rng.integers(0, 40, (SIDE, SIDE))
    assert_matrix(labels, apply_transition(labels, matrix, rng=1), matrix)


def test_an_impossible_class_is_never_drawn() -> None:
    rows: list[list[float]] = [[0, 1, 0], [1 / 3, 0, 2 / 3], [0.5, 0.5, 0]]
    noisy = apply_transition(thirds(), rows, rng=0)
    for i, row in enumerate(rows):
        drawn = set(np.unique(noisy[thirds() == i]).tolist())
        assert drawn == {j for j, rate in enumerate(row) if rate}


@pytest.mark.parametrize("values", [(0, 9, 255), (3, 1, 2), (0, 5, 100_000)])
def test_classes_are_drawn_by_their_place(values: tuple[int, ...]) -> None:
    labels, renamed = thirds(), thirds(values)
    expected = np.array(values)[apply_transition(labels, Q3, rng=0)]
    noisy = apply_transition(renamed, Q3, classes=values, rng=0)
    np.testing.assert_array_equal(noisy, expected)
    expected = np.array(values)[random_flip(labels, 0.3, rng=0)]
    noisy = random_flip(renamed, 0.3, classes=values, rng=0)
    np.testing.assert_array_equal(noisy, expected)


def test_an_absent_class_can_be_named() -> None:
    noisy = random_flip(np.zeros((64, 64), int), 0.9, classes=(0, 1, 2), rng=0)
    assert set(np.unique(noisy)) == {0, 1, 2}


def test_random_label_ignores_the_truth() -> None:
    rates = (0.2, 0.5, 0.3)
    noisy = random_label((SIDE, SIDE), rates, rng=0)
    for value, rate in enumerate(rates):
        assert_rates(float((noisy == value).mean()), rate, noisy.size)
    drawn = RandomLabel(class_rates=rates)
    again = drawn.apply(np.arange(SIDE * SIDE).reshape(SIDE, SIDE) % 3, 0)
    np.testing.assert_array_equal(noisy, again)
    np.testing.assert_array_equal(
        drawn.replace(classes=(0, 1, 2)).apply(again, 0), again
    )


def test_random_label_shares_its_rate_among_the_objects() -> None:
    noisy = RandomLabel(rate=0.6).apply(thirds((0, 4, 7)), 0)
    for value, rate in ((0, 0.4), (4, 0.3), (7, 0.3)):
        assert_rates(float((noisy == value).mean()), rate, noisy.size)
    binary = random_label((SIDE, SIDE), 0.1, rng=0)
    assert_rates(float(binary.mean()), 0.1, binary.size)
    assert random_label((4, 4), 1.0).tolist() == [[1] * 4] * 4


def test_flip_and_random_labels_are_transitions() -> None:
    np.testing.assert_allclose(flip_matrix(0.45), [[0.55, 0.45], [0.45, 0.55]])
    np.testing.assert_allclose(flip_matrix(0.2, 5).sum(axis=1), 1)
    same_rows = np.tile([0.3, 0.7], (2, 1))
    labels = thirds() % 2
    assert_matrix(labels, apply_transition(labels, same_rows, rng=0), same_rows)


@given(labels=any_labels(least=-1), rate=st.floats(0, 1), seed=st.integers(0, 9))
def test_anything_is_kept_or_left_out(
    labels: NDArray[Any], rate: float, seed: int
) -> None:
    noisy = random_sample(labels, rate, rng=seed)
    assert noisy.shape == labels.shape
    kept = noisy >= 0
    np.testing.assert_array_equal(noisy[kept], labels[kept])
    assert kept.all() == bool((labels >= 0).all()) or rate < 1


@given(labels=any_labels(least=-1), rate=st.floats(0, 1), seed=st.integers(0, 9))
def test_anything_flips_within_the_classes(
    labels: NDArray[Any], rate: float, seed: int
) -> None:
    noisy = random_flip(labels, rate, classes=(0, 1, 2), rng=seed)
    np.testing.assert_array_equal(noisy == -1, labels == -1)
    assert noisy.max() <= 2
    if rate == 1:
        assert (noisy != labels)[labels >= 0].all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: random_flip(cells(), 1.5), r"1\.5"),
        (lambda: random_flip(cells(), -0.1), r"-0\.1"),
        (lambda: random_flip(cells(), math.nan), "nan"),
        (lambda: random_sample(cells(), (0.1, 0.2, 0.3, 2)), "2"),
        (lambda: random_sample(cells(), MUCH), "much"),
        (lambda: random_flip(cells(), (0.1, 0.2)), r"2 rates, but 4 classes \(0, 1, 2"),
        (lambda: random_flip(np.ones((4, 4), int), 0.2), r"only one class \(1\)"),
        (lambda: random_flip(np.full((4, 4), -1), 0.2), "ignored"),
        (lambda: random_flip(cells(), 0.1, classes=(0, 1)), "classes 2, 3"),
        (lambda: random_flip(cells(), 0.1, classes=(0, 1, 1, 2, 3)), "given once"),
        (lambda: random_flip(cells(), 0.1, classes=(-1, 0, 1, 2, 3)), "0 and above"),
        (lambda: apply_transition(cells(), [[0.9, 0.2], [0, 1]]), r"Row 0.*1\.1"),
        (lambda: apply_transition(cells(), [[0.9, 0.1]]), r"\(1, 2\)"),
        (lambda: apply_transition(cells(), [[0.9, 0.1], [1]]), "as many in each row"),
        (lambda: apply_transition(cells(), [[1.5, -0.5], [0, 1]]), "row 0"),
        (lambda: apply_transition(cells(), np.eye(3)), "3 rows in the matrix, but 4"),
        (lambda: random_label((8, 8), (0.5, 0.6)), r"sums to 1\.1"),
        (lambda: random_label((8, 8), 1.5), "0 to 1"),
        (lambda: random_label((8, 8), (1.0,)), "at least two classes"),
        (lambda: random_label((8, 0), 0.5), r"\(8, 0\)"),
        (lambda: random_label((8, 8), 0.5, classes=(1, 2, 3)), "2 rates, but 3"),
        (lambda: flip_matrix(0.5, 1), "only one class"),
        (lambda: Transition(matrix=((0.5, 0.6), (0, 1))), r"sums to 1\.1"),
        (lambda: Transition(classes=(0, 1, 2)), "2 rows in the matrix, but 3"),
        (lambda: Flip(class_rates=(0.1,), classes=(0, 1)), "1 class rates, but 2"),
        (lambda: RandomLabel(class_rates=(0.1, 0.1)), r"sums to 0\.2"),
    ],
)
def test_bad_input_is_refused_in_words(call: Any, words: str) -> None:  # noqa: ANN401
    with pytest.raises(InputError, match=words):
        call()


def test_many_classes_are_named_in_short() -> None:
    with pytest.raises(InputError, match=r"100 classes \(0, 1, .*7 \.\.\. 99\)"):
        random_flip(np.arange(100).reshape(10, 10), (0.1, 0.2))
