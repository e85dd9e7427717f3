"""What is painted in a layer of marks, plane by plane, and what has changed."""

import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject, QTimer, Signal

from napari_metastruct.progress import Heartbeat, Steps
from napari_metastruct.widgets.labels_input import LabelsInput
from napari_metastruct.widgets.layer_edits import LayerEdits
from napari_metastruct.widgets.newest import Newest

if TYPE_CHECKING:
    from napari.layers import Labels
    from napari.viewer import Viewer

__all__ = ["MarkWatch", "PlaneMarks", "look_steps"]

STROKE_ENDS_AFTER_MS = 150
"""So long nothing is painted at the end of a stroke."""
_MOST = 1000
"""Larger numbers are no classes, and are counted as one."""


@dataclass(frozen=True, slots=True)
class PlaneMarks:
    """What is painted on one plane.

    Attributes
    ----------
    checksum
        Of all pixels.
    counts
        Pixels of each painted number above 0.
    """

    checksum: int
    counts: Mapping[int, int]


Planes = Mapping[int, PlaneMarks]


class MarkWatch(QObject):
    """Follows one layer: looks at it in a thread when a stroke has ended.

    Signals
    -------
    looked(planes)
        It is known what is painted; on these planes it is another than before.
    """

    looked = Signal(object)

    def __init__(self, viewer: "Viewer", parent: QObject) -> None:
        super().__init__(parent)
        self.planes: Planes | None = None
        self._again = False
        self._source: LabelsInput | None = None
        self._layer: Labels | None = None
        self._edits = LayerEdits(viewer, self)
        self._newest = Newest("Looking at marks", self, delay=0)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(STROKE_ENDS_AFTER_MS)
        self._edits.edited.connect(self._rest.start)
        self._rest.timeout.connect(self._look)
        self._newest.succeeded.connect(self._on_look)
        self._newest.failed.connect(lambda _: self._on_look({}))
        self._newest.settled.connect(self._on_settled)

    @property
    def is_known(self) -> bool:
        """Whether it is known what is painted; nothing is where there is no layer."""
        return self._source is None or self.planes is not None

    @property
    def counts(self) -> Counter[int]:
        """Pixels of each painted number above 0 in all planes."""
        counts: Counter[int] = Counter()
        for plane in (self.planes or {}).values():
            counts.update(plane.counts)
        return counts

    def at(self, layer: "Labels | None", source: LabelsInput | None) -> None:
        """Watch a layer; nothing is known of another one until it is looked at."""
        before, self._source = self._source, source
        if layer == self._layer and _same(before, source):
            return
        self._layer, self.planes, self._again = layer, None, False
        self._edits.follow(layer if source is not None else None)
        self._newest.drop()
        if source is not None:
            # What goes on still is about another layer, and was dropped.
            self._newest.ask(lambda: look_steps(source))

    def _look(self) -> None:
        layer, source = self._layer, self._source
        # What goes on is not given up: strokes may come faster than looks.
        self._again = self._newest.is_busy
        if self._again:
            return
        if layer is not None and source is not None:
            # A script may have given it other data.
            self._source = source = source.now(layer)
            self._newest.ask(lambda: look_steps(source))

    def _on_look(self, planes: Planes) -> None:
        before, self.planes = self.planes or {}, planes
        numbers = sorted(set(before) | set(planes))
        changed = [n for n in numbers if before.get(n) != planes.get(n)]
        self.looked.emit(tuple(changed))

    def _on_settled(self) -> None:
        if self._again:
            self._look()


def _same(one: LabelsInput | None, other: LabelsInput | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.data is other.data


def look_steps(source: LabelsInput) -> Steps[dict[int, PlaneMarks]]:
    """Look at all planes; those without marks are left out."""
    found = {}
    for number in range(len(source)):
        values = source.part(number)
        if values.any():
            found[number] = _plane_marks(values)
        yield Heartbeat()
    return found


def _plane_marks(values: Any) -> PlaneMarks:  # noqa: ANN401 - any array of numbers
    numbers, counts = np.unique(values[values > 0], return_counts=True)
    shares = zip(numbers.tolist(), counts.tolist(), strict=True)
    held = {int(number): int(count) for number, count in shares if number <= _MOST}
    return PlaneMarks(zlib.crc32(np.ascontiguousarray(values).data), held)
