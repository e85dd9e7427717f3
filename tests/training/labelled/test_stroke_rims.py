"""Strokes without their rims."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import ndimage
from skimage.draw import disk

from napari_metastruct.training.labelled.stroke_rims import CoreMarks, cores

PLANES = st.tuples(st.integers(1, 12), st.integers(1, 12))


def unmarked(*shape: int) -> NDArray[np.int16]:
    return np.full(shape, -1, np.int16)


def disc(radius: float, side: int = 61) -> NDArray[np.int16]:
    marks = unmarked(side, side)
    marks[disk((side // 2, side // 2), radius)] = 1
    return marks


def test_a_disc_becomes_a_smaller_disc() -> None:
    marks = disc(24)
    found, _ = cores(marks, unmarked(61, 61), 0.5)
    # Twice the mean depth of a disc is two thirds of its radius: 16, half of it 8.
    different = (found >= 0) != (disc(16) >= 0)
    assert different.sum() < 20


@pytest.mark.parametrize("width", [1, 2])
def test_thin_strokes_stay_as_they_are(width: int) -> None:
    marks = unmarked(20, 20)
    marks[5 : 5 + width, 2:18] = 0
    found, _ = cores(marks, unmarked(20, 20), 1.0)
    np.testing.assert_array_equal(found, marks)


def test_the_thinnest_kind_tells_how_broad_a_rim_is() -> None:
    broad, thin = unmarked(60, 60), unmarked(60, 60)
    broad[:30] = 1
    thin[40:45, 5:55] = 1
    alone, _ = cores(broad, unmarked(60, 60), 0.5)
    beside, line = cores(broad, thin, 0.5)
    assert (alone[:, 30] >= 0).sum() < 20  # of 30 rows
    assert (beside[:, 30] >= 0).sum() >= 28
    assert (line[:, 30] >= 0).sum() == 3


def test_the_edge_of_the_image_is_no_rim() -> None:
    marks = unmarked(20, 20)
    marks[:10] = 1
    found, _ = cores(marks, unmarked(20, 20), 0.5)
    assert (found[0] == 1).all()
    assert (found[9] == -1).all()


@pytest.mark.parametrize("value", [0, 1])
def test_an_image_that_is_marked_all_over_has_no_rim(value: int) -> None:
    marks = np.full((9, 9), value, np.int16)
    found, _ = cores(marks, unmarked(9, 9), 1.0)
    np.testing.assert_array_equal(found, marks)


def test_classes_that_touch_have_a_rim_between_them() -> None:
    marks = np.zeros((20, 40), np.int16)
    marks[:, 20:] = 2
    found, _ = cores(marks, unmarked(20, 40), 0.5)
    rim = np.flatnonzero(found[0] < 0)
    assert rim[0] < 20 <= rim[-1]
    np.testing.assert_array_equal(found[0, rim], -1)
    assert found[0, 0] == 0
    assert found[0, -1] == 2


@given(
    arrays(np.int16, PLANES, elements=st.integers(-1, 2)),
    st.floats(0, 1),
    st.integers(0, 99),
)
def test_marks_are_only_taken_away_and_every_stroke_stays(
    marks: NDArray[np.int16], share: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    negative = rng.integers(-1, 3, marks.shape).astype(np.int16)
    before = marks.copy(), negative.copy()
    found = cores(marks, negative, share)
    for given_marks, left, original in zip(
        (marks, negative), found, before, strict=True
    ):
        np.testing.assert_array_equal(given_marks, original)
        assert ((left == given_marks) | (left == -1)).all()
        for value in np.unique(given_marks[given_marks >= 0]):
            pieces, count = ndimage.label(given_marks == value, np.ones((3, 3)))
            kept = np.unique(pieces[left == value])
            assert len(kept) == count


def test_nothing_is_copied_where_nothing_is_taken() -> None:
    marks = disc(10)
    assert cores(marks, marks, 0)[0] is marks
    empty = unmarked(5, 5)
    assert cores(empty, empty, 0.5)[1] is empty


def test_only_planes_with_other_marks_are_worked_on_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from napari_metastruct.training.labelled import stroke_rims

    calls: list[Any] = []

    def counted(*args: Any) -> Any:  # noqa: ANN401
        calls.append(args[0])
        return cores(*args)

    monkeypatch.setattr(stroke_rims, "cores", counted)
    inner, planes = CoreMarks(0.5), [disc(10), disc(12)]
    nothing = [unmarked(61, 61)] * 2
    first = inner.of(planes, nothing)
    assert inner.of(planes, nothing)["inner positive"][0] is first["inner positive"][0]
    planes[1] = disc(14)
    inner.of(planes, nothing)
    assert len(calls) == 3
    assert calls[-1] is planes[1]
