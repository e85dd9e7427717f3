"""How many labels are wrong: where a network that has only begun to learn objects."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from napari_metastruct.progress import Started
from napari_metastruct.training.devices import choose_device
from napari_metastruct.training.labelled.planes import thinned
from napari_metastruct.training.labelled.reading import read_steps
from napari_metastruct.training.labelled.session import LabelledSession
from napari_metastruct.training.labelled.trouble import Stopped, telling
from napari_metastruct.training.losses import mean_over, pixel_cross_entropy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from napari_metastruct.progress import Event, Steps, StopFlag
    from napari_metastruct.training.labelled.pairs import LabelledPair
    from napari_metastruct.training.labelled.planes import LearningSet
    from napari_metastruct.training.labelled.settings import LabelledSettings

__all__ = ["estimate_noise_rate_steps", "estimate_steps"]

EARLY, STEPS = 10, 10
"""Epochs that the network learns for, and steps in each."""
PIXELS = 2**16
"""Pixels that it is compared with afterwards, at most, for every patch it learned."""


def estimate_noise_rate_steps(
    pairs: Sequence[LabelledPair],
    settings: LabelledSettings,
    *,
    stop: StopFlag | None = None,
) -> Steps[float]:
    """Estimate the share of pixels whose label is wrong.

    A plain network learns for a short while, as long as it still learns what the
    labels have in common and not their errors; the estimate is the share of
    labelled pixels where it disagrees with them.
    """
    learning = yield from read_steps(pairs, settings)
    return (yield from estimate_steps(learning, settings, stop=stop))


def estimate_steps(
    learning: LearningSet,
    settings: LabelledSettings,
    *,
    stop: StopFlag | None = None,
) -> Steps[float]:
    """Do so for a learning set that has been read."""
    early = settings.replace(
        epochs=EARLY, patches_per_epoch=STEPS * settings.batch, checkpoint_every=0
    )
    device = choose_device(settings.device).device
    session = LabelledSession(learning, early, device=device, stop=stop)
    yield Started("Estimating the noise rate", session.total_steps)
    try:
        with telling(settings, device), suppress(Stopped):
            yield from _learn(session)
        return (yield from _disagreement(session, learning))
    finally:
        session.close()


def _learn(session: LabelledSession) -> Iterator[Event]:
    session.optimise()
    for epoch in session.epochs():
        for batch in session.batches():
            losses = pixel_cross_entropy(session.forward(batch.images), batch.labels)
            yield session.step(mean_over(losses, batch.labels >= 0))
        session.epoch = epoch


def _disagreement(session: LabelledSession, learning: LearningSet) -> Steps[float]:
    every = [*learning.training, *learning.validation]
    most = PIXELS * session.total_steps * session.settings.batch
    examples = [example for _, example in thinned(every, most)]
    wrong = known = 0

    def take(number: int, probability: NDArray[np.float32]) -> None:
        nonlocal wrong, known
        labels = examples[number].labels
        wrong += int(((probability.argmax(axis=0) != labels) & (labels >= 0)).sum())
        known += int((labels >= 0).sum())

    images = [example.image for example in examples]
    yield from session.predictor.each(session.networks[0], images, take)
    return wrong / max(known, 1)
