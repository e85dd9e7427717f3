"""How alike the densities of two labels are, over all planes or volumes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.label_tasks.report import plain
from napari_metastruct.metastructure import (
    compare,
    density,
    distinguishable_classes,
)
from napari_metastruct.progress import PlaneDone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_metastruct.label_tasks.images import OpenLabels
    from napari_metastruct.metastructure import Densities, Kernel, Similarity
    from napari_metastruct.progress import Steps

__all__ = ["DensitySimilarity", "similarity_steps"]


@dataclass(frozen=True, slots=True, eq=False)
class DensitySimilarity:
    """How alike the densities of two labels are.

    Attributes
    ----------
    kernel, bandwidth
        Of the densities; in pixels, one for each axis of a plane or volume.
    classes
        Those that both labels hold in some plane or volume.
    pearson, jensen_shannon, overlap
        ``(classes,)``, see `metastructure.Similarity`; the mean over the planes, or
        volumes, in which both hold the class.
    distinguishable
        How many classes of the second labels can be told apart by their densities, in
        the plane or volume where these are most; 0 without any.
    """

    kernel: Kernel
    bandwidth: tuple[float, ...]
    classes: tuple[int, ...]
    pearson: NDArray[np.float64]
    jensen_shannon: NDArray[np.float64]
    overlap: NDArray[np.float64]
    distinguishable: int

    def fields(self) -> dict[str, Any]:
        """Return the numbers, JSON-ready."""
        found: dict[str, Any] = {
            "kernel": self.kernel,
            "bandwidth": list(self.bandwidth),
            "classes": list(self.classes),
            "distinguishable": self.distinguishable,
        }
        for name in ("pearson", "jensen_shannon", "overlap"):
            values = getattr(self, name)
            found[name] = plain(values)
            found[f"mean_{name}"] = plain(values.mean()) if len(values) else None
        return found


def similarity_steps(
    a: OpenLabels, b: OpenLabels, kernel: Kernel, bandwidth: tuple[float, ...]
) -> Steps[DensitySimilarity]:
    """Compare the densities of every image; what `a` leaves out counts in neither."""
    found: list[Similarity] = []
    distinguishable = 0
    for index in range(len(a)):
        first = a[index]
        second = _where_known(first, b[index])
        if (second >= 0).any():
            maps = density(second, bandwidth, kernel)
            distinguishable = max(distinguishable, _told_apart(maps))
            found += _similarity(first, maps)
        yield PlaneDone(index + 1, len(a))
    classes, means = _mean(found)
    return DensitySimilarity(
        kernel=kernel,
        bandwidth=bandwidth,
        classes=classes,
        distinguishable=distinguishable,
        **means,
    )


def _where_known(first: NDArray[Any], second: NDArray[Any]) -> NDArray[Any]:
    unknown = first < 0
    if not unknown.any():
        return second
    return np.where(unknown, -1, second.astype(np.int64))


def _told_apart(maps: Densities) -> int:
    return distinguishable_classes(maps) if len(maps.classes) > 1 else 1


def _similarity(labels: NDArray[Any], other: Densities) -> list[Similarity]:
    """Compare the classes that both hold; nothing where there is none."""
    shared = [number for number in other.classes if (labels == number).any()]
    if not shared:
        return []
    maps = density(labels, other.bandwidth, other.kernel, classes=shared)
    return [compare(maps, _only(other, shared))]


def _only(maps: Densities, classes: Sequence[int]) -> Densities:
    rows = [maps.classes.index(number) for number in classes]
    return replace(
        maps,
        maps=maps.maps[rows],
        classes=tuple(classes),
        counts=tuple(maps.counts[row] for row in rows),
    )


def _mean(
    found: Sequence[Similarity],
) -> tuple[tuple[int, ...], dict[str, NDArray[np.float64]]]:
    """Return the classes, and the mean of every measure over all that hold them."""
    classes = tuple(sorted({number for one in found for number in one.classes}))
    means = {}
    for name in ("pearson", "jensen_shannon", "overlap"):
        by_class: dict[int, list[float]] = {number: [] for number in classes}
        for one in found:
            for number, value in zip(one.classes, getattr(one, name), strict=True):
                by_class[number].append(value)
        means[name] = np.array([np.mean(values) for values in by_class.values()])
    return classes, means
