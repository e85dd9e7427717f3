"""A bandwidth in the unit of a layer: a slider, a number, or found by itself."""

import math

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget
from superqt.utils import signals_blocked

from napari_metastruct.jobs import Unit
from napari_metastruct.metastructure.density import Bandwidth
from napari_metastruct.widgets.editors import FloatEditor
from napari_metastruct.widgets.form import WRONG
from napari_metastruct.widgets.labels_input import LabelsInput
from napari_metastruct.widgets.pixel_size import NO_UNIT, PIXELS

__all__ = ["BandwidthChoice"]

_STEPS = 400
_SMALLEST = 0.5
"""Where the slider begins, in pixels."""
_HELP = (
    "How far the map looks around each pixel: half the width of box and disc, the "
    "standard deviation of the gaussian. Small shows single objects, large their "
    "density over the image."
)
_AUTO_HELP = (
    "Take the bandwidth that fits to the labels: about 0.8 times the radius of round "
    "objects, or the width of ribbons. It is shown in the box."
)


class BandwidthChoice(QWidget):
    """Slider (by ratios, not by differences), number with its unit, auto, pixels.

    Signals
    -------
    valueChanged()
        After every edit, also one that is wrong.
    """

    valueChanged = Signal()  # noqa: N815 - Qt's habit

    def __init__(self) -> None:
        super().__init__()
        self._source: LabelsInput | None = None
        self._auto_value = 0.0
        self.setToolTip(_HELP)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _STEPS)
        self.slider.setToolTip(_HELP)
        self.number = FloatEditor(0, math.inf)
        self.number.setToolTip(_HELP)
        self.unit = QLabel()
        self.unit.setToolTip("The unit of the layer, from its scale and units.")
        self.auto = QCheckBox("auto")
        self.auto.setToolTip(_AUTO_HELP)
        self.auto.setChecked(True)
        self.pixels = QLabel()
        self.pixels.setToolTip("The same in pixels, one number if it is for all axes.")
        self._lay_out()
        self.slider.valueChanged.connect(self._on_slider)
        self.number.valueChanged.connect(self._on_number)
        self.auto.toggled.connect(self._on_auto)

    def value(self) -> float:
        """Return the bandwidth in the unit of the labels."""
        return float(self.number.value())

    def setValue(self, value: float) -> None:  # noqa: N802 - Qt's habit
        """Choose a bandwidth, not auto."""
        self.auto.setChecked(False)
        self.number.setValue(value)

    def show_job(self, bandwidth: Bandwidth, unit: Unit) -> None:
        """Show the bandwidth of a job; of one per axis that along the last."""
        if isinstance(bandwidth, str):
            self.auto.setChecked(True)
            return
        value = bandwidth[-1] if isinstance(bandwidth, tuple) else bandwidth
        if unit == "pixel" and self._source is not None:
            value *= self._source.spacing[-1]
        self.setValue(value)

    def problem(self) -> str:
        """Return why the bandwidth cannot be used, "" if it can."""
        source, value = self._source, self.value()
        if source is None or self.auto.isChecked():
            return ""
        if not value > 0:
            return "The bandwidth is 0: take one above 0, or 'auto'."
        if value > _largest(source):
            return (
                f"The bandwidth of {value:g} {source.unit} is larger than the whole "
                f"image ({_largest(source):.4g} {source.unit}): take a smaller one."
            )
        return ""

    def set_source(self, source: LabelsInput | None) -> None:
        """Take unit and range of other labels.

        A number stays, or stays as many pixels where the unit is another one.
        """
        before, self._source = self._source, source
        if source is None or (
            before is not None
            and (before.spacing, before.unit, before.part_shape)
            == (source.spacing, source.unit, source.part_shape)
        ):
            return
        if before is None or self.auto.isChecked():
            self._tell()  # what "auto" is will be said soon
        else:
            self._show(self.value() * _ratio(before, source))

    def set_auto(self, value: float) -> None:
        """Say which bandwidth "auto" is; as many digits of it count as are shown."""
        self._auto_value = float(f"{value:.3g}")
        known = self.value() == self._auto_value
        if self.auto.isChecked() and value > 0 and not known:
            self._show(self._auto_value)

    def _show(self, value: float) -> None:
        with signals_blocked(self.number):
            self.number.setValue(value)
        self._place_slider()
        self._tell()

    def _on_slider(self, step: int) -> None:
        if self._source is None:
            return
        low, high = _range(self._source)
        self._leave_auto()
        self._show(float(f"{low * (high / low) ** (step / _STEPS):.3g}"))

    def _on_number(self) -> None:
        self._leave_auto()
        self._place_slider()
        self._tell()

    def _on_auto(self, on: bool) -> None:
        if on and self._auto_value > 0:
            self._show(self._auto_value)
        else:
            self._tell()

    def _leave_auto(self) -> None:
        with signals_blocked(self.auto):
            self.auto.setChecked(False)

    def _place_slider(self) -> None:
        if self._source is not None and self.value() > 0:
            low, high = _range(self._source)
            share = math.log(self.value() / low) / math.log(high / low)
            with signals_blocked(self.slider):
                self.slider.setValue(round(min(max(share, 0.0), 1.0) * _STEPS))

    def _tell(self) -> None:
        source = self._source
        self.unit.setText("" if source is None else source.unit)
        self.number.setStyleSheet(WRONG if self.problem() else "")
        if source is None or source.unit == PIXELS:
            self.pixels.setText("")
        else:
            self.pixels.setText(f"= {_listed(source.in_pixels(self.value()))} px")
        self.valueChanged.emit()

    def _lay_out(self) -> None:
        above, below = QHBoxLayout(), QHBoxLayout()
        above.addWidget(self.slider, stretch=1)
        above.addWidget(self.auto)
        below.addWidget(self.number, stretch=1)
        below.addWidget(self.unit)
        below.addWidget(self.pixels)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(above)
        layout.addLayout(below)


def _ratio(before: LabelsInput, after: LabelsInput) -> float:
    units = {"" if s.unit in (PIXELS, NO_UNIT) else s.unit for s in (before, after)}
    return 1.0 if len(units) == 1 else min(after.spacing) / min(before.spacing)


def _largest(source: LabelsInput) -> float:
    """Return the longest side of a plane or volume."""
    pairs = zip(source.part_shape, source.spacing, strict=True)
    return max(count * size for count, size in pairs)


def _range(source: LabelsInput) -> tuple[float, float]:
    low = _SMALLEST * min(source.spacing)
    return low, max(_largest(source) / 2, 2 * low)


def _listed(numbers: tuple[float, ...]) -> str:
    shown = [f"{number:.3g}" for number in numbers]
    return shown[0] if len(set(shown)) == 1 else " x ".join(shown)
