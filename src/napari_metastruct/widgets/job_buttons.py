"""Buttons that keep what was run: as a job file, as Python, as a command."""

from collections.abc import Callable

from napari.utils.notifications import show_info
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QWidget

from napari_metastruct.jobs import AnyJob
from napari_metastruct.snippets import as_command_line, as_python
from napari_metastruct.widgets.after_run import JOB_SUFFIX
from napari_metastruct.widgets.asking import ask_save, copy_text
from napari_metastruct.widgets.failures import report

__all__ = ["JobButtons"]


class JobButtons(QWidget):
    """Off until there is a job, and for runs that no job can tell."""

    def __init__(self) -> None:
        super().__init__()
        self.job: AnyJob | None = None
        self._name = self._script = ""
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self.save = self._button(
            "Save job...",
            "Keep all settings of this run in a file that the command line runs.",
            self._save,
        )
        self.python = self._button(
            "Copy Python", "Copy the script that does the same.", self._copy_python
        )
        self.command = self._button(
            "Copy command", "Copy the command that does the same.", self._copy_command
        )
        self.show_job("", None)

    def show_job(self, name: str, job: AnyJob | None, script: str = "") -> None:
        """Offer to keep a job.

        Parameters
        ----------
        name
            Offered for its file.
        script
            The job as Python where `as_python` does not know enough, such as the names
            of several layers.
        """
        self._name, self.job, self._script = name, job, script
        for button in (self.save, self.python, self.command):
            button.setEnabled(job is not None)

    def _button(self, text: str, help_: str, act: Callable[[], None]) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(help_)
        button.clicked.connect(lambda: act())
        self._layout.addWidget(button)
        return button

    def _save(self) -> None:
        path = ask_save(
            self, "Save job", f"{self._name}{JOB_SUFFIX}", f"Job (*{JOB_SUFFIX})"
        )
        if path is None or self.job is None:
            return
        try:
            self.job.save(path)
        except (OSError, ValueError) as error:
            report(error)
        else:
            show_info(f"The job is in {path}.")

    def _copy_python(self) -> None:
        if self.job is not None:
            copy_text(self._script or as_python(self.job))
            show_info("The script is on the clipboard.")

    def _copy_command(self) -> None:
        if self.job is not None:
            copy_text(as_command_line(self.job))
            show_info("The command is on the clipboard.")
