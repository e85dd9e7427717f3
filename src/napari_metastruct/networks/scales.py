"""What the decoder of a network makes of an image at each scale.

Another network can be joined to it there, whatever the network is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from napari_metastruct.networks.create import create_network

if TYPE_CHECKING:
    from torch import nn

    from napari_metastruct.networks.create import NetworkSettings

__all__ = ["Scale", "Scales", "decoder_layers", "scales_of"]


class Scale(NamedTuple):
    """One scale of a decoder."""

    channels: int
    """How many maps there are."""
    stride: int
    """Pixels of the image that one pixel of the maps stands for, along an axis."""


class Scales:
    """Keeps the last features of a decoder, coarse to fine, while it is open.

    Parameters
    ----------
    settings
        Kind and size of the network.
    network
        As `create_network` made it. Only hooks are added to it, until `close`.
    """

    def __init__(self, settings: NetworkSettings, network: nn.Module) -> None:
        layers = decoder_layers(settings, network)
        self._found: list[torch.Tensor | None] = [None] * len(layers)
        self._handles = [
            layer.register_forward_hook(self._keeper(number))
            for number, layer in enumerate(layers)
        ]

    def take(self) -> list[torch.Tensor]:
        """Return the features of the last forward pass, and let go of them."""
        found = [one for one in self._found if one is not None]
        if len(found) < len(self._found):
            raise RuntimeError("The network has not been asked since the last take().")
        self._found = [None] * len(found)
        return found

    def close(self) -> None:
        """Leave the network as it was."""
        for handle in self._handles:
            handle.remove()

    def _keeper(self, number: int) -> Any:  # noqa: ANN401 - a hook of torch
        def keep(_layer: nn.Module, _given: Any, found: torch.Tensor) -> None:  # noqa: ANN401
            self._found[number] = found

        return keep


def decoder_layers(settings: NetworkSettings, network: nn.Module) -> list[nn.Module]:
    """Return the layers whose outputs are a decoder's features, coarse to fine.

    The first one ends the way down: it has the deepest features.
    """
    inside: Any = network
    if settings.name == "unet":
        return [inside.bottleneck, *inside.upsamples]
    if settings.name == "deeplabv3+":
        return [inside.decoder.aspp, inside.decoder.block2]
    if settings.name == "hrnet":
        return list(inside.decoder.blocks)
    return [inside.features]


def scales_of(settings: NetworkSettings) -> tuple[Scale, ...]:
    """Return the scales of the decoder of a network, coarse to fine.

    Found out by a network that is made for it, which draws no random numbers of the
    caller's.
    """
    side = 2 * settings.stride
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        network = create_network(settings, 1, 2).eval()
        scales = Scales(settings, network)
        network(torch.zeros(1, 1, side, side))
    return tuple(Scale(one.shape[1], side // one.shape[2]) for one in scales.take())
