"""The part of a dock that says which labels are taken, and how they are read."""

from typing import TYPE_CHECKING

from napari.layers import Image, Labels
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QComboBox, QLabel, QWidget

from napari_metastruct.errors import InputError
from napari_metastruct.jobs import LabelJob
from napari_metastruct.widgets.form import WRONG_TEXT
from napari_metastruct.widgets.label_facts import LabelFacts
from napari_metastruct.widgets.labels_input import LabelsInput, read_labels
from napari_metastruct.widgets.labels_look import LabelsLook
from napari_metastruct.widgets.layer_combo import LayerCombo
from napari_metastruct.widgets.layer_edits import LayerEdits
from napari_metastruct.widgets.layers import data_shape
from napari_metastruct.widgets.rows import add_row, new_rows

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["LabelsChoice"]

_NONE = "Open labels first, or add a Labels layer and paint some classes."
_IMAGES = (
    "There is no Labels layer. If an image holds labels, choose 'Convert to labels' in "
    "its menu in the layer list."
)


class LabelsChoice(QWidget):
    """Labels layer, its level, planes or volumes, and objects as one class.

    Only what the chosen layer needs is shown. A line below says how the layer is read,
    or in red why it cannot be. What the labels hold is found out in a thread.

    Signals
    -------
    valueChanged()
        Something has been chosen, or a layer came, went or got another name or place.
    looked()
        It is known what the labels hold.
    edited()
        They were painted.
    """

    valueChanged = Signal()  # noqa: N815 - Qt's habit
    looked = Signal()
    edited = Signal()

    def __init__(self, viewer: "Viewer", text: str = "Labels") -> None:
        super().__init__()
        self._viewer = viewer
        self.layer = LayerCombo(viewer, Labels)
        self.level = QComboBox()
        self.level.setToolTip("Which level of the multiscale labels; 0 is the finest.")
        self.stack = QComboBox()
        self.stack.addItem("every plane by itself", 2)
        self.stack.addItem("as a volume, in 3-D", 3)
        self.stack.setToolTip(
            "Whether distances count within each plane (movies, separate images), or "
            "also across the planes of a volume."
        )
        self.as_one = QCheckBox("Objects as one class")
        self.as_one.setToolTip(
            "All labels above 0 count as class 1: for objects with a number each."
        )
        self.reading = QLabel()
        self.reading.setWordWrap(True)
        self.reading.setToolTip("How the layer is read.")
        self._look = LabelsLook(self)
        self._edits = LayerEdits(viewer, self)
        self._lay_out(text)
        self._connect()
        self._fill()

    @property
    def facts(self) -> LabelFacts | None:
        """What the labels hold; None as long as they are looked at."""
        return self._look.facts

    def value(self) -> LabelsInput:
        """Return the layer as it is now.

        Raises
        ------
        InputError
            There is none, or it cannot be read like this.
        """
        layer = self.layer.value()
        if layer is None:
            images = any(isinstance(other, Image) for other in self._viewer.layers)
            raise InputError(_IMAGES if images else _NONE)
        level = max(0, self.level.currentIndex())
        together = int(self.stack.currentData()) if layer.ndim > 2 else 2
        source = read_labels(layer, together=together, level=level)
        return source.objects_as_one(self.as_one.isChecked())

    def show_job(self, job: LabelJob) -> None:
        """Read the labels as a job does."""
        self.stack.setCurrentIndex(int(job.volume))
        self.as_one.setChecked(job.as_one)

    def problem(self) -> str:
        """Return why no work can begin with these labels, "" if it can."""
        try:
            name = self.value().name
        except InputError as error:
            return str(error)
        if self.facts is None:
            return f"Looking at '{name}' ..."
        return self.facts.problem

    def _fill(self) -> None:
        layer = self.layer.value()
        self._edits.follow(layer)
        several = layer is not None and layer.multiscale
        shapes = (
            [data_shape(layer, i) for i in range(len(layer.data))] if several else []
        )
        levels = [f"{i}: {' x '.join(map(str, s))}" for i, s in enumerate(shapes)]
        if levels != [self.level.itemText(i) for i in range(self.level.count())]:
            self.level.blockSignals(True)
            self.level.clear()
            self.level.addItems(levels)
            self.level.blockSignals(False)
        self.rows.setRowVisible(self.level, len(levels) > 1)
        self.rows.setRowVisible(self.stack, layer is not None and layer.ndim > 2)
        self._show()

    def _show(self) -> None:
        self._look.at(self._source())
        self._tell()
        self.valueChanged.emit()

    def _on_edit(self) -> None:
        self._look.again(self._source())
        self.edited.emit()

    def _source(self) -> LabelsInput | None:
        try:
            return self.value()
        except InputError:
            return None

    def _on_look(self) -> None:
        self._tell()
        self.looked.emit()

    def _tell(self) -> None:
        facts, ticked = self.facts, self.as_one.isChecked()
        several = facts is not None and len(facts.objects) > 1
        self.rows.setRowVisible(self.as_one, several or ticked)
        problem = self.problem()
        waiting = self.facts is None and problem.startswith("Looking")
        self.reading.setText(problem or self.value().sentence())
        wrong = bool(problem) and not waiting
        self.reading.setStyleSheet(WRONG_TEXT if wrong else "")

    def _connect(self) -> None:
        self.layer.valueChanged.connect(self._fill)
        self.level.currentIndexChanged.connect(self._show)
        self.stack.currentIndexChanged.connect(self._show)
        self.as_one.toggled.connect(self._show)
        self._edits.edited.connect(self._on_edit)
        self._edits.placed.connect(self._show)
        self._look.looked.connect(self._on_look)

    def _lay_out(self, text: str) -> None:
        self.layer.setToolTip("The Labels layer to work on.")
        self.rows = new_rows(self)
        add_row(self.rows, text, self.layer)
        add_row(self.rows, "Level", self.level)
        add_row(self.rows, "Stack", self.stack)
        add_row(self.rows, "", self.as_one)
        self.rows.addRow(self.reading)
