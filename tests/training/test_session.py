"""The session: crops that come back where they were, steps that repeat."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from napari_metastruct.arrays import open_stack
from napari_metastruct.features import FeatureSettings
from napari_metastruct.networks.create import NetworkSettings
from napari_metastruct.training.data import choose_windows, cut_tiles
from napari_metastruct.training.session import Session

NETWORK = NetworkSettings(width=4, depth=2)


def session_of(image: NDArray[np.generic], seed: int = 0) -> Session:
    stack = open_stack(image)
    windows = choose_windows([stack], np.random.default_rng(seed), side=48)
    settings = FeatureSettings(kind="image")
    tiles = list(cut_tiles([stack], windows, settings, "bright"))
    return Session(tiles, NETWORK, seed=seed)


@pytest.fixture
def image(rng: np.random.Generator) -> NDArray[np.float64]:
    return rng.normal(size=(90, 100))


def test_labels_and_images_are_turned_alike(image: NDArray[np.float64]) -> None:
    session = session_of(image)
    for number, tile in enumerate(session.tiles):
        session.labels[number] = (tile.inputs[0] > 0).astype(np.int8)
    for batch in session.batches(5, size=6, side=32):
        expected = (batch.images[:, 0] > 0).long()
        torch.testing.assert_close(batch.labels, expected)
        assert batch.images.shape == (6, 1, 32, 32)


def test_a_remembered_prediction_lies_where_it_was_made(
    image: NDArray[np.float64],
) -> None:
    session = session_of(image)
    for batch in session.batches(60, size=4, side=32):
        session.remember(batch, batch.images[:, 0], momentum=0.0)
    for tile, seen in zip(session.tiles, session.probability, strict=True):
        visited = seen != 0.5
        assert visited.mean() > 0.9
        np.testing.assert_array_equal(seen[visited], tile.inputs[0][visited])


def test_the_running_mean_weighs_as_it_says(image: NDArray[np.float64]) -> None:
    session = session_of(image)
    (batch,) = session.batches(1, size=1, side=32)
    session.remember(batch, torch.ones(1, 32, 32), momentum=0.75)
    tile = session.probability[batch.crops[0].tile]
    assert sorted(np.unique(tile)) == [0.5, 0.625]


def test_a_square_is_never_larger_than_the_smallest_tile() -> None:
    session = session_of(np.random.default_rng(0).normal(size=(37, 90)))
    (batch,) = session.batches(1, size=2, side=128)
    assert batch.images.shape[-2:] == (36, 36)


def test_global_randomness_is_left_alone(image: NDArray[np.float64]) -> None:
    torch.manual_seed(5)
    due = torch.rand(1)
    torch.manual_seed(5)
    session_of(image)
    assert torch.rand(1) == due


def test_weights_repeat_and_differ_with_the_seed(image: NDArray[np.float64]) -> None:
    def weights(seed: int) -> torch.Tensor:
        return next(session_of(image, seed).network.parameters()).detach()

    torch.testing.assert_close(weights(1), weights(1), rtol=0, atol=0)
    assert not torch.equal(weights(1), weights(2))


def test_calibrated_statistics_are_those_of_the_image(
    image: NDArray[np.float64],
) -> None:
    session = session_of(image)
    session.calibrate(side=32)
    norm = next(
        m for m in session.network.modules() if isinstance(m, torch.nn.BatchNorm2d)
    )
    assert norm.running_mean is not None
    assert norm.running_mean.abs().sum() > 0
    assert norm.momentum == pytest.approx(0.1)
