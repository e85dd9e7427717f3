"""The part of a dock that says how it is learned from labels."""

from pathlib import Path
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_metastruct.jobs import TrainJob
from napari_metastruct.methods import LEARNERS, AnyLearner, learner_named
from napari_metastruct.training.labelled import LabelledSettings
from napari_metastruct.widgets.backend_choice import BackendChoice
from napari_metastruct.widgets.form import Form
from napari_metastruct.widgets.learner_editors import (
    RATE,
    RATE_HELP,
    USUAL,
    rate_editor,
    setting_editor,
)
from napari_metastruct.widgets.learner_memory import keep_choice, recall_choice
from napari_metastruct.widgets.learner_words import WHEN
from napari_metastruct.widgets.rows import add_row, new_rows
from napari_metastruct.widgets.sections import Section
from napari_metastruct.widgets.training_folder import FolderEdit

__all__ = ["LearnerChoice"]

RECOMMENDED = TrainJob().method.name
"""What a script and the command line take, too, if no method is named."""
ELSEWHERE = ("coarse-marks",)
"""Methods that have a dock of their own."""
IN_FRONT = ("epochs", "network", "validation")
"""Settings that everybody looks at; the others are advanced."""
_HIDDEN = (*IN_FRONT, "checkpoint_every")


class LearnerChoice(QWidget):
    """Method, network, noise rate, length; in `advanced` everything else.

    Signals
    -------
    valueChanged()
        Something has been chosen or edited.
    """

    valueChanged = Signal()  # noqa: N815 - Qt's habit

    def __init__(self) -> None:
        super().__init__()
        self.method = QComboBox()
        for name, entry in LEARNERS.items():
            if name not in ELSEWHERE:
                self.method.addItem(entry.title, name)
        self.method.setCurrentIndex(max(0, self.method.findData(RECOMMENDED)))
        self.method.setToolTip("How it is learned from labels that may be wrong.")
        self.when = QLabel()
        self.when.setWordWrap(True)
        self.when.setToolTip("When to use this method.")
        self.front = {name: setting_editor(name) for name in IN_FRONT}
        self.estimate = QPushButton("Estimate")
        self.estimate.setToolTip(
            "Let a network learn for a moment and see how many labels it disagrees "
            "with."
        )
        self.form: Form[Any] = Form(learner_named(self.name), hidden=(RATE,))
        self.settings = Form(USUAL, hidden=_HIDDEN)
        self.backend = BackendChoice()
        self.preview = QCheckBox("Show a preview while learning")
        self.preview.setChecked(True)
        self.preview.setToolTip(
            "Show on the visible plane what is predicted, and which labels were "
            "corrected, as a layer. It goes when the run ends."
        )
        self.folder = FolderEdit(
            "Folder that keeps the run: model, numbers, and its last state, from which "
            "Continue goes on, even after napari was closed. Empty: kept as long as "
            "this dock is open.",
            "as long as the dock is open",
        )
        self._validation_is_set = False
        self._lay_out()
        self._connect()
        self._change_method()
        recall_choice(self)

    @property
    def name(self) -> str:
        """Name of the chosen method."""
        return str(self.method.currentData())

    @property
    def wants_rate(self) -> bool:
        """Whether the method needs to know the noise rate."""
        return RATE in type(learner_named(self.name)).model_fields

    def learner(self) -> AnyLearner:
        """Return the method with its settings.

        Raises
        ------
        InputError
            A setting is wrong.
        """
        method: AnyLearner = self.form.value()
        if self.wants_rate:
            return method.replace(**{RATE: self.rate.value()})
        return method

    def labelled_settings(self) -> LabelledSettings:
        """Return all settings that do not depend on the method.

        Raises
        ------
        InputError
            A setting is wrong.
        """
        front = {name: editor.value() for name, editor in self.front.items()}
        return self.settings.value().replace(**front)

    def problem(self) -> str:
        """Return what is wrong with the settings, "" if nothing is."""
        return self.form.problem() or self.settings.problem()

    def set_rate(self, rate: float) -> None:
        """Show an estimated noise rate."""
        self.rate.setValue(round(rate, 3))

    def suggest_validation(self, planes: int) -> None:
        """Keep nothing apart of a single image, unless the person wants it so."""
        if self._validation_is_set or not planes:
            return
        editor = self.front["validation"]
        editor.blockSignals(True)
        editor.setValue(0.0 if planes == 1 else USUAL.validation)
        editor.blockSignals(False)

    def suggest_folder(self, folder: Path | None) -> None:
        """Say where a run is kept if no folder is named; None: nowhere for long."""
        text = "as long as the dock is open" if folder is None else str(folder)
        self.folder.edit.setPlaceholderText(text)

    def show_settings(self, method: AnyLearner, settings: LabelledSettings) -> None:
        """Show other settings, such as those of a job."""
        self.method.setCurrentIndex(self.method.findData(method.name))
        self.form.setValue(method)
        if self.wants_rate:
            self.rate.setValue(getattr(method, RATE))
        self.settings.setValue(settings)
        for name, editor in self.front.items():
            editor.setValue(getattr(settings, name))
        self.valueChanged.emit()

    def remember(self) -> None:
        """Keep what is chosen for the next dock and the next session."""
        keep_choice(self)

    def _change_method(self) -> None:
        old, self.form = self.form, Form(learner_named(self.name), hidden=(RATE,))
        self._inside.replaceWidget(old, self.form)
        old.hide()
        old.deleteLater()
        self.form.valueChanged.connect(self.valueChanged)
        self.when.setText(WHEN.get(self.name, ""))
        self._rows.setRowVisible(self._rate_row, self.wants_rate)
        self.valueChanged.emit()

    def _on_validation(self) -> None:
        self._validation_is_set = True
        self.valueChanged.emit()

    def _connect(self) -> None:
        self.method.currentIndexChanged.connect(self._change_method)
        self.settings.valueChanged.connect(self.valueChanged)
        self.folder.valueChanged.connect(self.valueChanged)
        for name in ("epochs", "network"):
            self.front[name].valueChanged.connect(lambda _: self.valueChanged.emit())
        self.front["validation"].valueChanged.connect(lambda _: self._on_validation())
        self.rate.valueChanged.connect(lambda _: self.valueChanged.emit())

    def _lay_out(self) -> None:
        self.rate = rate_editor()
        self._rate_row = QWidget()
        self._rate_row.setToolTip(RATE_HELP)
        inside = QHBoxLayout(self._rate_row)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.rate, stretch=1)
        inside.addWidget(self.estimate)
        self._rows = new_rows(self)
        add_row(self._rows, "Method", self.method)
        self._rows.addRow(self.when)
        add_row(self._rows, "Noise rate", self._rate_row)
        add_row(self._rows, "Network", self.front["network"])
        add_row(self._rows, "Epochs", self.front["epochs"])
        add_row(self._rows, "Validation", self.front["validation"])
        keep = QWidget()
        add_row(new_rows(keep), "Run folder", self.folder)
        content = QWidget()
        self._inside = QVBoxLayout(content)
        self._inside.setContentsMargins(0, 0, 0, 0)
        for widget in (self.form, self.settings, keep, self.backend, self.preview):
            self._inside.addWidget(widget)
        self.advanced = Section("Advanced settings", content)
