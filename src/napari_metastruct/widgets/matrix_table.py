"""A noise transition matrix as a table of colours."""

import math
from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray
from qtpy.QtGui import QBrush, QColor
from qtpy.QtWidgets import QTableWidgetItem

from napari_metastruct.widgets.small_table import SmallTable, cell

__all__ = ["MatrixTable"]

_EMPTY = QColor(33, 37, 41)
_FULL = QColor(77, 171, 247)
_DARK, _LIGHT = QColor("#101113"), QColor("#f1f3f5")
_WIDTH = 46


class MatrixTable(SmallTable):
    """Rows are classes of one label, columns of another, cells shares of a row.

    The fuller a cell, the brighter its blue: a diagonal of light means that the classes
    are kept.
    """

    def __init__(
        self, rows: str = "clean", columns: str = "noisy", width: int = _WIDTH
    ) -> None:
        super().__init__(width)
        self._rows, self._columns = rows, columns
        self.setToolTip(
            f"Row: a class of the {rows} labels. Column: what its pixels are in the "
            f"{columns} labels. Each row adds up to 1."
        )

    def show_matrix(self, matrix: NDArray[Any], classes: Sequence[int | str]) -> None:
        """Show a matrix.

        Parameters
        ----------
        matrix
            ``(M, M)``, rows add up to 1; a row of NaN is a class without pixels.
        classes
            The M classes, their numbers or names.
        """
        names = [str(number) for number in classes]
        self.name(names, names)
        for i, row in enumerate(matrix):
            for j, share in enumerate(row):
                help_ = self._sentence(names[i], names[j], float(share))
                self.setItem(i, j, _cell(float(share), help_))
        self.fit()

    def clear_matrix(self) -> None:
        """Show nothing."""
        self.name([], [])
        self.fit()

    def _sentence(self, row: str, column: str, share: float) -> str:
        if math.isnan(share):
            return f"The {self._rows} labels have no pixel of class {row}."
        return (
            f"{share:.2%} of class {row} in the {self._rows} labels are class {column} "
            f"in the {self._columns} ones."
        )


def _cell(share: float, help_: str) -> QTableWidgetItem:
    known = not math.isnan(share)
    item = cell(f"{share:.3f}" if known else "-", help_)
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
