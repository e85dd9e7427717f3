"""Labels as they are after a run: what the method repaired, and the model's verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.progress import PlaneDone, Started

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_metastruct.progress import Steps
    from napari_metastruct.training.labelled.pairs import LabelledPair
    from napari_metastruct.training.labelled.planes import Example, LearningSet
    from napari_metastruct.training.labelled.session import LabelledSession

__all__ = ["corrected_steps"]

MOST_LOOKED_AT = 64
"""Planes, at most, that tell how sure the model is on average."""


def corrected_steps(
    session: LabelledSession, learning: LearningSet, pairs: Sequence[LabelledPair]
) -> Steps[tuple[NDArray[Any], ...]]:
    """Return the labels of all pairs as they should be.

    A label stays as it was given, or as the method repaired it, unless the model is
    sure enough of another class: as the setting ``correct_above`` says or, without it,
    at least as sure as it is on average where that class was given. The latter is the
    threshold of confident learning (Northcutt et al., JAIR 2021); it follows how sure
    a model can be at all at a given share of wrong labels. Planes of the validation
    part are looked at too. What was ignored stays ignored, and what is trusted as it
    is.

    Returns
    -------
    For each pair an array of the image's shape with the person's class numbers, by a
    generator of events.
    """
    results = _empty(learning, pairs)
    labels = [*session.labels, *(e.labels for e in learning.validation)]
    examples = [*learning.training, *learning.validation]
    yield Started("Correcting the labels", len(examples))
    sure = yield from _sureness(session, examples)
    numbers = np.array([*learning.classes, -1])
    if (sure >= 1).all():  # nothing is convincing enough, so nothing is predicted
        for number, (example, now) in enumerate(zip(examples, labels, strict=True)):
            _plane_of(results[example.pair], example)[...] = numbers[now]
            yield PlaneDone(number + 1, len(examples))
        return tuple(results)
    done = 0

    def take(number: int, probability: NDArray[np.float32]) -> None:
        nonlocal done
        done += 1
        example = examples[number]
        now = labels[number]
        if not example.trusted:
            now = _revised(now, probability, sure)
        _plane_of(results[example.pair], example)[...] = numbers[now]

    images = [example.image for example in examples]
    for _ in session.predictor.each(session.networks[0], images, take):
        yield PlaneDone(done, len(examples))
    yield PlaneDone(done, len(examples))
    return tuple(results)


def _sureness(
    session: LabelledSession, examples: Sequence[Example]
) -> Steps[NDArray[np.float64]]:
    """Return for each class how sure the model must be, from some of the planes."""
    classes, above = session.class_count, session.settings.correct_above
    if above is not None:
        return np.full(classes, above)
    some = examples[:: -(-len(examples) // MOST_LOOKED_AT)]
    sums, counts = np.zeros((2, classes))

    def take(number: int, probability: NDArray[np.float32]) -> None:
        for rank in range(classes):
            given = some[number].labels == rank
            sums[rank] += probability[rank][given].sum(dtype=np.float64)
            counts[rank] += given.sum()

    images = [example.image for example in some]
    yield from session.predictor.each(session.networks[0], images, take)
    return np.where(counts, sums / np.maximum(counts, 1), 1.0)


def _revised(
    labels: NDArray[np.int16],
    probability: NDArray[np.float32],
    sure: NDArray[np.float64],
) -> NDArray[np.int16]:
    found = probability.argmax(axis=0)
    best = probability.max(axis=0)
    convinced = (best >= sure[found]) & (sure[found] < 1) & (labels >= 0)
    return np.where(convinced, found, labels).astype(np.int16)


def _empty(learning: LearningSet, pairs: Sequence[LabelledPair]) -> list[NDArray[Any]]:
    """Return for each pair an array of -1, or of 0 where nothing is ignored."""
    ignoring = {e.pair for e in learning.unlabelled}
    ignoring |= {
        e.pair for e in (*learning.training, *learning.validation) if e.labels.min() < 0
    }
    smallest = np.min_scalar_type(max(learning.classes))
    signed = np.promote_types(smallest, np.int8)
    return [
        np.full(pair.image.shape, -1, signed)
        if number in ignoring
        else np.zeros(pair.image.shape, smallest)
        for number, pair in enumerate(pairs)
    ]


def _plane_of(result: NDArray[Any], example: Example) -> NDArray[Any]:
    planes: NDArray[Any] = result.reshape(-1, *example.shape)
    plane: NDArray[Any] = planes[example.plane]
    return plane
