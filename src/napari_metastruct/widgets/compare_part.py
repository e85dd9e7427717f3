"""The part of a dock that compares labels with others and shows what was found."""

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QPushButton, QVBoxLayout, QWidget

from napari_metastruct.errors import InputError
from napari_metastruct.progress import Steps, StopFlag
from napari_metastruct.widgets.compare_results import CompareResults
from napari_metastruct.widgets.comparison import (
    Compared,
    Difference,
    compared_steps,
    difference_steps,
)
from napari_metastruct.widgets.failures import report
from napari_metastruct.widgets.kernel_choice import KernelChoice
from napari_metastruct.widgets.labels_choice import LabelsChoice
from napari_metastruct.widgets.map_layers import add_difference
from napari_metastruct.widgets.other_labels import OtherLabels
from napari_metastruct.widgets.task_panel import TaskPanel

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["ComparePart"]


class ComparePart(QWidget):
    """Other labels, and below what the comparison with the chosen ones has found.

    Parameters
    ----------
    labels, kernel, panel
        Parts of the same dock: the reference, how densities are made, the run bar.

    Signals
    -------
    valueChanged()
        Whether a comparison can begin may have changed.
    """

    valueChanged = Signal()  # noqa: N815 - Qt's habit

    def __init__(
        self,
        viewer: "Viewer",
        labels: LabelsChoice,
        kernel: KernelChoice,
        panel: TaskPanel,
    ) -> None:
        super().__init__()
        self._viewer, self._kernel, self._panel = viewer, kernel, panel
        self.other = OtherLabels(viewer, labels)
        self.button = QPushButton("Compare")
        self.results = CompareResults()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.other, self.button, self.results):
            layout.addWidget(widget)
        self._connect()
        self._show_state()

    def problem(self) -> str:
        """Return why no comparison can begin, "" if one can."""
        return self.other.problem() or self._kernel.problem()

    def run(self) -> None:
        """Begin a comparison."""
        try:
            reference, other = self.other.value()
        except InputError as error:
            report(error)
            return
        settings = self._kernel.value()

        def make_steps(_: StopFlag) -> Steps[Compared]:
            return compared_steps(reference, other, settings)

        name = f"Comparison of '{reference.name}' and '{other.name}'"
        self._panel.run(name, make_steps, torch=False)
        self._panel.stop_button.setEnabled(False)  # half a comparison is none
        self._show_state()

    def add_difference(self) -> None:
        """Begin a difference map of the class that is chosen in the results."""
        try:
            reference, other = self.other.value()
        except InputError as error:
            report(error)
            return
        settings, number = self._kernel.value(), self.results.difference_class()

        def make_steps(stop: StopFlag) -> Steps[Difference]:
            return difference_steps(reference, other, settings, number, stop)

        self._panel.run(f"Difference in class {number}", make_steps, torch=False)
        self._show_state()

    def _on_result(self, result: Any) -> None:  # noqa: ANN401 - of any run of the dock
        if isinstance(result, Compared):
            self.results.show_result(result)
        elif isinstance(result, Difference):
            add_difference(self._viewer, result)

    def _show_state(self) -> None:
        problem = self.problem()
        free = not problem and not self._panel.is_running
        self.button.setEnabled(free)
        self.button.setToolTip(problem or "Count pixels and compare density maps.")
        self.results.difference.setEnabled(free)
        self.valueChanged.emit()

    def _connect(self) -> None:
        self.other.valueChanged.connect(self._show_state)
        self.other.edited.connect(self.results.say_stale)
        self._kernel.valueChanged.connect(self._show_state)
        self._panel.runClicked.connect(self._show_state)
        self._panel.succeeded.connect(self._on_result)
        self._panel.ended.connect(self._show_state)
        self.button.clicked.connect(self.run)
        self.results.difference.clicked.connect(self.add_difference)
