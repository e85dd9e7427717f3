"""The table of images after a training: how far their labels are to be trusted."""

import math
from typing import Any

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtGui import QColor, QIcon, QKeyEvent, QPixmap
from qtpy.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QHeaderView,
    QTableWidgetItem,
)

from napari_metastruct.widgets.plane_trust import PlaneTrust, is_scored
from napari_metastruct.widgets.small_table import SmallTable, cell
from napari_metastruct.widgets.trust_layer import trust_colours

__all__ = ["TrustTable"]

_COLUMNS = {
    "Image": "Name of the image.",
    "Plane": "Number of the plane in its stack, from 0 on.",
    "Trust": "How likely the labels are clean, rather than the same labels revised. "
    "0.5: nothing to choose between them; near 0: the revised ones are much likelier, "
    "so look at these first. Bold where you said that they are right. Orange to blue, "
    "as the point in the corner of the image.",
    "Revised": "Share of the labels that were corrected.",
}
_WIDTH = 62
_MARK = QSize(8, 14)
"""Of the colour that the point of a plane has on the canvas, in pixels."""
_PLACE = Qt.ItemDataRole.UserRole


class TrustTable(SmallTable):
    """A row for each plane; a click on a head sorts, one on a row goes there.

    Signals
    -------
    chosen(pair, plane)
        A row was clicked, or Enter was pressed on it.
    reached(pair, plane)
        Another row is the current one, by the arrow keys or by a click.
    """

    chosen = Signal(int, int)
    reached = Signal(int, int)

    def __init__(self) -> None:
        super().__init__(_WIDTH)
        self.rows: list[PlaneTrust] = []
        self.setIconSize(_MARK)
        self.setToolTip(
            "How far the labels of each image are to be trusted. Click a head to sort, "
            "a row to go to its image and plane. The arrow keys go through the images "
            "that are open; Enter opens one that is a file, and closes the one opened "
            "before unless you changed its labels."
        )
        for corner in self.findChildren(QAbstractButton):
            corner.setToolTip(self.toolTip())
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        numbers = self.verticalHeader()
        if numbers is not None:
            numbers.hide()
        self.currentCellChanged.connect(lambda row, *_: self._say(self.reached, row))
        self.cellClicked.connect(lambda row, _: self._say(self.chosen, row))

    def show_rows(self, rows: list[PlaneTrust]) -> None:
        """Show these, the least trusted first; without scores the most revised."""
        self.setSortingEnabled(False)
        self.blockSignals(True)
        self.rows = rows
        self.name([""] * len(rows), list(_COLUMNS))
        for place, row in enumerate(rows):
            for column, item in enumerate(_items(row)):
                item.setData(_PLACE, place)
                self.setItem(place, column, item)
        self._lay_out()
        self.blockSignals(False)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:  # noqa: N802
        """Take Enter as a click on the current row."""
        if event is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._say(self.chosen, self.currentRow())
        else:
            super().keyPressEvent(event)

    def highlight(self, pair: int, plane: int) -> None:
        """Mark the row of a plane, or none if it has none; nobody is told."""
        self.blockSignals(True)
        self.setCurrentItem(None)
        for row in range(self.rowCount()):
            found = self._row_of(row)
            if found is not None and (found.pair, found.plane) == (pair, plane):
                self.setCurrentCell(row, 0)
        self.blockSignals(False)

    def _lay_out(self) -> None:
        heads = self.horizontalHeader()
        if heads is not None:
            heads.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, help_ in enumerate(_COLUMNS.values()):
            head = self.horizontalHeaderItem(column)
            if head is not None:
                head.setToolTip(help_)
        scored = is_scored(self.rows)
        self.setColumnHidden(2, not scored)
        self.setSortingEnabled(True)
        ascending, descending = (
            Qt.SortOrder.AscendingOrder,
            Qt.SortOrder.DescendingOrder,
        )
        self.sortItems(2 if scored else 3, ascending if scored else descending)
        self.clearSelection()
        self.fit()

    def _say(self, signal: Any, row: int) -> None:  # noqa: ANN401 - a bound signal
        found = self._row_of(row)
        if found is not None:
            signal.emit(found.pair, found.plane)

    def _row_of(self, row: int) -> PlaneTrust | None:
        item = self.item(row, 0)
        return None if item is None else self.rows[item.data(_PLACE)]


class _Number(QTableWidgetItem):
    """A cell that is sorted by its number; one without comes last, or first."""

    def __init__(self, number: float, text: str, help_: str) -> None:
        super().__init__("-" if math.isnan(number) else text)
        self.number = -1.0 if math.isnan(number) else number
        self.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setToolTip(help_)

    def __lt__(self, other: QTableWidgetItem) -> bool:
        if isinstance(other, _Number):
            return self.number < other.number
        return bool(super().__lt__(other))


def _items(row: PlaneTrust) -> list[QTableWidgetItem]:
    where = f"plane {row.plane} of '{row.name}'"
    name = cell(row.name, f"Go to {where}.")
    name.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    said = " You said that they are right." if row.trusted else ""
    trust = _Number(
        row.trust, f"{row.trust:.3f}", f"Trust in the labels given for {where}.{said}"
    )
    if not math.isnan(row.trust):
        trust.setIcon(_mark_of(row.trust))
    if row.trusted:
        font = trust.font()
        font.setBold(True)
        trust.setFont(font)
    revised = _Number(
        row.revised, f"{row.revised:.2%}", f"Share of the labels revised, {where}."
    )
    plane = _Number(row.plane, str(row.plane), f"Go to {where}.")
    return [name, plane, trust, revised]


def _mark_of(trust: float) -> QIcon:
    """Return its colour; also in a row that is selected, which Qt would tint."""
    red, green, blue, _ = trust_colours().map(trust)[0]
    picture = QPixmap(_MARK)
    picture.fill(QColor.fromRgbF(float(red), float(green), float(blue)))
    icon = QIcon(picture)
    icon.addPixmap(picture, QIcon.Mode.Selected)
    return icon
