"""One contract for every network."""

import socket
import sys

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings, strategies
from tests.zoo import need_zoo

from napari_metastruct.errors import InputError
from napari_metastruct.networks.create import (
    NetworkSettings,
    create_network,
    last_layer,
)
from napari_metastruct.networks.zoo import INSTALL_ZOO, MEND_ZOO, ZOO, ZooName

NETWORKS = {
    "small": NetworkSettings(width=1, depth=2),
    "unet": NetworkSettings(width=8, depth=3),
    "deep": NetworkSettings(width=2, depth=5),
    "dfc": NetworkSettings(name="dfc", width=6, depth=2),
    "deeplabv3+": NetworkSettings(name="deeplabv3+"),
    "hrnet": NetworkSettings(name="hrnet"),
}
MANY_CLASSES = [name for name in NETWORKS if name != "dfc"]


def chosen(name: str) -> NetworkSettings:
    """Return the settings of a network that is there, else skip the test."""
    if name in ZOO:
        need_zoo()
    return NETWORKS[name]


@pytest.fixture(params=NETWORKS)
def network_settings(request: pytest.FixtureRequest) -> NetworkSettings:
    return chosen(request.param)


def test_gives_one_logit_for_each_pixel(network_settings: NetworkSettings) -> None:
    network = create_network(network_settings, 3, 1).eval()
    side = network_settings.stride
    with torch.inference_mode():
        logits = network(torch.zeros(2, 3, side, 3 * side))
    assert logits.shape == (2, 1, side, 3 * side)
    assert torch.isfinite(logits).all()


@pytest.mark.parametrize("name", MANY_CLASSES)
def test_gives_a_logit_for_each_class(name: str) -> None:
    made = chosen(name)
    network = create_network(made, 2, 3).eval()
    side = made.stride
    with torch.inference_mode():
        logits = network(torch.zeros(1, 2, side, 2 * side))
    assert logits.shape == (1, 3, side, 2 * side)


def test_learns(network_settings: NetworkSettings) -> None:
    torch.manual_seed(0)
    network = create_network(network_settings, 1, 1)
    side = network_settings.stride
    if network_settings.name == "dfc":
        network.foreground[0] = True  # type: ignore[operator]
    # Squares of constant logits would have no gradient behind a normalisation.
    weights = torch.randn(2, 1, side, side)
    (network(torch.randn(2, 1, side, side)) * weights).sum().backward()
    grads = [p.grad for p in network.parameters()]
    assert all(g is not None and torch.isfinite(g).all() for g in grads)
    assert any(g is not None and g.abs().sum() > 0 for g in grads)


@pytest.mark.parametrize("name", MANY_CLASSES)
def test_negating_the_last_layer_maps_p_to_one_minus_p(name: str) -> None:
    made = chosen(name)
    network = create_network(made, 1, 1).eval()
    images = torch.randn(1, 1, made.stride, made.stride)
    with torch.inference_mode():
        before = network(images).sigmoid()
    with torch.no_grad():
        for parameter in last_layer(network).parameters():
            parameter.neg_()
    with torch.inference_mode():
        after = network(images).sigmoid()
    np.testing.assert_allclose(after.numpy(), 1 - before.numpy(), atol=1e-6)


@settings(max_examples=12)
@example(width=1, depth=6, channels=1, outputs=1)
@given(
    width=strategies.integers(1, 9),
    depth=strategies.integers(2, 6),
    channels=strategies.integers(1, 4),
    outputs=strategies.integers(1, 4),
)
def test_a_unet_has_any_width_and_depth(
    width: int, depth: int, channels: int, outputs: int
) -> None:
    made = NetworkSettings(width=width, depth=depth)
    assert made.stride == 2**depth
    network = create_network(made, channels, outputs)
    first = next(iter(network.parameters()))
    assert first.shape[:2] == (width, channels)
    with torch.inference_mode():
        logits = network(torch.zeros(2, channels, made.stride, made.stride))
    assert logits.shape == (2, outputs, made.stride, made.stride)


@pytest.mark.parametrize("name", ZOO)
def test_same_seed_same_network_and_nothing_is_downloaded(
    name: ZooName, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_zoo()

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a network asks the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    weights = []
    for _ in range(2):
        torch.manual_seed(5)
        network = create_network(NetworkSettings(name=name), 1, 2).train()
        images = torch.randn(2, 1, 32, 32)
        with torch.no_grad():
            weights.append([network(images), *network.parameters()])
    assert all(torch.equal(a, b) for a, b in zip(*weights, strict=True))


@pytest.mark.parametrize("name", ZOO)
def test_a_network_that_is_not_installed_is_refused_in_words(
    name: ZooName, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("napari_metastruct.networks.zoo.has_zoo", lambda: False)
    with pytest.raises(InputError, match="not installed here") as refused:
        create_network(NetworkSettings(name=name), 1, 2)
    assert name in str(refused.value)
    assert str(refused.value).endswith(INSTALL_ZOO)


@pytest.mark.parametrize(
    "breaks", [RuntimeError("operator torchvision::nms does not exist"), ImportError()]
)
def test_a_network_that_does_not_import_is_refused_in_words(
    breaks: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Finder:
        @staticmethod
        def find_spec(name: str, *_: object) -> None:
            if name == "segmentation_models_pytorch":
                raise breaks

    monkeypatch.setattr("napari_metastruct.networks.zoo.has_zoo", lambda: True)
    monkeypatch.delitem(sys.modules, "segmentation_models_pytorch", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])
    with pytest.raises(InputError, match="does not import") as refused:
        create_network(NetworkSettings(name="hrnet"), 1, 2)
    assert str(breaks) in str(refused.value)
    assert str(refused.value).endswith(MEND_ZOO)
