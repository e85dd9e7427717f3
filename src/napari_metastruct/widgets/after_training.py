"""What can be done after a training: review, keep, apply."""

from typing import TYPE_CHECKING

from napari.utils.notifications import show_info
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from napari_metastruct.widgets.asking import ask_save
from napari_metastruct.widgets.corrections_review import CorrectionsReview
from napari_metastruct.widgets.failures import report
from napari_metastruct.widgets.job_buttons import JobButtons
from napari_metastruct.widgets.pair_view import PairView
from napari_metastruct.widgets.training_job import job_of, script_of
from napari_metastruct.widgets.training_run import TrainingOutcome
from napari_metastruct.widgets.trust_table import TrustTable, trusts_of

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["AfterTraining"]


class AfterTraining(QWidget):
    """Corrections to accept or reject, and buttons for the last result.

    Signals
    -------
    applyClicked()
        The person wants to apply the last model to another image.
    """

    applyClicked = Signal()  # noqa: N815 - Qt's habit

    def __init__(self, viewer: "Viewer") -> None:
        super().__init__()
        self.outcome: TrainingOutcome | None = None
        self.review = CorrectionsReview(viewer)
        self.trust = TrustTable()
        self._view = PairView(viewer)
        self.save_model = QPushButton("Save model...")
        self.save_model.setToolTip(
            "Keep what was learned, to apply it to other images later."
        )
        self.apply_model = QPushButton("Apply to another image...")
        self.apply_model.setToolTip(
            "Segment another layer by what was learned, without learning again."
        )
        self.jobs = JobButtons()
        models = QHBoxLayout()
        models.addWidget(self.save_model)
        models.addWidget(self.apply_model)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.review)
        layout.addWidget(self.trust)
        layout.addLayout(models)
        layout.addWidget(self.jobs)
        self.trust.chosen.connect(self._go_to)
        self.save_model.clicked.connect(self._save_model)
        self.apply_model.clicked.connect(self.applyClicked)
        self._show()

    def show_outcome(self, outcome: TrainingOutcome) -> None:
        """Offer what can be done with a result."""
        self.outcome = outcome
        run = outcome.run
        self.trust.show_rows(trusts_of(outcome))
        self.jobs.show_job(self._name(), job_of(run), script_of(run))
        self._show()

    def _go_to(self, pair: int, plane: int) -> None:
        if self.outcome is not None:
            self._view.go_to(self.outcome.run.sources, pair, plane)

    def _name(self) -> str:
        sources = () if self.outcome is None else self.outcome.run.sources
        return sources[0].name if sources else "trained"

    def _show(self) -> None:
        for button in (self.save_model, self.apply_model):
            button.setEnabled(self.outcome is not None)

    def _save_model(self) -> None:
        if self.outcome is None:
            return
        name = f"{self._name()}.safetensors"
        path = ask_save(self, "Save model", name, "Model (*.safetensors)")
        if path is None:
            return
        try:
            self.outcome.trained.model.save(path)
        except (OSError, ValueError) as error:
            report(error)
        else:
            show_info(f"The model is in {path}.")
