"""The annotation network: how a mark came about, pixel by pixel (paper 004, Fig. 1)."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from napari_metastruct.networks.create import NetworkSettings, create_network

__all__ = ["START", "AnnotationNetwork", "beginning"]

START = 0.95
"""How reliable a mark is taken to be before anything is learned: the diagonal."""
SPEED = 10.0
"""How much faster the matrices learn than the features: with few hundred steps of AdamW
they would otherwise stay where they begin."""
LEAST = 1e-6
"""The smallest entry before columns are normalised, so that none is empty."""


class AnnotationNetwork(nn.Module):
    """Gives a confusion matrix for every pixel and every kind of annotation.

    Column j of a matrix is the distribution of the mark where the truth is class j,
    ``a_ij = p(mark = i | truth = j, image)``: a softplus, then divided by its sum. At
    the beginning all matrices are near the identity.

    A U-Net gives features of every pixel; matrices are made of these where they are
    asked for. Of all pixels of a batch with many classes they would not fit into
    memory, and only marked pixels need them.

    Parameters
    ----------
    channels
        Of the image as a network sees it.
    classes
        L, how many there are.
    kinds
        How many kinds of annotation.
    width, depth
        Of the U-Net; sides of images are multiples of ``2 ** depth``.
    """

    def __init__(
        self, channels: int, classes: int, kinds: int, width: int = 8, depth: int = 3
    ) -> None:
        super().__init__()
        settings = NetworkSettings(name="unet", width=width, depth=depth)
        self.classes, self.kinds = classes, kinds
        self.body = create_network(settings, channels, width)
        self.head = nn.Linear(width, kinds * classes**2)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        first = beginning(classes).expm1().log()  # inverse of the softplus
        self.register_buffer("first", first.flatten())

    first: torch.Tensor

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return features of every pixel, ``(N, width, Y, X)``."""
        found: torch.Tensor = self.body(images)
        return found.relu()

    def matrices(self, features: torch.Tensor, kind: int) -> torch.Tensor:
        """Return the confusion matrices of some pixels, ``(M, L, L)`` float32.

        Parameters
        ----------
        features
            Of these pixels, ``(M, width)``.
        kind
            Which kind of annotation.
        """
        size = self.classes**2
        rows = slice(kind * size, (kind + 1) * size)
        learned = functional.linear(
            features, self.head.weight[rows], self.head.bias[rows]
        )
        raw = self.first + SPEED * learned
        positive = functional.softplus(raw).clamp(min=LEAST)
        positive = positive.reshape(-1, self.classes, self.classes)
        return positive / positive.sum(1, keepdim=True)


def beginning(classes: int) -> torch.Tensor:
    """Return the matrix at the beginning, ``(L, L)``; its columns sum to 1."""
    off = (1 - START) / (classes - 1)
    matrix = torch.full((classes, classes), off)
    return matrix.fill_diagonal_(START)
