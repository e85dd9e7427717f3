"""Tri-network (Zhang et al. 2020)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from napari_metastruct.training.small_loss import SmallLossMethod

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

__all__ = ["TriNetwork"]


class TriNetwork(SmallLossMethod):
    """Three networks, each taught by the two others.

    Every network finds the small-loss share of the labelled pixels of a batch easy;
    the third learns from the pixels that both others find easy. Two that were wrong
    in the same way are rarer than one, so fewer wrong labels pass than in
    Co-teaching, and somewhat fewer pixels are kept than the noise rate says.
    """

    title: ClassVar[str] = "Tri-network"
    reference: ClassVar[str] = "Zhang et al., MICCAI 2020; consensus of two for a third"
    networks: ClassVar[int] = 3

    name: Literal["tri-network"] = "tri-network"
    """Name of the method."""

    def choose(
        self, logits: Sequence[torch.Tensor], labels: torch.Tensor, share: float
    ) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """Choose for each network the pixels that both others find easy."""
        from napari_metastruct.training.losses import pixel_cross_entropy, small_loss

        losses = [pixel_cross_entropy(one, labels) for one in logits]
        easy = [small_loss(one, labels >= 0, share) for one in losses]
        kept = [easy[1] & easy[2], easy[2] & easy[0], easy[0] & easy[1]]
        return losses, kept
