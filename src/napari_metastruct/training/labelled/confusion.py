"""Confusion matrices of marks: likelihoods, traces and means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Agreement", "MeanMatrix", "complement", "mark_losses", "traces"]

LEAST = 1e-6
"""The smallest probability whose logarithm is taken."""


def complement(classes: int) -> torch.Tensor:
    """Return M, ``(L, L)``: which class a pixel of class j is said not to be.

    ``m_ij = p(said not to be i | class j)``: 0 on the diagonal, for nobody marks as
    "not i" what he takes for i, and 1 / (L - 1) elsewhere (Ishida et al. 2017, as in
    Section 3.3). Of two classes it swaps them.
    """
    return (1 - torch.eye(classes)) / (classes - 1)


def mark_losses(
    probability: torch.Tensor,
    matrices: torch.Tensor,
    marks: torch.Tensor,
    *,
    negative: bool,
) -> torch.Tensor:
    """Return the negative log-likelihood of each mark, ``(M,)``.

    Positive marks: that of ``A p`` (Eq. 3); negative ones: of ``M A p`` (Eq. 5).

    Parameters
    ----------
    probability
        p of the marked pixels, ``(M, L)``.
    matrices
        A, ``(M, L, L)``, or one matrix for all.
    marks
        ``(M,)`` int64: the class that the pixel is, or is not.
    negative
        Whether they say what it is not.
    """
    likely = (matrices * probability[:, None, :]).sum(-1)
    if negative:
        likely = likely @ complement(likely.shape[1]).to(likely).T
    chosen = likely.gather(1, marks[:, None])[:, 0]
    return -chosen.clamp(min=LEAST).log()


def traces(matrices: torch.Tensor) -> torch.Tensor:
    """Return the trace of each of the matrices ``(M, L, L)``."""
    return matrices.diagonal(dim1=1, dim2=2).sum(1)


class Agreement:
    """Which share of the marks a prediction agrees with, by what they say.

    Parameters
    ----------
    count
        How many different things they can say.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._tables: list[torch.Tensor] = []

    @torch.no_grad()
    def add(self, agrees: torch.Tensor, said: torch.Tensor) -> None:
        """Count marks: whether it agrees with each, and what each says, 0 and up."""
        both = (said, said[agrees])
        tables = [values.bincount(minlength=self._count) for values in both]
        self._tables.append(torch.stack(tables))

    @property
    def is_empty(self) -> bool:
        """Whether no mark was counted."""
        return not any(bool(table.any()) for table in self._tables)

    def least(self) -> float:
        """Return the smallest share; 1 without marks."""
        if not self._tables:
            return 1.0
        every, right = torch.stack(self._tables).sum(0)
        there = every > 0
        return float((right[there] / every[there]).min()) if there.any() else 1.0


class MeanMatrix:
    """The mean confusion matrix of many pixels.

    Column j is the mean over the pixels, weighted by how likely each is of class j:
    ``sum(a_ij p_j) / sum(p_j)``, the distribution of the marks of class j.
    """

    def __init__(self, classes: int) -> None:
        self._sums = torch.zeros(classes, classes, dtype=torch.float64)
        self._weights = torch.zeros(classes, dtype=torch.float64)

    def add(self, probability: torch.Tensor, matrices: torch.Tensor) -> None:
        """Count pixels: p, ``(M, L)``, and A, ``(M, L, L)``."""
        weighted = (matrices * probability[:, None, :]).sum(0, dtype=torch.float64)
        self._sums += weighted.cpu()
        self._weights += probability.sum(0, dtype=torch.float64).cpu()

    @property
    def is_empty(self) -> bool:
        """Whether no pixel has been counted."""
        return not bool(self._weights.any())

    def value(self) -> NDArray[np.float64]:
        """Return the mean, ``(L, L)``."""
        found: NDArray[np.float64] = (
            self._sums / self._weights.clamp(min=1e-12)
        ).numpy()
        return found
