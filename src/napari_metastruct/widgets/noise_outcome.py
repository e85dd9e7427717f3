"""The part of a dock that shows the last result and keeps what was run."""

from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_metastruct.jobs import NoiseJob
from napari_metastruct.widgets.job_buttons import JobButtons
from napari_metastruct.widgets.labels_input import LabelsInput
from napari_metastruct.widgets.noise_layers import add_errors, add_noisy
from napari_metastruct.widgets.noise_numbers import NoiseNumbers
from napari_metastruct.widgets.noise_run import NoiseResult

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["NoiseOutcome", "kind_of"]


class NoiseOutcome(QWidget):
    """Adds the layers of a result; its numbers and its job stay until the next."""

    def __init__(self, viewer: "Viewer") -> None:
        super().__init__()
        self._viewer = viewer
        self.numbers = NoiseNumbers()
        self.buttons = JobButtons()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.numbers)
        layout.addWidget(self.buttons)

    def take(
        self,
        result: NoiseResult,
        clean: Any,  # noqa: ANN401 - a Labels layer of napari
        job: NoiseJob | None,
        *,
        errors: bool,
    ) -> None:
        """Add a result as new layers.

        Parameters
        ----------
        clean
            The layer of the clean labels, which may be gone.
        job
            What was run, where a job can tell it.
        errors
            Whether the errors become a layer, too.
        """
        provenance = result.provenance(job)
        add_noisy(self._viewer, result, clean.colormap, provenance)
        if errors:
            add_errors(self._viewer, result, provenance)
        if clean in self._viewer.layers:
            # Beneath the noisy labels it would fill in what these have lost.
            clean.visible = False
        self.numbers.show_compared(_title(result), result.compared)
        self.buttons.show_job(result.source.name, job)


def kind_of(source: LabelsInput) -> str:
    """Return what gets noise by itself, in words."""
    return "plane" if source.together == 2 else "volume"


def _title(result: NoiseResult) -> str:
    """Name a result, and of a stack how many of its planes have errors."""
    name, done, count = result.source.name, len(result.wrong), len(result.source)
    if count == 1:
        return f"'{name} noisy'"
    planes = f"{kind_of(result.source)}s"
    made = f"{done} of {count} {planes} done, " if done < count else ""
    return f"'{name} noisy', {made}{result.changed} of {done} {planes} have errors"
