"""Dock "Unsupervised segmentation": from an opened image to a Labels layer."""

import sys
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QPushButton, QVBoxLayout, QWidget

from napari_metastruct.apart import segment_steps_apart
from napari_metastruct.errors import InputError
from napari_metastruct.jobs import SegmentJob
from napari_metastruct.progress import (
    EpochEnd,
    Event,
    Preview,
    Started,
    Steps,
    StopFlag,
)
from napari_metastruct.segmentation import Segmentation, segment_steps
from napari_metastruct.widgets.after_run import AfterRun
from napari_metastruct.widgets.asking import ask_save
from napari_metastruct.widgets.device_text import device_text
from napari_metastruct.widgets.docks import APPLY_MODEL, open_dock
from napari_metastruct.widgets.failures import report
from napari_metastruct.widgets.image_choice import ImageChoice
from napari_metastruct.widgets.layer_input import LayerInput
from napari_metastruct.widgets.loss_plot import LossPlot
from napari_metastruct.widgets.method_choice import MethodChoice
from napari_metastruct.widgets.output_choice import OutputChoice
from napari_metastruct.widgets.preferences import remember, remembered
from napari_metastruct.widgets.preview import PreviewLayer
from napari_metastruct.widgets.results import add_results
from napari_metastruct.widgets.sections import Section, column, scrolling
from napari_metastruct.widgets.task_panel import TaskPanel
from napari_metastruct.widgets.theme import follow_theme

if TYPE_CHECKING:
    from napari.viewer import Viewer

    from napari_metastruct.training.settings import DeviceWish

__all__ = ["UnsupervisedSegmentation"]


class UnsupervisedSegmentation(QWidget):
    """The dock. It gathers a job, hands it to the core and shows what comes back."""

    def __init__(self, napari_viewer: "Viewer") -> None:
        super().__init__()
        self._viewer = napari_viewer
        self.image = ImageChoice(napari_viewer)
        self.method = MethodChoice()
        self.output = OutputChoice()
        self.panel = TaskPanel(
            "Segment unsupervised",
            "Learn from the image alone and add the result as a new Labels layer.",
        )
        self.plot = LossPlot()
        self.after = AfterRun()
        self._preview: PreviewLayer | None = None
        self._image: LayerInput | None = None
        self._job: SegmentJob | None = None
        self._devices: dict[DeviceWish, str] = {}
        self._lay_out()
        self._recall()
        self._connect()
        follow_theme(napari_viewer, self, self.plot.set_colours)
        self._check()

    def job(self, image: LayerInput) -> SegmentJob:
        """Return the run as it stands in the dock.

        Raises
        ------
        InputError
            A setting is wrong.
        """
        stack = image.stack
        return SegmentJob(
            images=(image.path,) if image.path else (),
            axes=stack.axes,
            channels=stack.channels,
            level=image.level,
            region=image.region,
            **self.method.fields(),
            **self.output.fields(),
        )

    def show_job(self, job: SegmentJob) -> None:
        """Show the settings of a job, for example of a job file."""
        self.method.show_job(job)
        self.output.show_job(job)

    def run(self) -> None:
        """Begin a run with what is chosen now."""
        try:
            image = self.image.value()
            job = self.job(image)
        except InputError as error:
            report(error)
            return
        self._remember(job)
        self.plot.clear()
        self.curves.setVisible(self.method.learns)
        self.curves.open()
        if self.method.learns and self.method.preview.isChecked():
            self._preview = PreviewLayer(self._viewer, image)
            # The dock may be closed before the run has ended.
            self.destroyed.connect(self._preview.remove)

        apart = self.method.backend.apart
        segment = segment_steps_apart if apart else segment_steps

        def make_steps(stop: StopFlag) -> Steps[tuple[Segmentation, ...]]:
            return segment([image.stack], job, stop)

        self._image, self._job = image, job
        self.panel.run(
            f"Segmentation of '{image.name}'",
            make_steps,
            torch=self.method.learns and not apart,
        )

    def _on_event(self, event: Event) -> None:
        if isinstance(event, EpochEnd):
            self.plot.add(event)
        elif isinstance(event, Preview) and self._preview is not None:
            self._preview.show(event)
        elif isinstance(event, Started) and event.stage == "Learning":
            self._devices[self._job.device if self._job else "auto"] = event.detail

    def _on_result(self, results: tuple[Segmentation, ...]) -> None:
        (result,) = results
        self._forget_preview()
        if self._image is None or self._job is None:
            return
        add_results(self._viewer, self._image, result)
        self.after.show_result(self._image.name, result, self._job)

    def _on_end(self) -> None:
        self._forget_preview()
        self._show_device()

    def _show_device(self) -> None:
        """Say what PyTorch says, or has said in the process of an earlier run."""
        wish = self.method.device
        said = "" if "torch" in sys.modules else self._devices.get(wish, "")
        self.panel.set_device(said or device_text(wish))

    def _forget_preview(self) -> None:
        if self._preview is not None:
            self._preview.remove()
            self._preview = None

    def _check(self) -> None:
        """Say whether a run can begin and where it will compute; a rule learns not."""
        self.image.region.setEnabled(self.method.learns)
        self.output.probability.setEnabled(self.method.learns)
        self.panel.set_obstacle(self.image.problem() or self.method.problem())
        self._show_device()

    def _apply_model(self) -> None:
        dock = open_dock(self._viewer, APPLY_MODEL)
        dock.use_last_trained()

    def _remember(self, job: SegmentJob) -> None:
        remember(
            method=self.method.name,
            foreground=job.foreground,
            instances=job.instances,
            device=job.device,
            seed=job.seed,
            preview=self.method.preview.isChecked(),
        )
        self.method.backend.remember()

    def _recall(self) -> None:
        job = SegmentJob(
            method=remembered("method", "igtt"),
            foreground=remembered("foreground", "auto"),
            instances=remembered("instances", False),
            device=remembered("device", "auto"),
            seed=remembered("seed", 0),
        )
        self.show_job(job)
        self.method.preview.setChecked(remembered("preview", True))

    def _save_curves(self) -> None:
        path = ask_save(self, "Save the numbers", "curves.csv", "Table (*.csv)")
        if path is not None:
            self.plot.save_csv(path)

    def _connect(self) -> None:
        self.image.valueChanged.connect(self._check)
        self.method.valueChanged.connect(self._check)
        self.panel.runClicked.connect(self.run)
        self.panel.happened.connect(self._on_event)
        self.panel.succeeded.connect(self._on_result)
        self.panel.ended.connect(self._on_end)
        self.after.applyClicked.connect(self._apply_model)
        self.save_curves.clicked.connect(self._save_curves)

    def _lay_out(self) -> None:
        self.save_curves = QPushButton("Save numbers...")
        self.save_curves.setToolTip("Save the numbers behind the curves as CSV.")
        curves = column(self.plot, self.save_curves)
        self.curves = Section("Curves", curves)
        self.results = Section("Result", self.after)
        self.results.open()
        scrolled = column(
            self.image,
            self.method,
            self.output,
            self.method.advanced,
            self.curves,
            self.results,
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(scrolling(scrolled), stretch=1)
        layout.addWidget(self.panel)
