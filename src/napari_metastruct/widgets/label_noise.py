"""Dock "Label noise": noise for labels, seen at once, in numbers and as layers."""

from typing import TYPE_CHECKING

from qtpy.QtGui import QHideEvent, QShowEvent
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_metastruct.errors import InputError
from napari_metastruct.jobs import NoiseJob
from napari_metastruct.progress import Steps, StopFlag
from napari_metastruct.widgets.chain_editor import ChainEditor
from napari_metastruct.widgets.closing import on_close
from napari_metastruct.widgets.failures import report
from napari_metastruct.widgets.labels_choice import LabelsChoice
from napari_metastruct.widgets.live_noise import LiveNoise
from napari_metastruct.widgets.noise_fit import misfit
from napari_metastruct.widgets.noise_job import job_of
from napari_metastruct.widgets.noise_look import Look
from napari_metastruct.widgets.noise_numbers import NoiseNumbers
from napari_metastruct.widgets.noise_outcome import NoiseOutcome, kind_of
from napari_metastruct.widgets.noise_output import NoiseOutput
from napari_metastruct.widgets.noise_run import NoiseResult, noise_run_steps
from napari_metastruct.widgets.noise_wish import Wish
from napari_metastruct.widgets.sections import Section, column, scrolling
from napari_metastruct.widgets.task_panel import TaskPanel

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["LabelNoise"]

RUNNING, HIDDEN = "running", "hidden"


class LabelNoise(QWidget):
    """The dock. It gathers labels and noises and shows what comes of them."""

    def __init__(self, napari_viewer: "Viewer") -> None:
        super().__init__()
        self._problem = self._refusal = ""
        self._run: Wish | None = None
        self._job: NoiseJob | None = None
        self.labels = LabelsChoice(napari_viewer)
        self.chain = ChainEditor()
        self.output = NoiseOutput()
        self.live_numbers = NoiseNumbers()
        self.outcome = NoiseOutcome(napari_viewer)
        self.panel = TaskPanel(
            "Apply noise",
            "Make the noise of all planes and add it as a new Labels layer.",
        )
        self.live = LiveNoise(napari_viewer, self)
        self._lay_out()
        self._connect()
        on_close(self, self._on_close)
        self.destroyed.connect(self.live.preview.close)
        self._follow()

    def show_job(self, job: NoiseJob) -> None:
        """Show the settings of a job, for example of a job file."""
        self.chain.setValue(job.chain)
        self.output.seed.setValue(job.seed)
        self.output.errors.setChecked(job.errors)
        self.labels.as_one.setChecked(job.as_one)
        self.labels.stack.setCurrentIndex(int(job.volume))

    def run(self) -> None:
        """Begin a run with what is chosen now."""
        try:
            self._run = wish = self._wish()
        except InputError as error:
            report(error)
            return
        self._job = job_of(
            wish.source,
            wish.chain,
            wish.seed,
            errors=self.output.errors.isChecked(),
            level=max(0, self.labels.level.currentIndex()),
        )

        def make_steps(stop: StopFlag) -> Steps[NoiseResult | None]:
            return noise_run_steps(wish.source, wish.chain, wish.seed, stop)

        self.live.pause(RUNNING)
        name = f"Label noise on '{wish.source.name}'"
        self.panel.run(name, make_steps, torch=False)

    def _wish(self) -> Wish:
        facts = self.labels.facts
        return Wish(
            layer=self.labels.layer.value(),
            source=self.labels.value(),
            chain=self.chain.value(),
            seed=self.output.seed.value(),
            classes=() if facts is None else facts.classes,
        )

    def _follow(self) -> None:
        """Say whether there is something to do, and look at it."""
        facts = self.labels.facts
        if facts is not None:
            self.chain.set_classes(facts.classes)
        self._problem = self._find_problem()
        is_previewed = self.output.preview.isChecked()
        if self._problem or not is_previewed:
            self.live.wish(None)
            self.live_numbers.clear("" if self._problem else "The preview is off.")
        else:
            self.live.wish(self._wish())
        self._tell()

    def _find_problem(self) -> str:
        facts = self.labels.facts
        problem = self.labels.problem() or self.chain.problem()
        if problem or facts is None:
            return problem
        chain, source = self.chain.value(), self.labels.value()
        place, sentence = misfit(chain, facts.classes, source)
        self.chain.set_problem(place, sentence)
        return sentence

    def _tell(self) -> None:
        self.panel.set_obstacle(self._problem or self._refusal)

    def _on_refusal(self, sentence: str) -> None:
        self._refusal = sentence
        self._tell()

    def _on_look(self, look: Look) -> None:
        count, kind = len(look.source), kind_of(look.source)
        here = f"{kind} {look.number + 1} of {count}" if count > 1 else f"This {kind}"
        self.live_numbers.show_compared(here.capitalize(), look.compared)

    def _on_result(self, result: NoiseResult | None) -> None:
        if result is None or self._run is None:
            return
        self.live.rest()
        errors = self.output.errors.isChecked()
        self.outcome.take(result, self._run.layer, self._job, errors=errors)
        self.whole.show()
        self.whole.open()

    def _on_end(self) -> None:
        self._run = None
        self.live.go_on(RUNNING)

    def _on_close(self) -> None:
        self.live.wish(None)
        self.live.preview.close()

    def hideEvent(self, event: QHideEvent | None) -> None:  # noqa: N802 - Qt's name
        """Show no preview without its dock."""
        super().hideEvent(event)
        if event is not None and not event.spontaneous():
            self.live.pause(HIDDEN)
            self.live.preview.remove()

    def showEvent(self, event: QShowEvent | None) -> None:  # noqa: N802 - Qt's name
        """Show the preview again."""
        super().showEvent(event)
        self.live.go_on(HIDDEN)

    def _connect(self) -> None:
        for signal in (
            self.labels.valueChanged,
            self.labels.looked,
            self.chain.valueChanged,
            self.output.valueChanged,
        ):
            signal.connect(self._follow)
        self.labels.edited.connect(self.live.again)
        self.output.viewChanged.connect(
            lambda: self.live.show_errors(self.output.shows_errors)
        )
        self.live.looked.connect(self._on_look)
        self.live.waiting.connect(self.live_numbers.clear)
        self.live.refused.connect(self._on_refusal)
        self.live.deleted.connect(lambda: self.output.preview.setChecked(False))
        self.panel.runClicked.connect(self.run)
        self.panel.succeeded.connect(self._on_result)
        self.panel.ended.connect(self._on_end)

    def _lay_out(self) -> None:
        self.panel.device_label.hide()
        self.panel.stop_button.setToolTip(
            "End now and keep the planes that are done; the others become -1, left out."
        )
        self.here = Section("Numbers of what is seen", self.live_numbers)
        self.here.open()
        self.whole = Section("The last result", self.outcome)
        self.whole.hide()
        parts = (self.labels, self.chain, self.output, self.here, self.whole)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        content = column(*parts)
        content.setContentsMargins(0, 0, 6, 0)  # the cards have frames
        layout.addWidget(scrolling(content), stretch=1)
        layout.addWidget(self.panel)
