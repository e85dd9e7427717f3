"""The part of a dock that says how densities are made."""

from dataclasses import dataclass

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QCheckBox, QWidget

from napari_metastruct.errors import InputError
from napari_metastruct.jobs import CompareJob, DensityJob
from napari_metastruct.metastructure.kernels import Kernel
from napari_metastruct.widgets.bandwidth_choice import BandwidthChoice
from napari_metastruct.widgets.editors import ChoiceEditor
from napari_metastruct.widgets.labels_choice import LabelsChoice
from napari_metastruct.widgets.rows import add_row, new_rows

__all__ = ["KernelChoice", "KernelSettings"]

_WORDS = {
    "gaussian: soft": "gaussian",
    "box: a square, as in the paper": "box",
    "disc: round": "disc",
    "epanechnikov: round and soft": "epanechnikov",
}

_NUMBER_WIDTH = 96


@dataclass(frozen=True, slots=True)
class KernelSettings:
    """Everything that is chosen here.

    Attributes
    ----------
    kernel
        Its name.
    bandwidth
        In the unit of the labels.
    edge_correction
        Whether what a kernel spreads beyond the image is made up for.
    """

    kernel: Kernel
    bandwidth: float
    edge_correction: bool


class KernelChoice(QWidget):
    """Kernel, bandwidth, edge correction.

    Parameters
    ----------
    edges
        Whether the edge correction is offered.

    Signals
    -------
    valueChanged()
        Something has been chosen.
    """

    valueChanged = Signal()  # noqa: N815 - Qt's habit

    def __init__(self, *, edges: bool = True) -> None:
        super().__init__()
        self.kernel = ChoiceEditor(dict(_WORDS))
        self.kernel.setToolTip(
            "How pixels around are weighed: all alike inside a square (box) or a disc, "
            "or the less the farther away they are (gaussian, epanechnikov)."
        )
        self.bandwidth = BandwidthChoice()
        self.edges = QCheckBox("Edge correction")
        self.edges.setToolTip(
            "Divide by the part of the kernel that lies inside the image, so that maps "
            "do not fade at the border and beside ignored pixels (-1)."
        )
        rows = new_rows(self)
        add_row(rows, "Kernel", self.kernel)
        add_row(rows, "Bandwidth", self.bandwidth)
        self.bandwidth.number.setMinimumWidth(_NUMBER_WIDTH)
        add_row(rows, "", self.edges)
        rows.setRowVisible(self.edges, edges)
        self.kernel.valueChanged.connect(lambda _: self.valueChanged.emit())
        self.bandwidth.valueChanged.connect(self.valueChanged)
        self.edges.toggled.connect(lambda _: self.valueChanged.emit())

    def value(self) -> KernelSettings:
        """Return what is chosen."""
        return KernelSettings(
            self.kernel.value(), self.bandwidth.value(), self.edges.isChecked()
        )

    def follow(self, labels: LabelsChoice) -> None:
        """Take unit and range of labels, and the bandwidth that fits to them."""
        try:
            self.bandwidth.set_source(labels.value())
        except InputError:
            return
        if labels.facts is not None:
            self.bandwidth.set_auto(labels.facts.auto)

    def show_job(self, job: DensityJob | CompareJob) -> None:
        """Show the settings of a job."""
        self.kernel.setValue(job.kernel)
        self.bandwidth.show_job(job.bandwidth, job.unit)
        if isinstance(job, DensityJob):
            self.edges.setChecked(job.edge_correction)

    def problem(self) -> str:
        """Return what is wrong, "" if nothing is."""
        return self.bandwidth.problem()
