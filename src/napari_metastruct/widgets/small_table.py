"""A table of numbers as high as what it holds, within limits."""

from collections.abc import Sequence

from qtpy.QtCore import QSize, Qt
from qtpy.QtGui import QResizeEvent, QShowEvent
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
)

__all__ = ["SmallTable", "cell"]

_ROW = 24
_MOST_ROWS = 9
"""More than that scroll."""


class SmallTable(QTableWidget):
    """Only shows; not seen as long as it is empty.

    Parameters
    ----------
    column_width
        Of the columns; those that do not fit scroll.
    """

    def __init__(self, column_width: int) -> None:
        super().__init__()
        self._column_width = column_width
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            if header is not None:
                header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
                header.setDefaultAlignment(Qt.AlignmentFlag.AlignCenter)
        rows = self.verticalHeader()
        if rows is not None:
            rows.setMinimumSectionSize(_ROW)
            rows.setDefaultSectionSize(_ROW)
        self.fit()

    def name(self, rows: Sequence[str], columns: Sequence[str]) -> None:
        """Set the size of the table by the names of its rows and columns."""
        self.setRowCount(len(rows))
        self.setColumnCount(len(columns))
        self.setVerticalHeaderLabels(list(rows))
        self.setHorizontalHeaderLabels(list(columns))
        for column in range(len(columns)):
            self.setColumnWidth(column, self._column_width)

    def fit(self) -> None:
        """Take the height of what is there; call it after a change."""
        self.setVisible(self.rowCount() > 0)
        self._set_height()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the size of the whole table, as far as it is not too high."""
        return QSize(4 * self._column_width, self._height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return a size at which a part is seen."""
        return QSize(2 * self._column_width, self._height())

    def showEvent(self, event: QShowEvent | None) -> None:  # noqa: N802 - Qt's name
        """Know the height of the header, now that it has its style."""
        super().showEvent(event)
        self._set_height()

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: N802
        """Make room for the scroll bar where not all columns fit."""
        super().resizeEvent(event)
        self._set_height()

    def _set_height(self) -> None:
        if self.height() != self._height():
            self.setFixedHeight(self._height())

    def _height(self) -> int:
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        bar = self.horizontalScrollBar()
        if rows is None or columns is None or bar is None:
            return _ROW
        high = columns.sizeHint().height() + 2 * self.frameWidth()
        high += sum(self.rowHeight(i) for i in range(min(_MOST_ROWS, self.rowCount())))
        wide = rows.sizeHint().width() + 2 * self.frameWidth()
        wide += self.columnCount() * self._column_width
        return high + (bar.sizeHint().height() if wide > self.width() else 0)


def cell(text: str, help_: str) -> QTableWidgetItem:
    """Return a cell with a tooltip."""
    item = QTableWidgetItem(text)
    item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
    item.setToolTip(help_)
    return item
