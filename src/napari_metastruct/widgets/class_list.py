"""The classes of labels, to be ticked."""

from collections.abc import Mapping, Sequence

import numpy as np
from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtGui import QColor, QIcon, QPixmap
from qtpy.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem

from napari_metastruct.widgets.label_facts import LabelFacts
from napari_metastruct.widgets.map_colours import ramp

__all__ = ["ClassList"]

_AT_FIRST = 6
"""So many classes of objects are ticked in new labels."""
_ROWS = 5
"""More than that scroll."""
_LINE = 22


class ClassList(QListWidget):
    """One line a class, with the colour of its map and its share of the pixels.

    Signals
    -------
    valueChanged()
        One was ticked or not, or there are others.
    """

    valueChanged = Signal()  # noqa: N815 - Qt's habit

    def __init__(self) -> None:
        super().__init__()
        self._classes: tuple[int, ...] = ()
        self._wish: tuple[int, ...] = ()
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setToolTip(
            "Which classes get a map. The share is that of the pixels which are not "
            "ignored (-1)."
        )
        self.itemChanged.connect(lambda _: self.valueChanged.emit())
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._fit()

    def value(self) -> tuple[int, ...]:
        """Return the classes that are ticked."""
        ticked = Qt.CheckState.Checked
        items = [self.item(row) for row in range(self.count())]
        pairs = zip(self._classes, items, strict=True)
        return tuple(c for c, item in pairs if item and item.checkState() == ticked)

    def setValue(self, classes: Sequence[int]) -> None:  # noqa: N802 - Qt's habit
        """Tick these and no others."""
        for number, row in zip(self._classes, range(self.count()), strict=True):
            item = self.item(row)
            if item is not None:
                item.setCheckState(_state(number in classes))

    def show_job(self, classes: Sequence[int]) -> None:
        """Tick the classes of a job (none: all), also where they are not known yet."""
        self._wish = tuple(classes) or self._classes
        self.setValue(self._wish)

    def colours(self) -> Mapping[int, int]:
        """Return the number of the colours of each class."""
        return _colours(self._classes)

    def problem(self) -> str:
        """Return what is wrong, "" if nothing is."""
        return "" if self.value() else "Tick at least one class."

    def show_facts(self, facts: LabelFacts | None, *, new: bool) -> None:
        """Offer the classes of some labels.

        Parameters
        ----------
        new
            Whether these are other labels, so that what was ticked says nothing.
        """
        counts = {} if facts is None or facts.problem else facts.counts
        known, ticked = self._classes, set(self.value())
        self.blockSignals(True)
        self.clear()
        self._classes = tuple(counts)
        objects = [number for number in counts if number][:_AT_FIRST]
        # A class that has just been painted is wanted.
        wanted = ticked | (set(objects) - set(known)) if not new else set(objects)
        if self._wish and new and counts:
            wanted, self._wish = set(self._wish), ()
        for number in counts:
            share = facts.share(number) if facts is not None else 0.0
            self.addItem(self._item(number, share, number in wanted))
        self.blockSignals(False)
        self._fit()
        self.valueChanged.emit()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the size of a few lines."""
        lines = min(max(self.count(), 1), _ROWS)
        return QSize(120, lines * _LINE + 2 * self.frameWidth() + 4)

    def _item(self, number: int, share: float, on: bool) -> QListWidgetItem:
        percent = f"{share:.1%}" if share >= 0.001 else "< 0.1%"
        note = "" if number else "  background"
        item = QListWidgetItem(f"{number}   {percent}{note}")
        item.setSizeHint(QSize(80, _LINE))
        item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(_state(on))
        item.setIcon(_swatch(_colours(self._classes)[number]))
        return item

    def _fit(self) -> None:
        self.setFixedHeight(self.sizeHint().height())


def _colours(classes: Sequence[int]) -> dict[int, int]:
    """Give the background the second colour and the objects the others, in order."""
    objects = [number for number in classes if number]
    return {0: 1} | {c: place + (place > 0) for place, c in enumerate(objects)}


def _state(on: bool) -> Qt.CheckState:
    return Qt.CheckState.Checked if on else Qt.CheckState.Unchecked


def _swatch(colour: int) -> QIcon:
    red, green, blue = np.round(ramp(colour)[-1] * 255).astype(int).tolist()
    pixmap = QPixmap(12, 12)
    pixmap.fill(QColor(red, green, blue))
    return QIcon(pixmap)
