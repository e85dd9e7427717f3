"""How many classes of a label can be told apart by their densities (Lemma 2)."""

from __future__ import annotations

import math
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
from scipy import fft

from napari_metastruct.errors import InputError
from napari_metastruct.metastructure.kernels import Window
from napari_metastruct.metastructure.windows import inside_sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_metastruct.metastructure.density import Densities

__all__ = ["distinguishable_classes"]

_QUANTILE = 5.0
"""Of the Tracy-Widom law: noise alone exceeds it about once in 10^5 labels."""
_NO_NOISE = 1e-9  # of the whole: directions in which nothing was left to chance
_LEAST_OTHERS = 1e-3  # a kernel of one pixel sees no others, and no noise either
_BLOCK = 1 << 17


def distinguishable_classes(densities: Densities) -> int:
    """Return how many classes differ by more than the sampling error (Lemma 2).

    By Lemma 1 the densities of noisy classes are mixtures of those of the clean ones,
    with the columns of the noise transition matrix as weights. So they span a space of
    as many dimensions as the matrix has rank, and that dimension is what is returned:
    the number of densities none of which is a mixture of the others. (Comparing maps in
    pairs would not do: each class of the rows (.6 .2 .2), (.2 .6 .2), (.4 .4 .2) has a
    map unlike the other two, and yet the third tells nothing that they do not.)

    The products of the maps, summed over the image, are compared with what they would
    be on average if every pixel were drawn on its own with the shares of classes found
    around it. In units of that, mixtures that vanish in expectation are about 1, and
    all above the limit for the largest of them (Johnstone 2001, with as many degrees of
    freedom as windows fit side by side into the image) are counted.

    Parameters
    ----------
    densities
        Two maps or more, best of all classes, and with a bandwidth well below the size
        of the image. Clean labels count as drawn, too.

    Raises
    ------
    InputError
        There is one map only.
    """
    if len(densities.classes) < 2:
        raise InputError(
            f"There is only the density of class {densities.classes[0]}; two at least "
            "are needed to tell them apart."
        )
    found, noise = _products(densities)
    values, axes = np.linalg.eigh(noise)
    least = _NO_NOISE * max(values.max(), np.trace(found))
    whiten = axes / np.sqrt(np.maximum(values, least))
    levels = np.linalg.eigvalsh(whiten.T @ found @ whiten)
    return int((levels > _limit(densities)).sum())


def _products(
    densities: Densities,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the products of the maps, and what noise alone would make of them.

    Both ``(maps, maps)``, each map times the root of its count.
    """
    inside, seen, own = _inside(densities)
    counts = np.array(densities.counts)
    found = np.zeros((len(counts), len(counts)))
    noise = np.zeros_like(found)
    maps = densities.maps.reshape(len(counts), -1)
    for start in range(0, maps.shape[1], _BLOCK):
        part = slice(start, start + _BLOCK)
        shares = maps[:, part] * counts[:, np.newaxis]
        if not densities.edge_corrected:
            found += shares @ shares.T
            shares /= inside[part]
        else:
            found += (shares * inside[part] ** 2) @ shares.T
        weight = seen[part]
        noise += np.diag(shares @ weight) - (shares * weight) @ shares.T
    # What pixels add to their own shares makes them look less drawn by chance.
    total = float(seen.sum())
    others = float((seen * (1 - own / inside**2)).sum())
    noise *= total / max(others, _LEAST_OTHERS * total)
    scale = np.sqrt(np.multiply.outer(counts, counts))
    return found / scale, noise / scale


def _inside(densities: Densities) -> tuple[NDArray[np.float32], ...]:
    """Return three maps, flat: the kernel's share in the domain, and its squares' sums.

    These are over the image (0 for pixels outside of the domain), and over the domain.
    """
    window, squares = densities.window, densities.window.squared()
    inside, seen = np.empty((2, *densities.maps.shape[1:]), np.float32)
    inside_sums(window, densities.domain, inside)
    inside_sums(squares, None, seen)
    own = seen
    if densities.domain is not None:
        own = np.empty_like(seen)
        inside_sums(squares, densities.domain, own)
        seen *= densities.domain
        own /= np.float32(window.total**2)
    inside /= np.float32(window.total)
    seen /= np.float32(window.total**2)
    np.maximum(inside, _NO_NOISE, out=inside)  # not to divide by 0 out there
    return inside.ravel(), seen.ravel(), own.ravel()


def _limit(densities: Densities) -> float:
    """Return what the largest of the levels that only noise makes stays below."""
    maps = len(densities.maps)
    # Few points are no normal distribution: their fourth moment counts, too.
    windows = 1 / (1 / _windows(densities) + 1 / (2 * min(densities.counts)))
    windows = max(windows, 2.0)
    roots = np.sqrt(windows - 1) + np.sqrt(maps)
    width = roots * (1 / np.sqrt(windows - 1) + 1 / np.sqrt(maps)) ** (1 / 3)
    return float((roots**2 + _QUANTILE * width) / windows)


def _windows(densities: Densities) -> float:
    """Return the degrees of freedom of a map of noise.

    Its sum of squares is a quadratic form in the pixels' noise, whose matrix is the
    kernel's correlation with itself: trace squared over trace of the square
    (Satterthwaite 1946).
    """
    shape = densities.maps.shape[1:]
    pixels = math.prod(shape)
    share = 1.0 if densities.domain is None else float(densities.domain.mean())
    peak, squares = 1.0, 1.0
    for weights, sides in _factors(densities.window, shape):
        both = _with_itself(weights)
        pairs = [_pairs(n, width) for n, width in zip(sides, both.shape, strict=True)]
        peak *= float((weights**2).sum())
        squares *= float((both**2 * reduce(np.multiply.outer, pairs)).sum())
    trace = share * pixels * peak
    # Pixels beside a pixel are in the domain by chance, itself for sure.
    return trace**2 / (share**2 * squares + share * (1 - share) * pixels * peak**2)


def _with_itself(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the kernel's correlation with itself."""
    shape = [2 * n - 1 for n in weights.shape]
    size = [fft.next_fast_len(n, real=True) for n in shape]
    both = fft.irfftn(fft.rfftn(weights, size) ** 2, size)
    return np.asarray(both[tuple(map(slice, shape))])


def _factors(
    window: Window, shape: tuple[int, ...]
) -> list[tuple[NDArray[np.float64], tuple[int, ...]]]:
    """Return the weights with the axes they are of; along each where they separate."""
    if not window.separable:
        return [(window.weights(shape), shape)]
    return [
        (Window(window.kernel, (half,)).weights((n,)), (n,))
        for half, n in zip(window.half, shape, strict=True)
    ]


def _pairs(length: int, width: int) -> NDArray[np.float64]:
    """Return how many pairs of places on an axis are so far apart."""
    return np.asarray(np.maximum(length - np.abs(np.arange(width) - width // 2), 0.0))
