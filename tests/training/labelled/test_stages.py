"""Stages share the epochs of a run, whatever is ended early or continued."""

import pytest
from hypothesis import given, strategies

from napari_metastruct.training.labelled.stages import Stages, shared


@pytest.mark.parametrize(
    ("epochs", "shares", "lengths"),
    [
        (60, (0.3, 0.15, 0.05, 0.1, 0.4), (18, 9, 3, 6, 24)),
        (10, (1, 1), (5, 5)),
        (5, (0.3, 0.15, 0.05, 0.1, 0.4), (1, 1, 1, 1, 1)),
        (7, (100, 1, 1), (5, 1, 1)),
    ],
)
def test_epochs_are_shared(
    epochs: int, shares: tuple[float, ...], lengths: tuple[int, ...]
) -> None:
    assert shared(epochs, shares) == lengths


@given(
    strategies.lists(strategies.floats(0.01, 10), min_size=1, max_size=6),
    strategies.integers(0, 50),
)
def test_all_epochs_are_shared_and_each_gets_one(
    shares: list[float], more: int
) -> None:
    lengths = shared(len(shares) + more, shares)
    assert sum(lengths) == len(shares) + more
    assert min(lengths) >= 1


def course(stages: Stages, epochs: int, ended: tuple[int, ...] = ()) -> list[int]:
    """Return the stage of each epoch."""
    found = []
    for epoch in range(1, epochs + 1):
        found.append(stages.stage)
        stages.look(epoch, ended=epoch in ended)
    return found


def test_one_stage_comes_after_the_other() -> None:
    assert course(Stages((2, 1, 3)), 6) == [1, 1, 2, 3, 3, 3]


def test_a_stage_that_is_ended_early_leaves_its_epochs_to_the_last() -> None:
    stages = Stages((3, 2, 2))
    assert course(stages, 7, ended=(1,)) == [1, 2, 2, 3, 3, 3, 3]
    assert stages.is_last
    assert (stages.begun, stages.end) == (3, 7)


def test_the_last_stage_does_not_end() -> None:
    stages = Stages((1, 1), stage=2, begun=1)
    assert not stages.look(9, ended=True)
    assert stages.stage == 2


def test_goes_on_where_it_was() -> None:
    stages = Stages((2, 2, 2))
    course(stages, 3)
    again = Stages.of(stages.state(), (2, 2, 2))
    assert again == stages
    assert again.end == 4
    assert Stages.of({}, (2, 2)) == Stages((2, 2))
