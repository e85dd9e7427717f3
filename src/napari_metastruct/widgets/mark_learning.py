"""The part of a dock that says how it is learned from marks."""

from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from napari_metastruct.methods import CoarseMarks
from napari_metastruct.training.labelled import LabelledSettings
from napari_metastruct.widgets.backend_choice import BackendChoice
from napari_metastruct.widgets.form import Form
from napari_metastruct.widgets.learner_editors import setting_editor
from napari_metastruct.widgets.mark_memory import keep_choice, recall_choice
from napari_metastruct.widgets.rows import add_row, new_rows
from napari_metastruct.widgets.sections import Section

__all__ = ["USUAL", "MarkLearning"]

IN_FRONT = ("epochs", "network")
USUAL = LabelledSettings(
    epochs=300,
    patches_per_epoch=32,
    validation=0.0,
    correct_above=1.0,
    checkpoint_every=1,
)
"""Short epochs, so that new marks are soon learned from; the person stops it. Every
epoch is kept, so that Continue goes on from the last one."""
_HIDDEN = (*IN_FRONT, "checkpoint_every", "correct_above", "classes", "ignore")


class MarkLearning(QWidget):
    """Network and length; in `advanced` everything else.

    Signals
    -------
    valueChanged()
        Something has been chosen or edited.
    """

    valueChanged = Signal()  # noqa: N815 - Qt's habit

    def __init__(self) -> None:
        super().__init__()
        self.front: dict[str, Any] = {name: setting_editor(name) for name in IN_FRONT}
        self.form: Form[Any] = Form(CoarseMarks())
        self.settings = Form(USUAL, hidden=_HIDDEN)
        self.backend = BackendChoice()
        self.preview = QCheckBox("Show the prediction while learning")
        self.preview.setChecked(True)
        self.preview.setToolTip(
            "Show on the visible plane what is predicted, and where it is least sure, "
            "as layers. They go when the run ends."
        )
        self._lay_out()
        for name, editor in self.front.items():
            editor.setValue(getattr(USUAL, name))
            editor.valueChanged.connect(lambda _: self.valueChanged.emit())
        self.form.valueChanged.connect(self.valueChanged)
        self.settings.valueChanged.connect(self.valueChanged)
        self.backend.combo.currentIndexChanged.connect(self.valueChanged)
        recall_choice(self)

    def learner(self) -> CoarseMarks:
        """Return the method with its settings.

        Raises
        ------
        InputError
            A setting is wrong.
        """
        method: CoarseMarks = self.form.value()
        return method

    def labelled_settings(self, classes: tuple[int, ...]) -> LabelledSettings:
        """Return all settings that do not depend on the method.

        Raises
        ------
        InputError
            A setting is wrong.
        """
        front = {name: editor.value() for name, editor in self.front.items()}
        return self.settings.value().replace(classes=classes, **front)

    def problem(self) -> str:
        """Return what is wrong with the settings, "" if nothing is."""
        return self.form.problem() or self.settings.problem()

    def show_settings(self, method: CoarseMarks, settings: LabelledSettings) -> None:
        """Show other settings, such as those of a job."""
        self.form.setValue(method)
        self.settings.setValue(settings)
        for name, editor in self.front.items():
            editor.setValue(getattr(settings, name))
        self.valueChanged.emit()

    def remember(self) -> None:
        """Keep what is chosen for the next dock and the next session."""
        keep_choice(self)

    def _lay_out(self) -> None:
        rows = new_rows(self)
        add_row(rows, "Epochs", self.front["epochs"])
        content = QWidget()
        inside = QVBoxLayout(content)
        inside.setContentsMargins(0, 0, 0, 0)
        front = QWidget()
        add_row(new_rows(front), "Network", self.front["network"])
        for widget in (front, self.form, self.settings, self.backend, self.preview):
            inside.addWidget(widget)
        self.advanced = Section("Advanced settings", content)
