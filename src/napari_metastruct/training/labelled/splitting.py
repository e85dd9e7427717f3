"""Which planes are kept apart, to judge by and not to learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_metastruct.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection

    from napari_metastruct.training.labelled.planes import Example
    from napari_metastruct.training.labelled.settings import LabelledSettings

__all__ = ["split", "split_as_before"]

TRIES = 20
"""Choices of a validation part that are tried until all classes are left to learn."""
_TRUST = (-2, -1)
"""Stands for labels that are not trusted, and for trusted ones, beside the classes."""


def split(
    examples: list[Example], pairs: int, settings: LabelledSettings
) -> tuple[list[Example], list[Example]]:
    """Keep whole images apart for validation: pairs if they are enough, else planes.

    Planes are taken in a row, so that few of them have their likes on the other side.
    A choice that leaves all classes, and labels both trusted and not, to be learned is
    preferred.

    Parameters
    ----------
    examples
        All that have a label.
    pairs
        How many pairs they come from.
    settings
        Share of the validation part, and the seed.

    Returns
    -------
    What is learned from, and the validation part.
    """
    if not settings.validation:
        return examples, []
    rng = np.random.default_rng([settings.seed, 1])
    kinds = [example.classes() | {_TRUST[example.trusted]} for example in examples]
    for _ in range(TRIES):
        apart = _chosen(examples, pairs, settings.validation, rng)
        left = [k for k, a in zip(kinds, apart, strict=True) if not a]
        if frozenset().union(*left) == frozenset().union(*kinds):
            break
    return (
        [e for e, a in zip(examples, apart, strict=True) if not a],
        [e for e, a in zip(examples, apart, strict=True) if a],
    )


def split_as_before(
    examples: list[Example], judged: Collection[tuple[int, int]]
) -> tuple[list[Example], list[Example]]:
    """Keep the same planes apart as a run did that is continued.

    Chosen anew among the planes that are marked by now, the validation part would hold
    planes that were learned from.

    Parameters
    ----------
    examples
        All planes, marked or not.
    judged
        Pair and plane of each in the validation part.

    Raises
    ------
    InputError
        No other plane is marked.
    """
    training = [e for e in examples if e.place not in judged]
    if not any(example.is_marked() for example in training):
        raise InputError(
            "By now only planes are marked that the run is judged by, so there is "
            "nothing to learn from: mark another plane, too, or start a new run."
        )
    training.sort(key=lambda example: not example.is_marked())  # as `read_steps` does
    return training, [e for e in examples if e.place in judged]


def _chosen(
    examples: list[Example], pairs: int, share: float, rng: np.random.Generator
) -> list[bool]:
    count = round(share * pairs)
    chosen = set(rng.permutation(pairs)[:count].tolist())
    apart = [example.pair in chosen for example in examples]
    if any(apart) and not all(apart):
        return apart
    count = min(max(1, round(share * len(examples))), len(examples) - 1)
    first = int(rng.integers(len(examples)))
    return [(n - first) % len(examples) < count for n in range(len(examples))]
