"""Means over regions and the choice of regions, by numpy and by hand."""

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given
from numpy.typing import NDArray

from napari_metastruct.training.labelled.regions import Regions, largest, smallest


def smallest_by_hand(
    losses: NDArray[np.float64], sizes: NDArray[np.int64], share: float
) -> NDArray[np.bool_]:
    """Take one after the other, the smallest loss first, until it is enough."""
    chosen = np.zeros(len(losses), bool)
    last = -np.inf
    for number in np.argsort(losses, kind="stable"):
        if chosen.any() and sizes[chosen].sum() >= share * sizes.sum() * (1 - 1e-9):
            break
        chosen[number], last = True, losses[number]
    return np.asarray(losses <= last)


def choice(
    pick: object, losses: list[float], sizes: list[int], share: float, *groups: int
) -> list[bool]:
    assert callable(pick)
    where = torch.tensor(groups) if groups else None
    found = pick(torch.tensor(losses), torch.tensor(sizes), share, where)
    return list(found.tolist())


def test_means_are_those_of_equation_1() -> None:
    rng = np.random.default_rng(0)
    numbers = rng.integers(-1, 5, (2, 6, 7))
    known = rng.random((2, 6, 7)) < 0.7
    values = rng.random((2, 3, 6, 7))
    regions = Regions(torch.from_numpy(numbers), torch.from_numpy(known))
    found = regions.mean(torch.from_numpy(values)).numpy()
    due, sizes, images = [], [], []
    for image in range(2):
        for number in range(5):
            inside = (numbers[image] == number) & known[image]
            if inside.any():
                due.append(values[image][:, inside].mean(axis=1))
                sizes.append(inside.sum())
                images.append(image)
    np.testing.assert_allclose(found, due)
    assert regions.sizes.tolist() == sizes
    assert regions.image.tolist() == images


def test_values_of_regions_go_back_to_their_pixels() -> None:
    numbers = torch.tensor([[[0, 0, 4], [4, -1, 0]], [[2, 2, 2], [2, 2, 0]]])
    known = torch.ones_like(numbers, dtype=torch.bool)
    known[1, 0] = False
    regions = Regions(numbers, known)
    spread = regions.spread(torch.tensor([7, 8, 9, 5]), -1)
    assert spread[0].tolist() == [[7, 7, 8], [8, -1, 7]]
    assert spread[1].tolist() == [[-1, -1, -1], [5, 5, 9]]


def test_nothing_known_is_no_region() -> None:
    numbers = torch.zeros(1, 4, 4, dtype=torch.int64)
    regions = Regions(numbers, numbers > 0)
    assert len(regions) == 0
    assert regions.mean(torch.rand(1, 2, 4, 4)).shape == (0, 2)
    none = smallest(torch.zeros(0), regions.sizes, 0.5)
    assert not regions.spread(none, False).any()
    assert not len(largest(torch.zeros(0), regions.sizes, 0.5))


def test_the_smallest_losses_cover_the_share() -> None:
    losses, sizes = [0.3, 0.1, 0.2, 0.9], [10, 20, 30, 40]
    assert choice(smallest, losses, sizes, 0.5) == [False, True, True, False]
    assert choice(smallest, losses, sizes, 0.51) == [True, True, True, False]
    assert choice(smallest, losses, sizes, 1.0) == [True] * 4


def test_ties_are_kept_together_and_it_is_never_empty() -> None:
    assert choice(smallest, [0.2, 0.1, 0.2, 0.5], [9, 1, 1, 9], 0.4) == [
        True, True, True, False,
    ]  # fmt: skip
    assert choice(smallest, [0.5, 0.4], [5, 5], 0.0) == [False, True]


def test_the_share_is_met_in_every_group_by_itself() -> None:
    losses, sizes = [5.0, 6.0, 1.0, 2.0], [1, 1, 1, 1]
    assert choice(smallest, losses, sizes, 0.5) == [False, False, True, True]
    assert choice(smallest, losses, sizes, 0.5, 0, 0, 1, 1) == [
        True, False, True, False,
    ]  # fmt: skip
    assert choice(largest, losses, sizes, 0.5, 0, 0, 1, 1) == [
        False, True, False, True,
    ]  # fmt: skip


def test_the_largest_losses_have_at_most_the_share() -> None:
    losses, sizes = [0.3, 0.1, 0.2, 0.9], [10, 20, 30, 40]
    assert choice(largest, losses, sizes, 0.39) == [False] * 4
    assert choice(largest, losses, sizes, 0.4) == [False, False, False, True]
    assert choice(largest, losses, sizes, 0.55) == [True, False, False, True]


@pytest.mark.parametrize("share", [0.1, 0.3, 0.7])
def test_rounding_takes_no_region_too_many(share: float) -> None:
    count = round(10 * share)
    losses, sizes = list(np.arange(10.0)), [10] * 10
    assert sum(choice(smallest, losses, sizes, share)) == count
    assert sum(choice(largest, losses, sizes, share)) == count


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 30)), min_size=1),
    st.floats(0, 1),
)
def test_it_is_what_taking_one_by_one_gives(
    regions: list[tuple[int, int]], share: float
) -> None:
    losses, sizes = (np.array(column) for column in zip(*regions, strict=True))
    tensors = torch.from_numpy(losses.astype(float)), torch.from_numpy(sizes)
    kept = smallest(*tensors, share).numpy()
    np.testing.assert_array_equal(kept, smallest_by_hand(losses, sizes, share))
    left = largest(*tensors, 1 - share).numpy()
    assert sizes[left].sum() <= (1 - share) * sizes.sum() + 1e-6
    assert not (kept & left)[losses < losses[kept].max()].any()
