"""Dock "Apply model": segment a layer by what was learned before."""

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QComboBox, QVBoxLayout, QWidget

from napari_metastruct.apart import apply_steps_apart
from napari_metastruct.errors import InputError
from napari_metastruct.jobs import ImageJob
from napari_metastruct.networks.segmenter import (
    PackedSegmenter,
    Segmenter,
    load_segmenter,
)
from napari_metastruct.progress import Started, Steps, StopFlag
from napari_metastruct.segmentation import Segmentation, apply_steps
from napari_metastruct.widgets.asking import ask_open
from napari_metastruct.widgets.backend_choice import BackendChoice
from napari_metastruct.widgets.device_text import device_text
from napari_metastruct.widgets.docks import find_docks
from napari_metastruct.widgets.failures import report
from napari_metastruct.widgets.image_choice import ImageChoice
from napari_metastruct.widgets.output_choice import OutputChoice
from napari_metastruct.widgets.results import add_results
from napari_metastruct.widgets.rows import add_row, new_rows
from napari_metastruct.widgets.sections import Section, column, scrolling
from napari_metastruct.widgets.task_panel import TaskPanel
from napari_metastruct.widgets.unsupervised import UnsupervisedSegmentation

if TYPE_CHECKING:
    from napari.viewer import Viewer

    from napari_metastruct.arrays import ImageStack
    from napari_metastruct.widgets.layer_input import LayerInput

__all__ = ["ApplyModel"]

LAST = "last trained"
OPEN = "open a file..."


class ApplyModel(QWidget):
    """The dock. A model is a file, or what the other dock has learned last."""

    def __init__(self, napari_viewer: "Viewer") -> None:
        super().__init__()
        self._viewer = napari_viewer
        self._image: LayerInput | None = None
        self.model = QComboBox()
        self.model.addItem(LAST, None)
        self.model.addItem(OPEN, None)
        self.model.setToolTip(
            "What was learned: the last model of the dock 'Unsupervised segmentation', "
            "or a file (.safetensors with its .json)."
        )
        self.image = ImageChoice(napari_viewer, with_region=False)
        self.output = OutputChoice()
        self.backend = BackendChoice()
        self.panel = TaskPanel(
            "Apply model", "Segment the image and add the result as a new Labels layer."
        )
        self.panel.set_device(device_text("auto"))
        self._lay_out()
        self.model.activated.connect(self._on_model)
        self.image.valueChanged.connect(self._check)
        self.panel.runClicked.connect(self.run)
        self.panel.succeeded.connect(self._on_result)
        self._check()

    def use_last_trained(self) -> None:
        """Choose what the other dock has learned last."""
        self.model.setCurrentIndex(0)
        self._check()

    def use_model(self, name: str, model: Segmenter | PackedSegmenter) -> None:
        """Choose a model that another dock has just learned."""
        self.model.insertItem(1, name, model)
        self.model.setCurrentIndex(1)
        self._check()

    def use_file(self, path: Path) -> None:
        """Choose a model's file."""
        self.model.insertItem(1, path.name, path)
        self.model.setCurrentIndex(1)
        self._check()

    def run(self) -> None:
        """Begin a run with what is chosen now."""
        try:
            image = self.image.value()
            job = ImageJob(
                axes=image.stack.axes,
                channels=image.stack.channels,
                level=image.level,
                **self.output.fields(),
            )
        except InputError as error:
            report(error)
            return
        self._image = image
        self.backend.remember()
        model = self.model.currentData() or self._last_trained() or Path()
        apart = self.backend.apart
        apply = _apply_apart if apart else _apply

        def make_steps(stop: StopFlag) -> Steps[Segmentation]:
            return apply(model, image.stack, job, stop)

        name = f"Segmentation of '{image.name}'"
        self.panel.run(name, make_steps, torch=not apart)

    def _on_result(self, result: Segmentation) -> None:
        if self._image is not None:
            add_results(self._viewer, self._image, result)

    def _on_model(self) -> None:
        if self.model.currentText() == OPEN:
            path = ask_open(self, "Open a model", "Model (*.safetensors *.json)")
            if path is None:
                self.model.setCurrentIndex(0)
            else:
                self.use_file(path)
        self._check()

    def _check(self) -> None:
        obstacle = self.image.problem()
        if self.model.currentText() == LAST and self._last_trained() is None:
            obstacle = obstacle or (
                "Nothing has been learned yet in this window: choose a model's file, "
                "or run 'Unsupervised segmentation' first."
            )
        self.panel.set_obstacle(obstacle)

    def _last_trained(self) -> "Segmenter | PackedSegmenter | None":
        for dock in find_docks(self._viewer, UnsupervisedSegmentation):
            if dock.after.result is not None and dock.after.result.model:
                model: Segmenter | PackedSegmenter = dock.after.result.model
                return model
        return None

    def _lay_out(self) -> None:
        choice = QWidget()
        add_row(new_rows(choice), "Model", self.model)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        advanced = Section("Advanced settings", self.backend)
        content = column(choice, self.image, self.output, advanced)
        layout.addWidget(scrolling(content), stretch=1)
        layout.addWidget(self.panel)


def _apply(
    model: Path | Segmenter | PackedSegmenter,
    stack: "ImageStack",
    job: ImageJob,
    stop: StopFlag,
) -> Steps[Segmentation]:
    """Load the model where it is a file, then segment; all of it in the thread."""
    if not isinstance(model, Segmenter):
        yield Started("Loading the model", 0)
        model = _loaded(model)
    return (yield from apply_steps(model, stack, job, stop))


def _apply_apart(
    model: Path | Segmenter | PackedSegmenter,
    stack: "ImageStack",
    job: ImageJob,
    stop: StopFlag,
) -> Steps[Segmentation]:
    if isinstance(model, Segmenter):
        model = model.packed()
    return (yield from apply_steps_apart(model, stack, job, stop))


def _loaded(model: Path | PackedSegmenter) -> Segmenter:
    return load_segmenter(model) if isinstance(model, Path) else model.unpacked()
