"""The 3x3 residual block BN-ReLU-Conv (He et al. 2016, identity mappings)."""

from __future__ import annotations

import torch
from torch import nn

__all__ = ["ResidualBlock", "draw_weights"]

DEVIATION = 0.1
"""Of first weights: variance 0.01, as in Section 4.3 of paper 001."""


class ResidualBlock(nn.Module):
    """Twice BN-ReLU-Conv 3x3, beside a shortcut.

    Parameters
    ----------
    in_channels, out_channels
        Of the input and of the output.
    stride
        Of the first convolution: 2 halves the sides, odd ones rounded up.
    of_image
        The input is an image or a mask and no features: its first convolution takes it
        as it is, for a ReLU would cut off the dark half of an image.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        stride: int = 1,
        of_image: bool = False,
    ) -> None:
        super().__init__()
        before = [] if of_image else [nn.BatchNorm2d(in_channels), nn.ReLU()]
        self.residual = nn.Sequential(
            *before,
            nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(),
            nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False),
        )
        same = in_channels == out_channels and stride == 1
        self.shortcut = (
            nn.Identity() if same else nn.Conv2d(in_channels, out_channels, 1, stride)
        )

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Return ``(N, out_channels, Y / stride, X / stride)``."""
        found: torch.Tensor = self.shortcut(values) + self.residual(values)
        return found


def draw_weights(module: nn.Module) -> None:
    """Draw the weights of all convolutions and linear units as the paper does."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.normal_(layer.weight, 0, DEVIATION)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
