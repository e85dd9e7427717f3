"""Densities are what Eq. 8 says, whatever computes them."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from scipy.special import erf
from scipy.stats import gaussian_kde
from sklearn.neighbors import KernelDensity
from tests.metastructure import brute

from napari_metastruct.errors import InputError
from napari_metastruct.metastructure import density
from napari_metastruct.metastructure.kernels import KERNELS, Kernel

CLOSE = {"box": 3e-7, "disc": 3e-7, "epanechnikov": 1e-5, "gaussian": 5e-4}
"""Largest error, in parts of the peak."""
EXACT = [kernel for kernel in KERNELS if kernel != "gaussian"]


def speckles(
    shape: tuple[int, ...], seed: int = 0, least: int = 0
) -> NDArray[np.int16]:
    return np.random.default_rng(seed).integers(least, 3, shape, dtype=np.int16)


def check(labels: NDArray[Any], half: tuple[float, ...], kernel: Kernel) -> None:
    for edge_correction in (False, True):
        found = density(labels, half, kernel, edge_correction=edge_correction)
        assert found.maps.dtype == np.float32
        assert found.bandwidth == half
        for number, plane in zip(found.classes, found.maps, strict=True):
            expected = brute.density(labels, number, kernel, half, edge_correction)
            error = np.abs(plane - expected).max() / expected.max()
            # At an edge, the error is divided by what is left of the kernel.
            assert error < CLOSE[kernel] * (4 if edge_correction else 1), number


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("half", [0.4, 1, 2, 2.75, 5, 9.5])
def test_agrees_with_brute_force(kernel: Kernel, half: float) -> None:
    check(speckles((32, 32)), (half, half), kernel)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("half", [(1, 7), (9, 0.5), (4.5, 4)])
def test_agrees_with_brute_force_along_each_axis(
    kernel: Kernel, half: tuple[float, float]
) -> None:
    check(speckles((23, 37)), half, kernel)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("half", [(1, 2, 3), (4.5, 4.5, 4.5), (0.3, 6, 2.5)])
def test_agrees_with_brute_force_in_3d(kernel: Kernel, half: tuple[float, ...]) -> None:
    check(speckles((7, 12, 11)), half, kernel)


@pytest.mark.parametrize("kernel", KERNELS)
def test_ignored_pixels_are_outside_of_the_domain(kernel: Kernel) -> None:
    check(speckles((20, 24), least=-1), (3, 3), kernel)


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_window_may_be_wider_than_the_image(kernel: Kernel) -> None:
    check(speckles((9, 30)), (12, 12), kernel)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("half", [3.0, 6.5, 17.0, 40.0])
def test_a_single_point_is_the_kernel(kernel: Kernel, half: float) -> None:
    labels = np.zeros((97, 101), np.uint8)
    labels[41, 53] = 1
    plane = density(labels, half, kernel, classes=[1]).maps[0]
    places = np.indices(labels.shape) - np.array([41, 53])[:, np.newaxis, np.newaxis]
    expected = brute.weights(kernel, places, (half, half))
    volume = 2 * math.pi * half**2 if kernel == "gaussian" else None
    expected /= volume or brute.total(kernel, (half, half))
    assert np.abs(plane - expected).max() < CLOSE[kernel] * expected.max()


def test_the_square_window_of_eq_8_counts() -> None:
    labels = np.zeros((9, 9), np.uint8)
    labels[3, 3] = labels[3, 4] = labels[8, 8] = 1
    plane = density(labels, 1, "box", classes=[1]).maps[0]
    assert plane[3, 3] == plane[2, 4] == np.float32(2 / (3 * 9))
    assert plane[3, 2] == plane[7, 7] == plane[8, 8] == np.float32(1 / (3 * 9))
    assert np.count_nonzero(plane) == 12 + 4


def test_counts_are_exact_where_they_are_large() -> None:
    labels = np.random.default_rng(0).integers(0, 2, (600, 500), dtype=np.uint8)
    upto = np.pad(labels, ((1, 0), (1, 0))).astype(np.int64).cumsum(0).cumsum(1)
    half = 123
    low, high = (np.clip(np.arange(600) + s, 0, 600) for s in (-half, half + 1))
    left, right = low[:500].clip(max=500), high[:500].clip(max=500)
    counts = (
        upto[np.ix_(high, right)]
        - upto[np.ix_(low, right)]
        - upto[np.ix_(high, left)]
        + upto[np.ix_(low, left)]
    )
    plane = density(labels, half, "box").maps[1]
    found = plane.astype(np.float64) * labels.sum() * (2 * half + 1) ** 2
    assert np.array_equal(np.rint(found), counts)
    assert np.abs(found - counts).max() < 1e-6 * counts.max()


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("shape", [(64, 80), (24, 26, 28)])
def test_integrates_to_1(kernel: Kernel, shape: tuple[int, ...]) -> None:
    labels = np.zeros(shape, np.uint8)
    middle = tuple(slice(n // 2 - 2, n // 2 + 2) for n in shape)
    labels[middle] = speckles((4,) * len(shape)) % 2
    # Wide enough for the coarse grid of the gaussian, and all of it in the image.
    half = (shape[0] // 2 - 4) / (5 if kernel == "gaussian" else 1)
    plane = density(labels, half, kernel, classes=[1]).maps[0]
    assert abs(float(plane.sum(dtype=np.float64)) - 1) < 1e-5


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("least", [0, -1])
def test_corrected_classes_share_every_pixel(kernel: Kernel, least: int) -> None:
    labels = speckles((40, 50), least=least)
    found = density(labels, 6, kernel, edge_correction=True)
    counts = np.array(found.counts)[:, np.newaxis, np.newaxis]
    assert np.allclose((found.maps * counts).sum(axis=0), 1, atol=1e-4)
    inside = found.maps[:, labels >= 0].sum(axis=1)
    assert abs(np.average(inside, weights=found.counts) - 1) < 1e-4


@pytest.mark.parametrize("kernel", KERNELS)
def test_correction_makes_one_class_even(kernel: Kernel) -> None:
    plane = density(np.ones((30, 41), int), 7, kernel, edge_correction=True).maps[0]
    assert np.allclose(plane, 1 / (30 * 41), rtol=1e-4)


def test_where_the_domain_is_far_there_is_nothing() -> None:
    labels = np.full((40, 40), -1)
    labels[:3] = [0, 1] * 20
    for kernel in KERNELS:
        for edge_correction in (False, True):
            maps = density(labels, 4, kernel, edge_correction=edge_correction).maps
            assert np.isfinite(maps).all()
            assert (maps >= 0).all()
            # Fourier and splines leave a shade of rounding; the correction must not
            # blow it up.
            far = 0 if edge_correction else 1e-5 * maps.max()
            assert maps[:, 30:].max() <= far
            assert maps[:, 4].all()


def test_a_half_plane_is_an_error_function() -> None:
    labels = np.zeros((200, 400), np.uint8)
    labels[:, 200:] = 1
    plane = density(labels, 15, "gaussian", edge_correction=True).maps[1]
    away = np.arange(400) - 199.5
    expected = (1 + erf(away / 15 / math.sqrt(2))) / 2 / labels.sum()
    inside = slice(60, -60)  # the correction bends the tail at the side
    assert np.abs(plane[100] - expected)[inside].max() < 1e-3 * expected.max()


def test_agrees_with_gaussian_kde() -> None:
    labels = np.zeros((60, 90), np.uint8)
    labels[20:40, 30:60] = 1
    labels[25:35, 40:50] = 0
    points = np.argwhere(labels).T.astype(float)
    kde = gaussian_kde(points, 0.4)
    half = tuple(float(h) for h in np.sqrt(np.diag(kde.covariance)))
    expected = kde(np.indices(labels.shape).reshape(2, -1)).reshape(labels.shape)
    plane = density(labels, half, "gaussian").maps[1]
    assert np.abs(plane - expected).max() < 5e-4 * expected.max()


@pytest.mark.parametrize(
    ("kernel", "name", "volume"),
    [
        ("gaussian", "gaussian", 2 * math.pi),
        ("disc", "tophat", math.pi),
        ("epanechnikov", "epanechnikov", math.pi / 2),
    ],
)
def test_agrees_with_scikit_learn(kernel: Kernel, name: str, volume: float) -> None:
    labels = (speckles((40, 40)) == 1).astype(np.uint8)
    half = 5.3
    model = KernelDensity(kernel=name, bandwidth=half).fit(np.argwhere(labels))
    places = np.indices(labels.shape).reshape(2, -1).T
    expected = np.exp(model.score_samples(places)).reshape(labels.shape)
    # It divides by the volume of the kernel, not by its sum over the pixels.
    expected *= volume * half**2 / brute.total(kernel, (half, half))
    plane = density(labels, half, kernel).maps[1]
    assert np.abs(plane - expected).max() < 5e-4 * expected.max()


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("half", [3, 12])
def test_moves_with_the_labels(kernel: Kernel, half: float) -> None:
    labels = speckles((45, 60))
    plain = density(labels, half, kernel).maps
    for flip in ((0,), (1,), (0, 1)):
        flipped = density(np.flip(labels, flip), half, kernel).maps
        back = np.flip(flipped, tuple(axis + 1 for axis in flip))
        assert np.abs(back - plain).max() < 2 * CLOSE[kernel] * plain.max()
    turned = density(labels.T, half, kernel).maps
    assert np.abs(turned.swapaxes(1, 2) - plain).max() < CLOSE[kernel] * plain.max()


@pytest.mark.parametrize("kernel", EXACT)
def test_counts_add_up(kernel: Kernel) -> None:
    labels = speckles((50, 40))
    found = density(labels, 4, kernel)
    both = density((labels > 0).astype(int), 4, kernel, classes=[1])
    counts = np.array(found.counts)[:, np.newaxis, np.newaxis]
    sums = (found.maps * counts)[1:].sum(axis=0) / both.counts[0]
    assert np.allclose(sums, both.maps[0], rtol=1e-5, atol=1e-9)


@given(
    labels=hnp.arrays(
        np.int8,
        hnp.array_shapes(min_dims=2, max_dims=3, max_side=7),
        elements=st.integers(-1, 3),
    ),
    half=st.floats(0.25, 6),
    kernel=st.sampled_from(KERNELS),
)
def test_any_labels_with_any_kernel(
    labels: NDArray[Any], half: float, kernel: Kernel
) -> None:
    if (labels < 0).all() or half > max(labels.shape):
        return
    before = labels.copy()
    found = density(labels, half, kernel)
    assert np.array_equal(labels, before)
    assert found.classes == tuple(np.unique(labels[labels >= 0]))
    assert found.counts == tuple(np.unique(labels[labels >= 0], return_counts=True)[1])
    for number, plane in zip(found.classes, found.maps, strict=True):
        expected = brute.density(labels, number, kernel, found.bandwidth)
        peak = brute.weights(kernel, np.zeros((labels.ndim, 1)), found.bandwidth)[0]
        scale = peak / brute.total(kernel, found.bandwidth)
        assert np.abs(plane - expected).max() < 2 * CLOSE[kernel] * scale
        assert (plane >= 0).all()


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int8, np.uint16, np.int64])
def test_any_integer_type(dtype: type[np.generic]) -> None:
    labels = (speckles((20, 20)) == 1).astype(dtype)
    expected = density((labels > 0).astype(np.int32), 3, "box")
    assert np.array_equal(density(labels, 3, "box").maps, expected.maps)


def test_a_view_is_read_as_it_is() -> None:
    labels = speckles((40, 60))
    part = labels[3:33:2, ::-3]
    assert np.array_equal(
        density(part, 4, "box").maps, density(part.copy(), 4, "box").maps
    )


def test_classes_come_in_the_order_asked_for() -> None:
    labels = speckles((20, 20))
    every = density(labels, 3, "box")
    some = density(labels, 3, "box", classes=[2, 0])
    assert some.classes == (2, 0)
    assert some.counts == (every.counts[2], every.counts[0])
    assert np.allclose(some.maps, every.maps[[2, 0]], rtol=1e-6)


def test_names_of_classes_may_be_large() -> None:
    labels = np.where(speckles((20, 20)) == 1, 3_000_000_000, 0)
    found = density(labels, 3, "box")
    assert found.classes == (0, 3_000_000_000)
    assert np.array_equal(found.maps, density(labels > 0, 3, "box").maps)


def test_units_are_those_of_the_spacing() -> None:
    labels = speckles((12, 30, 30))
    found = density(labels, 1.5, "box", spacing=(1.0, 0.5, 0.25))
    assert found.bandwidth == (1.5, 3, 6)
    assert np.array_equal(found.maps, density(labels, (1.5, 3, 6), "box").maps)


@pytest.mark.parametrize(
    ("labels", "settings", "words"),
    [
        (np.zeros((0, 5), int), {}, r"empty: its shape is \(0, 5\)"),
        (np.full((5, 5), -1), {}, "All 25 pixels of 'labels' are ignored"),
        (np.full((5, 5), -2), {}, "holds the value -2"),
        (np.full((5, 5), 0.5), {}, "holds 0.5 and is of type float64"),
        (np.full((5, 5), "a"), {}, "labels are whole numbers"),
        (np.zeros(5, int), {}, "has 1 axes"),
        (np.zeros((2, 2, 2, 2), int), {}, "has 4 axes"),
        (np.arange(100).reshape(10, 10), {}, "100 classes"),
        (np.eye(9, dtype=int), {"bandwidth": 0}, "bandwidth is 0; give"),
        (np.eye(9, dtype=int), {"bandwidth": -3.5}, "bandwidth is -3.5; give"),
        (np.eye(9, dtype=int), {"bandwidth": math.nan}, "bandwidth is nan; give"),
        (np.eye(9, dtype=int), {"bandwidth": math.inf}, "bandwidth is inf; give"),
        (np.eye(9, dtype=int), {"bandwidth": None}, "bandwidth is None; give"),
        (np.eye(9, dtype=int), {"bandwidth": True}, "bandwidth is True; give"),
        (np.eye(9, dtype=int), {"bandwidth": "wide"}, "bandwidth is 'wide'"),
        (np.eye(9, dtype=int), {"bandwidth": 9.5}, "9.5 pixels, is larger than the"),
        (np.eye(9, dtype=int), {"bandwidth": (1, 2, 3)}, "3 bandwidths"),
        (np.eye(9, dtype=int), {"bandwidth": (1, 0)}, "bandwidth is 0; give"),
        (np.eye(9, dtype=int), {"spacing": (1, 0)}, "spacing is 1 x 0"),
        (np.eye(9, dtype=int), {"spacing": (1, 1, 1)}, "spacing is 1, but"),
        (np.eye(9, dtype=int), {"kernel": "round"}, "'round' is not a kernel"),
        (np.eye(9, dtype=int), {"classes": [2]}, "Class 2 .* holds only 0, 1;"),
        (np.eye(9, dtype=int), {"classes": []}, r"classes asked for are \[\]"),
        (np.eye(9, dtype=int), {"classes": [1, 1]}, r"asked for are \[1, 1\]"),
        (np.eye(9, dtype=int), {"device": "warp"}, "cannot use the device 'warp'"),
    ],
)
def test_bad_input_is_refused_in_words(
    labels: NDArray[Any], settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        density(labels, **settings)
