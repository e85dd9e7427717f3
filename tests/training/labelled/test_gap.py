"""The gap of Eq. 5, and when learning ends by it."""

import json
import math

import numpy as np
import pytest
import torch

from napari_metastruct.training.labelled.gap import GapCourse, LossGap


def course(gaps: list[float], patience: int = 2) -> GapCourse:
    found = GapCourse(patience)
    for gap in gaps:
        found.look(gap)
    return found


def test_the_gap_is_equation_5_over_all_batches() -> None:
    rng = np.random.default_rng(0)
    gap, kept, rest = LossGap(), [], []
    for count in (5, 9, 1):
        losses, chosen = rng.random(count), rng.random(count) < 0.5
        gap.add(torch.from_numpy(losses), torch.from_numpy(chosen))
        kept.append(losses[chosen])
        rest.append(losses[~chosen])
    due = np.concatenate(rest).mean() - np.concatenate(kept).mean()
    assert gap.value() == pytest.approx(due)


def test_there_is_no_gap_where_nothing_is_left_out() -> None:
    assert math.isnan(LossGap().value())
    gap = LossGap()
    gap.add(torch.rand(4), torch.ones(4, dtype=torch.bool))
    assert math.isnan(gap.value())


def test_an_update_is_over_when_the_patience_is() -> None:
    assert not course([1, 2, 3, 2]).is_over
    over = course([1, 2, 3, 2, 2.5])
    assert over.is_over
    assert over.at == 3
    assert not over.has_settled


def test_it_says_which_epoch_is_the_best_so_far() -> None:
    found = GapCourse(5)
    assert [found.look(gap) for gap in (1.0, 0.5, 2.0, 2.0)] == [
        True, False, True, False,
    ]  # fmt: skip


def test_the_first_iteration_never_settles_but_one_without_a_rise_does() -> None:
    found = course([3, 2, 1])
    assert found.is_over
    assert not found.has_settled
    found.begin_again()
    assert found.iteration == 2
    assert not found.is_over
    for gap in (3.0, 2.0, 1.0):
        found.look(gap)
    assert found.is_over
    assert found.has_settled


def test_epochs_without_a_gap_do_not_count() -> None:
    found = GapCourse(1, begun=False)
    assert [found.look(math.nan, learned=False) for _ in range(5)] == [True] * 5
    assert not found.is_over
    assert found.look(math.nan)
    assert found.begun
    assert found.look(2.0, learned=False)
    assert not found.begun
    assert not found.look(math.nan)
    assert not found.is_over
    assert not found.look(1.0)
    assert found.is_over


def test_what_is_remembered_is_the_same_course() -> None:
    found = course([1, 2, 1.5])
    again = GapCourse.of(found.state(), patience=2)
    assert again == found
    assert GapCourse.of({}, patience=2, begun=False) == GapCourse(2, begun=False)
    assert json.loads(json.dumps(found.state(), allow_nan=False)) == found.state()
