"""Noise on one file or array: the same as by the plain functions."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.quick import save_labels, truth

from napari_metastruct import add_noise
from napari_metastruct.errors import InputError
from napari_metastruct.noise import (
    Annotator,
    Dilate,
    Erode,
    Flip,
    OverUnder,
    Sample,
    error_map,
    noise_report,
    noisy_steps,
)
from napari_metastruct.progress import run_to_end

CHAIN = (Flip(rate=0.3), Dilate(iterations=2), Annotator())


@pytest.mark.parametrize("chain", [CHAIN, (OverUnder(), Flip(rate=0.1))])
def test_every_plane_gets_the_noise_of_its_number(chain: Any) -> None:  # noqa: ANN401
    labels = truth(shape=(2, 3, 48, 64))
    planes = labels.reshape(6, 48, 64)
    expected = run_to_end(noisy_steps(planes, chain, 5)).images
    found = add_noise(labels, chain=chain, seed=5).labels
    np.testing.assert_array_equal(found, np.reshape(expected, labels.shape))
    assert found.dtype == np.uint8


def test_volumes_get_it_as_a_whole() -> None:
    labels = truth(shape=(2, 3, 48, 64))
    expected = run_to_end(noisy_steps(list(labels), CHAIN, 5)).images
    found = add_noise(labels, chain=CHAIN, seed=5, volume=True).labels
    np.testing.assert_array_equal(found, np.stack(expected))


def test_a_file_gets_what_its_array_gets(tmp_path: Path) -> None:
    path = save_labels(tmp_path / "a.tif", shape=(2, 48, 64))
    from_file = add_noise(path, chain=CHAIN, seed=1)
    from_array = add_noise(truth(shape=(2, 48, 64)), chain=CHAIN, seed=1)
    np.testing.assert_array_equal(from_file.labels, from_array.labels)
    other = add_noise(path, chain=CHAIN, seed=2)
    assert (from_file.labels != other.labels).any()


def test_numbers_and_errors_are_of_the_whole() -> None:
    labels = truth(shape=(3, 48, 64))
    result = add_noise(labels, chain=CHAIN, errors=True)
    assert result.errors is not None
    np.testing.assert_array_equal(result.errors, error_map(labels, result.labels))
    expected = noise_report(labels, result.labels)
    assert result.report.mean_dice == expected.mean_dice
    fields = result.fields()
    assert fields["rank"] == expected.transition.rank
    assert fields["error_rate"] == pytest.approx((labels != result.labels).mean())
    assert add_noise(labels, chain=CHAIN).errors is None


def test_what_is_left_out_makes_them_signed() -> None:
    result = add_noise(truth(shape=(2, 48, 64)), chain=Sample(rate=0.5))
    assert result.labels.dtype == np.int8
    assert result.fields()["left_out"] == pytest.approx(0.5, abs=0.05)
    nothing = add_noise(truth(), chain=Sample(rate=0)).fields()
    assert nothing["pixels"] == 0
    assert nothing["mean_dice"] is None


def test_a_chain_of_names() -> None:
    labels = truth()
    np.testing.assert_array_equal(
        add_noise(labels, chain=["erode", {"name": "dilate", "iterations": 2}]).labels,
        add_noise(labels, chain=(Erode(), Dilate(iterations=2))).labels,
    )


def test_numbers_of_objects() -> None:
    numbers = np.arange(48 * 64).reshape(48, 64)
    with pytest.raises(InputError, match=r"holds 3,072 classes.*--as-one"):
        add_noise(numbers, chain="flip")
    assert add_noise(numbers, chain="flip", as_one=True).labels.max() == 1
    kept = add_noise(numbers, chain="dilate")  # their boundaries can be moved
    assert kept.report.classes == (0, 1)
