"""Two labels compared: the same as by the plain functions."""

import json

import numpy as np
import pytest
from tests.quick import truth

from napari_metastruct import add_noise, compare_labels
from napari_metastruct.errors import InputError
from napari_metastruct.metastructure import (
    auto_bandwidth,
    compare,
    density,
    distinguishable_classes,
)
from napari_metastruct.noise import Flip, noise_report


def test_the_numbers_are_those_of_the_functions() -> None:
    clean = truth(shape=(96, 128))
    noisy = add_noise(clean, chain=Flip(rate=0.4)).labels
    found = compare_labels(clean, noisy)
    report = noise_report(clean, noisy)
    np.testing.assert_array_equal(found.report.dice, report.dice)
    size = auto_bandwidth(clean)
    maps = density(clean, size), density(noisy, size)
    alike = compare(*maps)
    assert found.densities.pearson.tolist() == pytest.approx(alike.pearson)
    assert found.densities.jensen_shannon.tolist() == pytest.approx(
        alike.jensen_shannon
    )
    assert found.densities.overlap.tolist() == pytest.approx(alike.overlap)
    assert found.densities.distinguishable == distinguishable_classes(maps[1])
    fields = found.fields()
    assert fields["rank"] == report.transition.rank == 3
    assert fields["accuracy"] == pytest.approx((clean == noisy).mean())
    assert json.loads(json.dumps(fields, allow_nan=False)) == fields


def test_stacks_are_compared_plane_by_plane() -> None:
    clean = truth(shape=(2, 48, 64))
    noisy = add_noise(clean, chain=Flip(rate=0.2)).labels
    found = compare_labels(clean, noisy, bandwidth=4).densities
    each = [compare_labels(a, b, bandwidth=4) for a, b in zip(clean, noisy)]  # noqa: B905
    expected = np.mean([one.densities.pearson for one in each], axis=0)
    np.testing.assert_allclose(found.pearson, expected)
    together = compare_labels(clean, noisy, bandwidth=4, volume=True).densities
    assert together.bandwidth == (4.0, 4.0, 4.0)


def test_the_same_labels() -> None:
    fields = compare_labels(truth(), truth()).fields()
    assert fields["error_rate"] == 0
    assert fields["mean_dice"] == 1
    assert fields["density"]["mean_overlap"] == pytest.approx(1, abs=1e-5)


def test_classes_that_only_one_has() -> None:
    clean, other = truth(), np.minimum(truth(), 1)
    found = compare_labels(clean, other, bandwidth=4)
    assert found.report.classes == (0, 1, 2)
    assert found.densities.classes == (0, 1)
    none = compare_labels(clean, np.full(clean.shape, 9), bandwidth=4).fields()
    assert none["density"]["classes"] == []
    assert none["density"]["mean_pearson"] is None
    assert none["density"]["distinguishable"] == 1


def test_what_is_left_out() -> None:
    clean = truth().astype(np.int8)
    clean[:, 32:] = -1
    other = truth().copy()
    other[:, 32:] = 2  # nobody knows whether this is wrong
    fields = compare_labels(clean, other, bandwidth=4).fields()
    assert fields["error_rate"] == 0
    assert fields["density"]["mean_overlap"] == pytest.approx(1, abs=1e-5)
    sampled = compare_labels(truth(), np.full(clean.shape, -1), bandwidth=4).fields()
    assert sampled["left_out"] == 1
    assert sampled["density"]["distinguishable"] == 0
    with pytest.raises(InputError, match="Every pixel of 'labels' is ignored"):
        compare_labels(np.full((8, 8), -1), np.zeros((8, 8), int))


def test_what_cannot_be_compared() -> None:
    with pytest.raises(InputError, match=r"shape \(48, 64\), but 'labels' has"):
        compare_labels(truth(), truth()[1:])
    numbers = np.arange(48 * 64).reshape(48, 64)
    with pytest.raises(InputError, match="--as-one"):
        compare_labels(numbers, numbers, bandwidth=4)
    same = compare_labels(numbers, numbers, bandwidth=4, as_one=True)
    assert same.report.classes == (0, 1)
