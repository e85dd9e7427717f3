"""What goes on while it learns from marks: the job, its curves, its preview."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from qtpy.QtCore import QObject, Signal

from napari_metastruct.progress import EpochEnd, Event, LabelPreview
from napari_metastruct.widgets.device_text import SaidDevices
from napari_metastruct.widgets.mark_job import save_steps
from napari_metastruct.widgets.mark_live import MarkLive
from napari_metastruct.widgets.mark_run import MarkOutcome, MarkRun, mark_steps
from napari_metastruct.widgets.task_panel import TaskPanel
from napari_metastruct.widgets.training_curves import TrainingCurves

__all__ = ["MarkFlow"]


class MarkFlow(QObject):
    """Begins runs in the run bar, and shows in curves and preview how they go.

    Attributes
    ----------
    devices
        What runs have said of where they compute.

    Signals
    -------
    changed()
        There is more to save.
    trained(outcome), saved(job)
        A run has ended well; a job and its marks are in files.
    ended()
        However it went; nothing is left of the preview.
    """

    changed = Signal()
    trained = Signal(object)
    saved = Signal(object)
    ended = Signal()

    def __init__(
        self, panel: TaskPanel, curves: TrainingCurves, live: MarkLive
    ) -> None:
        super().__init__(panel)
        self._panel, self._curves, self._live = panel, curves, live
        self.devices = SaidDevices()
        panel.happened.connect(self._on_event)
        panel.succeeded.connect(self._on_result)
        panel.ended.connect(self._on_end)

    def begin(
        self,
        run: MarkRun,
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
        self._curves.show_rows([_without_corrections(row) for row in rows])
        shown = self._live.begin(run, preview=preview)
        self.devices.begin(run.settings.device)
        self._panel.run(
            f"Training on '{run.sources[0].name}'",
            lambda stop: mark_steps(run, stop, shown),
            torch=not run.apart,
        )

    def save(self, run: MarkRun, path: Path) -> None:
        """Begin to write the job of a run, and its marks beside it."""
        self._panel.run(
            f"Saving '{path.name}'", lambda _: save_steps(run, path), torch=False
        )

    def close(self) -> None:
        """Throw away what goes on."""
        self._panel.cancel()
        self._live.end()

    def _on_event(self, event: Event) -> None:
        if isinstance(event, EpochEnd):
            kept = _without_corrections(event.values)
            self._curves.add(EpochEnd(event.epoch, event.total, kept))
            self.changed.emit()
        elif isinstance(event, LabelPreview):
            self._live.show_preview(event)
        elif said := self.devices.take(event):
            self._panel.set_device(said)

    def _on_result(self, result: Any) -> None:  # noqa: ANN401 - one of two
        if isinstance(result, MarkOutcome):
            self._live.end(result)
            self.trained.emit(result)
        else:
            self.saved.emit(result)

    def _on_end(self) -> None:
        self._live.end()
        self.ended.emit()


def _without_corrections(row: Mapping[str, float]) -> dict[str, float]:
    """Leave out how many labels were corrected: marks never are."""
    return {name: v for name, v in row.items() if not name.startswith("corrected")}
