"""Small-loss selection in a run: how much is kept, and what it was worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import torch

from napari_metastruct.training.labelled.early_learning import Overlap

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from napari_metastruct.training.labelled.batches import LabelledBatch

__all__ = ["REFERENCE", "SelectionCourse", "SelectionCurves", "kept_share"]

REFERENCE = "reference"
"""Name of the map that holds the clean reference, for curves only."""


def kept_share(noise_rate: float | None, epoch: int, ramp: int) -> float:
    """Return the share of the labelled pixels that an epoch is learned from.

    ``R = 1 - noise_rate * min((epoch - 1) / ramp, 1)``, Algorithm 1 of Han et al.
    2018: all pixels in the first epoch, then evenly fewer, as a network learns what
    is right before it learns errors by heart.

    Parameters
    ----------
    noise_rate
        Share of the pixels whose label is wrong, 0 to 1.
    epoch
        From 1 on.
    ramp
        Epochs until the full share is left out, 1 or more.
    """
    if noise_rate is None:
        raise RuntimeError("The noise rate is estimated before a method learns.")
    return 1 - noise_rate * min((epoch - 1) / ramp, 1.0)


@dataclass(slots=True)
class SelectionCourse:
    """How much is kept in each epoch: all until every class is learned, then less.

    Attributes
    ----------
    wait_for
        Share of each class that must be predicted as labelled, 0 to 1.
    learned_for
        Epochs since then; what `kept_share` counts from.
    """

    wait_for: float
    learned_for: int = 0

    @classmethod
    def of(cls, state: Mapping[str, Any], wait_for: float) -> Self:
        """Return the course that `state` remembers, or a new one."""
        return cls(wait_for, **state)

    def state(self) -> dict[str, Any]:
        """Return what a session's ``state`` must remember."""
        return {"learned_for": self.learned_for}

    def share(self, noise_rate: float | None, ramp: int) -> float:
        """Return the share of the labelled pixels that the next epoch learns from."""
        return kept_share(noise_rate, self.learned_for + 1, ramp)

    def look(self, learned: float) -> None:
        """Take the least share of a class that an epoch predicted as labelled."""
        if self.learned_for or learned >= self.wait_for:
            self.learned_for += 1


class SelectionCurves:
    """What was selected in an epoch, summed over its batches.

    The sums stay on the device until `values` asks for them: a step waits for none.
    """

    def __init__(self) -> None:
        self._rows: list[torch.Tensor] = []
        self._overlap = Overlap()

    @torch.no_grad()
    def add(
        self,
        batch: LabelledBatch,
        logits: Sequence[torch.Tensor],
        losses: Sequence[torch.Tensor],
        kept: Sequence[torch.Tensor],
    ) -> None:
        """Count a batch.

        Parameters
        ----------
        batch
            Its map "reference", if it has one, tells which labels are right.
        logits
            Of each network, ``(N, classes, Y, X)``.
        losses
            One ``(N, Y, X)`` for each network, or one that they share.
        kept
            For each loss which pixels were learned from by it, ``(N, Y, X)`` bool.
        """
        self._overlap.add(torch.stack([*logits]).sum(0), batch.labels)
        known = batch.labels >= 0
        same = _all_equal([one.argmax(1) for one in logits]) & known
        truth = batch.maps.get(REFERENCE, torch.full_like(batch.labels, -1))
        right = known & (batch.labels == truth)
        for loss, chosen in zip(losses, kept, strict=True):
            dropped = known & ~chosen
            sums = [
                known.sum(),
                same.sum(),
                chosen.sum(),
                (loss * chosen).sum(),
                dropped.sum(),
                (loss * dropped).sum(),
                (chosen & (truth >= 0)).sum(),
                (chosen & right).sum(),
            ]
            self._rows.append(torch.stack([one.float() for one in sums]))

    def learned(self) -> float:
        """Return the least share of a class that all together predict as labelled."""
        return self._overlap.least()

    def values(self) -> dict[str, float]:
        """Return the epoch's numbers; NaN where there was nothing to count.

        Returns
        -------
        ``kept``: share of the labelled pixels that were learned from;
        ``agreement``: share on which all networks agree; ``kept_loss`` and
        ``dropped_loss``: mean loss of these and of the others; ``precision``: share
        of the kept pixels whose label is right, as far as the reference knows.
        """
        total = torch.stack(self._rows).cpu().double().sum(0)
        known, same, kept, loss_kept, dropped, loss_dropped, sure, right = total
        shares = {
            "kept": kept / known,
            "agreement": same / known,
            "kept_loss": loss_kept / kept,
            "dropped_loss": loss_dropped / dropped,
            "precision": right / sure,
        }
        return {name: float(value) for name, value in shares.items()}


def _all_equal(classes: Sequence[torch.Tensor]) -> torch.Tensor:
    same = torch.ones_like(classes[0], dtype=torch.bool)
    for other in classes[1:]:
        same &= other == classes[0]
    return same
