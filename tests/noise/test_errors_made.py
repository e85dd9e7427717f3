"""The map and the numbers of what a noise has done."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from numpy.typing import NDArray
from tests.noise.shapes import any_labels, cells

from napari_metastruct import evaluation
from napari_metastruct.errors import InputError
from napari_metastruct.noise import (
    ERRORS,
    dilate,
    erode,
    error_map,
    noise_report,
    random_flip,
    random_sample,
)


@given(clean=any_labels(least=-1), noisy=any_labels(least=-1))
def test_every_pixel_is_named_rightly(clean: NDArray[Any], noisy: NDArray[Any]) -> None:
    noisy = np.resize(noisy, clean.shape)
    errors = error_map(clean, noisy)
    assert errors.dtype == np.uint8
    for c, n, e in zip(clean.flat, noisy.flat, errors.flat, strict=True):
        if c == n or c == -1:
            expected = "same"
        elif n == -1:
            expected = "left out"
        elif n == 0:
            expected = "missed"
        else:
            expected = "added" if c == 0 else "swapped"
        assert ERRORS[int(e)] == expected


def test_dilating_adds_eroding_misses_sampling_leaves_out() -> None:
    clean = cells()
    for noisy, name in (
        (dilate(clean, 2), "added"),
        (erode(clean, 2), "missed"),
        (random_sample(clean, 0.5), "left out"),
    ):
        assert {ERRORS[int(e)] for e in np.unique(error_map(clean, noisy))} == {
            "same",
            name,
        }


@given(clean=any_labels(least=-1), noisy=any_labels())
def test_numbers_are_those_of_the_evaluation(
    clean: NDArray[Any], noisy: NDArray[Any]
) -> None:
    assume((clean >= 0).any())
    noisy = np.resize(noisy, clean.shape)
    report = noise_report(clean, noisy)
    scores = evaluation.scores(clean, noisy)
    picked = list(report.classes)
    np.testing.assert_allclose(report.dice, evaluation.dice(clean, noisy, 3)[picked])
    np.testing.assert_allclose(report.iou, evaluation.iou(clean, noisy, 3)[picked])
    assert report.mean_dice == pytest.approx(scores.mean_dice)
    assert report.mean_iou == pytest.approx(scores.mean_iou)
    assert 1 - report.transition.error_rate == pytest.approx(scores.accuracy)


def test_a_report_takes_masks_of_255_and_left_out_pixels() -> None:
    clean = (cells() > 0) * 255
    report = noise_report(clean, random_flip(clean, 0.1, rng=0))
    assert report.classes == (0, 255)
    assert report.transition.error_rate == pytest.approx(0.1, abs=0.02)
    sampled = noise_report(clean, random_sample(clean, 0.5, rng=0))
    assert (sampled.mean_dice, sampled.mean_iou) == (1, 1)


def test_bad_input_is_refused_in_words() -> None:
    for compare in (error_map, noise_report):
        with pytest.raises(InputError, match=r"\(128, 128\).*\(64, 64\)"):
            compare(cells(), cells(64))
