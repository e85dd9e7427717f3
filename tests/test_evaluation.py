"""Scores against scikit-learn."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from sklearn import metrics

from napari_metastruct.errors import InputError
from napari_metastruct.evaluation import (
    accuracy,
    auc,
    confusion,
    dice,
    iou,
    mean_dice,
    mean_iou,
    scores,
)

Pair = tuple[NDArray[np.int64], NDArray[np.int64]]


@st.composite
def pairs(draw: st.DrawFn, classes: int = 4) -> Pair:
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=3, max_side=6))
    truth = draw(hnp.arrays(np.int64, shape, elements=st.integers(-1, classes - 1)))
    labels = draw(hnp.arrays(np.int64, shape, elements=st.integers(0, classes - 1)))
    assume((truth >= 0).any())
    return truth, labels


@given(pair=pairs())
def test_dice_iou_and_accuracy_are_scikit_learns(pair: Pair) -> None:
    truth, labels = pair
    known = truth >= 0
    flat = truth[known], labels[known]
    options: dict[str, Any] = {"labels": range(4), "average": None}
    options["zero_division"] = np.nan
    f1 = metrics.f1_score(*flat, **options)
    assert np.allclose(dice(truth, labels, 4), f1, equal_nan=True)
    present = np.isin(np.arange(4), np.concatenate(flat))
    options["zero_division"] = 0
    jaccard = metrics.jaccard_score(*flat, **options)
    jaccard = np.where(present, jaccard, np.nan)
    assert np.allclose(iou(truth, labels, 4), jaccard, equal_nan=True)
    assert accuracy(truth, labels) == pytest.approx(metrics.accuracy_score(*flat))
    matrix = metrics.confusion_matrix(*flat, labels=range(4))
    assert np.array_equal(confusion(truth, labels, 4), matrix)


@given(
    pair=pairs(classes=2),
    ties=st.sampled_from([2, 5, 1000]),
    seed=st.integers(0, 99),
)
def test_auc_is_scikit_learns_with_ties_and_ignored_pixels(
    pair: Pair, ties: int, seed: int
) -> None:
    truth = pair[0]
    known = truth >= 0
    probability = np.random.default_rng(seed).integers(0, ties, truth.shape) / ties
    if len(np.unique(truth[known])) < 2:
        assert np.isnan(auc(truth, probability))
    else:
        expected = metrics.roc_auc_score(truth[known] > 0, probability[known])
        assert auc(truth, probability) == pytest.approx(expected)


def test_means_leave_out_background_and_absent_classes() -> None:
    truth = np.array([0, 0, 0, 1, 1, 3])
    labels = np.array([0, 0, 1, 1, 1, 0])
    assert np.isnan(dice(truth, labels)[2])
    assert mean_dice(truth, labels) == pytest.approx((0.8 + 0) / 2)
    assert mean_iou(truth, labels) == pytest.approx((2 / 3 + 0) / 2)


def test_two_empty_masks_agree() -> None:
    empty = np.zeros((4, 4), bool)
    assert mean_dice(empty, empty) == mean_iou(empty, empty) == 1
    assert mean_dice(empty, ~empty) == 0


def test_scores_hold_all_numbers_within_a_mask() -> None:
    truth = np.array([[0, 1, 1], [0, 1, -1]])
    labels = np.array([[0, 1, 0], [1, 1, 1]])
    probability = np.array([[0.1, 0.9, 0.2], [0.6, 0.8, 0.5]])
    within = np.array([[1, 1, 1], [0, 1, 1]])
    result = scores(truth, labels, probability, within)
    assert result.pixels == 4
    assert result.dice.tolist() == pytest.approx([2 / 3, 4 / 5])
    assert result.iou.tolist() == pytest.approx([1 / 2, 2 / 3])
    assert (result.mean_dice, result.accuracy) == pytest.approx((4 / 5, 3 / 4))
    assert result.auc == 1
    assert scores(truth, labels).auc is None


@pytest.mark.parametrize(
    ("truth", "labels", "words"),
    [
        ([0, 1], [0, 1, 1], r"shape \(2,\), but 'labels' has \(3,\)"),
        ([-1, -1], [0, 1], "every pixel is ignored"),
        ([0, 1], [0, -1], "1 pixels of the labels are ignored"),
        ([0, 1], [0, 0.5], "'labels' holds 0.5"),
        ([0, -3], [0, 1], "'truth' holds the value -3"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    truth: list[int], labels: list[float], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        scores(np.array(truth), np.array(labels))


def test_a_class_beyond_those_expected_is_refused() -> None:
    with pytest.raises(InputError, match="class 5, but only 3"):
        dice(np.array([0, 1]), np.array([0, 5]), classes=3)


def test_shapes_of_probability_and_mask_must_fit() -> None:
    truth = np.array([0, 1])
    with pytest.raises(InputError, match="'probability' has"):
        auc(truth, np.ones(3))
    with pytest.raises(InputError, match="'within' has"):
        scores(truth, truth, within=np.ones(3))
