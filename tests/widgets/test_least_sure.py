"""From a map of how unsure it is to the place where the next stroke counts."""

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.training.labelled.predicted import unsureness
from napari_metastruct.widgets.least_sure import LeastSure

SHAPE = (96, 96)


def unsure_at(*places: tuple[int, int, float]) -> NDArray[np.float32]:
    """Return a plane that is unsure in squares of 12 pixels."""
    plane = np.zeros(SHAPE, np.float32)
    for row, column, value in places:
        plane[row : row + 12, column : column + 12] = value
    return plane


def nothing(pair: int, plane: int) -> None:
    return None


def test_half_and_half_is_least_sure() -> None:
    np.testing.assert_allclose(
        unsureness(np.array([[0.0, 0.5, 1.0, 0.75]], np.float32)), [[0, 1, 0, 0.5]]
    )
    three = np.array([[1, 1 / 3, 0.5], [0, 1 / 3, 0.5], [0, 1 / 3, 0]], np.float32)
    np.testing.assert_allclose(unsureness(three[:, None]), [[0, 1, 0.75]], atol=1e-6)
    two = np.array([[0.5, 0.9], [0.5, 0.1]], np.float32)[:, None]
    np.testing.assert_allclose(unsureness(two), unsureness(two[1]), atol=1e-6)


def test_a_wide_unsure_region_goes_before_a_thin_line() -> None:
    plane = unsure_at((60, 24, 0.6))
    plane[10, :] = plane[:, :3] = plane[-3:, :] = 1.0
    found = LeastSure()
    found.take(0, 0, plane)
    place = found.next(nothing)
    assert place is not None
    assert 60 <= place.row < 72
    assert 24 <= place.column < 36


def test_places_come_one_after_the_other_and_then_again() -> None:
    found = LeastSure()
    found.take(1, 0, unsure_at((0, 0, 0.9), (60, 60, 0.5)))
    found.take(1, 4, unsure_at((40, 10, 0.7)))
    places = [found.next(nothing) for _ in range(3)]
    assert [p and (p.plane, p.row // 20) for p in places] == [(0, 0), (4, 2), (0, 3)]


def test_what_is_marked_already_is_passed_over() -> None:
    found = LeastSure()
    found.take(0, 0, unsure_at((0, 0, 0.9), (60, 60, 0.5)), (8, 0))
    marked = np.zeros((120, 96), np.bool_)
    marked[10:16, 2:8] = True
    place = found.next(lambda pair, plane: marked)
    assert place is not None
    assert 68 <= place.row < 80


def test_a_new_map_replaces_the_old_one_and_all_can_be_forgotten() -> None:
    found = LeastSure()
    assert not found
    assert found.next(nothing) is None
    found.take(0, 0, unsure_at((0, 0, 0.9)))
    found.take(0, 0, unsure_at((60, 60, 0.4)))
    place = found.next(nothing)
    assert place is not None
    assert place.row > 50
    found.clear()
    assert not found


def test_everything_marked_leaves_no_place() -> None:
    found = LeastSure()
    found.take(0, 0, unsure_at((0, 0, 0.9)))
    assert found.next(lambda *_: np.ones(SHAPE, np.bool_)) is None
