"""The run bar that every dock shares."""

import time

from napari.utils.notifications import show_info
from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_metastruct.progress import BatchEnd, Event, Notice, PlaneDone, Started
from napari_metastruct.widgets.activity import Activity
from napari_metastruct.widgets.failures import report
from napari_metastruct.widgets.form import WRONG_TEXT
from napari_metastruct.widgets.stage_line import begins_stage
from napari_metastruct.widgets.task import MakeSteps, Task
from napari_metastruct.widgets.time_left import TimeLeft

__all__ = ["TaskPanel"]


class TaskPanel(QWidget):
    """Device, Run, progress, Stop, Cancel, time left and what is going on.

    Attributes
    ----------
    was_cancelled
        Whether the last run that has ended was cancelled.

    Signals
    -------
    runClicked()
        The user wants a run; answer by `run`.
    happened(event), succeeded(result), failed(sentence), ended()
        As `Task` says them.
    finishing()
        The result is there, and is about to be handed out.
    """

    runClicked = Signal()  # noqa: N815 - Qt's habit
    happened = Signal(object)
    finishing = Signal()
    succeeded = Signal(object)
    failed = Signal(str)
    ended = Signal()

    def __init__(
        self, run_text: str, run_help: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._run_help = run_help
        self._obstacle = ""
        self._name = ""
        self.task: Task | None = None
        self.was_cancelled = False
        self._activity = Activity(self)
        self._clicked = 0.0
        self._left = TimeLeft()
        self._stage = ""
        self._build(run_text)
        self._say("")
        self._show_state()

    @property
    def is_running(self) -> bool:
        """Whether a run goes on; no second one can be started then."""
        return self.task is not None

    def add_button(self, button: QPushButton) -> None:
        """Put one more button beside Run."""
        self._buttons.insertWidget(1, button)

    def set_device(self, text: str) -> None:
        """Say where a run computes."""
        self.device_label.setText(text)

    def set_obstacle(self, sentence: str, *, said: bool = False) -> None:
        """Say why no run can be started now, "" if one can.

        Parameters
        ----------
        said
            The dock says it in another place; here only Run's help does.
        """
        changed, self._obstacle = sentence != self._obstacle, sentence
        # What the last run has said stays until there is something new to say.
        if changed and not self.is_running:
            self._say("" if said else sentence, wrong=bool(sentence))
        self._show_state()

    def run(self, name: str, make_steps: MakeSteps, *, torch: bool = True) -> None:
        """Start a run; see `Task.start`."""
        if self.is_running:
            return
        self._name, self._clicked = name, time.monotonic()
        self.task = task = Task(self)
        task.happened.connect(self._on_event)
        task.succeeded.connect(self._on_result)
        task.failed.connect(self._on_error)
        task.ended.connect(self._on_end)
        self._activity.start(name)
        self._set_progress(0, 0)
        self._say("Starting")
        self._show_state()
        task.start(name, make_steps, torch=torch)

    def stop(self) -> None:
        """End the run soon and keep what is there."""
        if self.task is not None:
            self.task.stop()
            self._stage = "Stopping"
            self._say("Stopping: what is there is kept")
            self.stop_button.setEnabled(False)

    def cancel(self) -> None:
        """End the run and throw it away."""
        if self.task is not None:
            self._say("Cancelling")
            self.stop_button.setEnabled(False)
            self.cancel_button.setEnabled(False)
            self.task.cancel()

    def _build(self, run_text: str) -> None:
        self.device_label = QLabel()
        self.device_label.setToolTip("Where a run computes, and why.")
        self.run_button = QPushButton(run_text)
        self.stop_button = QPushButton("Stop")
        self.stop_button.setToolTip("End now and keep what has been learned so far.")
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.setToolTip("End now and throw this run away.")
        self.bar = QProgressBar()
        self.bar.setToolTip("How far this stage of the run is.")
        self.bar.setTextVisible(True)
        self.status = QLabel()
        self.status.setWordWrap(True)
        self.status.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
        )
        self.status.setToolTip("What is going on, and how long it will take.")
        self.run_button.clicked.connect(self.runClicked)
        self.stop_button.clicked.connect(self.stop)
        self.cancel_button.clicked.connect(self.cancel)
        self._buttons = buttons = QHBoxLayout()
        buttons.addWidget(self.run_button, stretch=1)
        buttons.addWidget(self.stop_button)
        buttons.addWidget(self.cancel_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(buttons)
        layout.addWidget(self.bar)
        layout.addWidget(self.status)
        layout.addWidget(self.device_label)

    def _show_state(self) -> None:
        running = self.is_running
        self.run_button.setEnabled(not running and not self._obstacle)
        self.stop_button.setEnabled(running)
        self.cancel_button.setEnabled(running)
        self.bar.setVisible(running)
        why = f"{self._name} is running: stop or cancel it first." if running else ""
        self.run_button.setToolTip(why or self._obstacle or self._run_help)

    def _say(self, text: str, *, wrong: bool = False) -> None:
        self.status.setText(text)
        self.status.setStyleSheet(WRONG_TEXT if wrong else "")
        self.status.setVisible(bool(text))

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Started):
            self._begin_stage(event)
        elif isinstance(event, BatchEnd):
            self._set_progress(event.step, event.total)
        elif isinstance(event, PlaneDone):
            self._set_progress(event.done, event.total)
        elif isinstance(event, Notice) and not begins_stage(event.text):
            show_info(event.text)
        self.happened.emit(event)

    def _begin_stage(self, event: Started) -> None:
        self._stage = event.stage
        self._left.begin()
        self._say(self._stage)
        self._set_progress(0, event.total)

    def _set_progress(self, done: int, total: int) -> None:
        # A range of 0 to 0 is Qt's way to say "busy, no end known".
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self._activity.show(self._stage, done, total)
        if done:
            left = _in_words(self._left.judge(done, total))
            self._say(f"{self._stage} {done} of {total}{left}")

    def _on_result(self, result: object) -> None:
        self.finishing.emit()
        self._say(f"Done in {time.monotonic() - self._clicked:.1f} s")
        self.succeeded.emit(result)

    def _on_error(self, error: Exception) -> None:
        sentence = report(error)
        self._say(sentence, wrong=True)
        self.failed.emit(sentence)

    def _on_end(self) -> None:
        task, self.task = self.task, None
        if task is not None:
            self.was_cancelled = task.cancelled
            if task.cancelled:
                self._say("Cancelled")
            # Not now: this is one of its own signals.
            QTimer.singleShot(0, task.deleteLater)
        self._activity.end()
        self._show_state()
        self.ended.emit()


def _in_words(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 60:
        return f", about {seconds:.0f} s left"
    return f", about {seconds / 60:.0f} min left"
