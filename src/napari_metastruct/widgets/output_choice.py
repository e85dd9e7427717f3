"""The part of a dock that says what is made of the result."""

from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QComboBox, QSpinBox, QWidget

from napari_metastruct.jobs import ImageJob
from napari_metastruct.widgets.rows import add_row, new_rows

__all__ = ["OutputChoice"]


class OutputChoice(QWidget):
    """Foreground mask or objects, what is tidied up, and the probability.

    Signals
    -------
    valueChanged()
        Something has been chosen.
    """

    valueChanged = Signal()  # noqa: N815 - Qt's habit

    def __init__(self) -> None:
        super().__init__()
        self.kind = QComboBox()
        self.kind.addItem("Foreground mask", False)
        self.kind.addItem("Objects (instances)", True)
        self.kind.setToolTip(_help("instances"))
        self.min_size = QSpinBox()
        self.min_size.setRange(0, 10_000_000)
        self.min_size.setStepType(QSpinBox.StepType.AdaptiveDecimalStepType)
        self.min_size.setSuffix(" px")
        self.min_size.setSpecialValueText("keep all")
        self.min_size.setToolTip(_help("min_size"))
        self.fill_holes = QCheckBox("Fill holes")
        self.fill_holes.setToolTip(_help("fill_holes"))
        self.probability = QCheckBox("Add the probability layer")
        self.probability.setToolTip(_help("probability"))
        rows = new_rows(self)
        add_row(rows, "Output", self.kind)
        add_row(rows, "Smallest", self.min_size)
        add_row(rows, "", self.fill_holes)
        add_row(rows, "", self.probability)
        self.kind.currentIndexChanged.connect(self._on_edit)
        self.min_size.valueChanged.connect(self._on_edit)
        for box in (self.fill_holes, self.probability):
            box.toggled.connect(self._on_edit)

    def fields(self) -> dict[str, Any]:
        """Return what is chosen as fields of a job."""
        return {
            "instances": bool(self.kind.currentData()),
            "min_size": self.min_size.value(),
            "fill_holes": self.fill_holes.isChecked(),
            "probability": self.probability.isChecked(),
        }

    def show_job(self, job: ImageJob) -> None:
        """Show the settings of a job."""
        self.kind.setCurrentIndex(int(job.instances))
        self.min_size.setValue(job.min_size)
        self.fill_holes.setChecked(job.fill_holes)
        self.probability.setChecked(job.probability)

    def _on_edit(self) -> None:
        # Holes are always filled in objects.
        self.fill_holes.setEnabled(not self.kind.currentData())
        self.valueChanged.emit()


def _help(name: str) -> str:
    return " ".join((ImageJob.model_fields[name].description or "").split())
