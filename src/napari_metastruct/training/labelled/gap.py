"""The gap between the losses of what is learned from and of the rest, and its course.

Eq. 5 of Li et al. 2021: a network first learns what labels have in common, then their
errors; so the gap first grows and then shrinks, and learning ends at its maximum.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

import torch

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["GapCourse", "LossGap"]


class LossGap:
    """Mean loss of the regions that were left out minus that of the others (Eq. 5).

    Summed over the batches of an epoch, as the networks were when they learned from
    each; the sums stay on the device until they are asked for.
    """

    def __init__(self) -> None:
        self._rows: list[torch.Tensor] = []

    def add(self, losses: torch.Tensor, kept: torch.Tensor) -> None:
        """Count a batch: loss of each region, and whether it was kept, ``(K,)``."""
        rest = ~kept
        sums = [(losses * rest).sum(), rest.sum(), (losses * kept).sum(), kept.sum()]
        self._rows.append(torch.stack([one.double() for one in sums]))

    def value(self) -> float:
        """Return the gap; NaN if nothing was left out."""
        if not self._rows:
            return math.nan
        rest, left, kept, taken = torch.stack(self._rows).sum(0).tolist()
        return rest / left - kept / taken if left and taken else math.nan


@dataclass(slots=True)
class GapCourse:
    """When to end a network update, and when to end all.

    Attributes
    ----------
    patience
        Epochs without a new maximum that end a network update.
    begun
        Whether the next epoch leaves anything out; one that does not has no gap.
    iteration
        Of network update and label refinement, from 1 on.
    epochs
        Epochs of this iteration that had a gap.
    at
        Epoch of this iteration with the largest gap.
    largest
        That gap.
    """

    patience: int
    begun: bool = True
    iteration: int = 1
    epochs: int = 0
    at: int = 0
    largest: float = 0.0

    @classmethod
    def of(cls, state: Mapping[str, Any], patience: int, *, begun: bool = True) -> Self:
        """Return the course that `state` remembers, or a new one."""
        return cls(patience, **{"begun": begun, **state})

    def state(self) -> dict[str, Any]:
        """Return what a session's ``state`` must remember."""
        return {name: v for name, v in asdict(self).items() if name != "patience"}

    def look(self, gap: float, *, learned: bool = True) -> bool:
        """Take the gap of an epoch; say whether it is the largest of the iteration.

        Parameters
        ----------
        gap
            NaN if nothing was left out.
        learned
            Whether the next epoch may leave anything out.

        Returns
        -------
        True also as long as no epoch of the iteration has a gap.
        """
        self.begun = learned
        if not math.isfinite(gap):
            return not self.epochs
        self.epochs += 1
        if self.epochs == 1 or gap > self.largest:
            self.at, self.largest = self.epochs, gap
            return True
        return False

    @property
    def is_over(self) -> bool:
        """Whether the gap has not grown for as long as the patience lasts."""
        return self.epochs - self.at >= self.patience

    @property
    def has_settled(self) -> bool:
        """Whether the gap never rose after labels had been refined: no use any more."""
        return self.iteration > 1 and self.at == 1

    def begin_again(self) -> None:
        """Begin the next iteration, after a refinement."""
        self.iteration += 1
        self.epochs, self.at, self.largest = 0, 0, 0.0
