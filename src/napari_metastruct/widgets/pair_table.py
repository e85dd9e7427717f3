"""The table of image layers with their labels that a network learns from."""

from collections import Counter
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_metastruct.widgets.learner_words import TRUSTED, TRUSTED_HELP
from napari_metastruct.widgets.pair_row import (
    END_WIDTH,
    SPACING,
    TRUSTED_WIDTH,
    PairRow,
)
from napari_metastruct.widgets.rows import add_row, new_rows
from napari_metastruct.widgets.training_pair import Colours, PairInput

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["PairTable"]

MANY_CLASSES = 12
"""More than that may be numbers of objects; the person is asked."""


class PairTable(QWidget):
    """Rows of an image, its labels and maybe clean labels, to be added and removed.

    Signals
    -------
    valueChanged()
        A row came, went or changed, or more is known about its labels.
    """

    valueChanged = Signal()  # noqa: N815 - Qt's habit

    def __init__(self, viewer: "Viewer") -> None:
        super().__init__()
        self._viewer = viewer
        self.rows: list[PairRow] = []
        self._spare: list[PairRow] = []
        self.add_button = QPushButton("Add a pair")
        self.add_button.setToolTip("One more image with its labels.")
        self.with_reference = QCheckBox("I have clean labels, too")
        self.with_reference.setToolTip(
            "Clean labels are for the curves only: they show when the network begins "
            "to learn the errors by heart. Nothing is ever learned from them."
        )
        self.as_one = QCheckBox("Objects as one class")
        self.as_one.setToolTip(
            "All labels above 0 count as class 1: for objects with a number each."
        )
        self.colours = QComboBox()
        self.colours.addItem("all together", "all")
        self.colours.addItem("luminance, or their mean", "luminance")
        self.colours.setToolTip("What the network sees of an image in colours.")
        self._lay_out()
        self.add()
        self._connect()
        self._show()

    def value(self) -> tuple[PairInput, ...]:
        """Return the pairs as they are now.

        Raises
        ------
        InputError
            A layer is missing, or cannot be read.
        """
        return tuple(row.value() for row in self.rows)

    def counts(self) -> Counter[int]:
        """Count the pixels of each class in all labels, -1 for those ignored."""
        counts: Counter[int] = Counter()
        for row in self.rows:
            if row.facts is not None:
                counts.update(row.facts.counts)
                counts[-1] += row.facts.ignored
        return counts

    def problem(self) -> str:
        """Return why these pairs cannot be learned from, "" if they can."""
        names = [tuple(row.layers()) for row in self.rows]
        if len(set(names)) < len(names):
            return "The same pair is in the table twice: take one of them out."
        return next((row.problem() for row in self.rows if row.problem()), "")

    def add(self) -> PairRow:
        """Add a row, with layers that no other row has if there are any."""
        used = [layer for row in self.rows for layer in row.layers()]
        row = self._spare.pop() if self._spare else self._new()
        row.offer(used)
        self.rows.append(row)
        self._inside.addWidget(row)
        row.show()
        self._show()
        return row

    def _new(self) -> PairRow:
        row = PairRow(self._viewer)
        row.valueChanged.connect(self._show)
        row.removeClicked.connect(self._remove)
        return row

    def _remove(self, row: PairRow) -> None:
        self.rows.remove(row)
        self._inside.removeWidget(row)
        row.hide()
        self._spare.append(row)  # Qt may crash if it is deleted and the window closes
        self._show()

    def _show(self) -> None:
        with_reference = self.with_reference.isChecked()
        colours: Colours = self.colours.currentData()
        self._heads[2].setVisible(with_reference)
        for row in self.rows:
            row.reference.setVisible(with_reference)
            row.remove.setEnabled(len(self.rows) > 1)
            row.read_as(colours, as_one=self.as_one.isChecked())
        several = len([n for n in self.counts() if n > 0]) > 1
        self.as_one.setVisible(several or self.as_one.isChecked())
        coloured = any(row.is_coloured() for row in self.rows)
        self._choices.setRowVisible(self.colours, coloured)
        self.valueChanged.emit()

    def _connect(self) -> None:
        self.add_button.clicked.connect(lambda: self.add())
        self.with_reference.toggled.connect(self._show)
        self.as_one.toggled.connect(self._show)
        self.colours.currentIndexChanged.connect(self._show)

    def _lay_out(self) -> None:
        heads = QHBoxLayout()
        heads.setContentsMargins(0, 0, SPACING + END_WIDTH, 0)
        heads.setSpacing(SPACING)
        self._heads = [_head(text) for text in ("Image", "Labels", "Clean labels")]
        for head in self._heads:
            heads.addWidget(head, stretch=1)
        self.trusted_head = _head(TRUSTED.replace(" ", "\n", 1))
        self.trusted_head.setFixedWidth(TRUSTED_WIDTH)
        self.trusted_head.setToolTip(TRUSTED_HELP)
        heads.addWidget(self.trusted_head)
        self._inside = QVBoxLayout()
        self._inside.setSpacing(2)
        buttons = QHBoxLayout()
        buttons.addWidget(self.add_button)
        buttons.addWidget(self.with_reference, stretch=1)
        self._choices = new_rows()
        add_row(self._choices, "Colours", self.colours)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(heads)
        layout.addLayout(self._inside)
        layout.addLayout(buttons)
        layout.addWidget(self.as_one)
        layout.addLayout(self._choices)


def _head(text: str) -> QLabel:
    head = QLabel(text)
    head.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
    head.setIndent(0)  # napari's style has one; what is below has none
    return head
