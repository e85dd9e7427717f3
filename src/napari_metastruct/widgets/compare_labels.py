"""Dock "Compare labels": how well two labels of one image agree."""

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_metastruct.jobs import CompareJob
from napari_metastruct.widgets.closing import on_close
from napari_metastruct.widgets.compare_part import ComparePart
from napari_metastruct.widgets.kernel_choice import KernelChoice
from napari_metastruct.widgets.labels_choice import LabelsChoice
from napari_metastruct.widgets.sections import column, scrolling
from napari_metastruct.widgets.task_panel import TaskPanel

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["CompareLabels"]


class CompareLabels(QWidget):
    """The dock: pixels, densities, transition matrix, difference maps."""

    def __init__(self, napari_viewer: "Viewer") -> None:
        super().__init__()
        self.labels = LabelsChoice(napari_viewer, "Reference")
        self.labels.layer.setToolTip(
            "The labels taken as right; they are the rows of the transition matrix."
        )
        self.kernel = KernelChoice(edges=False)
        self.panel = TaskPanel(
            "Compare", "Count pixels and compare density maps; nothing is changed."
        )
        self.panel.device_label.hide()
        self.panel.stop_button.setToolTip("End now and keep the planes that are done.")
        self.part = ComparePart(napari_viewer, self.labels, self.kernel, self.panel)
        self.part.button.hide()
        self._lay_out()
        self.labels.valueChanged.connect(self._take_over)
        self.labels.looked.connect(self._take_over)
        self.part.valueChanged.connect(self._check)
        self.panel.runClicked.connect(self.part.run)
        on_close(self, self.panel.cancel)
        self._take_over()
        self._check()

    def show_job(self, job: CompareJob) -> None:
        """Show the settings of a job, for example of a job file."""
        self.labels.show_job(job)
        self.kernel.show_job(job)

    def _take_over(self) -> None:
        self.kernel.follow(self.labels)

    def _check(self) -> None:
        self.panel.set_obstacle(self.part.problem())

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        content = column(self.labels, self.kernel, self.part)
        content.setContentsMargins(0, 0, 6, 0)  # room beside the scroll bar
        layout.addWidget(scrolling(content), stretch=1)
        layout.addWidget(self.panel)
