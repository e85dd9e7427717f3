"""Thresholds against scikit-image and against the literal form of the paper."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from skimage.filters import threshold_li, threshold_local, threshold_otsu

from napari_metastruct.sample_data import bundled_image, synthetic_nuclei
from napari_metastruct.thresholding import (
    Foreground,
    adaptive_gaussian,
    best_dmi_threshold,
    li,
    most_correlated_threshold,
    otsu,
    resolve_foreground,
)

Threshold = Callable[..., NDArray[np.bool_]]

probabilities = hnp.arrays(
    st.sampled_from([np.float32, np.float64]),
    st.integers(2, 60),
    elements=st.one_of(
        st.floats(0, 1, width=32), st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])
    ),
)


def literal_dmi(
    probability: NDArray[np.floating], count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the grid of Eq. 2 and |det Q| of Eq. 5 for each of its masks."""
    flat = probability.ravel().astype(np.float64)
    step = (flat.max() - flat.min()) / (count - 1)
    grid = flat.min() + np.arange(count) * step
    both = np.stack([flat, 1 - flat])
    masks = (flat > grid[:, None]).astype(np.float64)
    products = [both @ np.stack([mask, 1 - mask]).T for mask in masks]
    return grid, np.abs(np.linalg.det(np.array(products)))


@given(probability=probabilities, count=st.integers(2, 40))
def test_best_dmi_threshold_is_the_literal_one(
    probability: NDArray[np.floating], count: int
) -> None:
    grid, determinant = literal_dmi(probability, count)
    threshold = best_dmi_threshold(probability, count)
    chosen = int(np.flatnonzero(grid == threshold)[0])
    rounding = 1e-12 * probability.size**2
    assert determinant[chosen] >= determinant.max() - rounding


def test_best_dmi_threshold_picks_the_same_of_thirty_as_an_argmin(
    rng: np.random.Generator,
) -> None:
    for _ in range(20):
        probability = rng.beta(
            rng.uniform(0.2, 3), rng.uniform(0.2, 3), (64, 64)
        ).astype(np.float32)
        grid, determinant = literal_dmi(probability, 30)
        assert best_dmi_threshold(probability) == grid[determinant.argmax()]


def test_values_on_the_grid_are_not_above_it() -> None:
    probability = np.array([0.0, 0.5, 0.5, 1.0])  # mean 0.5, grid 0, 0.5, 1
    assert best_dmi_threshold(probability, 3) in (0.0, 0.5)
    _, determinant = literal_dmi(probability, 3)
    assert determinant[0] == pytest.approx(determinant[1])


def test_of_thresholds_with_the_same_mask_the_first_is_taken() -> None:
    probability = np.repeat([0.1, 0.9], [50, 14])
    assert best_dmi_threshold(probability, 9) == pytest.approx(0.1)


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_a_constant_probability_gives_an_empty_mask(value: float) -> None:
    constant = np.full((8, 8), value, np.float32)
    for choose in (best_dmi_threshold, most_correlated_threshold):
        assert not (constant > np.float64(choose(constant))).any()


def test_a_grid_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match="not 1"):
        best_dmi_threshold(np.eye(4), 1)


@given(probability=probabilities)
def test_most_correlated_threshold_is_the_best_of_all_edges(
    probability: NDArray[np.floating],
) -> None:
    flat = probability.astype(np.float64)
    edges = np.linspace(flat.min(), flat.max(), 65)[1:-1]
    masks = [flat > edge for edge in edges]
    score = [_correlation(flat, mask) for mask in masks]
    mask = flat > most_correlated_threshold(probability, 64)
    # A value on an edge may fall to either side of it.
    near = (np.abs(flat[:, None] - edges) < 1e-9).any()
    assert near or _correlation(flat, mask) >= max(score) - 1e-9


def _correlation(values: NDArray[np.float64], mask: NDArray[np.bool_]) -> float:
    if mask.all() or not mask.any():
        return 0.0
    return float(np.cov(values, mask, bias=True)[0, 1] / mask.std())


@pytest.mark.parametrize("bins", [64, 256, 1024])
def test_most_correlated_threshold_is_otsus(
    bins: int, rng: np.random.Generator
) -> None:
    probability = np.concatenate([rng.beta(2, 8, 3000), rng.beta(7, 3, 1000)])
    ours = most_correlated_threshold(probability, bins)
    width = np.ptp(probability) / bins
    # scikit-image names the centre of the bin below, and takes centres for values.
    assert ours == pytest.approx(threshold_otsu(probability, bins), abs=2.01 * width)


def test_otsu_lies_in_the_middle_of_a_gap() -> None:
    values = np.repeat([0.0, 1.0], [90, 10])
    assert most_correlated_threshold(values) == pytest.approx(0.5, abs=0.01)


def test_thresholding_does_not_depend_on_the_unit() -> None:
    image = synthetic_nuclei()[0].astype(np.float64)
    for threshold in (otsu, li, adaptive_gaussian):
        plain = threshold(image)
        scaled = threshold(-(2**14) + image * 1e-3)
        assert (plain == scaled).mean() > 0.999


def test_otsu_and_li_agree_with_scikit_image() -> None:
    for image in (bundled_image("coins"), synthetic_nuclei()[0]):
        smooth = gaussian_filter(image.astype(np.float32), 1.0)
        assert _agreement(otsu(image), smooth > threshold_otsu(smooth)) > 0.995
        assert _agreement(li(image), smooth > threshold_li(smooth)) > 0.99


def test_the_local_mean_is_that_of_scikit_image() -> None:
    coins = bundled_image("coins").astype(np.float32)
    expected = coins - threshold_local(coins, 51) > 4
    assert (
        _agreement(adaptive_gaussian(coins, block_size=51, offset=4), expected) > 0.999
    )


def _agreement(mask: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return float((mask == other).mean())


@pytest.mark.parametrize("threshold", [otsu, adaptive_gaussian])
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64, np.float64])
def test_dark_objects_are_bright_ones_of_the_negative(
    threshold: Threshold, dtype: type
) -> None:
    image: NDArray[Any] = (synthetic_nuclei()[0] // 4).astype(dtype)
    negative = (image.max() - image).astype(dtype)
    assert _agreement(threshold(image), threshold(negative, "dark")) > 0.995


@pytest.mark.parametrize("threshold", [otsu, li, adaptive_gaussian])
@pytest.mark.parametrize("foreground", ["bright", "dark", "auto"])
def test_a_constant_plane_has_no_foreground(
    threshold: Threshold, foreground: Foreground
) -> None:
    assert not threshold(np.full((40, 40), 3, np.uint8), foreground).any()


def test_the_foreground_is_the_smaller_side() -> None:
    image = synthetic_nuclei()[0]
    assert resolve_foreground(image) == "bright"
    assert resolve_foreground(1000 - image.astype(np.int64)) == "dark"
    assert otsu(image, "auto").mean() < 0.5
    assert otsu(-image.astype(np.float32), "auto").mean() < 0.5


def test_volumes_are_thresholded_too(rng: np.random.Generator) -> None:
    volume = rng.normal(size=(6, 40, 40))
    volume[2:4, 10:30, 10:30] += 6
    for function in (otsu, li):
        assert function(volume).shape == volume.shape
        assert function(volume)[2:4, 12:28, 12:28].all()
