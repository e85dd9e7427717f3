"""What a comparison has found, in words and tables."""

from napari.utils.notifications import show_info
from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_metastruct.widgets.asking import copy_text
from napari_metastruct.widgets.comparison import Compared
from napari_metastruct.widgets.job_buttons import JobButtons
from napari_metastruct.widgets.labels_input import LabelsInput
from napari_metastruct.widgets.matrix_table import MatrixTable
from napari_metastruct.widgets.scores_table import ScoresTable, as_text

__all__ = ["CompareResults"]

_STALE = " The labels have been painted since: compare again."


class CompareResults(QWidget):
    """Shown once there is a result."""

    def __init__(self) -> None:
        super().__init__()
        self.result: Compared | None = None
        self.title = _text("Which labels were compared, and how.")
        self.scores = ScoresTable()
        self.told = _text(
            "How many classes the density maps can tell apart above the sampling error "
            "(Lemma 2 of Luo et al.). As many as there are: the meta-structure is kept."
        )
        self.matrix_title = _text(
            "The noise transition matrix: what the pixels of each class of the "
            "reference are in the other labels. Its rank is how many classes can be "
            "told apart."
        )
        self.matrix = MatrixTable("reference", "other")
        self.verdict = _text("What the rank means (Theorem 2 of Luo et al.).")
        self.number = QComboBox()
        self.number.setToolTip("The class of the difference map.")
        self.difference = QPushButton("Add difference map")
        self.difference.setToolTip(
            "Add the density of the other labels minus that of the reference as a "
            "layer: blue where there is less, orange where more, black the same."
        )
        self.copy = QPushButton("Copy numbers")
        self.copy.setToolTip("Copy the table of scores for a spreadsheet.")
        self.copy.clicked.connect(self._copy)
        self.keep = JobButtons()
        self._lay_out()
        self.hide()

    def difference_class(self) -> int:
        """Return the class chosen for the difference map."""
        return int(self.number.currentData())

    def show_result(self, result: Compared) -> None:
        """Show a comparison."""
        self.result = result
        found, settings = result.found, result.settings
        transition, reference = found.report.transition, result.reference
        self.title.setText(
            f"<b>{result.other.name}</b> against <b>{reference.name}</b> (reference): "
            f"accuracy {1 - transition.error_rate:.3f}. Densities: {settings.kernel}, "
            f"{settings.bandwidth:g} {reference.unit}{_parts(reference)}."
        )
        self.scores.show_comparison(found)
        count = len(transition.classes)
        self.told.setText(
            f"The densities of '{result.other.name}' tell "
            f"{found.densities.distinguishable} of {count} classes apart."
        )
        self.matrix_title.setText(
            f"Transition matrix (rows: reference), rank {transition.rank} of {count}:"
        )
        self.matrix.show_matrix(transition.matrix, transition.classes)
        self.verdict.setText(transition.verdict)
        self._offer(transition.classes)
        job = result.job()
        self.keep.show_job(f"{result.other.name} compared", job)
        self.keep.setVisible(job is not None)  # layers that are no files have none
        self.show()

    def say_stale(self) -> None:
        """Say that the labels are not any more what was compared."""
        text = self.title.text()
        if text and not text.endswith(_STALE):
            self.title.setText(text + _STALE)

    def _offer(self, classes: tuple[int, ...]) -> None:
        before = self.number.currentData()
        self.number.clear()
        for number in classes:
            self.number.addItem(f"class {number}", number)
        objects = [number for number in classes if number]
        wanted = before if before in classes else (objects or [0])[0]
        self.number.setCurrentIndex(self.number.findData(wanted))

    def _copy(self) -> None:
        if self.result is not None:
            copy_text(as_text(self.result.found))
            show_info("The numbers are on the clipboard.")

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(4)
        parts = (
            self.title,
            self.scores,
            self.told,
            self.matrix_title,
            self.matrix,
            self.verdict,
        )
        for part in parts:
            layout.addWidget(part)
        below = QHBoxLayout()
        below.addWidget(self.number)
        below.addWidget(self.difference, stretch=1)
        layout.addLayout(below)
        layout.addWidget(self.copy)
        layout.addWidget(self.keep)


def _text(help_: str) -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setToolTip(help_)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _parts(reference: LabelsInput) -> str:
    count, kind = len(reference), "planes" if reference.together == 2 else "volumes"
    return f", mean over {count} {kind}" if count > 1 else ""
