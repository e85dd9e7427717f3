"""What a method gives besides a model: matrices, maps and scores."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_metastruct.training.labelled.pairs import LabelledPair
    from napari_metastruct.training.labelled.planes import Example

__all__ = ["MethodResults", "PairResults", "by_pair"]


@dataclass(frozen=True, slots=True, eq=False)
class MethodResults:
    """What a method says of the planes that it was asked about.

    Attributes
    ----------
    matrices
        Name to ``(classes, classes)`` float64, of all planes together.
    maps
        Name to one ``(Y, X)`` float32 for each plane.
    scores
        Name to one number for each plane.
    """

    matrices: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    maps: dict[str, list[NDArray[np.float32]]] = field(default_factory=dict)
    scores: dict[str, list[float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class PairResults:
    """The same, sorted by pairs.

    Attributes
    ----------
    matrices
        As in `MethodResults`.
    maps
        Name to one float32 array for each pair, of its image's shape.
    scores
        Name to one array ``(planes,)`` float64 for each pair.
    """

    matrices: dict[str, NDArray[np.float64]]
    maps: dict[str, tuple[NDArray[np.float32], ...]]
    scores: dict[str, tuple[NDArray[np.float64], ...]]


def by_pair(
    results: MethodResults, examples: Sequence[Example], pairs: Sequence[LabelledPair]
) -> PairResults:
    """Sort what is known of planes by their pairs; NaN where nothing is."""
    maps = {name: _arrays(pairs, np.float32, planes=False) for name in results.maps}
    scores = {name: _arrays(pairs, np.float64, planes=True) for name in results.scores}
    for number, example in enumerate(examples):
        for name, held in maps.items():
            planes = held[example.pair].reshape(-1, *example.shape)
            planes[example.plane] = results.maps[name][number]
        for name, numbers in scores.items():
            numbers[example.pair][example.plane] = results.scores[name][number]
    return PairResults(
        dict(results.matrices),
        {name: tuple(held) for name, held in maps.items()},
        {name: tuple(held) for name, held in scores.items()},
    )


def _arrays(
    pairs: Sequence[LabelledPair], dtype: type[np.floating[Any]], *, planes: bool
) -> list[NDArray[Any]]:
    return [
        np.full(len(pair.image) if planes else pair.image.shape, np.nan, dtype)
        for pair in pairs
    ]
