"""The discriminator: how real is a mask beside its image (paper 001)."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn

from napari_metastruct.networks.residual import ResidualBlock, draw_weights

__all__ = ["BLOCKS", "SMALLEST", "Discriminator", "blocks_for"]

BLOCKS = 7
"""Residual blocks of the paper, for images of 513 pixels."""
SMALLEST = 4
"""Pixels along an axis that the last block leaves of such an image."""
WIDEST = 8
"""No block has more than so many times the channels of the first."""


class Discriminator(nn.Module):
    """Residual blocks that halve image and mask, then one linear unit.

    Parameters
    ----------
    channels
        Of the image.
    classes
        Maps of the mask.
    width
        Channels of the first block; each further one has twice as many, up to 8 times.
    blocks
        How many there are; each halves the sides.
    """

    def __init__(self, channels: int, classes: int, width: int, blocks: int) -> None:
        super().__init__()
        widths = [width * min(2**number, WIDEST) for number in range(blocks)]
        before = [channels + classes, *widths]
        self.blocks = nn.Sequential(
            *(
                ResidualBlock(a, b, stride=2, of_image=number == 0)
                for number, (a, b) in enumerate(pairwise(before))
            ),
            nn.BatchNorm2d(widths[-1]),
            nn.ReLU(),
        )
        self.unit = nn.Linear(widths[-1], 1)
        draw_weights(self)

    def forward(self, images: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
        """Return the log odds that each mask is real, ``(N,)``; the score's logit.

        Parameters
        ----------
        images
            ``(N, channels, Y, X)``.
        masks
            One map a class, ``(N, classes, Y, X)``.
        """
        features = self.blocks(torch.cat([images, masks], 1)).mean((2, 3))
        odds: torch.Tensor = self.unit(features)[:, 0]
        return odds


def blocks_for(side: int) -> int:
    """Return how many blocks a patch takes: the paper's 7, fewer if it is small.

    The last block leaves at least 4 x 4 pixels, as it does in the paper; a patch
    below 8 pixels has none to give and gets 0.
    """
    return max(0, min(BLOCKS, (side // SMALLEST).bit_length() - 1))
