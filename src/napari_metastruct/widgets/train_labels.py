"""Dock "Train on noisy labels": from labels that may be wrong to better ones."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QPushButton, QVBoxLayout, QWidget

from napari_metastruct.errors import InputError
from napari_metastruct.widgets.after_training import AfterTraining
from napari_metastruct.widgets.asking import ask_save
from napari_metastruct.widgets.closing import on_close
from napari_metastruct.widgets.continue_button import ContinueButton
from napari_metastruct.widgets.docks import APPLY_MODEL, open_dock
from napari_metastruct.widgets.failures import report
from napari_metastruct.widgets.learner_choice import LearnerChoice
from napari_metastruct.widgets.sections import Section, column, scrolling
from napari_metastruct.widgets.task_panel import TaskPanel
from napari_metastruct.widgets.theme import follow_theme
from napari_metastruct.widgets.training_control import TrainingControl
from napari_metastruct.widgets.training_curves import TrainingCurves
from napari_metastruct.widgets.training_flow import TrainingFlow
from napari_metastruct.widgets.training_results import ResultAdder
from napari_metastruct.widgets.training_run import TrainingOutcome, TrainingRun
from napari_metastruct.widgets.training_source import TrainingSource

if TYPE_CHECKING:
    from napari.viewer import Viewer

    from napari_metastruct.jobs import TrainJob

__all__ = ["TrainOnNoisyLabels"]

AGAIN_AFTER_MS = 500
"""So often it is looked whether the folder of a cancelled run is empty."""


class TrainOnNoisyLabels(QWidget):
    """The dock. It gathers pairs and settings, and shows what comes back."""

    def __init__(self, napari_viewer: "Viewer") -> None:
        super().__init__()
        self._viewer = napari_viewer
        self.source = TrainingSource(napari_viewer)
        self.learner = LearnerChoice()
        self.curves = TrainingCurves()
        self.after = AfterTraining(napari_viewer)
        self.panel = TaskPanel(
            "Train",
            "Learn from these labels, and add what is predicted and what is corrected "
            "as new layers.",
        )
        self.continue_button = ContinueButton(
            "Go on from where the last run ended; nothing is learned twice."
        )
        self.panel.add_button(self.continue_button)
        self.control = TrainingControl(self.source, self.learner)
        self.flow = TrainingFlow(napari_viewer, self.panel, self.curves)
        self._results = ResultAdder(napari_viewer, self.after)
        self._lay_out()
        self._connect()
        follow_theme(napari_viewer, self, self.curves.set_colours)
        on_close(self, self._on_close)
        self._check()

    def run(self) -> None:
        """Begin a run with what is chosen now."""
        self._try(self.control.new)

    def go_on(self) -> None:
        """Continue the last run, or the one that the chosen folder holds."""
        self._try(self.control.continued)

    def estimate(self) -> None:
        """Estimate the noise rate with what is chosen now."""
        try:
            sources = self.source.value()
            settings = self.learner.labelled_settings()
        except InputError as error:
            report(error)
            return
        self.flow.estimate(sources, settings, apart=self.learner.backend.apart)
        self._show_state()

    def show_job(self, job: "TrainJob") -> None:
        """Show the settings of a job, for example of a job file."""
        self.learner.show_settings(job.method, job.settings)
        self.source.table.as_one.setChecked(job.as_one)

    def _try(self, make_run: Callable[[], TrainingRun]) -> None:
        try:
            run = make_run()
            self.learner.remember()
        except InputError as error:
            report(error)
            return
        self.curves_section.open()
        rows = self.control.runs.rows() if run.resume else ()
        self.flow.begin(run, rows, preview=self.learner.preview.isChecked())
        self._show_state()

    def _on_trained(self, outcome: TrainingOutcome) -> None:
        self._results.add(outcome)
        self.results_section.open()

    def _on_end(self) -> None:
        self.control.runs.ended(cancelled=self.panel.was_cancelled)
        self._check()

    def _check(self) -> None:
        """Say whether a run can begin and where it will compute."""
        if self.panel.is_running:
            return  # it is looked at again in the end
        self.learner.suggest_validation(self.source.planes())
        self.learner.suggest_folder(self.source.run_folder())
        problem = self.control.problem()
        self.panel.set_obstacle(problem, said=self.source.is_looking)
        wish = self.control.device()
        self.panel.set_device(self.flow.devices.text(wish))
        self._show_state()
        if self.control.is_leaving():
            self._again.start()

    def _show_state(self) -> None:
        running = self.panel.is_running
        problem = "" if running else self.control.problem(folder=False)
        self.learner.estimate.setEnabled(not running and not problem)
        obstacle = "" if running else self.control.obstacle_to_continue()
        self.continue_button.offer(obstacle, running=running)
        self.save_curves.setEnabled(bool(self.curves.rows))

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

    def _on_close(self) -> None:
        self.flow.close()
        self.after.review.clear()

    def _connect(self) -> None:
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(AGAIN_AFTER_MS)
        self._again.timeout.connect(self._check)
        self.source.valueChanged.connect(self._check)
        self.learner.valueChanged.connect(self._check)
        self.learner.estimate.clicked.connect(self.estimate)
        self.panel.runClicked.connect(self.run)
        self.continue_button.clicked.connect(self.go_on)
        self.flow.changed.connect(lambda: self.save_curves.setEnabled(True))
        self.flow.trained.connect(self._on_trained)
        self._results.done.connect(lambda: self._area.go_to(self.results_section))
        self.flow.estimated.connect(self.learner.set_rate)
        self.flow.ended.connect(self._on_end)
        self.after.applyClicked.connect(self._apply_model)
        self.save_curves.clicked.connect(self._save_curves)

    def _lay_out(self) -> None:
        self.save_curves = QPushButton("Save numbers...")
        self.save_curves.setToolTip("Save the numbers of all epochs as CSV.")
        curves = column(self.curves, self.save_curves)
        self.curves_section = Section("Curves", curves)
        self.results_section = Section("Result", self.after)
        content = column(
            self.source,
            self.learner,
            self.learner.advanced,
            self.curves_section,
            self.results_section,
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        self._area = scrolling(content)
        layout.addWidget(self._area, stretch=1)
        layout.addWidget(self.flow.stage)
        layout.addWidget(self.panel)
