"""Networks by name: sizes as settings, built fresh and seeded by the caller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from napari_metastruct.networks.zoo import ZOO, ZOO_STRIDE, create_zoo_network
from napari_metastruct.parameters import Parameters

if TYPE_CHECKING:
    from torch import nn

__all__ = ["NetworkName", "NetworkSettings", "create_network", "last_layer"]

NetworkName = Literal["unet", "dfc", "deeplabv3+", "hrnet"]


class NetworkSettings(Parameters):
    """Which network, and how large."""

    name: NetworkName = "unet"
    """Kind of network."""
    width: Annotated[int, Field(ge=1, le=256)] = 16
    """Channels of the U-Net's first level; every deeper level has twice as many."""
    depth: Annotated[int, Field(ge=2, le=6)] = 3
    """How often the U-Net halves the image on its way down."""

    @property
    def stride(self) -> int:
        """Sizes that the network takes are multiples of this many pixels."""
        if self.name in ZOO:
            return ZOO_STRIDE
        return 1 if self.name == "dfc" else 2**self.depth


def create_network(
    settings: NetworkSettings, in_channels: int, out_channels: int
) -> nn.Module:
    """Build an untrained network that maps images to logits of the same size.

    Parameters
    ----------
    settings
        Kind and size.
    in_channels
        Channels of the input ``(N, C, Y, X)``; Y and X multiples of
        ``settings.stride``.
    out_channels
        Channels of the output: 1 for foreground against background (sigmoid),
        otherwise one for each class (softmax).

    Raises
    ------
    InputError
        The network belongs to an extra that is not installed or does not import.

    Notes
    -----
    Batch normalisation is used because its running statistics make a prediction
    independent of the tile that it is computed in: no seams, and an empty tile
    is not stretched to full contrast as instance normalisation would do.
    """
    if settings.name == "dfc":
        from napari_metastruct.networks.dfc import DFCNetwork

        return DFCNetwork(in_channels, settings.width, settings.depth)
    if settings.name == "deeplabv3+" or settings.name == "hrnet":
        return create_zoo_network(settings.name, in_channels, out_channels)
    return _unet(settings, in_channels, out_channels)


def last_layer(network: nn.Module) -> nn.Module:
    """Return the layer whose negation maps the probability P to exactly 1 - P.

    For every network here it is the last convolution: logits are linear in its
    weights and bias.
    """
    from torch import nn

    layer: nn.Module = [m for m in network.modules() if isinstance(m, nn.Conv2d)][-1]
    return layer


def _unet(settings: NetworkSettings, in_channels: int, out_channels: int) -> nn.Module:
    from monai.networks.nets.dynunet import DynUNet

    levels = settings.depth + 1
    network: nn.Module = DynUNet(
        spatial_dims=2,
        in_channels=in_channels,
        out_channels=out_channels,
        kernel_size=[3] * levels,
        strides=[1] + [2] * settings.depth,
        upsample_kernel_size=[2] * settings.depth,
        filters=[settings.width * 2**level for level in range(levels)],
        norm_name="batch",
    )
    return network
