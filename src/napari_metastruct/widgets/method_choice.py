"""The part of a dock that says how it is segmented."""

from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QComboBox, QVBoxLayout, QWidget

from napari_metastruct.jobs import SegmentJob
from napari_metastruct.methods import MENU, AnyMethod, method_named
from napari_metastruct.parameters import Parameters
from napari_metastruct.training.method import ThresholdRule
from napari_metastruct.training.settings import DeviceWish, TrainingSettings
from napari_metastruct.widgets.backend_choice import BackendChoice
from napari_metastruct.widgets.form import Form
from napari_metastruct.widgets.rows import add_row, new_rows
from napari_metastruct.widgets.sections import Section

__all__ = ["MethodChoice"]


class MethodChoice(QWidget):
    """Method and foreground, and in `advanced` the settings of the chosen method.

    Signals
    -------
    valueChanged()
        Something has been chosen or edited.
    """

    valueChanged = Signal()  # noqa: N815 - Qt's habit

    def __init__(self) -> None:
        super().__init__()
        self.method = QComboBox()
        for name, entry in MENU.items():
            self.method.addItem(entry.title, name)
        self.method.setToolTip("How the image is segmented.")
        self.foreground = QComboBox()
        self.foreground.addItems(["auto", "bright", "dark"])
        self.foreground.setToolTip(_help("foreground"))
        self.form: Form[Any] = Form(method_named(self.name))
        self.training = Form(TrainingSettings())
        self.backend = BackendChoice()
        self.preview = QCheckBox("Show a preview while learning")
        self.preview.setChecked(True)
        self.preview.setToolTip(
            "Show pseudo-label and probability as a layer during the run, at most 4 "
            "times a second. It goes when the run ends."
        )
        self._lay_out()
        self.method.currentIndexChanged.connect(self._change_method)
        self.foreground.currentIndexChanged.connect(lambda _: self.valueChanged.emit())
        self.form.valueChanged.connect(self.valueChanged)
        self.training.valueChanged.connect(self.valueChanged)

    @property
    def name(self) -> str:
        """Name of the chosen method in the menu."""
        return str(self.method.currentData())

    @property
    def learns(self) -> bool:
        """Whether the method trains a network, rather than cutting at a threshold."""
        return not isinstance(method_named(self.name), ThresholdRule)

    def value(self) -> AnyMethod:
        """Return the method with its settings.

        Raises
        ------
        InputError
            A setting is wrong.
        """
        method: AnyMethod = self.form.value()
        return method

    def fields(self) -> dict[str, Any]:
        """Return everything that is chosen here as fields of a job.

        Raises
        ------
        InputError
            A setting is wrong.
        """
        training = self.training.value()
        return {
            "method": self.value(),
            "foreground": self.foreground.currentText(),
            "seed": training.seed,
            "device": training.device,
        }

    @property
    def device(self) -> DeviceWish:
        """Where to compute, "auto" while that field is wrong."""
        return "auto" if self.training.problem() else self.training.value().device

    def problem(self) -> str:
        """Return what is wrong with the settings, "" if nothing is."""
        return self.form.problem() or self.training.problem()

    def show_job(self, job: SegmentJob) -> None:
        """Show the settings of a job."""
        name = job.method_name() or job.method.name
        self.method.setCurrentIndex(self.method.findData(name))
        self.form.setValue(job.method)
        self.foreground.setCurrentText(job.foreground)
        self.training.setValue(TrainingSettings(seed=job.seed, device=job.device))

    def _lay_out(self) -> None:
        rows = new_rows(self)
        add_row(rows, "Method", self.method)
        add_row(rows, "Foreground", self.foreground)
        self._inside = QVBoxLayout()
        self._inside.setContentsMargins(0, 0, 0, 0)
        for widget in (self.form, self.training, self.backend, self.preview):
            self._inside.addWidget(widget)
        content = QWidget()
        content.setLayout(self._inside)
        self.advanced = Section("Advanced settings", content)

    def _change_method(self) -> None:
        old, self.form = self.form, Form(method_named(self.name))
        self._inside.replaceWidget(old, self.form)
        old.hide()
        old.deleteLater()
        self.form.valueChanged.connect(self.valueChanged)
        for widget in (self.training, self.preview):
            widget.setVisible(self.learns)
        self.valueChanged.emit()


def _help(name: str, of: type[Parameters] = SegmentJob) -> str:
    return " ".join((of.model_fields[name].description or "").split())
