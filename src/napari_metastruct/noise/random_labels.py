"""RCL and RL: every pixel's label is drawn by itself (Luo et al. 2022, Table 1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from napari_metastruct.arrays.labels import IGNORE
from napari_metastruct.errors import InputError
from napari_metastruct.noise.classes import (
    alphabet,
    alphabet_of,
    checked,
)
from napari_metastruct.noise.drawing import by_blocks, draw_rows
from napari_metastruct.noise.probabilities import (
    check_count,
    check_distribution,
    check_matrix,
    check_rates,
    check_two,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_metastruct.noise.noise import Rng

__all__ = [
    "apply_transition",
    "random_flip",
    "random_label",
    "random_label_like",
    "random_sample",
]


def random_sample(
    labels: NDArray[Any],
    rate: float | Sequence[float],
    *,
    unsampled: Literal["ignore", "background"] = "ignore",
    classes: Sequence[int] | None = None,
    rng: Rng = None,
) -> NDArray[Any]:
    """Keep the label of each pixel with a probability (RCL by sampling).

    Parameters
    ----------
    labels
        Integer class map, any number of axes; -1 stays -1.
    rate
        Probability of 0 to 1 that a label is kept; or one for each class.
    unsampled
        The other pixels become "ignore", -1, as in the paper; or "background", 0.
    classes
        What the rates stand for, in their order; None: the classes of the labels,
        ascending.
    rng
        The same seed draws the same.

    Returns
    -------
    A new array of that shape in the smallest type: signed for "ignore".

    Raises
    ------
    InputError
        The labels are none, a rate is out of 0..1, or there is not one for each class.

    Examples
    --------
    >>> import numpy as np
    >>> noisy = random_sample(np.ones((100, 100), int), 0.3, rng=0)
    >>> noisy.dtype, np.unique(noisy).tolist(), int((noisy == 1).sum())
    (dtype('int8'), [-1, 1], 3010)
    """
    labels = checked(labels)
    among = alphabet_of(labels, classes)
    rates = check_rates(rate, among.classes).astype(np.float32)
    rng = np.random.default_rng(rng)
    fill = IGNORE if unsampled == "ignore" else 0

    def kept(block: NDArray[Any]) -> NDArray[Any]:
        hit = rng.random(block.size, dtype=np.float32) < rates.take(among.ranks(block))
        return np.where(hit, block, fill)

    return by_blocks(labels, among, kept, leaves_out=unsampled == "ignore")


def random_flip(
    labels: NDArray[Any],
    rate: float | Sequence[float],
    *,
    classes: Sequence[int] | None = None,
    rng: Rng = None,
) -> NDArray[Any]:
    """Give each pixel another class with a probability (RCL by flipping).

    The new class is uniform among the others: ``Q[i, i] = 1 - rate_i`` and
    ``Q[i, j] = rate_i / (M - 1)``.

    Parameters
    ----------
    labels
        Integer class map, any number of axes; -1 stays -1.
    rate
        Probability of 0 to 1 that a label changes; or one for each class.
    classes
        The M classes that a pixel can get; None: the classes of the labels, ascending.
    rng
        The same seed draws the same.

    Returns
    -------
    A new array of that shape in the smallest type.

    Raises
    ------
    InputError
        The labels are none, there are fewer than two classes, a rate is out of 0..1,
        or there is not one for each class.

    Examples
    --------
    >>> import numpy as np
    >>> random_flip(np.array([0, 1, 2, -1]), 1.0, rng=0).tolist()
    [1, 2, 0, -1]
    """
    labels = checked(labels)
    among = alphabet_of(labels, classes)
    rates = check_rates(rate, among.classes).astype(np.float32)
    check_two(among.classes)
    rng = np.random.default_rng(rng)
    count = len(among)

    def flipped(block: NDArray[Any]) -> NDArray[Any]:
        ranks = among.ranks(block)
        hit = rng.random(block.size, dtype=np.float32) < rates.take(ranks)
        ranks += hit if count == 2 else hit * rng.integers(1, count, size=block.size)
        ranks -= count * (ranks >= count)
        return among.values.take(ranks)

    return by_blocks(labels, among, flipped)


def apply_transition(
    labels: NDArray[Any],
    matrix: NDArray[Any] | Sequence[Sequence[float]],
    *,
    classes: Sequence[int] | None = None,
    rng: Rng = None,
) -> NDArray[Any]:
    """Draw each pixel's label from its class's row: ``y* ~ Q[y]`` (RCL).

    Parameters
    ----------
    labels
        Integer class map, any number of axes; -1 stays -1.
    matrix
        ``(M, M)``, ``Q[i, j] = P(y* = class j | y = class i)``; rows sum to 1.
    classes
        The M classes of rows and columns; None: the classes of the labels, ascending.
    rng
        The same seed draws the same.

    Returns
    -------
    A new array of that shape in the smallest type.

    Raises
    ------
    InputError
        The labels are none, the matrix is not square, a row does not sum to 1, or
        there is not one row for each class.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.array([[0, 0, 1, 1]])
    >>> apply_transition(labels, [[1, 0], [1, 0]], rng=0).tolist()
    [[0, 0, 0, 0]]
    """
    labels = checked(labels)
    rows = check_matrix(matrix)
    among = alphabet_of(labels, classes)
    check_count(len(rows), among.classes, "rows in the matrix")
    return draw_rows(labels, rows, among, np.random.default_rng(rng))


def random_label(
    shape: tuple[int, ...],
    rates: float | Sequence[float] = 0.5,
    *,
    classes: Sequence[int] | None = None,
    rng: Rng = None,
) -> NDArray[Any]:
    """Draw labels without looking at any truth (RL): every row of Q is the same.

    Parameters
    ----------
    shape
        Of the labels.
    rates
        Probability of class 1, the foreground, the rest being 0; or one for each
        class, together 1.
    classes
        What the rates stand for, in their order; None: 0, 1, 2 ...
    rng
        The same seed draws the same.

    Returns
    -------
    A new array in the smallest type.

    Raises
    ------
    InputError
        A rate is out of 0..1, they do not sum to 1, or there is not one for each class.

    Examples
    --------
    >>> random_label((2, 4), 0.5, rng=0).tolist()
    [[1, 1, 1, 0], [0, 0, 0, 0]]
    """
    if min(shape, default=1) < 1:
        raise InputError(f"The shape is {shape}, but every axis needs a pixel.")
    blank = np.zeros(shape, dtype=np.uint8)
    return random_label_like(blank, rates, classes=classes, rng=rng)


def random_label_like(
    labels: NDArray[Any],
    rates: float | Sequence[float] = 0.5,
    *,
    classes: Sequence[int] | None = None,
    rng: Rng = None,
) -> NDArray[Any]:
    """Do as `random_label` in the shape of labels, whose pixels of -1 stay."""
    given = np.asarray(rates, dtype=np.float64)
    row = check_distribution(given if given.ndim else [1 - given, given])
    chosen = alphabet(range(len(row)) if classes is None else classes)
    check_count(len(row), chosen.classes, "rates")
    return draw_rows(
        checked(labels), row[np.newaxis], chosen, np.random.default_rng(rng)
    )
