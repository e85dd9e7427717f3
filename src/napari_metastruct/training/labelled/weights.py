"""Weights of several networks: copied, put back, by name in arrays."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from napari_metastruct.networks.create import create_network
from napari_metastruct.networks.segmenter import weights_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray
    from torch import nn

    from napari_metastruct.networks.create import NetworkSettings

__all__ = ["Weights", "copy_weights", "new_networks", "put_weights"]

Weights = dict[str, "NDArray[Any]"]
"""Everything that networks have learned: "network/name" to values."""


def new_networks(
    settings: NetworkSettings,
    channels: int,
    classes: int,
    *,
    count: int,
    seed: int,
    device: str,
    further: Sequence[Callable[[], nn.Module]] = (),
) -> list[nn.Module]:
    """Build networks that differ in their first weights only, then further ones."""
    networks = []
    same: Callable[[], nn.Module] = partial(create_network, settings, channels, classes)
    for number, make in enumerate([*[same] * count, *further]):
        with torch.random.fork_rng(devices=[]):
            drawn = np.random.default_rng([seed, 2, number]).integers(2**31)
            torch.manual_seed(int(drawn))
            network = make()
        moved: nn.Module = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        networks.append(moved)
    return networks


def copy_weights(networks: Sequence[nn.Module]) -> Weights:
    """Return a copy of all that was learned."""
    return {
        f"{number}/{name}": tensor.detach().cpu().numpy().copy()
        for number, network in enumerate(networks)
        for name, tensor in weights_of(network).items()
    }


@torch.no_grad()
def put_weights(
    networks: Sequence[nn.Module], weights: Mapping[str, NDArray[Any]]
) -> None:
    """Give networks the weights that `copy_weights` returned."""
    for number, network in enumerate(networks):
        for name, tensor in weights_of(network).items():
            tensor.copy_(torch.from_numpy(np.array(weights[f"{number}/{name}"])))
