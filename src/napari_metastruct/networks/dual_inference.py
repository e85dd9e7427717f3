"""The dual inference network: an image branch and a label branch, joined (paper 001).

The image branch segments and is any network of `create_network`. The label branch
mends a label map by the help of what the image branch sees at every scale.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from napari_metastruct.networks.residual import ResidualBlock, draw_weights
from napari_metastruct.networks.scales import Scales, scales_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_metastruct.networks.create import NetworkSettings

__all__ = ["CorrectionBranch", "DualInference"]


class CorrectionBranch(nn.Module):
    """The label branch: a U-Net whose decoder is led by that of the image branch.

    On the way up, ``h_k = W_up h_{k-1} + W_mid f_k`` (Eq. 1), both W residual blocks.
    ``h_0`` is the deepest feature of the labels; ``f_k`` are the features of the image
    branch's decoder at the k-th scale, beside those of the labels on their way down.

    Parameters
    ----------
    settings
        Of the image branch.
    classes
        How many there are.
    """

    def __init__(self, settings: NetworkSettings, classes: int) -> None:
        super().__init__()
        self.classes = classes
        scales = scales_of(settings)
        fine = scales[::-1]
        self.down = nn.ModuleList(
            [
                _lowered(classes, fine[0].channels, fine[0].stride, of_image=True),
                *(
                    _lowered(a.channels, b.channels, b.stride // a.stride)
                    for a, b in pairwise(fine)
                ),
            ]
        )
        before = (scales[0], *scales[:-1])
        self.up = nn.ModuleList(
            ResidualBlock(last.channels, scale.channels)
            for last, scale in zip(before, scales, strict=True)
        )
        self.middle = nn.ModuleList(
            ResidualBlock(2 * scale.channels, scale.channels) for scale in scales
        )
        last = fine[0].channels
        self.classifier = nn.Sequential(
            nn.BatchNorm2d(last), nn.ReLU(), nn.Conv2d(last, classes, 1)
        )
        draw_weights(self)

    def forward(
        self, labels: torch.Tensor, seen: Sequence[torch.Tensor]
    ) -> torch.Tensor:
        """Return the logits of the revised labels, ``(N, classes, Y, X)``.

        Parameters
        ----------
        labels
            One map a class, ``(N, classes, Y, X)``; all 0 where the label is ignored.
        seen
            Features of the image branch's decoder, coarse to fine.
        """
        given = [labels]
        for layer in self.down:
            given.append(layer(given[-1]))
        h = given[-1]
        skips = given[:0:-1]
        for f, skip, up, middle in zip(seen, skips, self.up, self.middle, strict=True):
            h = _resized(up(h), f) + middle(torch.cat([f, _resized(skip, f)], 1))
        logits: torch.Tensor = self.classifier(h)
        return _resized(logits, labels)


class DualInference(nn.Module):
    """Both branches as one network: what paper 001 calls the generator.

    Parameters
    ----------
    settings
        Of the image branch.
    image_branch
        As `create_network` made it.
    label_branch
        `CorrectionBranch` made for it.
    """

    def __init__(
        self,
        settings: NetworkSettings,
        image_branch: nn.Module,
        label_branch: CorrectionBranch,
    ) -> None:
        super().__init__()
        self.image_branch, self.label_branch = image_branch, label_branch
        self._scales = Scales(settings, image_branch)

    def segment(self, images: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Return the logits of the image branch, and what it saw at each scale."""
        logits: torch.Tensor = self.image_branch(images)
        return logits, self._scales.take()

    def forward(self, joined: torch.Tensor) -> torch.Tensor:
        """Return the logits of the revised labels.

        Parameters
        ----------
        joined
            Images and, as last channels, one map a class of their labels.
        """
        classes = self.label_branch.classes
        images, labels = joined[:, :-classes], joined[:, -classes:]
        _, seen = self.segment(images)
        logits: torch.Tensor = self.label_branch(labels, seen)
        return logits

    def close(self) -> None:
        """Leave the image branch as it was."""
        self._scales.close()


def _lowered(
    in_channels: int, out_channels: int, times: int, *, of_image: bool = False
) -> nn.Sequential:
    """Return residual blocks that make maps smaller, each to a half."""
    halvings = round(math.log2(times))
    first = ResidualBlock(
        in_channels, out_channels, stride=min(times, 2), of_image=of_image
    )
    more = (
        ResidualBlock(out_channels, out_channels, stride=2) for _ in range(1, halvings)
    )
    return nn.Sequential(first, *more)


def _resized(values: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    if values.shape[2:] == like.shape[2:]:
        return values
    return functional.interpolate(
        values, size=like.shape[2:], mode="bilinear", align_corners=False
    )
