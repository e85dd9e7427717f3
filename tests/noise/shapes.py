"""Small label images with known shapes."""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

Labels = NDArray[Any]


def disc(side: int = 128, radius: float = 40.0) -> Labels:
    """Return class 1 in the middle of 0."""
    y, x = np.mgrid[:side, :side] - side / 2
    return np.asarray(np.hypot(y, x) < radius, dtype=np.uint8)


def cells(side: int = 128) -> Labels:
    """Return two objects of class 1, one of class 2 that touches one, one of 3."""
    labels = np.zeros((side, side), dtype=np.int64)
    y, x = np.mgrid[:side, :side] * (128 / side)
    labels[np.hypot(y - 40, x - 36) < 22] = 1
    labels[np.hypot(y - 95, x - 95) < 18] = 1
    labels[(abs(y - 40) < 20) & (abs(x - 79) < 21)] = 2
    labels[np.hypot(y - 96, x - 34) < 14] = 3
    return labels


def balls() -> Labels:
    """Return two classes in 3-D."""
    z, y, x = np.mgrid[:20, :32, :32]
    labels = np.zeros((20, 32, 32), dtype=np.int32)
    labels[(z - 10) ** 2 + (y - 10) ** 2 + (x - 10) ** 2 < 49] = 1
    labels[(z - 9) ** 2 + (y - 23) ** 2 + (x - 22) ** 2 < 36] = 2
    return labels


def partly_ignored(labels: Labels) -> Labels:
    """Return a signed copy with a band of -1."""
    labels = labels.astype(np.int16)
    labels[..., 5:9] = -1
    return labels


@st.composite
def any_labels(draw: st.DrawFn, classes: int = 3, least: int = 0) -> Labels:
    """Draw small class maps in 2-D or 3-D, with or without ignored pixels."""
    dims = draw(st.integers(2, 3))
    shape = draw(hnp.array_shapes(min_dims=dims, max_dims=dims, max_side=8))
    values = st.integers(least, classes - 1)
    return draw(hnp.arrays(np.int16, shape, elements=values))
