"""One contract for every network."""

from typing import Literal

import numpy as np
import pytest
import torch

from napari_metastruct.errors import InputError
from napari_metastruct.networks.create import (
    NetworkSettings,
    create_network,
    last_layer,
)

NETWORKS = {
    "small": NetworkSettings(width=1, depth=2),
    "unet": NetworkSettings(width=8, depth=3),
    "deep": NetworkSettings(width=2, depth=5),
    "dfc": NetworkSettings(name="dfc", width=6, depth=2),
}


@pytest.fixture(params=NETWORKS)
def settings(request: pytest.FixtureRequest) -> NetworkSettings:
    return NETWORKS[request.param]


def test_gives_one_logit_for_each_pixel(settings: NetworkSettings) -> None:
    network = create_network(settings, 3, 1).eval()
    side = 2 * settings.stride
    with torch.inference_mode():
        logits = network(torch.zeros(2, 3, side, 3 * side))
    assert logits.shape == (2, 1, side, 3 * side)
    assert torch.isfinite(logits).all()


def test_learns(settings: NetworkSettings) -> None:
    torch.manual_seed(0)
    network = create_network(settings, 1, 1)
    side = 2 * settings.stride
    if settings.name == "dfc":
        network.foreground[0] = True  # type: ignore[operator]
    network(torch.randn(2, 1, side, side)).square().sum().backward()
    grads = [p.grad for p in network.parameters()]
    assert all(g is not None and torch.isfinite(g).all() for g in grads)
    assert any(g is not None and g.abs().sum() > 0 for g in grads)


@pytest.mark.parametrize("name", ["small", "unet", "deep"])
def test_negating_the_last_layer_maps_p_to_one_minus_p(name: str) -> None:
    settings = NETWORKS[name]
    network = create_network(settings, 1, 1).eval()
    images = torch.randn(1, 1, 2 * settings.stride, 2 * settings.stride)
    with torch.inference_mode():
        before = network(images).sigmoid()
    with torch.no_grad():
        for parameter in last_layer(network).parameters():
            parameter.neg_()
    with torch.inference_mode():
        after = network(images).sigmoid()
    np.testing.assert_allclose(after.numpy(), 1 - before.numpy(), atol=1e-6)


@pytest.mark.parametrize("name", ["deeplabv3+", "hrnet"])
def test_networks_of_the_extra_fit_in(name: Literal["deeplabv3+", "hrnet"]) -> None:
    pytest.importorskip("segmentation_models_pytorch")
    settings = NetworkSettings(name=name)
    network = create_network(settings, 2, 3).eval()
    side = settings.stride
    with torch.inference_mode():
        logits = network(torch.zeros(1, 2, side, 2 * side))
    assert logits.shape == (1, 3, side, 2 * side)


def test_a_network_that_is_not_installed_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("napari_metastruct.networks.zoo.has_zoo", lambda: False)
    with pytest.raises(InputError, match=r"napari-metastruct\[zoo\]"):
        create_network(NetworkSettings(name="hrnet"), 1, 2)
