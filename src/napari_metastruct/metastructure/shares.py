"""What share of the kernel around every pixel lies on a class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_metastruct.metastructure.windows import inside_sums, window_sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_metastruct.metastructure.classes import ClassMap
    from napari_metastruct.metastructure.kernels import Window

__all__ = ["class_shares", "divide", "inside_share", "mixed"]

_LEAST = 1e-4
"""Share of the kernel inside the domain below which nothing is told from it."""
_BLOCK = 1 << 17


def class_shares(
    points: ClassMap,
    chosen: tuple[int, ...],
    window: Window,
    edge_correction: bool = False,
    device: str = "cpu",
) -> NDArray[np.float32]:
    """Return the share of the kernel on each class, or of its part in the domain.

    Returns
    -------
    ``(chosen, *shape)``, from 0 to 1. With edge correction the shares of all classes
    add up to 1, but where less than 1/10000 of the kernel is in the domain: 0 there.
    """
    sums = np.empty((len(chosen), *points.labels.shape), np.float32)
    inside = None
    if edge_correction:
        inside = np.empty(points.labels.shape, np.float32)
        inside_sums(window, points.domain, inside, device)
    rest = _rest(points, chosen, window, edge_correction)
    for number, plane in zip(chosen, sums, strict=True):
        if number != rest:
            window_sums(points.labels == number, window, plane, device)
    if rest is not None:
        _fill_rest(sums, chosen.index(rest), window, inside)
    if inside is None:
        sums /= np.float32(window.total)
    else:
        divide(sums, inside, _LEAST * window.total)
    return sums


def inside_share(window: Window, points: ClassMap) -> NDArray[np.float32]:
    """Return the share of the kernel in the domain, around every pixel."""
    share = np.empty(points.labels.shape, np.float32)
    inside_sums(window, points.domain, share)
    share /= np.float32(window.total)
    return share


def divide(
    sums: NDArray[np.float32], inside: NDArray[np.float32], least: float = _LEAST
) -> None:
    """Divide the maps by what is inside, in place; 0 where that is below `least`."""
    enough = inside > least
    for plane in sums:
        np.divide(plane, inside, out=plane, where=enough)
        plane[~enough] = 0


def mixed(
    shares: NDArray[np.float32], weights: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Return the sums over the maps j of ``weights[j, m] shares[j]``, for each m."""
    out = np.empty((weights.shape[1], *shares.shape[1:]), np.float32)
    flat, target = shares.reshape(len(shares), -1), out.reshape(len(out), -1)
    across = weights.T.astype(np.float32)
    for start in range(0, flat.shape[1], _BLOCK):
        part = slice(start, start + _BLOCK)
        target[:, part] = across @ flat[:, part]
    return out


def _rest(
    points: ClassMap, chosen: tuple[int, ...], window: Window, edge_correction: bool
) -> int | None:
    """Name the class that is what the others leave over, if that is the faster way.

    The commonest, so that what rounding leaves is small beside it.
    """
    known = edge_correction or (points.domain is None and window.separable)
    if not known or set(chosen) != set(points.counts):
        return None
    return max(points.counts, key=lambda number: points.counts[number])


def _fill_rest(
    sums: NDArray[np.float32],
    index: int,
    window: Window,
    inside: NDArray[np.float32] | None,
) -> None:
    rest = sums[index]
    if inside is None:
        inside_sums(window, None, rest)
    else:
        rest[...] = inside
    for other, plane in enumerate(sums):
        if other != index:
            rest -= plane
    np.maximum(rest, 0, out=rest)
