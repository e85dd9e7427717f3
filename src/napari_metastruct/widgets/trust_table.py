"""The table of images after a training: how far their labels are to be trusted."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QHeaderView,
    QTableWidgetItem,
)

from napari_metastruct.widgets.small_table import SmallTable, cell

if TYPE_CHECKING:
    from napari_metastruct.widgets.training_run import TrainingOutcome

__all__ = ["TRUST", "PlaneTrust", "TrustTable", "table_of", "trusts_of"]

TRUST = "trust"
"""What a method calls the score of a plane, 0 to 1."""
_COLUMNS = {
    "Image": "Name of the image.",
    "Plane": "Number of the plane in its stack, from 0 on.",
    "Trust": "How far the labels look right to the method: 0 (wrong) to 1 (right); "
    "bold where you said that they are.",
    "Revised": "Share of the labels that were corrected.",
}
_WIDTH = 62
_PLACE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class PlaneTrust:
    """What is known of the labels of a plane after a training.

    Attributes
    ----------
    pair, plane
        Its numbers.
    name
        Name of the image.
    trust
        Score of the labels as given, by the method, 0 to 1; NaN: it gives none.
    revised
        Share of the labels that were corrected; NaN: there are none.
    trusted
        Whether the person said that they are right.
    """

    pair: int
    plane: int
    name: str
    trust: float
    revised: float
    trusted: bool = False


def trusts_of(outcome: "TrainingOutcome") -> list[PlaneTrust]:
    """Return what is known of all planes, in their order."""
    trained = outcome.trained
    scores = trained.scores.get(TRUST, ())
    found = []
    for pair, (source, shares) in enumerate(
        zip(outcome.run.sources, trained.revised, strict=False)
    ):
        for plane, share in enumerate(shares):
            trust = float(scores[pair][plane]) if scores else math.nan
            row = PlaneTrust(
                pair, plane, source.name, trust, float(share), source.trusted
            )
            found.append(row)
    return found


def table_of(rows: list[PlaneTrust]) -> dict[str, list[Any]]:
    """Return columns by their names, JSON-ready, for the metadata of a layer."""
    return {
        "plane": [row.plane for row in rows],
        "trust": [_known(row.trust) for row in rows],
        "revised": [_known(row.revised) for row in rows],
    }


class TrustTable(SmallTable):
    """A row for each plane; a click on a head sorts, one on a row goes there.

    Signals
    -------
    chosen(pair, plane)
        A row was clicked, or reached by the arrow keys.
    """

    chosen = Signal(int, int)

    def __init__(self) -> None:
        super().__init__(_WIDTH)
        self.rows: list[PlaneTrust] = []
        self.setToolTip(
            "How far the labels of each image are to be trusted. Click a head to sort, "
            "a row to go to its image and plane."
        )
        for corner in self.findChildren(QAbstractButton):
            corner.setToolTip(self.toolTip())
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        numbers = self.verticalHeader()
        if numbers is not None:
            numbers.hide()
        self.currentCellChanged.connect(lambda row, *_: self._choose(row))
        self.cellClicked.connect(lambda row, _: self._choose(row))

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

    def _lay_out(self) -> None:
        heads = self.horizontalHeader()
        if heads is not None:
            heads.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, help_ in enumerate(_COLUMNS.values()):
            head = self.horizontalHeaderItem(column)
            if head is not None:
                head.setToolTip(help_)
        scored = any(not math.isnan(row.trust) for row in self.rows)
        self.setColumnHidden(2, not scored)
        self.setSortingEnabled(True)
        ascending, descending = (
            Qt.SortOrder.AscendingOrder,
            Qt.SortOrder.DescendingOrder,
        )
        self.sortItems(2 if scored else 3, ascending if scored else descending)
        self.clearSelection()
        self.fit()

    def _choose(self, row: int) -> None:
        item = self.item(row, 0)
        if item is not None:
            chosen = self.rows[item.data(_PLACE)]
            self.chosen.emit(chosen.pair, chosen.plane)


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
    if row.trusted:
        font = trust.font()
        font.setBold(True)
        trust.setFont(font)
    revised = _Number(
        row.revised, f"{row.revised:.2%}", f"Share of the labels revised, {where}."
    )
    plane = _Number(row.plane, str(row.plane), f"Go to {where}.")
    return [name, plane, trust, revised]


def _known(number: float) -> float | None:
    return None if math.isnan(number) else round(number, 4)
