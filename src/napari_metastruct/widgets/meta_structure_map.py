"""Dock "Meta-structure map": how densely each class lies around every pixel."""

from typing import TYPE_CHECKING, Any

from qtpy.QtGui import QHideEvent, QShowEvent
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_metastruct.errors import InputError
from napari_metastruct.jobs import DensityJob
from napari_metastruct.progress import Steps, StopFlag
from napari_metastruct.widgets.closing import on_close
from napari_metastruct.widgets.compare_part import ComparePart
from napari_metastruct.widgets.failures import report
from napari_metastruct.widgets.job_buttons import JobButtons
from napari_metastruct.widgets.kernel_choice import KernelChoice
from napari_metastruct.widgets.labels_choice import LabelsChoice
from napari_metastruct.widgets.live_map import LiveMap, MapWish
from napari_metastruct.widgets.map_layers import add_maps
from napari_metastruct.widgets.map_options import MapOptions
from napari_metastruct.widgets.map_refresh import MapRefresh
from napari_metastruct.widgets.map_steps import DensityMaps, map_steps
from napari_metastruct.widgets.sections import Section, column, scrolling
from napari_metastruct.widgets.task_panel import TaskPanel

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["MetaStructureMap"]


class MetaStructureMap(QWidget):
    """The dock: chooses labels, kernel and classes, previews, adds maps, compares."""

    def __init__(self, napari_viewer: "Viewer") -> None:
        super().__init__()
        self._viewer = napari_viewer
        self._run: MapWish | None = None
        self._data: Any = None
        self._is_away = False
        self.labels = LabelsChoice(napari_viewer)
        self.kernel = KernelChoice()
        self.options = MapOptions()
        self.classes = self.options.classes
        self.keep = JobButtons()
        self.panel = _panel()
        self.live = LiveMap(napari_viewer, self)
        self.refresh = MapRefresh(napari_viewer, self)
        self.compare = ComparePart(napari_viewer, self.labels, self.kernel, self.panel)
        self._lay_out()
        self._connect()
        on_close(self, self._on_close)
        self.destroyed.connect(self.live.preview.close)
        self._on_look()

    def run(self) -> None:
        """Begin to make the maps of all planes or volumes."""
        try:
            wish = self._wish()
        except InputError as error:
            report(error)
            return
        self._run = wish

        def make_steps(stop: StopFlag) -> Steps[DensityMaps]:
            return map_steps(wish.source, wish.settings, wish.classes, stop)

        self.panel.run(f"Density maps of '{wish.source.name}'", make_steps, torch=False)

    def show_job(self, job: DensityJob) -> None:
        """Show the settings of a job, for example of a job file."""
        self.labels.show_job(job)
        self.kernel.show_job(job)
        self.classes.show_job(job.classes)

    def _wish(self) -> MapWish:
        return MapWish(
            layer=self.labels.layer.value(),
            source=self.labels.value(),
            settings=self.kernel.value(),
            classes=self.classes.value(),
            colours=self.classes.colours(),
        )

    def _problem(self) -> str:
        return self.labels.problem() or self.kernel.problem() or self.classes.problem()

    def _on_labels(self) -> None:
        self.kernel.follow(self.labels)
        self._check()

    def _on_look(self) -> None:
        """Show what the labels hold; what was ticked stays where they are the same."""
        facts = self.labels.facts
        if facts is not None:
            source = self.labels.value()
            held = (source.data, source.as_one)
            new = self._data is None or any(
                a is not b for a, b in zip(held, self._data, strict=True)
            )
            self._data = held
            self.classes.show_facts(facts, new=new)
        self._on_labels()

    def _on_edit(self) -> None:
        if not self.live.again():
            self._on_labels()

    def _check(self) -> None:
        """Say whether maps can be added, and preview them."""
        problem = self._problem()
        self.panel.set_obstacle(problem)
        wanted = self.options.preview.isChecked() and not problem and not self._is_away
        self.live.wish(self._wish() if wanted else None)

    def _on_preview(self, on: bool) -> None:
        if not on:
            self.live.put_away()
        self._check()

    def _on_result(self, result: Any) -> None:  # noqa: ANN401 - of any run of the dock
        if isinstance(result, DensityMaps) and self._run is not None:
            layers = add_maps(self._viewer, result, self._run.colours)
            self.refresh.add(self._run.layer, result, layers)
            self.keep.show_job(f"{result.source.name} density", result.job())

    def _on_close(self) -> None:
        self.panel.cancel()
        self.refresh.turn(False)
        self.live.put_away()

    def hideEvent(self, event: QHideEvent | None) -> None:  # noqa: N802 - Qt's name
        """Show no preview without its dock."""
        super().hideEvent(event)
        if event is not None and not event.spontaneous():
            self._is_away = True
            self.live.put_away()

    def showEvent(self, event: QShowEvent | None) -> None:  # noqa: N802 - Qt's name
        """Show the preview again."""
        super().showEvent(event)
        self._is_away = False
        self._check()

    def _connect(self) -> None:
        self.labels.valueChanged.connect(self._on_labels)
        self.labels.looked.connect(self._on_look)
        self.labels.edited.connect(self._on_edit)
        self.kernel.valueChanged.connect(self._check)
        self.classes.valueChanged.connect(self._check)
        self.options.preview.toggled.connect(self._on_preview)
        self.options.follow.toggled.connect(self.refresh.turn)
        self.live.told.connect(self.options.tell)
        self.live.deleted.connect(lambda: self.options.preview.setChecked(False))
        self.panel.runClicked.connect(self.run)
        self.panel.succeeded.connect(self._on_result)

    def _lay_out(self) -> None:
        self.comparing = Section("Compare with other labels", self.compare)
        self.keeping = Section("Keep what was run", self.keep)
        parts = (self.labels, self.kernel, self.options, self.comparing, self.keeping)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        content = column(*parts)
        content.setContentsMargins(0, 0, 6, 0)  # room beside the scroll bar
        layout.addWidget(scrolling(content), stretch=1)
        layout.addWidget(self.panel)


def _panel() -> TaskPanel:
    panel = TaskPanel(
        "Add maps",
        "Make the maps of all planes and add one Image layer for each class.",
    )
    panel.device_label.hide()
    panel.stop_button.setToolTip("End now and keep the planes that are done.")
    return panel
