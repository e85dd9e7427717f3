"""Co-teaching (Han et al. 2018) on pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from napari_metastruct.training.small_loss import SmallLossMethod

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

__all__ = ["CoTeaching"]


class CoTeaching(SmallLossMethod):
    """Two networks that show each other which pixels to learn from.

    A network learns what labels have in common before it learns their errors by
    heart, so a pixel of small loss has probably the right label. Each network picks
    the small-loss share of the labelled pixels of a batch for the *other* one, which
    errs in other places: so errors are filtered instead of added up.
    """

    title: ClassVar[str] = "Co-teaching"
    reference: ClassVar[str] = "Han et al., NeurIPS 2018, Algorithm 1, on pixels"
    networks: ClassVar[int] = 2

    name: Literal["co-teaching"] = "co-teaching"
    """Name of the method."""

    def choose(
        self, logits: Sequence[torch.Tensor], labels: torch.Tensor, share: float
    ) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """Choose for each network the pixels that the other one finds easy."""
        from napari_metastruct.training.losses import pixel_cross_entropy, small_loss

        losses = [pixel_cross_entropy(one, labels) for one in logits]
        easy = [small_loss(one, labels >= 0, share) for one in losses]
        return losses, [easy[1], easy[0]]
