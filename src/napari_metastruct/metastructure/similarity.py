"""How alike densities are, class by class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.errors import InputError
from napari_metastruct.metastructure.distinction import distinguishable_classes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from napari_metastruct.metastructure.density import Densities

__all__ = ["Similarity", "compare", "distinguishable_classes"]

_BLOCK = 1 << 17


@dataclass(frozen=True, slots=True)
class Similarity:
    """How alike two densities are, class by class and in the mean.

    Attributes
    ----------
    classes
        The classes compared.
    pearson
        Correlation over the pixels, -1 to 1 (alike up to a factor), one a class.
    jensen_shannon
        Jensen-Shannon distance to base 2: 0 (the same) to 1, one a class.
    overlap
        Sum over the pixels of the smaller of both: 0 to 1 (the same), one a class.
    """

    classes: tuple[int, ...]
    pearson: tuple[float, ...]
    jensen_shannon: tuple[float, ...]
    overlap: tuple[float, ...]

    @property
    def mean_pearson(self) -> float:
        """Mean correlation of the classes."""
        return sum(self.pearson) / len(self.classes)

    @property
    def mean_jensen_shannon(self) -> float:
        """Mean Jensen-Shannon distance of the classes."""
        return sum(self.jensen_shannon) / len(self.classes)

    @property
    def mean_overlap(self) -> float:
        """Mean overlap of the classes."""
        return sum(self.overlap) / len(self.classes)


def compare(a: Densities, b: Densities) -> Similarity:
    """Compare the maps of the same classes in two labels.

    For Jensen-Shannon distance and overlap the maps are scaled to add up to 1 in the
    image, so that what lies beyond the border does not count. The correlation with a
    map that is the same everywhere is 0, of two such maps 1.

    Parameters
    ----------
    a, b
        Of the same classes, shape, kernel, bandwidth and edge correction; either may be
        an expected one.

    Raises
    ------
    InputError
        They differ in one of these, or a map is 0 everywhere.
    """
    _check_alike(a, b)
    rows = []
    for number, first in zip(a.classes, a.maps, strict=True):
        second = b.maps[b.classes.index(number)]
        rows.append(_alike(first, second, number))
    pearson, distance, overlap = zip(*rows, strict=True)
    return Similarity(a.classes, pearson, distance, overlap)


def _check_alike(a: Densities, b: Densities) -> None:
    if a.maps.shape[1:] != b.maps.shape[1:]:
        raise InputError(
            f"The densities have the shapes {a.maps.shape[1:]} and {b.maps.shape[1:]}; "
            "only those of one image can be compared."
        )
    if set(a.classes) != set(b.classes):
        raise InputError(
            f"The densities are of the classes {_listed(a.classes)} and "
            f"{_listed(b.classes)}; ask for classes that both labels hold."
        )
    if a.kernel != b.kernel or not np.allclose(a.bandwidth, b.bandwidth):
        raise InputError(
            f"The densities are made with {_kernel(a)} and {_kernel(b)}; make both "
            "with the same kernel and bandwidth (the bandwidth 'auto' of one for both)."
        )
    if a.edge_corrected != b.edge_corrected:
        raise InputError(
            "One of the densities is corrected at the edges and the other is not; make "
            "both alike."
        )


def _listed(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, sorted(numbers)))


def _kernel(densities: Densities) -> str:
    size = " x ".join(f"{h:g}" for h in densities.bandwidth)
    return f"{densities.kernel} {size} px"


def _alike(
    first: NDArray[np.float32], second: NDArray[np.float32], number: int
) -> tuple[float, float, float]:
    """Return correlation, Jensen-Shannon distance and overlap of two maps."""
    sums = [float(plane.sum(dtype=np.float64)) for plane in (first, second)]
    if not all(sums):
        raise InputError(
            f"The density of class {number} is 0 everywhere; compare others."
        )
    mean = 1 / first.size
    squares, overlap, divergence = np.zeros((2, 2)), 0.0, 0.0
    for p, q in _blocks(first, second, sums):
        away = np.stack([p - mean, q - mean])
        squares += away @ away.T
        overlap += float(np.minimum(p, q).sum())
        middle = (p + q) / 2
        divergence += (_information(p, middle) + _information(q, middle)) / 2
    # Rounding may leave a shade less than nothing.
    distance = max(divergence, 0.0) ** 0.5
    return _correlation(squares, mean), min(distance, 1.0), min(overlap, 1.0)


def _blocks(
    first: NDArray[np.float32], second: NDArray[np.float32], sums: list[float]
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    flat = first.reshape(-1), second.reshape(-1)
    for start in range(0, first.size, _BLOCK):
        p, q = (part[start : start + _BLOCK].astype(np.float64) for part in flat)
        yield p / sums[0], q / sums[1]


def _information(p: NDArray[Any], middle: NDArray[Any]) -> float:
    """Return the sum of ``p log2(p / middle)``, 0 where p is."""
    some = p > 0
    return float((p[some] * np.log2(p[some] / middle[some])).sum())


def _correlation(squares: NDArray[np.float64], mean: float) -> float:
    # Float32 maps: what varies less than their rounding is the same everywhere.
    flat = np.diag(squares) < (1e-6 * mean) ** 2 / mean
    if flat.any():
        return 1.0 if flat.all() else 0.0
    value = squares[0, 1] / np.sqrt(squares[0, 0] * squares[1, 1])
    return float(np.clip(value, -1, 1))
