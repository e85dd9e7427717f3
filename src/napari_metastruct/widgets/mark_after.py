"""What can be seen and done after a run: matrices, model, job."""

from pathlib import Path

import numpy as np
from napari.utils.notifications import show_info
from numpy.typing import NDArray
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from napari_metastruct.jobs import TrainJob
from napari_metastruct.widgets.after_run import JOB_SUFFIX
from napari_metastruct.widgets.asking import ask_save, copy_text
from napari_metastruct.widgets.job_buttons import JobButtons
from napari_metastruct.widgets.mark_job import command_of, job_of, script_of
from napari_metastruct.widgets.mark_run import MarkOutcome
from napari_metastruct.widgets.matrix_table import MatrixTable
from napari_metastruct.widgets.model_buttons import ModelButtons

__all__ = ["MarkAfter"]

NOTHING = "After a run: how reliable the marks are, the model, and the job."

_TITLES = {
    "positive": "How marks of what it is come about",
    "negative": "How marks of what it is not come about",
}
_HELP = (
    "Mean over the marked pixels. Row: what a pixel is by the prediction. Column: what "
    "it is marked as; of marks of what it is not, what they leave over. A diagonal of "
    "1 means that the marks are taken for right."
)
_WIDTH = 78
_TOO_SHORT = (
    "How reliable the marks are is not known yet: for the first {} steps, and until "
    "they are learned well, they are taken for right."
)


class MarkAfter(QWidget):
    """A table for each confusion matrix, and buttons for the last result.

    Signals
    -------
    savingClicked(path)
        The person wants the job in this file, and its marks in files beside it.
    """

    savingClicked = Signal(object)  # noqa: N815 - Qt's habit

    def __init__(self) -> None:
        super().__init__()
        self.outcome: MarkOutcome | None = None
        self.state = QLabel(NOTHING)
        self.state.setWordWrap(True)
        self.state.setToolTip("What the last run has found.")
        self.tables: dict[str, MatrixTable] = {}
        self._headings: dict[str, QLabel] = {}
        self.model = ModelButtons()
        self.jobs = _MarkJobButtons()
        self.jobs.saving.connect(self.savingClicked)
        self._inside = QVBoxLayout()
        self._inside.setSpacing(2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.state)
        layout.addLayout(self._inside)
        layout.addWidget(self.model)
        layout.addWidget(self.jobs)

    def show_outcome(self, outcome: MarkOutcome) -> None:
        """Offer what can be done with a result."""
        self.outcome = outcome
        name, run = outcome.run.sources[0].name, outcome.run
        self.model.show_model(name, outcome.trained.model)
        self.jobs.show_job(name, job_of(run), script_of(run))
        warm_up = getattr(run.method, "warm_up", 0)
        text = _TOO_SHORT.format(warm_up) if _is_begun(outcome) else ""
        self.state.setText(text)
        self.state.setVisible(bool(text))
        for title, table in self.tables.items():
            table.clear_matrix()
            table.hide()
            self._headings[title].hide()
        # Numbers that stand for nothing would be believed.
        matrices = {} if text else outcome.trained.matrices
        for title, matrix in matrices.items():
            self._show_matrix(title, matrix, run.names)
            self._headings[title].show()
            self.tables[title].show()

    def show_job(self, job: TrainJob) -> None:
        """Offer a job whose marks are in files now."""
        if self.outcome is not None:
            self.jobs.show_job(self.outcome.run.sources[0].name, job)

    def _show_matrix(
        self, title: str, matrix: NDArray[np.float64], names: tuple[str, ...]
    ) -> None:
        if title not in self.tables:
            heading = QLabel(_TITLES.get(title, title.capitalize()))
            table = MatrixTable("true", "marked", _WIDTH)
            table.setToolTip(_HELP)
            heading.setToolTip(_HELP)
            self.tables[title], self._headings[title] = table, heading
            self._inside.addWidget(heading)
            self._inside.addWidget(table)
        # Of the core's matrix the columns are what is true.
        self.tables[title].show_matrix(matrix.T, names)


class _MarkJobButtons(JobButtons):
    """Saves the marks with the job, which takes a while."""

    saving = Signal(object)

    def _copy_command(self) -> None:
        if isinstance(self.job, TrainJob):
            copy_text(command_of(self.job))
            show_info("The command is on the clipboard; save the job for its files.")

    def _save(self) -> None:
        name = f"{self._name}{JOB_SUFFIX}"
        path = ask_save(self, "Save job and marks", name, f"Job (*{JOB_SUFFIX})")
        if path is not None:
            self.saving.emit(Path(path))


def _is_begun(outcome: MarkOutcome) -> bool:
    """Say whether the matrices are as they begin: then there are no maps."""
    has_maps = any(image.maps for image in outcome.images)
    return bool(outcome.trained.matrices) and not has_maps
