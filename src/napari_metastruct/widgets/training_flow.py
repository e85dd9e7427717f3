"""What goes on while a network learns: the job, its curves, its preview."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal

from napari_metastruct.progress import (
    EpochEnd,
    Event,
    LabelPreview,
    Notice,
)
from napari_metastruct.training.labelled.judging import Shown
from napari_metastruct.widgets.device_text import SaidDevices
from napari_metastruct.widgets.stage_line import StageLine, stages_of
from napari_metastruct.widgets.task_panel import TaskPanel
from napari_metastruct.widgets.training_curves import TrainingCurves
from napari_metastruct.widgets.training_preview import TrainingPreview
from napari_metastruct.widgets.training_run import (
    TrainingOutcome,
    TrainingRun,
    estimate_steps,
    training_steps,
)

if TYPE_CHECKING:
    from napari.viewer import Viewer

    from napari_metastruct.training.labelled import LabelledSettings
    from napari_metastruct.widgets.training_pair import PairInput

__all__ = ["TrainingFlow"]


class TrainingFlow(QObject):
    """Begins runs in the run bar, and shows in curves and preview how they go.

    Attributes
    ----------
    devices
        What runs have said of where they compute.

    Signals
    -------
    changed()
        There is more to save.
    trained(outcome), estimated(rate)
        A run has ended well.
    ended()
        However it went; nothing is left of the preview.
    """

    changed = Signal()
    trained = Signal(object)
    estimated = Signal(float)
    ended = Signal()

    def __init__(
        self, viewer: "Viewer", panel: TaskPanel, curves: TrainingCurves
    ) -> None:
        super().__init__(panel)
        self._viewer, self._panel, self._curves = viewer, panel, curves
        self._preview: TrainingPreview | None = None
        self.devices = SaidDevices()
        self.stage = StageLine()
        self.stage.nextClicked.connect(self._end_stage)
        panel.happened.connect(self._on_event)
        panel.succeeded.connect(self._on_result)
        panel.ended.connect(self._on_end)

    def begin(
        self,
        run: TrainingRun,
        rows: Sequence[dict[str, float]] = (),
        *,
        preview: bool = True,
    ) -> None:
        """Begin a run.

        Parameters
        ----------
        rows
            Numbers of the epochs before, of a run that goes on.
        preview
            Whether to show one.
        """
        self._curves.clear()
        if rows:
            self._curves.show_rows(list(rows))
        shown = Shown() if preview else None
        if shown is not None:
            self._preview = TrainingPreview(self._viewer, run.sources, shown)
            # The window may be closed before the run has ended.
            self._panel.destroyed.connect(self._preview.remove)
        self.devices.begin(run.settings.device)
        self.stage.begin(stages_of(run.method))
        self._panel.run(
            f"Training on '{run.sources[0].name}'",
            lambda stop: training_steps(run, stop, shown),
            torch=not run.apart,
        )

    def estimate(
        self,
        sources: "tuple[PairInput, ...]",
        settings: "LabelledSettings",
        *,
        apart: bool,
    ) -> None:
        """Begin an estimate of the noise rate."""
        self._panel.run(
            "Estimate of the noise rate",
            lambda stop: estimate_steps(sources, settings, stop, apart=apart),
            torch=not apart,
        )

    def close(self) -> None:
        """Throw away what goes on."""
        self._panel.cancel()
        self._forget_preview()

    def _on_event(self, event: Event) -> None:
        if isinstance(event, EpochEnd):
            self._curves.add(event)
            self.changed.emit()
        elif isinstance(event, LabelPreview) and self._preview is not None:
            self._preview.show(event)
        elif isinstance(event, Notice):
            self.stage.note(event.text)
        elif said := self.devices.take(event):
            self._panel.set_device(said)

    def _on_result(self, result: Any) -> None:  # noqa: ANN401 - one of two
        self._forget_preview()
        if isinstance(result, TrainingOutcome):
            self.trained.emit(result)
        else:
            self.estimated.emit(result)

    def _end_stage(self) -> None:
        if self._panel.task is not None:
            self._panel.task.stop_flag.end_stage()

    def _on_end(self) -> None:
        self._forget_preview()
        self.stage.end()
        self.ended.emit()

    def _forget_preview(self) -> None:
        if self._preview is not None:
            self._preview.remove()
            self._preview = None
