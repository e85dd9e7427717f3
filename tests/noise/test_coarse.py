"""Coarse marks: what is drawn, how much of it, and what it says."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage
from tests.noise.shapes import balls, cells, disc, partly_ignored

from napari_metastruct.errors import InputError
from napari_metastruct.noise import (
    CoarseNegative,
    CoarsePositive,
    coarse_negative,
    coarse_positive,
)

IMAGES: dict[str, NDArray[Any]] = {
    "cells": cells(),
    "balls": balls(),
    "ignored": partly_ignored(cells()),
}
each_image = pytest.mark.parametrize("kind", IMAGES)
EXACT: dict[str, Any] = {"stroke": "exact", "fractures": 0}


@each_image
def test_an_exact_drawing_of_all_is_the_truth(kind: str) -> None:
    labels = IMAGES[kind]
    marks = coarse_positive(labels, 1.0, **EXACT, rng=0)
    np.testing.assert_array_equal(marks, np.where(labels > 0, labels, -1))
    assert marks.dtype == np.int8


def test_a_negative_mark_says_what_is_not_there() -> None:
    labels = disc()
    marks = coarse_negative(labels, 1.0, **EXACT, rng=0)
    np.testing.assert_array_equal(marks, np.where(labels == 0, 1, -1))


@each_image
def test_exact_negative_marks_are_never_the_class_itself(kind: str) -> None:
    labels = IMAGES[kind]
    marks = coarse_negative(labels, 1.0, **EXACT, rng=0)
    assert set(np.unique(marks[marks >= 0])) == set(np.unique(labels[labels > 0]))
    assert (marks != labels)[marks >= 0].all()
    assert (marks[labels >= 0] >= 0).all()


@pytest.mark.parametrize("ratio", [1.0, 0.8, 0.5, 0.3, 0.01])
def test_a_share_of_every_object_is_kept_in_one_piece(ratio: float) -> None:
    labels = cells()
    marks = coarse_positive(labels, ratio, **EXACT, rng=1)
    for value in (1, 2, 3):
        pieces, count = ndimage.label(labels == value)
        areas = np.bincount(pieces.ravel())[1:]
        kept = np.bincount(pieces[marks == value], minlength=count + 1)[1:]
        np.testing.assert_array_equal(kept, np.maximum(np.rint(ratio * areas), 1))
        assert ndimage.label(marks == value)[1] == count
    assert (marks == labels)[marks >= 0].all()


def test_the_kept_part_lies_around_a_random_point() -> None:
    labels = disc(64, 25)
    middles = [
        ndimage.center_of_mass(coarse_positive(labels, 0.05, **EXACT, rng=s) > 0)
        for s in range(30)
    ]
    assert np.ptp(middles, axis=0).min() > 20
    marks = coarse_positive(labels, 0.05, **EXACT, rng=0) > 0
    assert ndimage.distance_transform_edt(marks).max() > 3


def test_thin_and_thick_differ_from_the_truth_as_they_say() -> None:
    labels = disc(128, 40)
    exact: dict[str, Any] = {"fractures": 0, "ratio": 1.0, "amount": 0.3}
    thin = coarse_positive(labels, **exact, stroke="thin", rng=0) == 1
    thick = coarse_positive(labels, **exact, stroke="thick", rng=0) == 1
    # The half width of a disc is 2/3 of its radius: 0.3 of it are 8 pixels.
    assert thin.sum() == pytest.approx(np.pi * 32**2, rel=0.03)
    assert thick.sum() == pytest.approx(np.pi * 48**2, rel=0.03)
    either = {
        int((coarse_positive(labels, **exact, rng=s) == 1).sum()) for s in range(12)
    }
    assert either == {int(thin.sum()), int(thick.sum())}


def test_thick_negative_marks_cover_the_rim_of_the_objects() -> None:
    labels = disc(128, 40)
    marks = coarse_negative(labels, 1.0, stroke="thick", fractures=0, rng=0)
    wrong = (marks == 1) & (labels == 1)
    assert 0.2 < wrong.sum() / labels.sum() < 0.5
    assert (marks[labels == 0] == 1).all()


def test_a_thick_mark_covers_no_other_class() -> None:
    labels = cells()
    marks = coarse_positive(labels, 1.0, stroke="thick", fractures=0, rng=0)
    outside = (marks >= 0) & (marks != labels)
    assert outside.any()
    assert not labels[outside].any()


def test_fractures_cut_small_gaps() -> None:
    labels = disc(128, 40)
    whole = coarse_positive(labels, 1.0, stroke="exact", fractures=0, rng=0) == 1
    lost = []
    for count in (1, 3, 10):
        cut = coarse_positive(labels, 1.0, stroke="exact", fractures=count, rng=0) == 1
        assert (cut <= whole).all()
        lost.append(1 - cut.sum() / whole.sum())
    assert 0 < lost[0] < lost[1] < lost[2] < 0.9
    assert lost[0] < 0.1


@each_image
@pytest.mark.parametrize("seed", range(4))
def test_no_class_vanishes(kind: str, seed: int) -> None:
    labels = IMAGES[kind]
    for ratio in (1.0, 0.01):
        marks = coarse_positive(labels, ratio, amount=1.0, stroke="thin", rng=seed)
        assert set(np.unique(marks)) == {-1, *np.unique(labels[labels > 0])}


def test_marks_of_full_and_of_empty_images() -> None:
    for draw in (coarse_positive, coarse_negative):
        assert (draw(np.zeros((9, 9), int), rng=0) == -1).all()
        assert (draw(np.full((9, 9), -1), rng=0) == -1).all()
    full = np.ones((9, 9), int)
    assert (coarse_positive(full, 1.0, fractures=0, rng=0) == 1).all()
    assert (coarse_negative(full, rng=0) == -1).all()


def test_settings_are_the_functions() -> None:
    settings: dict[str, Any] = {
        "ratio": 0.4, "stroke": "thick", "amount": 0.2, "fractures": 1
    }  # fmt: skip
    for kind, draw in (
        (CoarsePositive, coarse_positive),
        (CoarseNegative, coarse_negative),
    ):
        marks = kind(**settings).apply(cells(), 3)
        np.testing.assert_array_equal(marks, draw(cells(), **settings, rng=3))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"ratio": 0}, "ratio is 0"),
        ({"ratio": 1.1}, r"ratio is 1\.1"),
        ({"amount": -1}, "amount is -1"),
        ({"fractures": -2}, "fractures is -2"),
        ({"stroke": "bold"}, "bold"),
    ],
)
def test_bad_input_is_refused_in_words(settings: dict[str, Any], words: str) -> None:
    for draw in (coarse_positive, coarse_negative):
        with pytest.raises(InputError, match=words):
            draw(cells(), **settings)
