"""A noise transition matrix that can be edited, with the classes of the labels."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtGui import QShowEvent
from qtpy.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from napari_metastruct.errors import InputError
from napari_metastruct.noise.probabilities import check_matrix
from napari_metastruct.widgets.matrix_table import MatrixTable

__all__ = ["MatrixEditor", "resized"]

Matrix = tuple[tuple[float, ...], ...]

_MOST_CLASSES = 24  # nobody types in more than that
_EASY = (
    QTableWidget.EditTrigger.DoubleClicked
    | QTableWidget.EditTrigger.SelectedClicked
    | QTableWidget.EditTrigger.EditKeyPressed
    | QTableWidget.EditTrigger.AnyKeyPressed
    | QTableWidget.EditTrigger.CurrentChanged
)


class MatrixEditor(QWidget):
    """Rows are what a pixel is, columns what it is given; each row sums to 1.

    Signals
    -------
    valueChanged(matrix)
        After every edit, also one that is wrong.
    """

    valueChanged = Signal(object)  # noqa: N815 - Qt's habit

    def __init__(self) -> None:
        super().__init__()
        self._matrix: NDArray[np.float64] = np.eye(2)
        self._classes: tuple[int, ...] = (0, 1)
        self.table = MatrixTable()
        self.table.setEditTriggers(_EASY)
        self.table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.table.setTabKeyNavigation(True)
        self.table.itemChanged.connect(self._on_item)
        self.normalise = QPushButton("Rows to 1")
        self.identity = QPushButton("No noise")
        self.normalise.clicked.connect(self._normalise)
        self.identity.clicked.connect(self._keep_all)
        self._lay_out()
        self._show()
        self.explain()

    def value(self) -> Matrix:
        """Return the matrix.

        Raises
        ------
        InputError
            A cell is no probability, or a row does not sum to 1.
        """
        for number in np.flatnonzero(np.isnan(self._matrix).any(axis=1)):
            raise InputError(
                f"Row {number} of the matrix holds something that is no number: write "
                "probabilities there, such as 0.2 or 20 %."
            )
        check_matrix(self._matrix)
        return self._rows()

    def setValue(self, matrix: Sequence[Sequence[float]]) -> None:  # noqa: N802
        """Show another matrix; its classes become 0, 1 ... where the number differs."""
        self._matrix = np.array(matrix, dtype=np.float64)
        if len(self._matrix) != len(self._classes):
            self._classes = tuple(range(len(self._matrix)))
        self._show()

    def setClasses(self, classes: Sequence[int]) -> None:  # noqa: N802 - Qt's habit
        """Give rows and columns the classes of the labels, as many as they are.

        A new class keeps all of its pixels; of one that is gone, the others share what
        it was given.
        """
        if tuple(classes) == self._classes or not 2 <= len(classes) <= _MOST_CLASSES:
            return
        self._classes = tuple(classes)
        before, self._matrix = self._matrix, resized(self._matrix, len(classes))
        self._show()
        if len(before) != len(classes):
            self.valueChanged.emit(self._rows())

    def explain(self) -> None:
        """Give the buttons their tooltips, which a form sets to that of the field."""
        self.normalise.setToolTip("Divide every row by its sum, so that it sums to 1.")
        self.identity.setToolTip("Let every pixel keep its class.")

    def setStyleSheet(self, style: str | None) -> None:  # noqa: N802 - Qt's name
        """Mark the table alone, not every part of it."""
        self.table.setStyleSheet(f"QTableWidget {{ {style} }}" if style else "")

    def showEvent(self, event: QShowEvent | None) -> None:  # noqa: N802 - Qt's name
        """Take the size that the window's style gives the table."""
        super().showEvent(event)
        self.table.fit()

    def _rows(self) -> Matrix:
        return tuple(tuple(float(p) for p in row) for row in self._matrix)

    def _show(self) -> None:
        self.table.blockSignals(True)
        self.table.show_matrix(self._matrix, self._classes)
        self.table.blockSignals(False)

    def _on_item(self, item: QTableWidgetItem) -> None:
        self._matrix[item.row(), item.column()] = _probability(item.text())
        # Not now: the table is still busy with the cell.
        QTimer.singleShot(0, self._show)
        self.valueChanged.emit(self._rows())

    def _normalise(self) -> None:
        self._take(_to_one(np.clip(np.nan_to_num(self._matrix), 0, None)))

    def _keep_all(self) -> None:
        self._take(np.eye(len(self._matrix)))

    def _take(self, matrix: NDArray[np.float64]) -> None:
        self._matrix = matrix
        self._show()
        self.valueChanged.emit(self._rows())

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.normalise)
        buttons.addWidget(self.identity)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.table)
        layout.addLayout(buttons)


def resized(matrix: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Return a matrix for another number of classes whose rows still sum to 1.

    Examples
    --------
    >>> resized(np.array([[0.5, 0.5], [0.2, 0.8]]), 3).tolist()
    [[0.5, 0.5, 0.0], [0.2, 0.8, 0.0], [0.0, 0.0, 1.0]]
    """
    kept = min(len(matrix), count)
    new = np.eye(count)
    new[:kept, :kept] = matrix[:kept, :kept]
    return new if kept == len(matrix) else _to_one(new)


def _to_one(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide rows by their sums; one of zeros keeps its class."""
    sums = matrix.sum(axis=1, keepdims=True)
    shares = matrix / np.where(sums > 0, sums, 1)
    return np.asarray(np.where(sums > 0, shares, np.eye(len(matrix))))


def _probability(text: str) -> float:
    """Read a cell; what is no number becomes NaN, which is refused."""
    words = text.replace(",", ".").strip()
    try:
        if words.endswith("%"):
            return float(words[:-1]) / 100
        return float(words)
    except ValueError:
        return float("nan")
