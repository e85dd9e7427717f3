import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from napari_metastruct.widgets.matrix_table import MatrixTable

MATRIX = np.array([[0.8, 0.2, 0.0], [0.25, 0.75, 0.0], [np.nan, np.nan, np.nan]])


@pytest.fixture
def table(qtbot: QtBot) -> MatrixTable:
    table = MatrixTable("clean", "noisy")
    qtbot.addWidget(table)
    table.show_matrix(MATRIX, (0, 1, 5))
    return table


def texts(table: MatrixTable) -> list[list[str]]:
    rows, columns = range(table.rowCount()), range(table.columnCount())
    cells = [[table.item(i, j) for j in columns] for i in rows]
    return [[cell.text() if cell else "" for cell in row] for row in cells]


def test_it_shows_the_numbers(table: MatrixTable) -> None:
    assert texts(table)[:2] == [
        ["0.800", "0.200", "0.000"],
        ["0.250", "0.750", "0.000"],
    ]
    assert texts(table)[2] == ["-"] * 3
    header = table.verticalHeaderItem(2)
    assert header is not None
    assert header.text() == "5"


def test_more_is_brighter_and_every_cell_is_explained(table: MatrixTable) -> None:
    cells = [table.item(0, j) for j in range(3)]
    light = [cell.background().color().lightness() for cell in cells if cell]
    assert light == sorted(light, reverse=True)
    assert "80.00% of class 0" in (cells[0].toolTip() if cells[0] else "")
    missing = table.item(2, 0)
    assert missing is not None
    assert "no pixel of class 5" in missing.toolTip()


def test_another_matrix_takes_its_place(table: MatrixTable) -> None:
    table.show_matrix(np.eye(2), (0, 1))
    assert texts(table) == [["1.000", "0.000"], ["0.000", "1.000"]]
    table.clear_matrix()
    assert table.isHidden()


def test_many_classes_scroll(table: MatrixTable) -> None:
    table.show_matrix(np.eye(40), range(40))
    assert table.height() <= 260
    assert table.minimumSizeHint().width() <= 380
