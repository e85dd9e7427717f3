"""Planes cut into blocks, so that memory beyond a result does not grow with it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, product
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from napari_metastruct.evidence.plane import Window

__all__ = ["Block", "blocks", "parts"]

SIDE = 2048
"""Side of a block where nothing else is said."""


@dataclass(frozen=True, slots=True)
class Block:
    """A rectangle to work out and the larger one that is looked at for it."""

    core: Window
    seen: Window

    @property
    def inner(self) -> Window:
        """Where the core lies in what is seen."""
        pairs = zip(self.core, self.seen, strict=True)
        rows, columns = (slice(c.start - s.start, c.stop - s.start) for c, s in pairs)
        return rows, columns


def blocks(shape: tuple[int, int], reach: int, side: int = SIDE) -> list[Block]:
    """Cut a plane into blocks, each with ``reach`` more pixels to look at.

    Parameters
    ----------
    shape
        Rows and columns of the plane.
    reach
        Pixels around a block that its result depends on.
    side
        Side of a block in pixels, at most.
    """
    return [
        Block(core=(rows[0], columns[0]), seen=(rows[1], columns[1]))
        for rows, columns in product(*(_spans(extent, reach, side) for extent in shape))
    ]


def _spans(extent: int, reach: int, side: int) -> list[tuple[slice, slice]]:
    starts = range(0, extent, side)
    cores = [slice(start, min(start + side, extent)) for start in starts]
    return [
        (c, slice(max(0, c.start - reach), min(extent, c.stop + reach))) for c in cores
    ]


def parts(start: int, stop: int, side: int) -> list[slice]:
    """Cut start..stop into equal parts of about ``side``, without remainder."""
    count = max(1, round((stop - start) / side))
    edges = np.linspace(start, stop, count + 1).round().astype(int).tolist()
    return [slice(a, b) for a, b in pairwise(edges)]
