"""Pixels pooled by regions: means, and the choice of regions by their loss."""

from __future__ import annotations

import torch

__all__ = ["Regions", "largest", "smallest"]


class Regions:
    """The regions of a batch; only labelled pixels count.

    Parameters
    ----------
    numbers
        ``(N, Y, X)`` int64: number of the region in its own image; negative outside.
    known
        ``(N, Y, X)`` bool: pixels that count.

    Attributes
    ----------
    sizes
        Pixels of each of the K regions that have any, ``(K,)`` int64.
    image
        Which of the N images each region belongs to, ``(K,)`` int64.
    """

    def __init__(self, numbers: torch.Tensor, known: torch.Tensor) -> None:
        known = known & (numbers >= 0)
        images = torch.arange(len(numbers), device=numbers.device)[:, None, None]
        most = int(numbers.max()) + 1 if numbers.numel() else 1
        own = (images * most + numbers)[known]
        there = torch.zeros(len(numbers) * most, dtype=torch.bool, device=own.device)
        there[own] = True
        rank = there.cumsum(0) - 1
        self._known = known
        self._of = rank[own]
        self.image = there.nonzero()[:, 0] // max(most, 1)
        self.sizes = torch.bincount(self._of, minlength=len(self.image))

    def __len__(self) -> int:
        """Return K, the number of regions."""
        return len(self.sizes)

    def mean(self, values: torch.Tensor) -> torch.Tensor:
        """Average over each region (Eq. 1 of Li et al. 2021).

        Parameters
        ----------
        values
            ``(N, C, Y, X)`` float.

        Returns
        -------
        ``(K, C)``.
        """
        pixels = values.movedim(1, -1)[self._known]
        sums = pixels.new_zeros(len(self), pixels.shape[1])
        sums.index_add_(0, self._of, pixels)
        return sums / self.sizes[:, None]

    def spread(self, values: torch.Tensor, outside: float) -> torch.Tensor:
        """Give every pixel the value of its region, ``(K,)`` to ``(N, Y, X)``.

        Parameters
        ----------
        values
            One for each region, any type.
        outside
            What pixels have that do not count.
        """
        spread = values.new_full(self._known.shape, outside)
        spread[self._known] = values[self._of]
        return spread


def smallest(
    losses: torch.Tensor,
    sizes: torch.Tensor,
    share: float,
    groups: torch.Tensor | None = None,
) -> torch.Tensor:
    """Choose the regions of smallest loss that cover a share of the pixels (Eq. 3).

    Parameters
    ----------
    losses
        ``(K,)``.
    sizes
        Pixels of each region, ``(K,)``.
    share
        Share of the pixels that is covered, 0 to 1.
    groups
        ``(K,)`` int64 from 0 on: the share is covered in each group by itself; None:
        all are one group.

    Returns
    -------
    ``(K,)`` bool: the fewest in order of their loss that cover the share, with all
    that have the loss of the last one. At least one in each group.
    """
    order, groups, before, totals = _in_order(losses, sizes, groups)
    need = share * totals * (1 - 1e-9)
    chosen = (before < need[groups[order]]) | (before == 0)
    limits = losses.new_full((len(totals),), -torch.inf)
    values = losses[order].masked_fill(~chosen, -torch.inf)
    limits = limits.scatter_reduce(0, groups[order], values, "amax")
    return losses <= limits[groups]


def largest(
    losses: torch.Tensor,
    sizes: torch.Tensor,
    share: float,
    groups: torch.Tensor | None = None,
) -> torch.Tensor:
    """Choose the regions of largest loss that have at most a share of the pixels.

    Eq. 6; parameters and result as `smallest`, but none may be chosen.
    """
    order, groups, before, totals = _in_order(-losses, sizes, groups)
    most = share * totals * (1 + 1e-9)
    chosen = torch.zeros_like(losses, dtype=torch.bool)
    chosen[order] = before + sizes[order] <= most[groups[order]]
    return chosen


def _in_order(
    losses: torch.Tensor, sizes: torch.Tensor, groups: torch.Tensor | None
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Sort by group and loss.

    Returns
    -------
    The order; the group of each region; in that order the pixels of the regions of
    the same group that come before; the pixels of each group.
    """
    if groups is None:
        groups = torch.zeros_like(sizes)
    order = losses.argsort(stable=True)
    order = order[groups[order].argsort(stable=True)]
    count = int(groups.max()) + 1 if len(groups) else 0
    totals = torch.zeros(count, dtype=torch.int64, device=sizes.device)
    totals.index_add_(0, groups, sizes)
    begin = totals.cumsum(0) - totals
    sorted_sizes = sizes[order]
    before = sorted_sizes.cumsum(0) - sorted_sizes - begin[groups[order]]
    return order, groups, before, totals.double()
