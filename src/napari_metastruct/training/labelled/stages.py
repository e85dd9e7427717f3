"""A run in stages that share its epochs; a person may end one early."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Stages", "shared"]


def shared(epochs: int, shares: Sequence[float]) -> tuple[int, ...]:
    """Share epochs out, at least one for each.

    Parameters
    ----------
    epochs
        How many there are, not fewer than shares.
    shares
        Above 0; only their ratio counts.

    Returns
    -------
    Numbers whose sum is `epochs`, as near to the ratio as they can be.
    """
    exact = np.array(shares, float) / sum(shares) * epochs
    lengths = np.ones(len(shares), int)
    for _ in range(epochs - len(shares)):
        lengths[(exact - lengths).argmax()] += 1
    return tuple(lengths.tolist())


@dataclass
class Stages:
    """Which stage a run is in; stages are counted from 1.

    The last one takes all epochs that are left, also those that others were spared.

    Attributes
    ----------
    lengths
        Epochs of each stage.
    stage
        The present one.
    begun
        Epochs that were behind when it began.
    """

    lengths: tuple[int, ...]
    stage: int = 1
    begun: int = 0

    @classmethod
    def of(cls, state: Mapping[str, Any], lengths: tuple[int, ...]) -> Self:
        """Go on as the state of a run says; a new run has an empty one."""
        return cls(lengths, state.get("stage", 1), state.get("begun", 0))

    def state(self) -> dict[str, Any]:
        """Return what `of` needs, JSON-ready."""
        return {"stage": self.stage, "begun": self.begun}

    @property
    def is_last(self) -> bool:
        """Whether no other comes."""
        return self.stage == len(self.lengths)

    @property
    def end(self) -> int:
        """Epochs that are behind when the present stage ends."""
        if self.is_last:
            return sum(self.lengths)
        return self.begun + self.lengths[self.stage - 1]

    def look(self, epoch: int, *, ended: bool) -> bool:
        """Say whether the next stage begins: this was the last epoch, or it was ended.

        It is then the present one.
        """
        if self.is_last or not (ended or epoch >= self.end):
            return False
        self.stage += 1
        self.begun = epoch
        return True
