"""What a training in a child is told while it learns: the plane that is seen, marks."""

from __future__ import annotations

from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import TYPE_CHECKING

from napari_metastruct.apart import fewer_previews

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_metastruct.progress import Event
    from napari_metastruct.training.labelled.inbox import MarkInbox, Marks
    from napari_metastruct.training.labelled.judging import Shown

__all__ = ["Listener", "News", "Place", "Teller", "place_of"]

Place = tuple[int, int]
"""Number of the pair, and of the plane in it."""


@dataclass(frozen=True, slots=True)
class News:
    """What has changed since the last time.

    Attributes
    ----------
    place
        The plane that is seen now; None: the same.
    marks
        The marks of planes that were painted on.
    """

    place: Place | None = None
    marks: Mapping[Place, Marks] = field(default_factory=dict)


class Teller:
    """The window's side: called with every event, it tells what has changed.

    Parameters
    ----------
    shown
        The plane that is seen, None where nobody looks.
    inbox
        Where painted marks are left; they are taken out and sent.
    """

    def __init__(self, shown: Shown | None, inbox: MarkInbox | None = None) -> None:
        self.told: SimpleQueue[News] = SimpleQueue()
        self._shown, self._inbox = shown, inbox
        self._place = place_of(shown)

    def __call__(self, event: Event) -> Event:
        """Return the event as it is."""
        before, self._place = self._place, place_of(self._shown)
        if self._place is not None and self._place != before:
            self.told.put(News(self._place))
        marks = {} if self._inbox is None else self._inbox.take()
        if marks:
            self.told.put(News(marks=marks))
        return event


class Listener:
    """The child's side: called with every event, it takes in what it was told."""

    def __init__(
        self,
        told: SimpleQueue[News],
        shown: Shown | None,
        inbox: MarkInbox | None = None,
    ) -> None:
        self._told, self._shown, self._inbox = told, shown, inbox
        self._fewer = fewer_previews()

    def __call__(self, event: Event) -> Event:
        """Return the event, or a heartbeat for a preview that nobody could see."""
        while not self._told.empty():
            self._take(self._told.get())
        return self._fewer(event)

    def _take(self, news: News) -> None:
        if self._shown is not None and news.place is not None:
            self._shown.pair, self._shown.plane = news.place
        if self._inbox is not None:
            for (pair, plane), marks in news.marks.items():
                self._inbox.put(pair, plane, marks.labels, marks.negative)


def place_of(shown: Shown | None) -> Place | None:
    """Return which plane is seen."""
    return None if shown is None else (shown.pair, shown.plane)
