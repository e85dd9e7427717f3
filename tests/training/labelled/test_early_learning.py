"""IoU curves, the epoch in which a class triggers, and what is then corrected."""

import math

import numpy as np
import pytest
import torch
from scipy.optimize import brentq
from scipy.special import expit

from napari_metastruct.evaluation import iou
from napari_metastruct.training.labelled.augment import Crop
from napari_metastruct.training.labelled.batches import LabelledBatch
from napari_metastruct.training.labelled.curve_fit import LearningCurve
from napari_metastruct.training.labelled.early_learning import (
    Beliefs,
    ClassCurves,
    Overlap,
    believed,
    corrected,
    slope_lost,
)


def grown(table: list[list[float]], *, apart: bool = True) -> ClassCurves:
    """Return curves that looked at one point after the other."""
    curves = ClassCurves(len(table))
    for points in zip(*table, strict=True):
        curves.add(np.array(points))
        curves.look(0.9, "steepest", apart=apart)
    return curves


def of_formula(a: float, b: float, c: float, epochs: int = 30) -> list[float]:
    return [LearningCurve(a, b, c)(t) for t in range(1, epochs + 1)]


def test_the_iou_is_that_of_all_labelled_pixels() -> None:
    rng = np.random.default_rng(0)
    labels, found, overlap = [], [], Overlap()
    for _ in range(3):
        labels.append(rng.integers(-1, 3, (2, 5, 6)))
        probability = rng.random((2, 3, 5, 6))
        found.append(probability.argmax(1))
        overlap.add(torch.from_numpy(probability), torch.from_numpy(labels[-1]))
    due = iou(np.stack(labels), np.stack(found), 3)
    np.testing.assert_allclose(overlap.iou(), due)
    right = np.stack(labels) == np.stack(found)
    shares = [right[np.stack(labels) == c].mean() for c in range(3)]
    assert overlap.least() == pytest.approx(min(shares))


def test_a_class_that_is_nowhere_is_not_the_least() -> None:
    overlap = Overlap()
    overlap.add(torch.rand(1, 3, 4, 4), torch.full((1, 4, 4), -1))
    overlap.add(torch.eye(3)[None, :, :2, None], torch.tensor([[[0], [1]]]))
    assert overlap.least() == 1


@pytest.mark.parametrize("known", [(0.8, 0.2, 0.8), (0.6, 0.1, 1.0), (0.9, 0.9, 0.5)])
def test_a_class_triggers_in_the_epoch_of_the_formula(
    known: tuple[float, float, float],
) -> None:
    curve = LearningCurve(*known)
    due = brentq(lambda t: curve.slope(t) - 0.1 * curve.slope(1), 1, 100)
    (since,) = grown([of_formula(*known)]).since
    assert since == max(4, math.ceil(due))


def test_a_slow_class_triggers_later_than_a_fast_one() -> None:
    slow = of_formula(0.7, 0.05, 1.1, 60)
    sigmoid = (0.8 * expit((np.arange(1, 61) - 20) / 3)).tolist()
    never = [0.01] * 60
    table = [of_formula(0.9, 0.8, 0.8, 60), slow, sigmoid, never]
    first, second, third, last = grown(table).since
    assert 4 <= first < second
    assert 22 < third < 45
    assert last == 0


def test_the_letter_of_equation_2_corrects_a_class_that_only_begins() -> None:
    sigmoid = (0.8 * expit((np.arange(1, 13) - 12) / 3)).tolist()
    assert slope_lost(sigmoid, "first") > 0.9
    assert slope_lost(sigmoid, "steepest") < 0.1


def test_all_classes_at_once_trigger_by_their_mean() -> None:
    table = [of_formula(0.9, 0.8, 0.8), of_formula(0.7, 0.1, 1.0)]
    apart, together = grown(table).since, grown(table, apart=False).since
    assert len(set(together)) == 1
    assert apart[0] <= together[0] <= apart[1]


def test_a_class_that_triggered_stays_so_and_is_remembered() -> None:
    table = [[*of_formula(0.9, 0.8, 0.8, 10), 0.1, 0.9, 0.2]]
    curves = grown(table)
    assert 0 < curves.since[0] <= 10
    again = ClassCurves.of(curves.state(), 1)
    assert again.since == curves.since
    assert again.points == curves.points


def test_labels_can_be_corrected_from_the_fourth_epoch_on() -> None:
    curves = ClassCurves(1)
    for _ in range(3):
        assert not curves.may_correct
        curves.add(np.array([0.9]))
        curves.look(0.0, "steepest", apart=True)
    assert curves.since == [0]
    assert curves.may_correct


def test_a_class_that_is_nowhere_has_no_point() -> None:
    curves = ClassCurves(2)
    curves.add(np.array([0.5, math.nan]))
    assert curves.state()["points"] == [[0.5, None]]
    values = curves.values((0, 255))
    assert values["iou 0"] == 0.5
    assert math.isnan(values["iou 255"])
    assert values["correcting 255"] == 0


def test_only_confident_pixels_are_believed() -> None:
    probability = np.array([[[0.9, 0.6, 0.1]], [[0.1, 0.4, 0.9]]], np.float32)
    assert believed(probability, 0.8).tolist() == [[0, -1, 1]]
    assert believed(probability, 0.5).tolist() == [[0, 0, 1]]


def test_only_classes_that_triggered_lose_or_gain_a_label() -> None:
    labels = np.array([0, 1, 2, 1, 2, 0, -1], np.int16)
    beliefs = np.array([1, 0, 0, 2, 1, -1, 1])
    free = np.array([True, True, False])
    found = corrected(labels, beliefs, free)
    assert found.tolist() == [1, 0, 2, 1, 2, 0, -1]
    assert found.dtype == np.int16
    none = corrected(labels, beliefs, np.zeros(3, bool))
    np.testing.assert_array_equal(none, labels)
    everything = corrected(labels, beliefs, np.ones(3, bool))
    assert everything.tolist() == [1, 0, 0, 2, 1, 0, -1]


def test_beliefs_come_back_to_their_pixels() -> None:
    rng = np.random.default_rng(0)
    plane = rng.random((3, 40, 50)).astype(np.float32)
    crops = (
        Crop(2, 3, 5, 16, 16, turns=1, mirrored=True),
        Crop(2, 20, 30, 16, 16, turns=3),
    )
    patches = np.stack([crop.cut_map(plane) for crop in crops])
    tensor = torch.from_numpy(np.ascontiguousarray(patches))
    batch = LabelledBatch(tensor, tensor, {}, crops, [(9, 9), (9, 9), (40, 50)])
    beliefs = Beliefs(0.5)
    beliefs.take(batch, tensor)
    due = np.full((40, 50), -1)
    for rows, columns in (
        (slice(3, 19), slice(5, 21)),
        (slice(20, 36), slice(30, 46)),
    ):
        due[rows, columns] = believed(plane, 0.5)[rows, columns]
    assert list(beliefs.maps) == [2]
    np.testing.assert_array_equal(beliefs.maps[2], due)
