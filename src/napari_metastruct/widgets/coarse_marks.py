"""Dock "Train on coarse marks": paint a few strokes, and go on while it learns."""

from pathlib import Path
from typing import TYPE_CHECKING

from napari.utils.notifications import show_info
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from napari_metastruct.errors import InputError
from napari_metastruct.jobs import TrainJob
from napari_metastruct.methods import CoarseMarks
from napari_metastruct.progress import EpochEnd, Event, LabelPreview, Started
from napari_metastruct.widgets.asking import ask_save
from napari_metastruct.widgets.closing import on_close
from napari_metastruct.widgets.device_text import device_text
from napari_metastruct.widgets.docks import APPLY_MODEL, open_dock
from napari_metastruct.widgets.failures import report
from napari_metastruct.widgets.mark_after import MarkAfter
from napari_metastruct.widgets.mark_control import MarkControl
from napari_metastruct.widgets.mark_job import save_steps
from napari_metastruct.widgets.mark_learning import MarkLearning
from napari_metastruct.widgets.mark_live import MarkLive
from napari_metastruct.widgets.mark_palette import MarkPalette
from napari_metastruct.widgets.mark_results import MarkResults
from napari_metastruct.widgets.mark_run import MarkOutcome, mark_steps
from napari_metastruct.widgets.mark_table import MarkTable
from napari_metastruct.widgets.readiness import Readiness
from napari_metastruct.widgets.sections import Section, column, scrolling
from napari_metastruct.widgets.task_panel import TaskPanel
from napari_metastruct.widgets.theme import follow_theme
from napari_metastruct.widgets.training_curves import TrainingCurves

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["TrainOnCoarseMarks"]


class TrainOnCoarseMarks(QWidget):
    """The dock. It hands out brushes, learns from what they paint, and shows it."""

    def __init__(self, napari_viewer: "Viewer") -> None:
        super().__init__()
        self._viewer = napari_viewer
        self.table = MarkTable(napari_viewer)
        self.palette_ = MarkPalette()
        self.learning = MarkLearning()
        self.curves = TrainingCurves()
        self.after = MarkAfter()
        self.panel = TaskPanel(
            "Train",
            "Learn from these marks; strokes that are painted while it learns are "
            "learned from, too.",
        )
        self.live = MarkLive(napari_viewer, self.table)
        self.control = MarkControl(
            napari_viewer, self.table, self.palette_, self.learning
        )
        self._results = MarkResults(napari_viewer, self)
        self._ready = Readiness(self)
        self._lay_out()
        self._connect()
        follow_theme(napari_viewer, self, self.curves.set_colours)
        on_close(self, self._on_close)
        self._check()

    def run(self) -> None:
        """Begin a run with what is marked now."""
        try:
            run = self.control.new()
        except InputError as error:
            report(error)
            return
        self._results.hide_former()
        self.curves.clear()
        self.curves_section.open()
        shown = self.live.begin(run, preview=self.learning.preview.isChecked())
        name = run.sources[0].name
        self.panel.run(
            f"Training on '{name}'", lambda stop: mark_steps(run, stop, shown)
        )
        self._check()

    def show_job(self, job: TrainJob) -> None:
        """Show the settings of a job, for example of a job file."""
        if isinstance(job.method, CoarseMarks):
            self.learning.show_settings(job.method, job.settings)
        self.palette_.grow(len(job.settings.classes))

    def _on_event(self, event: Event) -> None:
        if isinstance(event, EpochEnd):
            self.curves.add(_without_corrections(event))
            self.save_curves.setEnabled(True)
        elif isinstance(event, LabelPreview):
            self.live.show_preview(event)
        elif isinstance(event, Started) and event.detail:
            self.panel.set_device(event.detail)

    def _on_result(self, result: MarkOutcome | TrainJob) -> None:
        if isinstance(result, TrainJob):
            show_info("The job and its marks are saved.")
            self.after.show_job(result)
            return
        self.live.end(result)
        self._results.add(result, self.table.mark_layers())
        self.after.show_outcome(result)
        self.results_section.open()

    def _on_end(self) -> None:
        self.live.end()
        self._check()

    def _check(self) -> None:
        """Say whether a run can begin and where it will compute."""
        if self.table.mark_layers():
            self._ready.load_torch()
        problem = self.control.problem()
        self.reading.setText("" if problem else self.control.sentence())
        self.reading.setVisible(not problem)
        self.panel.set_obstacle(problem)
        if not self.panel.is_running:
            self.panel.set_device(device_text(self.control.device()))
        self.save_curves.setEnabled(bool(self.curves.rows))

    def _save_job(self, path: Path) -> None:
        outcome = self.after.outcome
        if outcome is not None:
            run = outcome.run
            self.panel.run(
                f"Saving '{path.name}'", lambda _: save_steps(run, path), torch=False
            )

    def _apply_model(self) -> None:
        outcome = self.after.outcome
        if outcome is not None:
            dock = open_dock(self._viewer, APPLY_MODEL)
            name = f"trained on '{outcome.run.sources[0].name}'"
            dock.use_model(name, outcome.trained.segmenter)

    def _save_curves(self) -> None:
        path = ask_save(self, "Save the numbers", "curves.csv", "Table (*.csv)")
        if path is not None:
            self.curves.save_csv(path)

    def _on_close(self) -> None:
        self.panel.cancel()
        self.live.end()

    def _connect(self) -> None:
        # One click may change many things.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._check)
        for part in (self.table, self.learning, self.palette_):
            part.valueChanged.connect(self._soon.start)
        self.palette_.picked.connect(self.control.pick)
        self.panel.runClicked.connect(self.run)
        self.panel.happened.connect(self._on_event)
        self.panel.succeeded.connect(self._on_result)
        self.panel.ended.connect(self._on_end)
        self.after.model.applyClicked.connect(self._apply_model)
        self.after.savingClicked.connect(self._save_job)
        self.save_curves.clicked.connect(self._save_curves)

    def _lay_out(self) -> None:
        self.reading = QLabel()
        self.reading.setWordWrap(True)
        self.reading.setToolTip("What is learned from.")
        self.save_curves = QPushButton("Save numbers...")
        self.save_curves.setToolTip("Save the numbers of all epochs as CSV.")
        curves = column(self.curves, self.save_curves)
        self.curves_section = Section("Curves", curves)
        self.results_section = Section("Result", self.after)
        content = column(
            self.table,
            self.palette_,
            self.live,
            self.reading,
            self.learning,
            self.learning.advanced,
            self.curves_section,
            self.results_section,
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(scrolling(content), stretch=1)
        layout.addWidget(self.panel)


def _without_corrections(event: EpochEnd) -> EpochEnd:
    """Leave out how many labels were corrected: marks never are."""
    kept = {n: v for n, v in event.values.items() if not n.startswith("corrected")}
    return EpochEnd(event.epoch, event.total, kept)
