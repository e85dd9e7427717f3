"""The bandwidth that is found: as wide as the objects, whatever the noise."""

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.metastructure.shapes import circle, drawn

from napari_metastruct.errors import InputError
from napari_metastruct.metastructure import auto_bandwidth, density


def discs(radius: float, side: int = 256) -> NDArray[np.uint8]:
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:side, :side]
    labels = np.zeros((side, side), np.uint8)
    for _ in range(int(0.2 * side**2 / (np.pi * radius**2)) + 1):
        centre = rng.random(2) * side
        labels[np.hypot(y - centre[0], x - centre[1]) <= radius] = 1
    return labels


def ribbons(width: float, side: int = 256) -> NDArray[np.uint8]:
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:side, :side]
    labels = np.zeros((side, side), np.uint8)
    for _ in range(int(0.2 * side / width) + 1):
        angle, centre = rng.random() * np.pi, rng.random(2) * side
        away = (y - centre[0]) * np.cos(angle) + (x - centre[1]) * np.sin(angle)
        labels[np.abs(away) < width / 2] = 1
    return labels


def flip(labels: NDArray[np.uint8], rate: float) -> NDArray[np.uint8]:
    matrix = np.array([[1 - rate, rate], [rate, 1 - rate]])
    return drawn(labels, matrix, np.random.default_rng(1))


@pytest.mark.parametrize("radius", [4, 8, 16])
def test_of_discs(radius: float) -> None:
    assert 0.65 < auto_bandwidth(discs(radius)) / radius < 0.95


@pytest.mark.parametrize("width", [3, 6, 12])
def test_of_ribbons(width: float) -> None:
    assert 0.75 < auto_bandwidth(ribbons(width)) / width < 1.2


@pytest.mark.parametrize("labels", [discs(8), discs(16), ribbons(6)])
def test_noise_by_pixel_hardly_changes_it(labels: NDArray[np.uint8]) -> None:
    clean = auto_bandwidth(labels)
    assert auto_bandwidth(flip(labels, 0.2)) == pytest.approx(clean, rel=0.1)
    assert auto_bandwidth(flip(labels, 0.4)) == pytest.approx(clean, rel=0.3)
    ignored = np.random.default_rng(2).random(labels.shape) > 0.1
    sampled = np.where(ignored, -1, labels.astype(int))
    assert auto_bandwidth(sampled) == pytest.approx(clean, rel=0.2)


def test_grows_with_the_image() -> None:
    labels = discs(8)
    large = np.kron(labels, np.ones((3, 3), np.uint8))
    assert auto_bandwidth(large) == pytest.approx(3 * auto_bandwidth(labels), rel=0.15)


def test_is_in_units_of_the_spacing() -> None:
    labels = discs(8)
    plain = auto_bandwidth(labels)
    assert auto_bandwidth(labels, spacing=(0.2, 0.2)) == pytest.approx(0.2 * plain)
    flat = labels[::2]
    assert auto_bandwidth(flat, spacing=(2, 1)) == pytest.approx(plain, rel=0.1)
    found = density(flat, spacing=(2, 1))
    assert found.bandwidth[1] == pytest.approx(2 * found.bandwidth[0])
    assert found.bandwidth[1] == auto_bandwidth(flat, spacing=(2, 1))


def test_in_3d() -> None:
    places = np.indices((24, 60, 60)).reshape(3, -1).T * (2.5, 1, 1)
    rng = np.random.default_rng(0)
    centres = rng.random((12, 3)) * 60
    away = np.linalg.norm(places[:, np.newaxis] - centres, axis=2).min(axis=1)
    labels = (away.reshape(24, 60, 60) <= 8).astype(int)
    assert 0.5 < auto_bandwidth(labels, spacing=(2.5, 1, 1)) / 8 < 0.95


@pytest.mark.parametrize(
    "labels",
    [np.random.default_rng(0).integers(0, 2, (96, 128)), np.zeros((96, 128), int)],
)
def test_without_structure_it_is_a_part_of_the_image(labels: NDArray[np.int64]) -> None:
    assert auto_bandwidth(labels) == 3


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (2, 2), (1, 5, 7)])
def test_tiny_labels_have_one(shape: tuple[int, ...]) -> None:
    labels = np.arange(np.prod(shape)).reshape(shape) % 2
    assert auto_bandwidth(labels) >= 1
    assert np.isfinite(density(labels).maps).all()


def test_never_exceeds_the_image() -> None:
    labels = circle(64)
    labels[:] = labels[32] > 0
    assert 1 <= auto_bandwidth(labels) <= 16


def test_refuses_what_density_refuses() -> None:
    with pytest.raises(InputError, match="spacing is 0"):
        auto_bandwidth(circle(32), spacing=(0, 0))
    with pytest.raises(InputError, match="is empty"):
        auto_bandwidth(np.zeros((0, 0), int))
