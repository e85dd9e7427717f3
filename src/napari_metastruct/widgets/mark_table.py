"""The table of images with their marks that a network learns from."""

from collections import Counter
from typing import TYPE_CHECKING, Any

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

from napari_metastruct.errors import InputError
from napari_metastruct.widgets.failures import report
from napari_metastruct.widgets.mark_input import MarkInput
from napari_metastruct.widgets.mark_layers import Kind
from napari_metastruct.widgets.mark_row import MarkRow
from napari_metastruct.widgets.rows import add_row, new_rows
from napari_metastruct.widgets.watching import watch

if TYPE_CHECKING:
    from napari.viewer import Viewer

    from napari_metastruct.widgets.training_pair import Colours

__all__ = ["MAKE", "MarkTable"]

MAKE = "Make mark layers"
_MAKE_HELP = (
    "Two layers on each image to paint into: one for what it is, one for what it is "
    "not. They lie exactly on the image."
)


class MarkTable(QWidget):
    """Rows of an image, its marks and maybe a mask, to be added and removed.

    Signals
    -------
    valueChanged()
        A row came, went or changed, or more is known about its marks.
    marked(row, planes)
        Something was painted in a row, on these planes.
    """

    valueChanged = Signal()  # noqa: N815 - Qt's habit
    marked = Signal(object, object)

    def __init__(self, viewer: "Viewer") -> None:
        super().__init__()
        self._viewer = viewer
        self.rows: list[MarkRow] = []
        self._spare: list[MarkRow] = []
        self._current: MarkRow | None = None
        self.make_button = QPushButton(MAKE)
        self.add_button = QPushButton("Add an image")
        self.add_button.setToolTip("One more image to mark and to learn from.")
        self.with_mask = QCheckBox("I have masks that are right")
        self.with_mask.setToolTip(
            "For images that are labelled completely: all of their pixels are learned "
            "from, beside the marks of the others."
        )
        self.colours = QComboBox()
        self.colours.addItem("all together", "all")
        self.colours.addItem("luminance, or their mean", "luminance")
        self.colours.setToolTip("What the network sees of an image in colours.")
        self._lay_out()
        self.add()
        self._connect()
        self._show()

    @property
    def current(self) -> MarkRow:
        """The row that is painted: that of the selected layer, or of the last one."""
        active = self._viewer.layers.selection.active
        for row in self.rows:
            if active is not None and active in row.layers():
                self._current = row
        return self._current if self._current in self.rows else self.rows[0]

    def value(self) -> tuple[MarkInput, ...]:
        """Return the images with their marks as they are now.

        Raises
        ------
        InputError
            An image is there twice; a layer is missing, or cannot be read; or it is not
            known yet what is painted.
        """
        images = [row.image.value() for row in self.rows]
        if len(set(images)) < len(images):
            raise InputError(
                "The same image is in the table twice: take one of them out."
            )
        found = tuple(row.value() for row in self.rows)
        if not all(row.is_known() for row in self.rows):
            raise InputError("Looking at the marks ...")
        return found

    def counts(self, kind: Kind) -> Counter[int]:
        """Count the painted numbers of all rows that have no mask."""
        counts: Counter[int] = Counter()
        for row in self.rows:
            if not row.is_trusted():
                counts.update(row.counts(kind))
        return counts

    def add(self) -> MarkRow:
        """Add a row, with an image that no other row has if there is any."""
        used = [row.image.value() for row in self.rows]
        row = self._spare.pop() if self._spare else self._new()
        self.rows.append(row)
        self._inside.addWidget(row)
        row.show()
        row.offer(used)
        self._current = row
        self._show()
        return row

    def make_marks(self) -> None:
        """Add the layers of marks that are missing."""
        try:
            for row in self.rows:
                row.make_marks()
        except InputError as error:
            report(error)
        self._show()

    def mark_layers(self) -> list[Any]:
        """Return all layers of marks and masks."""
        return [layer for row in self.rows for layer in row.painted_layers()]

    def _on_selection(self) -> None:
        self._current = self.current

    def _new(self) -> MarkRow:
        row = MarkRow(self._viewer)
        row.valueChanged.connect(self._show)
        row.marked.connect(self._on_marked)
        row.removeClicked.connect(self._remove)
        return row

    def _on_marked(self, row: MarkRow, planes: tuple[int, ...]) -> None:
        if row in self.rows:
            self.marked.emit(row, planes)

    def _remove(self, row: MarkRow) -> None:
        self.rows.remove(row)
        self._inside.removeWidget(row)
        row.hide()
        self._spare.append(row)  # Qt may crash if it is deleted and the window closes
        self._show()

    def _show(self) -> None:
        with_mask = self.with_mask.isChecked()
        colours: Colours = self.colours.currentData()
        self._heads[-1].setVisible(with_mask)
        for row in self.rows:
            row.right_mask.setVisible(with_mask)
            row.remove.setVisible(len(self.rows) > 1)
            row.read_as(colours)
        self._heads_end.setVisible(len(self.rows) > 1)
        coloured = any(row.is_coloured() for row in self.rows)
        self._choices.setRowVisible(self.colours, coloured)
        self._show_make()
        self.valueChanged.emit()

    def _show_make(self) -> None:
        missing = any(row.needs_marks() for row in self.rows)
        there = all(row.image.value() is not None for row in self.rows)
        self.make_button.setEnabled(missing and there)
        why = "Every image has its layers for marks." if there else "Open an image."
        self.make_button.setToolTip(_MAKE_HELP if missing and there else why)

    def _connect(self) -> None:
        self.make_button.clicked.connect(self.make_marks)
        self.add_button.clicked.connect(lambda: self.add())
        self.with_mask.toggled.connect(self._show)
        self.colours.currentIndexChanged.connect(self._show)
        events = self._viewer.layers.selection.events
        watch(self, events.active, self._on_selection)

    def _lay_out(self) -> None:
        heads = QHBoxLayout()
        heads.setContentsMargins(0, 0, 0, 0)
        self._heads = [QLabel(text) for text in ("Image", "is", "is not", "Right mask")]
        for head in self._heads:
            head.setAlignment(Qt.AlignmentFlag.AlignLeft)
            heads.addWidget(head, stretch=1)
        self._heads_end = QLabel()
        self._heads_end.setFixedWidth(26)
        heads.addWidget(self._heads_end)
        self._inside = QVBoxLayout()
        self._inside.setSpacing(2)
        buttons = QHBoxLayout()
        buttons.addWidget(self.make_button)
        buttons.addWidget(self.add_button)
        self._choices = new_rows()
        add_row(self._choices, "Colours", self.colours)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(heads)
        layout.addLayout(self._inside)
        layout.addLayout(buttons)
        layout.addWidget(self.with_mask)
        layout.addLayout(self._choices)
