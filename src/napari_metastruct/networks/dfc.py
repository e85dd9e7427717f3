"""The network of differentiable feature clustering (Kim et al. 2020)."""

from __future__ import annotations

import torch
from torch import nn

__all__ = ["DFCNetwork"]


class DFCNetwork(nn.Module):
    """Blocks of 3x3 convolution, ReLU and batch norm, then a 1x1 classifier.

    The classifier's ``width`` normalised responses are clusters. Which of them
    are foreground is decided after learning and kept in the buffer
    ``foreground``, so that the trained network gives one foreground logit for
    each pixel like every other network here.
    """

    foreground: torch.Tensor

    def __init__(self, in_channels: int, width: int = 100, blocks: int = 2) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for number in range(blocks):
            channels = in_channels if number == 0 else width
            layers += [
                nn.Conv2d(channels, width, kernel_size=3, padding=1),
                nn.ReLU(),
                nn.BatchNorm2d(width),
            ]
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Conv2d(width, width, 1), nn.BatchNorm2d(width)
        )
        self.register_buffer("foreground", torch.zeros(width, dtype=torch.bool))

    def responses(self, images: torch.Tensor) -> torch.Tensor:
        """Return the normalised response of every cluster, ``(N, width, Y, X)``."""
        responses: torch.Tensor = self.classifier(self.features(images))
        return responses

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the log odds that a pixel is foreground, ``(N, 1, Y, X)``."""
        responses = self.responses(images)
        inside = responses.masked_fill(~self.foreground[:, None, None], -torch.inf)
        outside = responses.masked_fill(self.foreground[:, None, None], -torch.inf)
        odds = inside.logsumexp(1, keepdim=True) - outside.logsumexp(1, keepdim=True)
        return odds.clamp(-30, 30)
