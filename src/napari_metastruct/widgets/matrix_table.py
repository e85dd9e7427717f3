"""A noise transition matrix as a table of colours."""

import math
from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray
from qtpy.QtCore import QSize, Qt
from qtpy.QtGui import QBrush, QColor
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
)

__all__ = ["MatrixTable"]

_EMPTY = QColor(33, 37, 41)
_FULL = QColor(77, 171, 247)
_DARK, _LIGHT = QColor("#101113"), QColor("#f1f3f5")
_NARROW, _WIDE = 46, 400
_MOST_ROWS = 8
"""More than that scroll."""


class MatrixTable(QTableWidget):
    """Rows are classes of one label, columns of another, cells shares of a row.

    The fuller a cell, the brighter its blue: a diagonal of light means that the classes
    are kept.
    """

    def __init__(self, rows: str = "clean", columns: str = "noisy") -> None:
        super().__init__()
        self._rows, self._columns = rows, columns
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setToolTip(
            f"Row: a class of the {rows} labels. Column: what its pixels are in the "
            f"{columns} labels. Each row adds up to 1."
        )
        for header in (self.horizontalHeader(), self.verticalHeader()):
            if header is not None:
                header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
                header.setDefaultAlignment(Qt.AlignmentFlag.AlignCenter)
        self._fit()

    def show_matrix(self, matrix: NDArray[Any], classes: Sequence[int]) -> None:
        """Show a matrix.

        Parameters
        ----------
        matrix
            ``(M, M)``, rows add up to 1; a row of NaN is a class without pixels.
        classes
            The M classes.
        """
        self.setRowCount(len(classes))
        self.setColumnCount(len(classes))
        names = [str(number) for number in classes]
        self.setVerticalHeaderLabels(names)
        self.setHorizontalHeaderLabels(names)
        for i, row in enumerate(matrix):
            for j, share in enumerate(row):
                help_ = self._sentence(names[i], names[j], float(share))
                self.setItem(i, j, _cell(float(share), help_))
        self._fit()

    def clear_matrix(self) -> None:
        """Show nothing."""
        self.setRowCount(0)
        self.setColumnCount(0)
        self._fit()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the size of the whole table, as far as it is not too large."""
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        if rows is None or columns is None:
            return super().sizeHint()
        frame = 2 * self.frameWidth()
        shown = sum(self.rowHeight(i) for i in range(min(_MOST_ROWS, self.rowCount())))
        width = sum(self.columnWidth(j) for j in range(self.columnCount()))
        width = min(width + rows.sizeHint().width(), _WIDE) + frame
        return QSize(width, shown + columns.sizeHint().height() + frame)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return a size at which a part is seen."""
        return QSize(2 * _NARROW, min(self.sizeHint().height(), 60))

    def _sentence(self, row: str, column: str, share: float) -> str:
        if math.isnan(share):
            return f"The {self._rows} labels have no pixel of class {row}."
        return (
            f"{share:.2%} of class {row} in the {self._rows} labels are class {column} "
            f"in the {self._columns} ones."
        )

    def _fit(self) -> None:
        for column in range(self.columnCount()):
            self.setColumnWidth(column, _NARROW)
        for row in range(self.rowCount()):
            self.setRowHeight(row, 24)
        self.setFixedHeight(self.sizeHint().height())
        self.setVisible(self.rowCount() > 0)


def _cell(share: float, help_: str) -> QTableWidgetItem:
    known = not math.isnan(share)
    item = QTableWidgetItem(f"{share:.3f}" if known else "-")
    item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
    item.setToolTip(help_)
    item.setBackground(QBrush(_colour(share if known else 0.0)))
    # Dark on light and light on dark, whatever the theme.
    item.setForeground(QBrush(_DARK if known and share > 0.45 else _LIGHT))
    return item


def _colour(share: float) -> QColor:
    def between(low: int, high: int) -> int:
        return round(low + min(max(share, 0.0), 1.0) * (high - low))

    return QColor(
        between(_EMPTY.red(), _FULL.red()),
        between(_EMPTY.green(), _FULL.green()),
        between(_EMPTY.blue(), _FULL.blue()),
    )
