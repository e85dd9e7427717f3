"""The part of a dock where corrections are accepted and rejected by clicks."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from napari_metastruct.widgets.corrections import (
    ACCEPTED,
    OPEN,
    REJECTED,
    Corrections,
)

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["CorrectionsReview"]

NOTHING = "After a run: look at what was corrected, and take over what is right."
HELP = "Pink differs from the given labels, green is accepted, grey is rejected."


class CorrectionsReview(QWidget):
    """Accept or reject the region under a click, or all that are left.

    Signals
    -------
    decided()
        A region was accepted or rejected.
    """

    decided = Signal()

    def __init__(self, viewer: "Viewer") -> None:
        super().__init__()
        self._viewer = viewer
        self.corrections: list[Corrections] = []
        self.state = QLabel(NOTHING)
        self.state.setWordWrap(True)
        self.state.setToolTip(HELP)
        self._grid = QGridLayout()
        self.accept = self._button(
            "Accept by click",
            "Click a pink region in the image: its corrected labels go into a copy of "
            "the given ones. The given labels themselves never change.",
        )
        self.reject = self._button(
            "Reject by click",
            "Click a region in the image: it keeps its given labels, also if it was "
            "accepted before.",
        )
        self.accept_all = self._button(
            "Accept all", "Accept all regions that are neither accepted nor rejected."
        )
        self.reject_all = self._button(
            "Reject all", "Reject all regions that are neither accepted nor rejected."
        )
        for button in (self.accept, self.reject):
            button.setCheckable(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.state)
        layout.addLayout(self._grid)
        self._connect()
        self.destroyed.connect(_forget(viewer, self._on_press))
        self._show()

    def add(self, corrections: Corrections) -> None:
        """Offer the corrections of one more pair."""
        self.corrections.append(corrections)
        self._show()

    def clear(self) -> None:
        """Forget those of an earlier run; its layers stay."""
        self.corrections.clear()
        self._end()
        self._show()

    def decide_at(self, position: Any, *, accept: bool) -> bool:  # noqa: ANN401
        """Accept or reject the region at a point of the world, if there is one."""
        for corrections in reversed(self.corrections):
            layer = corrections.layer
            if not corrections.is_there or not layer.visible:
                continue
            place = np.round(layer.world_to_data(position)).astype(int)
            if corrections.decide(tuple(int(i) for i in place), accept=accept):
                self._on_decision()
                return True
        return False

    def _all(self, *, accept: bool) -> None:
        for corrections in self.corrections:
            if corrections.is_there:
                corrections.decide_all(accept=accept)
        self._on_decision()

    def _on_decision(self) -> None:
        self._show()
        self.decided.emit()

    def _on_press(self, viewer: Any, event: Any) -> Iterator[None]:  # noqa: ANN401
        """Decide at a click; a drag moves the view as ever."""
        start = np.array(event.pos)
        yield
        while event.type == "mouse_move":
            yield
        if np.abs(np.array(event.pos) - start).max() <= 3 and event.button in (0, 1):
            self.decide_at(event.position, accept=self.accept.isChecked())

    def _on_toggle(self, button: QPushButton, on: bool) -> None:
        other = self.reject if button is self.accept else self.accept
        if on:
            other.setChecked(False)
            self._begin()
        elif not other.isChecked():
            self._end()

    def _begin(self) -> None:
        there = [c.layer for c in self.corrections if c.is_there]
        if there:
            # With another layer's brush a click would paint.
            self._viewer.layers.selection.active = there[-1]
            there[-1].mode = "pan_zoom"
        callbacks = self._viewer.mouse_drag_callbacks
        if self._on_press not in callbacks:
            callbacks.append(self._on_press)

    def _end(self) -> None:
        for button in (self.accept, self.reject):
            button.setChecked(False)
        _forget(self._viewer, self._on_press)()

    def _show(self) -> None:
        there = [c for c in self.corrections if c.is_there]
        for button in (self.accept, self.reject, self.accept_all, self.reject_all):
            button.setEnabled(bool(there))
        self.state.setText(_sentence(there) if there else NOTHING)
        if not there and (self.accept.isChecked() or self.reject.isChecked()):
            self._end()

    def _button(self, text: str, help_: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(help_)
        count = self._grid.count()
        self._grid.addWidget(button, count // 2, count % 2)
        return button

    def _connect(self) -> None:
        for button in (self.accept, self.reject):
            button.toggled.connect(lambda on, b=button: self._on_toggle(b, on))
        self.accept_all.clicked.connect(lambda: self._all(accept=True))
        self.reject_all.clicked.connect(lambda: self._all(accept=False))


def _sentence(corrections: list[Corrections]) -> str:
    sums = {OPEN: 0, ACCEPTED: 0, REJECTED: 0}
    for one in corrections:
        for number, count in one.counts().items():
            sums[number] += count
    total = sum(sums.values())
    if not total:
        return "Nothing was corrected: all labels are as they were given."
    return (
        f"{total:,} pixels were corrected: {sums[ACCEPTED]:,} accepted, "
        f"{sums[REJECTED]:,} rejected, {sums[OPEN]:,} open. {HELP}"
    )


def _forget(viewer: "Viewer", callback: object) -> Callable[..., None]:
    def forget(*_: object) -> None:
        if callback in viewer.mouse_drag_callbacks:
            viewer.mouse_drag_callbacks.remove(callback)

    return forget
