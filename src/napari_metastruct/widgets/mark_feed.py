"""Strokes that are painted while it learns, on their way to the network."""

from typing import Any

from napari_metastruct.errors import InputError
from napari_metastruct.widgets.labels_input import LabelsInput
from napari_metastruct.widgets.mark_input import as_classes
from napari_metastruct.widgets.mark_row import MarkRow
from napari_metastruct.widgets.mark_run import MarkRun

__all__ = ["MarkFeed"]


class MarkFeed:
    """Puts the marks of changed planes into the inbox of a run.

    Parameters
    ----------
    run
        What is going on.
    rows
        The rows that its images came from, in their order.
    """

    def __init__(self, run: MarkRun, rows: list[MarkRow]) -> None:
        self._run = run
        self._rows = [(row, row.image.value()) for row in rows]
        self.sent = 0

    def send(self, row: MarkRow, planes: tuple[int, ...]) -> None:
        """Send the marks of planes as they are now, if the run learns from them."""
        pair = self._number(row)
        if pair is None or row.is_trusted() or self._run.sources[pair].mask is not None:
            return
        try:
            now = row.value()
        except InputError:
            return  # a layer has been deleted: what was learned from it stays
        for plane in planes:
            labels = _classes_on(now.positive, plane)
            negative = _classes_on(now.negative, plane)
            self._run.inbox.put(pair, plane, labels, negative)
            self.sent += 1

    def _number(self, row: MarkRow) -> int | None:
        for number, (known, image) in enumerate(self._rows):
            if row is known and row.image.value() == image:
                return number
        return None


def _classes_on(marks: LabelsInput | None, plane: int) -> Any:  # noqa: ANN401
    return None if marks is None else as_classes(marks.part(plane))
