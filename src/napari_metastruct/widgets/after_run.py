"""What can be done with a result: keep the model, the job, the code, the numbers."""

from collections.abc import Callable

from napari.utils.notifications import show_info
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QGridLayout, QPushButton, QWidget

from napari_metastruct.jobs import SegmentJob
from napari_metastruct.segmentation import Segmentation
from napari_metastruct.snippets import as_command_line, as_python
from napari_metastruct.widgets.asking import ask_save, copy_text
from napari_metastruct.widgets.failures import report

__all__ = ["JOB_SUFFIX", "AfterRun"]

JOB_SUFFIX = ".metastruct.yaml"


class AfterRun(QWidget):
    """Buttons for the last result; off until there is one.

    Signals
    -------
    applyClicked()
        The user wants to apply the last model to another layer.
    """

    applyClicked = Signal()  # noqa: N815 - Qt's habit

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.result: Segmentation | None = None
        self.job: SegmentJob | None = None
        self._name = ""
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self.save_model = self._button(
            "Save model...",
            "Keep what was learned, to apply it to other images later.",
            self._save_model,
        )
        self.apply_model = self._button(
            "Apply model...",
            "Segment another layer by what was learned, without learning again.",
            self.applyClicked.emit,
        )
        self.save_job = self._button(
            "Save job...",
            "Keep all settings of this run in a file that the command line runs.",
            self._save_job,
        )
        self.copy_python = self._button(
            "Copy as Python", "Copy the script that does the same.", self._copy_python
        )
        self.copy_command = self._button(
            "Copy as command",
            "Copy the command that does the same.",
            self._copy_command,
        )
        self.clear()

    def clear(self) -> None:
        """Forget the result."""
        self.result = self.job = None
        self._show_state()

    def show_result(self, name: str, result: Segmentation, job: SegmentJob) -> None:
        """Offer what can be done with a result.

        Parameters
        ----------
        name
            Of the image, for the file names that are offered.
        """
        self._name, self.result, self.job = name, result, job
        self._show_state()

    def _button(self, text: str, help_: str, act: Callable[[], None]) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(help_)
        button.clicked.connect(lambda: act())
        count = self._grid.count()
        self._grid.addWidget(button, count // 2, count % 2)
        return button

    def _show_state(self) -> None:
        learned = self.result is not None and self.result.model is not None
        for button in (self.save_model, self.apply_model):
            button.setEnabled(learned)
        for button in (self.save_job, self.copy_python, self.copy_command):
            button.setEnabled(self.job is not None)

    def _save_model(self) -> None:
        model = None if self.result is None else self.result.model
        if model is None:
            return
        path = ask_save(
            self, "Save model", f"{self._name}.safetensors", "Model (*.safetensors)"
        )
        if path is not None:
            _try(lambda: model.save(path), f"The model is in {path}.")

    def _save_job(self) -> None:
        if self.job is None:
            return
        path = ask_save(
            self, "Save job", f"{self._name}{JOB_SUFFIX}", f"Job (*{JOB_SUFFIX})"
        )
        if path is not None:
            job = self.job
            _try(lambda: job.save(path), f"The job is in {path}.")

    def _copy_python(self) -> None:
        if self.job is not None:
            copy_text(as_python(self.job))
            show_info("The script is on the clipboard.")

    def _copy_command(self) -> None:
        if self.job is not None:
            copy_text(as_command_line(self.job))
            show_info("The command is on the clipboard.")


def _try(save: Callable[[], object], done: str) -> None:
    try:
        save()
    except (OSError, ValueError) as error:
        report(error)
    else:
        show_info(done)
