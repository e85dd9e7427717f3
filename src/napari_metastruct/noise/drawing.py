"""Labels drawn pixel by pixel, block after block."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.arrays.labels import IGNORE
from napari_metastruct.noise.classes import BLOCK, Alphabet, label_dtype, smallest

__all__ = ["by_blocks", "draw_rows"]


def draw_rows(
    labels: NDArray[Any],
    rows: NDArray[np.float64],
    among: Alphabet,
    rng: np.random.Generator,
) -> NDArray[Any]:
    """Draw from the row of each label's rank; from the only row if there is one."""
    count = rows.shape[1]
    # All rows one after the other: one search finds the class in the right row.
    # Draws of 24 bits, so that rank + draw is exact and never rounds to the next row.
    edges = (np.cumsum(rows, axis=1) + np.arange(len(rows))[:, np.newaxis]).ravel()
    edges[count - 1 :: count] = np.arange(1, len(rows) + 1)

    def drawn(block: NDArray[Any]) -> NDArray[Any]:
        row = among.ranks(block) if len(rows) > 1 else np.zeros(block.size, np.intp)
        draw = row + rng.random(block.size, dtype=np.float32).astype(np.float64)
        column = np.searchsorted(edges, draw, side="right") - row * count
        return np.asarray(among.values.take(column))

    return by_blocks(labels, among, drawn)


def by_blocks(
    labels: NDArray[Any],
    among: Alphabet,
    rule: Callable[[NDArray[Any]], NDArray[Any]],
    *,
    leaves_out: bool = False,
) -> NDArray[Any]:
    """Apply a rule to the labels block by block; -1 stays -1."""
    if not len(among):  # nothing but -1
        return smallest(labels)
    flat = labels.ravel()
    ignored = bool(flat.min() == IGNORE)
    anything = among.values[0]  # stands in for -1
    dtype = label_dtype(among.values.tolist(), ignored=ignored or leaves_out)
    out = np.empty(flat.size, dtype=dtype)
    for start in range(0, flat.size, BLOCK):
        block = flat[start : start + BLOCK]
        if ignored:
            known = block != IGNORE
            new = np.where(known, rule(np.where(known, block, anything)), IGNORE)
        else:
            new = rule(block)
        out[start : start + BLOCK] = new
    return np.asarray(out.reshape(labels.shape))
