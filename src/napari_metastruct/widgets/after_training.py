"""What can be done after a training: review, keep, apply."""

from typing import TYPE_CHECKING

from napari.utils.notifications import show_info
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from napari_metastruct.errors import InputError
from napari_metastruct.widgets.asking import ask_save
from napari_metastruct.widgets.corrections_review import CorrectionsReview
from napari_metastruct.widgets.failures import report
from napari_metastruct.widgets.job_buttons import JobButtons
from napari_metastruct.widgets.pair_view import PairView
from napari_metastruct.widgets.plane_trust import is_scored, trusts_of
from napari_metastruct.widgets.row_file import RowFile
from napari_metastruct.widgets.training_job import job_of, script_of
from napari_metastruct.widgets.training_run import TrainingOutcome
from napari_metastruct.widgets.trust_layers import TrustLayers, TrustPoints
from napari_metastruct.widgets.trust_table import TrustTable

if TYPE_CHECKING:
    from napari.viewer import Viewer

    from napari_metastruct.widgets.training_pair import PairInput

__all__ = ["AfterTraining"]

NO_PAIR = -1
"""A point of an earlier run has no row any more."""


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
        self.points = TrustLayers(viewer, self)
        self._viewer, self._view = viewer, PairView(viewer)
        self._file = RowFile(viewer)
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
        self.trust.chosen.connect(self._on_row)
        self.trust.reached.connect(self._on_reached)
        self.points.chosen.connect(self._on_point)
        self.save_model.clicked.connect(self._save_model)
        self.apply_model.clicked.connect(self.applyClicked)
        self._show()

    def show_outcome(self, outcome: TrainingOutcome) -> None:
        """Offer what can be done with a result."""
        self.outcome = outcome
        run = outcome.run
        self._view.hide_covered([pair.source for pair in outcome.pairs])
        self.trust.show_rows(trusts_of(outcome))
        self.jobs.show_job(self._name(), job_of(run), script_of(run))
        self._show()

    def _on_row(self, pair: int, plane: int) -> None:
        """Go to the image of a row, which is opened if it is a file."""
        among_points = self.points.is_active
        if self.outcome is not None and self._open(self.outcome.run.sources[pair]):
            self._go_to(self.outcome, pair, plane, among_points=among_points)

    def _on_reached(self, pair: int, plane: int) -> None:
        """Go to the image of a row if it is there: a key held down opens no files."""
        if self.outcome is not None and self._is_open(self.outcome.run.sources[pair]):
            among_points = self.points.is_active
            self._go_to(self.outcome, pair, plane, among_points=among_points)

    def _go_to(
        self, outcome: TrainingOutcome, pair: int, plane: int, *, among_points: bool
    ) -> None:
        """Show a plane; whoever works with trust layers stays in them."""
        self._add_trust(outcome, pair)
        points = self.points.select(outcome.run, pair, plane)
        self._view.go_to(outcome.run.sources, pair, plane)
        if points is not None:
            self.points.uncover(points)
            if among_points:
                self._viewer.layers.selection.active = points.layer

    def _is_open(self, pair: "PairInput") -> bool:
        return pair.is_layer or self._view.is_open(pair)

    def _open(self, pair: "PairInput") -> bool:
        """Have an image open, of a folder only the first are; False: it cannot be."""
        held = self._file.pair
        same = held is not None and held.image.path == pair.image.path
        if not (same and self._is_open(pair)):
            self._close_file()
        if self._is_open(pair):
            return True
        try:
            self._file.open(pair)
        except (InputError, OSError) as error:
            report(error)
            return False
        return True

    def _close_file(self) -> None:
        """Close what a row has opened, unless the person has worked on it."""
        held = self._file.pair
        if held is None:
            return
        if self._file.is_edited():
            self._file.leave()
        else:
            self.points.remove(held)
            self._file.close()

    def _add_trust(self, outcome: TrainingOutcome, pair: int) -> None:
        """Add the points of a file, also if an earlier run has opened it."""
        if outcome.run.sources[pair].is_layer or self.points.has(outcome.run, pair):
            return
        rows = [row for row in self.trust.rows if row.pair == pair]
        if is_scored(rows):
            self.points.add(outcome.run, pair, rows, outcome.provenance())

    def _on_point(self, points: TrustPoints, plane: int) -> None:
        """Go to the plane of a point; its layer stays the active one."""
        self._view.show(points.pairs, points.pair, plane)
        self.points.uncover(points)
        is_last = self.outcome is not None and points.is_of(self.outcome.run)
        self.trust.highlight(points.pair if is_last else NO_PAIR, plane)

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
