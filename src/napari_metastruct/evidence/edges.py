"""Masks fitted to the edges of the image: half way between inside and outside."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["REACH", "View"]

SIGMA = 4.0
"""Window in pixels in which the two sides of an edge are compared: wider than a
blurred edge, narrower than most objects."""
CUT_OFF = 2.5
"""The window ends at this many standard deviations."""
BAND = 3
"""An edge moves by at most this many pixels in one round."""
ROUNDS = 2
"""How often an edge is moved."""
REACH = ROUNDS * (int(SIGMA * CUT_OFF + 0.5) + BAND)
"""Pixels around a window that a fitted mask depends on."""


@dataclass(frozen=True, eq=False)
class View:
    """What masks are held against.

    Attributes
    ----------
    intensity
        ``(Y, X)`` float32, brighter in objects: edges are half way up in it.
    root
        ``(Y, X)`` float32, its root, which evens out shot noise: the two sides of
        an edge are compared in it, so that dim objects count like bright ones.
    inside
        ``(Y, X)`` bool, False in dead padding.
    """

    intensity: NDArray[np.float32]
    root: NDArray[np.float32]
    inside: NDArray[np.bool_]

    def fitted(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Move a mask's boundary to where the image is half way across the edge.

        A threshold puts the boundary of dim objects too far in and that of bright
        ones too far out. Around each boundary pixel the Gaussian means inside and
        outside of the mask are taken; pixels near the boundary that are above the
        middle of the two belong to the object. It is a step of the local form of
        Chan and Vese's energy (Lankton and Tannenbaum 2008), done twice.

        Parameters
        ----------
        mask
            ``(Y, X)`` bool.

        Returns
        -------
        A new mask, the same but within 3 pixels of the boundary in each round.
        """
        for _ in range(ROUNDS):
            inner, outer = self._sides(self.intensity, mask)
            above = self.intensity > (inner + outer) / 2
            mask = np.where(_near_boundary(mask), above, mask) & self.inside
        return mask

    def contrast(self, mask: NDArray[np.bool_]) -> tuple[float, int]:
        """Measure how well the two sides of a mask's boundary differ.

        At each boundary pixel: the difference of the Gaussian means inside and
        outside of the mask, in Gaussian standard deviations around them.

        Returns
        -------
        The sum over the boundary, and how many pixels it has.
        """
        edge = _boundary(mask, self.inside)
        inner, outer = self._sides(self.root, mask)
        rest = (self.root - np.where(mask, inner, outer)) ** 2
        spread = _near(rest * self.inside) / (self._weight + 2e-4)
        gap = (inner - outer)[edge] / np.sqrt(spread[edge] + 1e-8)
        return float(gap.sum()), int(edge.sum())

    @cached_property
    def _weight(self) -> NDArray[np.float32]:
        return _near(self.inside.astype(np.float32))

    @cached_property
    def _totals(self) -> dict[int, NDArray[np.float32]]:
        both = (self.intensity, self.root)
        return {id(values): _near(values * self.inside) for values in both}

    def _sides(
        self, values: NDArray[np.float32], mask: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the Gaussian means inside and outside of a mask."""
        within = (mask & self.inside).astype(np.float32)
        weight, total = _near(within), _near(values * within)
        inner = total / (weight + 1e-4)
        everything = self._totals[id(values)]
        outer = (everything - total) / (np.maximum(self._weight - weight, 0) + 1e-4)
        return inner, outer


def _near_boundary(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    grown = ndimage.binary_dilation(mask, iterations=BAND)
    shrunk = ndimage.binary_erosion(mask, iterations=BAND, border_value=1)
    band: NDArray[np.bool_] = grown & ~shrunk
    return band


def _boundary(mask: NDArray[np.bool_], inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels with a 4-neighbour on the other side, where both are no padding."""
    edge = np.zeros(mask.shape, np.bool_)
    rows = (mask[1:] != mask[:-1]) & inside[1:] & inside[:-1]
    columns = (mask[:, 1:] != mask[:, :-1]) & inside[:, 1:] & inside[:, :-1]
    edge[1:] |= rows
    edge[:-1] |= rows
    edge[:, 1:] |= columns
    edge[:, :-1] |= columns
    return edge


def _near(image: NDArray[np.float32]) -> NDArray[np.float32]:
    near: NDArray[np.float32] = ndimage.gaussian_filter(image, SIGMA, truncate=CUT_OFF)
    return near
