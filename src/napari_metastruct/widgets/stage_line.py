"""Which stage a run is in, and a button that goes on to the next one."""

import re
from typing import Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

__all__ = ["StageLine", "begins_stage", "stages_of"]

_BEGUN = re.compile(r"^Stage (\d+) of (\d+)")
"""How a method says that a stage begins."""
_NEXT = "End this stage now and begin the next one; what was learned is kept."
_LAST = "End the last stage now, and with it the run; what was learned is kept."


def stages_of(method: Any) -> tuple[str, ...]:  # noqa: ANN401 - any way to learn
    """Return what the stages of a method are called, () if it has none."""
    return tuple(getattr(type(method), "stages", ()))


def begins_stage(text: str) -> bool:
    """Say whether a run says so that a stage of its method begins."""
    return _BEGUN.match(text) is not None


class StageLine(QWidget):
    """Seen only while a method with stages learns.

    Signals
    -------
    nextClicked()
        The person wants the next stage to begin.
    """

    nextClicked = Signal()  # noqa: N815 - Qt's habit

    def __init__(self) -> None:
        super().__init__()
        self.label = QLabel()
        self.label.setWordWrap(True)
        self.label.setToolTip("Which stage of the method goes on.")
        self.button = QPushButton("Next stage")
        self.button.setToolTip(_NEXT)
        self.button.clicked.connect(self._on_click)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.label, stretch=1)
        layout.addWidget(self.button)
        self.hide()

    def begin(self, stages: tuple[str, ...]) -> None:
        """Wait for the first of these stages; without any nothing is seen."""
        self.label.setText("")
        self.button.setEnabled(False)
        self.setVisible(bool(stages))

    def note(self, text: str) -> None:
        """Show what a run says, if it says that a stage begins."""
        found = _BEGUN.match(text)
        if not found:
            return
        is_last = found[1] == found[2]
        self.label.setText(text)
        self.button.setText("Finish" if is_last else "Next stage")
        self.button.setToolTip(_LAST if is_last else _NEXT)
        self.button.setEnabled(True)

    def end(self) -> None:
        """Show nothing more."""
        self.hide()

    def _on_click(self) -> None:
        self.button.setEnabled(False)  # until the next stage begins
        self.nextClicked.emit()
