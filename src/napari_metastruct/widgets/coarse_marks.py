"""Dock "Train on coarse marks": paint a few strokes, and go on while it learns."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from napari.utils.notifications import show_info
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from napari_metastruct.errors import InputError
from napari_metastruct.jobs import TrainJob
from napari_metastruct.methods import CoarseMarks
from napari_metastruct.widgets.asking import ask_save
from napari_metastruct.widgets.closing import on_close
from napari_metastruct.widgets.continue_button import ContinueButton
from napari_metastruct.widgets.docks import APPLY_MODEL, open_dock
from napari_metastruct.widgets.failures import report
from napari_metastruct.widgets.mark_after import MarkAfter
from napari_metastruct.widgets.mark_control import MarkControl
from napari_metastruct.widgets.mark_flow import MarkFlow
from napari_metastruct.widgets.mark_learning import MarkLearning
from napari_metastruct.widgets.mark_live import MarkLive
from napari_metastruct.widgets.mark_palette import MarkPalette
from napari_metastruct.widgets.mark_results import MarkResults
from napari_metastruct.widgets.mark_run import MarkOutcome, MarkRun
from napari_metastruct.widgets.mark_table import MarkTable
from napari_metastruct.widgets.readiness import Readiness
from napari_metastruct.widgets.sections import Section, column, scrolling
from napari_metastruct.widgets.task_panel import TaskPanel
from napari_metastruct.widgets.theme import follow_theme
from napari_metastruct.widgets.training_curves import TrainingCurves

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["TrainOnCoarseMarks"]

_CONTINUE = (
    "Go on from where the last run ended, with the marks as they are now; nothing is "
    "learned twice."
)


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
        self.continue_button = ContinueButton(_CONTINUE)
        self.panel.add_button(self.continue_button)
        self.live = MarkLive(napari_viewer, self.table)
        self.flow = MarkFlow(self.panel, self.curves, self.live)
        self.control = MarkControl(
            napari_viewer, self.table, self.palette_, self.learning
        )
        self._results = MarkResults(napari_viewer, self)
        self._ready = Readiness(self)
        self._lay_out()
        self._connect()
        follow_theme(napari_viewer, self, self.curves.set_colours)
        on_close(self, self.flow.close)
        self._check()

    def run(self) -> None:
        """Begin a run with what is marked now."""
        self._try(self.control.new)

    def go_on(self) -> None:
        """Continue the last run with what is marked now."""
        self._try(self.control.continued)

    def show_job(self, job: TrainJob) -> None:
        """Show the settings of a job, for example of a job file."""
        if isinstance(job.method, CoarseMarks):
            self.learning.show_settings(job.method, job.settings)
        self.palette_.grow(len(job.settings.classes))

    def _try(self, make_run: Callable[[], MarkRun]) -> None:
        try:
            run = make_run()
            self.learning.remember()
        except InputError as error:
            report(error)
            return
        self._results.hide_former()
        self.curves_section.open()
        rows = self.control.runs.rows() if run.resume else ()
        self.flow.begin(run, rows, preview=self.learning.preview.isChecked())
        self._check()

    def _on_trained(self, outcome: MarkOutcome) -> None:
        self._results.add(outcome, self.table.mark_layers())
        self.after.show_outcome(outcome)
        if not self.results_section.isExpanded():
            self.results_section.open()
            # Later runs leave the brushes in sight: painting goes on.
            self._area.go_to(self.results_section)

    def _on_saved(self, job: TrainJob) -> None:
        show_info("The job and its marks are saved.")
        self.after.show_job(job)

    def _on_end(self) -> None:
        self.control.runs.ended(cancelled=self.panel.was_cancelled)
        self._check()

    def _check(self) -> None:
        """Say whether a run can begin and where it will compute."""
        if self.table.mark_layers() and not self.learning.backend.apart:
            self._ready.load_torch()
        running, outlook = self.panel.is_running, self.control.outlook()
        self.reading.setText(outlook.sentence)
        self.reading.setVisible(bool(outlook.sentence))
        self.panel.set_obstacle(outlook.problem)
        if not running:
            self.panel.set_device(self.flow.devices.text(self.control.device()))
        self.continue_button.offer(outlook.obstacle, running=running)
        self.save_curves.setEnabled(bool(self.curves.rows))

    def _save_job(self, path: Path) -> None:
        if self.after.outcome is not None:
            self.flow.save(self.after.outcome.run, path)

    def _apply_model(self) -> None:
        outcome = self.after.outcome
        if outcome is not None:
            dock = open_dock(self._viewer, APPLY_MODEL)
            name = f"trained on '{outcome.run.sources[0].name}'"
            dock.use_model(name, outcome.trained.model)

    def _save_curves(self) -> None:
        path = ask_save(self, "Save the numbers", "curves.csv", "Table (*.csv)")
        if path is not None:
            self.curves.save_csv(path)

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
        self.continue_button.clicked.connect(self.go_on)
        self.flow.changed.connect(lambda: self.save_curves.setEnabled(True))
        self.flow.trained.connect(self._on_trained)
        self.flow.saved.connect(self._on_saved)
        self.flow.ended.connect(self._on_end)
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
        self._area = scrolling(content)
        layout.addWidget(self._area, stretch=1)
        layout.addWidget(self.panel)
