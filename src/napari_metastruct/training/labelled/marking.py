"""New marks into the learning set, between two epochs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from napari_metastruct.training.labelled.classes import to_ranks
from napari_metastruct.training.labelled.reading import (
    contradiction_text,
    drop_contradicted,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_metastruct.training.labelled.inbox import MarkInbox, Marks
    from napari_metastruct.training.labelled.planes import Example, LearningSet

__all__ = ["Marking"]


class Marking:
    """Replaces the marks of planes by those that a person has painted since.

    Parameters
    ----------
    inbox
        Where they come from.
    learning
        What is changed: its training and validation part.

    Attributes
    ----------
    notices
        Sentences that the person should see; whoever shows them takes them out.
    """

    def __init__(self, inbox: MarkInbox, learning: LearningSet) -> None:
        self.notices: list[str] = []
        self._inbox = inbox
        self._learning = learning
        self._places: dict[tuple[int, int], tuple[list[Example], int]] = {
            example.place: (part, number)
            for part in (learning.training, learning.validation)
            for number, example in enumerate(part)
        }

    def marked_planes(self) -> list[int]:
        """Return the numbers of the training planes that have any mark."""
        planes = enumerate(self._learning.training)
        return [number for number, example in planes if example.is_marked()]

    def renew(self) -> tuple[list[int], list[int]]:
        """Take what has come; return which planes have changed.

        Marks that cannot be taken leave those of their plane as they are.

        Returns
        -------
        Numbers in the training and in the validation part.
        """
        former = {}
        for place, marks in self._inbox.take().items():
            part, number = self._places.get(place, ([], 0))
            if part and (new := self._with(part[number], marks)) is not None:
                former[place] = part[number]
                part[number] = new
        if former and not self.marked_planes():
            self.notices.append(
                "No mark is left to learn from, so the last ones are kept: mark "
                "something else, or stop."
            )
            for place, example in former.items():
                part, number = self._places[place]
                part[number] = example
            return [], []
        found = [self._places[place] for place in former]
        training = self._learning.training
        return (
            [number for part, number in found if part is training],
            [number for part, number in found if part is not training],
        )

    def _with(self, example: Example, marks: Marks) -> Example | None:
        labels = self._ranks(marks.labels, example)
        negative = self._ranks(marks.negative, example)
        if labels is None or negative is None:
            return None
        if count := drop_contradicted(labels, negative):
            self.notices.append(contradiction_text(count))
        for values in (labels, negative):
            values.flags.writeable = False
        return replace(example, labels=labels, negative=negative)

    def _ranks(
        self, values: NDArray[np.int32] | None, example: Example
    ) -> NDArray[np.int16] | None:
        """Return marks as ranks; None if they cannot be taken."""
        if values is None:
            return np.full(example.shape, -1, np.int16)
        if values.shape != example.shape:
            self.notices.append(
                f"The new marks have the shape {values.shape}, but their plane has "
                f"{example.shape}, so they are not learned from."
            )
            return None
        classes = self._learning.classes
        unknown = np.setdiff1d(values, [-1, *classes])
        if unknown.size:
            self.notices.append(
                f"The new marks hold the class {', '.join(map(str, unknown))}, which "
                "was not there when learning began, so they are not learned from: "
                "start again to learn it too."
            )
            return None
        return to_ranks(classes)[values + 1]
