"""What the weights that are kept predict of whole planes, each predicted once.

On a stack the prediction of all planes takes far longer than all else after a stop, so
a method that needs it for its own results shares it with whoever asked for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.networks.segmenter import class_labels
from napari_metastruct.progress import Heartbeat, PlaneDone, Started, changed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from torch import nn

    from napari_metastruct.networks.segmenter import SegmenterDescription
    from napari_metastruct.progress import Event, Steps
    from napari_metastruct.training.labelled.judging import Judge
    from napari_metastruct.training.labelled.pairs import LabelledPair
    from napari_metastruct.training.labelled.planes import Example

__all__ = ["Prediction", "Predictions", "WholePlanes", "unsureness"]


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What is predicted of an image; both arrays have its shape.

    Attributes
    ----------
    labels
        Class numbers.
    unsure
        float32, see `unsureness`.
    """

    labels: NDArray[Any]
    unsure: NDArray[np.float32]


class Predictions:
    """Gathers what is predicted of all planes.

    Parameters
    ----------
    pairs
        The images.
    description
        How probabilities become labels: as a saved model does it.
    """

    def __init__(
        self, pairs: Sequence[LabelledPair], description: SegmenterDescription
    ) -> None:
        self._description = description
        self._taken: set[tuple[int, int]] = set()
        self.images = tuple(
            Prediction(
                np.zeros(pair.image.shape, description.label_dtype),
                np.zeros(pair.image.shape, np.float32),
            )
            for pair in pairs
        )

    def take(self, example: Example, probability: NDArray[np.float32]) -> None:
        """Take the probabilities of a plane, ``(classes, Y, X)``."""
        labels, kept = class_labels(probability, self._description)
        image, shape = self.images[example.pair], example.shape
        image.labels.reshape(-1, *shape)[example.plane] = labels
        image.unsure.reshape(-1, *shape)[example.plane] = unsureness(kept)
        self._taken.add(example.place)

    def has(self, example: Example) -> bool:
        """Say whether a plane has been predicted."""
        return example.place in self._taken


class WholePlanes:
    """Predicts whole planes when the learning has ended.

    Parameters
    ----------
    network
        The first one of the run.
    judge
        Predicts, and knows which plane is seen.

    Attributes
    ----------
    wanted
        Is given everything that is predicted; None: nobody has asked for it.
    """

    def __init__(self, network: nn.Module, judge: Judge) -> None:
        self.wanted: Predictions | None = None
        self._network, self._judge = network, judge

    def seen_first(self, examples: Sequence[Example]) -> list[Example]:
        """Return the same planes; if they are wanted, the one that is seen first."""
        if self.wanted is None:
            return list(examples)
        return sorted(examples, key=lambda e: not self._judge.is_shown(e))

    def probability_steps(self, example: Example) -> Steps[NDArray[np.float32]]:
        """Predict a plane, ``(classes, Y, X)``; whoever looks at it sees it, too."""
        steps = self._judge.predictor.whole(self._network, example.image)
        # Here planes are counted, not tiles.
        quiet = changed(steps, lambda _: Heartbeat())
        probability: NDArray[np.float32] = yield from quiet
        if self.wanted is not None:
            self.wanted.take(example, probability)
        if self._judge.is_shown(example):
            yield self._judge.look(example, example.labels, probability)
        return probability

    def rest_steps(self, examples: Sequence[Example]) -> Iterator[Event]:
        """Predict what was asked for and is not there yet."""
        wanted = self.wanted
        rest = [e for e in examples if wanted is not None and not wanted.has(e)]
        if not rest:
            return
        yield Started("Segmenting", len(rest))
        for number, example in enumerate(rest, start=1):
            yield from self.probability_steps(example)
            yield PlaneDone(number, len(rest))


def unsureness(probability: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how unsure a prediction is, 0 (sure) to 1 (all classes are as likely).

    Parameters
    ----------
    probability
        ``(classes, Y, X)``, or of the foreground alone ``(Y, X)``.
    """
    if probability.ndim == 2:
        return np.asarray(1 - np.abs(2 * probability - 1), np.float32)
    count = len(probability)
    return np.asarray((1 - probability.max(axis=0)) * (count / (count - 1)), np.float32)
