"""JoCoR, joint training with co-regularisation (Wei et al. 2020), on pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from napari_metastruct.training.small_loss import SmallLossMethod

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

__all__ = ["JoCoR"]


class JoCoR(SmallLossMethod):
    """Two networks that learn together and shall agree.

    Both go down one loss, cross-entropy plus the difference of their predictions,
    on the same small-loss share of the labelled pixels: where the label is right,
    two networks soon agree with it and with each other; where it is wrong, they
    hardly do both.
    """

    title: ClassVar[str] = "JoCoR, joint training with co-regularisation"
    reference: ClassVar[str] = "Wei et al., CVPR 2020, Eq. 1 and Algorithm 1, on pixels"
    networks: ClassVar[int] = 2

    name: Literal["jocor"] = "jocor"
    """Name of the method."""
    agreement: Annotated[float, Field(ge=0, lt=1)] = 0.65
    """Weight of the networks' agreement against the labels, lambda of Eq. 1."""

    def choose(
        self, logits: Sequence[torch.Tensor], labels: torch.Tensor, share: float
    ) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """Choose for both networks the pixels where the joint loss is small."""
        from napari_metastruct.training.losses import small_loss

        losses = self.joint_loss(logits[0], logits[1], labels)
        return [losses], [small_loss(losses, labels >= 0, share)]

    def joint_loss(
        self, first: torch.Tensor, second: torch.Tensor, labels: torch.Tensor
    ) -> torch.Tensor:
        """Return Eq. 1 of every pixel, ``(N, Y, X)``.

        ``(1 - l) (CE(p1, y) + CE(p2, y)) + l (KL(p1 || p2) + KL(p2 || p1))``; of an
        ignored pixel only the second part is left.

        Parameters
        ----------
        first, second
            Logits of the two networks, ``(N, classes, Y, X)``.
        labels
            ``(N, Y, X)`` int64: class, or -1 to ignore.
        """
        from napari_metastruct.training.losses import pixel_cross_entropy, symmetric_kl

        entropies = [pixel_cross_entropy(one, labels) for one in (first, second)]
        labelled = (1 - self.agreement) * (entropies[0] + entropies[1])
        return labelled + self.agreement * symmetric_kl(first, second)
