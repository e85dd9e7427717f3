"""A number within a short range, by a slider and by typing."""

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QWheelEvent
from qtpy.QtWidgets import QHBoxLayout, QSlider, QWidget

from napari_metastruct.widgets.editors import FloatEditor

__all__ = ["RateEditor"]

_STEPS = 200
_NUMBER_WIDTH = 96


class RateEditor(QWidget):
    """A slider and the number beside it; the number is what counts.

    Parameters
    ----------
    low, high
        Ends of the range; the slider goes from one to the other in 200 steps.
    """

    valueChanged = Signal(object)  # noqa: N815 - Qt's habit

    def __init__(self, low: float, high: float) -> None:
        super().__init__()
        self._low, self._high = low, high
        self.slider = _Slider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _STEPS)
        self.slider.setPageStep(_STEPS // 10)
        self.number = FloatEditor(low, high)
        self.number.setMaximumWidth(_NUMBER_WIDTH)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.slider, stretch=1)
        layout.addWidget(self.number)
        self.slider.valueChanged.connect(self._on_slide)
        self.number.valueChanged.connect(self._on_number)

    def value(self) -> float:
        """Return the number."""
        return float(self.number.value())

    def setValue(self, value: float) -> None:  # noqa: N802 - Qt's habit
        """Show another number."""
        self.number.setValue(value)
        self._follow()

    def setStyleSheet(self, style: str | None) -> None:  # noqa: N802 - Qt's name
        """Mark the number alone."""
        self.number.setStyleSheet(style or "")

    def _on_slide(self, step: int) -> None:
        self.number.setValue(
            round(self._low + (self._high - self._low) * step / _STEPS, 6)
        )

    def _on_number(self) -> None:
        self._follow()
        self.valueChanged.emit(self.value())

    def _follow(self) -> None:
        share = (self.value() - self._low) / (self._high - self._low)
        self.slider.blockSignals(True)
        self.slider.setValue(round(share * _STEPS))
        self.slider.blockSignals(False)


class _Slider(QSlider):
    """Leaves the wheel to scrolling until it is clicked."""

    def wheelEvent(self, event: QWheelEvent | None) -> None:  # noqa: N802
        """Let a wheel over an unfocused slider scroll the dock."""
        if event is not None and not self.hasFocus():
            event.ignore()
        else:
            super().wheelEvent(event)
