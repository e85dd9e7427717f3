"""Scores and a preview of the network as it is at the end of an epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from napari_metastruct.progress import LabelPreview
from napari_metastruct.training.labelled.planes import thinned
from napari_metastruct.training.labelled.scoring import Tables

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from numpy.typing import NDArray
    from torch import nn

    from napari_metastruct.progress import Event
    from napari_metastruct.training.labelled.planes import Example, LearningSet
    from napari_metastruct.training.labelled.predicting import Predictor

__all__ = ["Judge", "Shown"]


@dataclass(slots=True)
class Shown:
    """The plane that a person looks at; may be changed while it learns.

    Attributes
    ----------
    pair
        Number of the pair.
    plane
        Number of the plane in it.
    """

    pair: int = 0
    plane: int = 0


@dataclass(frozen=True, slots=True)
class Judge:
    """Looks at what a network predicts; nothing is learned from it.

    Attributes
    ----------
    learning
        All planes.
    predictor
        Makes the predictions.
    shown
        The plane of the preview; None: no preview.
    most
        Pixels of a part that are scored, about; None: all. Watched planes are always
        scored as a whole.
    """

    learning: LearningSet
    predictor: Predictor
    shown: Shown | None
    most: int | None = None

    def scores(
        self, network: nn.Module, labels: Sequence[NDArray[np.int16]]
    ) -> Generator[Event, None, dict[str, float]]:
        """Score a network; the training planes only where a clean reference is.

        Parameters
        ----------
        network
            What predicts.
        labels
            Of the training planes as they are now.
        """
        sets, tables = self.learning, Tables(self.learning.classes)
        judged = [example for _, example in thinned(sets.validation, self.most)]
        some = thinned(sets.training, self.most)
        counted = [(n, e) for n, e in some if e.reference is not None]

        def training(place: int, found: NDArray[np.intp]) -> None:
            number, example = counted[place]
            _count_truth(tables, "training", example, found)
            if example.reference is not None:
                tables.count_wrong(example.reference, example.labels, found)
                now = example.cut_middle(labels[number])
                tables.count("labels", example.reference, now)

        def validation(number: int, found: NDArray[np.intp]) -> None:
            example = judged[number]
            told = example.told(len(sets.classes))
            tables.count("validation", told, found)
            _count_truth(tables, "validation truth", example, found)

        def watched(number: int, found: NDArray[np.intp]) -> None:
            tables.count("test", sets.watched[number].labels, found)

        yield from self._predict(network, judged, validation)
        yield from self._predict(network, [e for _, e in counted], training)
        yield from self._predict(network, sets.watched, watched)
        values: dict[str, float] = {}
        for name in ("validation", "validation truth", "test", "labels"):
            values |= tables.scores(name, name)
        return values | tables.scores("training", "") | tables.memory()

    def preview(
        self, network: nn.Module, labels: Sequence[NDArray[np.int16]]
    ) -> Iterator[Event]:
        """Yield how the shown plane looks, if there is one."""
        found = self._shown(labels)
        if found is None:
            return
        example, now = found
        probabilities = self.predictor.one(network, example.middle().image)
        yield self.look(example, now, probabilities)

    def is_shown(self, example: Example) -> bool:
        """Say whether a plane is seen now."""
        shown = self.shown
        at = (example.pair, example.plane)
        return shown is not None and at == (shown.pair, shown.plane)

    def look(
        self,
        example: Example,
        labels: NDArray[np.int16],
        probabilities: NDArray[np.float32],
    ) -> LabelPreview:
        """Return how a plane looks.

        Parameters
        ----------
        example
            The plane.
        labels
            As they are now.
        probabilities
            ``(classes, Y, X)`` of it, or of its middle.
        """
        part = example.middle()
        now = part.cut_middle(labels)
        probabilities = np.stack([part.cut_middle(one) for one in probabilities])
        predicted = probabilities.argmax(axis=0)
        numbers = np.array([*self.learning.classes, -1], np.int32)
        rows, columns = (
            (whole - shown) // 2
            for whole, shown in zip(example.shape, part.shape, strict=True)
        )
        return LabelPreview(
            pair=example.pair,
            plane=example.plane,
            prediction=numbers[predicted],
            labels=numbers[now],
            changed=now != part.labels,
            offset=(rows, columns),
            probabilities=probabilities,
        )

    def _predict(
        self,
        network: nn.Module,
        examples: Sequence[Example],
        count: Callable[[int, NDArray[np.intp]], None],
    ) -> Iterator[Event]:
        def take(number: int, probability: NDArray[np.float32]) -> None:
            count(number, probability.argmax(axis=0))

        images = [example.image for example in examples]
        yield from self.predictor.each(network, images, take)

    def _shown(
        self, labels: Sequence[NDArray[np.int16]]
    ) -> tuple[Example, NDArray[np.int16]] | None:
        sets = self.learning
        others = [(e, e.labels) for e in (*sets.validation, *sets.unlabelled)]
        for example, now in [*zip(sets.training, labels, strict=True), *others]:
            if self.is_shown(example):
                return example, now
        return None


def _count_truth(
    tables: Tables, name: str, example: Example, found: NDArray[np.intp]
) -> None:
    if example.reference is not None:
        tables.count(name, example.reference, found)
