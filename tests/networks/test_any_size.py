"""Planes of any size go through networks that take multiples of a stride only."""

from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings, strategies
from numpy.typing import NDArray
from tests.training.labelled.tiny import quick
from tests.zoo import need_zoo
from torch import nn

from napari_metastruct.networks.create import NetworkSettings, create_network
from napari_metastruct.networks.tiling import ArraySource, pad_to_stride, predict_steps
from napari_metastruct.networks.zoo import ZOO
from napari_metastruct.progress import run_to_end
from napari_metastruct.training.labelled.augment import draw_crops, patch_side
from napari_metastruct.training.labelled.predicting import Predictor

NETWORKS = {
    "unet": NetworkSettings(width=2, depth=4),
    "deeplabv3+": NetworkSettings(name="deeplabv3+"),
    "hrnet": NetworkSettings(name="hrnet"),
}
SIDES = strategies.integers(32, 75)


@cache
def network_of(name: str) -> nn.Module:
    """Return a network that several examples go through; it refuses other sizes."""
    if name in ZOO:
        need_zoo()
    torch.manual_seed(0)
    network = create_network(NETWORKS[name], 1, 3).eval()

    def refuse_others(_: nn.Module, given: tuple[torch.Tensor, ...]) -> None:
        assert all(side % NETWORKS[name].stride == 0 for side in given[0].shape[2:])

    network.register_forward_pre_hook(refuse_others)
    return network


def padded_and_cut(name: str, plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Predict a plane by hand: mirror it at its far ends, and leave that out again."""
    rows, columns = plane.shape[1:]
    padded = torch.from_numpy(pad_to_stride(plane, NETWORKS[name].stride))[None]
    with torch.inference_mode():
        found = network_of(name)(padded)[0, :, :rows, :columns].softmax(0)
    return np.asarray(found.numpy())


@pytest.mark.parametrize("name", NETWORKS)
@settings(max_examples=4)
@example(rows=64, columns=64)
@given(rows=SIDES, columns=SIDES)
def test_a_prediction_is_padded_and_cut(name: str, rows: int, columns: int) -> None:
    network, stride = network_of(name), NETWORKS[name].stride
    rng = np.random.default_rng(rows)
    plane = rng.standard_normal((1, rows, columns), dtype=np.float32)
    due = padded_and_cut(name, plane)
    steps = predict_steps(network, ArraySource(plane), stride=stride, classes=3)
    np.testing.assert_allclose(run_to_end(steps), due, atol=1e-5)
    learning = Predictor(classes=3, stride=stride, device="cpu")
    np.testing.assert_allclose(learning.one(network, plane), due, atol=1e-5)


@given(
    name=strategies.sampled_from(list(NETWORKS)),
    shapes=strategies.lists(strategies.tuples(SIDES, SIDES), min_size=1, max_size=3),
    patch=strategies.integers(32, 100),
    depth=strategies.integers(2, 6),
    seed=strategies.integers(0, 9),
)
def test_patches_are_padded_to_what_the_network_takes(
    name: str, shapes: list[tuple[int, int]], patch: int, depth: int, seed: int
) -> None:
    chosen = quick(network=name, patch=patch, depth=depth, batch=2)
    stride, side = chosen.network_settings().stride, patch_side(shapes, chosen)
    assert side >= stride
    assert side % stride == 0
    rng = np.random.default_rng(seed)
    for crop in draw_crops(shapes, side, chosen, rng):
        shape = shapes[crop.plane]
        image = crop.cut_image(np.ones((1, *shape), np.float32))
        np.testing.assert_allclose(image, np.ones((1, side, side)), rtol=1e-6)
        labels = crop.cut_map(np.ones(shape, np.int16))
        assert labels.shape == (side, side)
        # What is added has no label, and is not learned from.
        ends = zip((crop.top, crop.left), shape, strict=True)
        beyond = any(first + crop.size > last for first, last in ends)
        assert (labels == -1).any() == beyond
