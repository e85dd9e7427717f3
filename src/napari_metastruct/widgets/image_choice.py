"""The part of a dock that says which image is taken, and how it is read."""

from typing import TYPE_CHECKING, Any

from napari.layers import Image, Shapes
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QLabel, QWidget

from napari_metastruct.arrays import Channels, Region
from napari_metastruct.errors import InputError
from napari_metastruct.widgets.form import WRONG_TEXT
from napari_metastruct.widgets.layer_combo import LayerCombo
from napari_metastruct.widgets.layer_input import LayerInput, axes_choices, read_layer
from napari_metastruct.widgets.layers import data_shape, level_data
from napari_metastruct.widgets.regions import region_from_shapes, region_in_view
from napari_metastruct.widgets.rows import add_row, new_rows
from napari_metastruct.widgets.watching import watch

if TYPE_CHECKING:
    from napari.viewer import Viewer

__all__ = ["ImageChoice"]

WHOLE, VIEW = "Whole image", "Current view"
_COLOURS = ("red", "green", "blue", "alpha")


class ImageChoice(QWidget):
    """Image layer, its axes, level and channels, and the region to learn from.

    Only what the chosen layer needs is shown. A line below says how the layer will
    be read, or in red why it cannot be.

    Signals
    -------
    valueChanged()
        Something has been chosen, or a layer came, went or got another name.
    """

    valueChanged = Signal()  # noqa: N815 - Qt's habit

    def __init__(self, viewer: "Viewer", *, with_region: bool = True) -> None:
        super().__init__()
        self._viewer = viewer
        self.layer = LayerCombo(viewer, Image)
        self.axes = _combo(
            "What the axes are: time T, depth Z, channels C, rows Y, columns X. "
            "Planes of T and Z are segmented one by one; objects go on along Z."
        )
        self.level = _combo("Which level of the multiscale image; the first is finest.")
        self.channel = _combo("Which channel is segmented.")
        self.region = _combo(
            "Where to learn from: the whole image, the part that is seen now, or the "
            "selected rectangle of a Shapes layer. The whole image is segmented."
        )
        self.reading = QLabel()
        self.reading.setWordWrap(True)
        self.reading.setToolTip("How the layer will be read.")
        self._lay_out(with_region)
        self._fill_regions()
        self._fill()
        self.layer.valueChanged.connect(self._fill)
        self.axes.currentIndexChanged.connect(self._fill_channels)
        for combo in (self.level, self.channel, self.region):
            combo.currentIndexChanged.connect(self._show)
        for event in ("inserted", "removed", "renamed"):
            watch(self, getattr(viewer.layers.events, event), self._fill_regions)

    def value(self) -> LayerInput:
        """Return the layer as it is now, ready for a run.

        Raises
        ------
        InputError
            There is no image, or it cannot be read like this.
        """
        layer = self.layer.value()
        if layer is None:
            raise InputError("Open an image first, or a sample from the File menu.")
        return read_layer(
            layer,
            axes=self.axes.currentText() or None,
            channels=self._channels(),
            level=max(0, self.level.currentIndex()),
            region=self._region(layer),
        )

    def problem(self) -> str:
        """Return why no run can begin, "" if one can."""
        try:
            self.value()
        except InputError as error:
            return str(error)
        return ""

    def _lay_out(self, with_region: bool) -> None:
        self.rows = new_rows(self)
        add_row(self.rows, "Image", self.layer)
        add_row(self.rows, "Axes", self.axes)
        add_row(self.rows, "Level", self.level)
        add_row(self.rows, "Channel", self.channel)
        add_row(self.rows, "Learn from", self.region)
        self.rows.addRow(self.reading)
        self.rows.setRowVisible(self.region, with_region)

    def _fill(self) -> None:
        layer = self.layer.value()
        axes = [] if layer is None else axes_choices(layer)
        shapes = (
            [data_shape(layer, level) for level in range(len(layer.data))]
            if layer is not None and layer.multiscale
            else []
        )
        levels = [f"{i}: {' x '.join(map(str, s))}" for i, s in enumerate(shapes)]
        _refill(self.axes, {name: name for name in axes})
        _refill(self.level, dict(zip(levels, range(len(levels)), strict=True)))
        self.rows.setRowVisible(self.axes, len(axes) > 1)
        self.rows.setRowVisible(self.level, len(levels) > 1)
        self._fill_channels()

    def _fill_channels(self) -> None:
        layer = self.layer.value()
        choices = (
            {} if layer is None else _channel_choices(layer, self.axes.currentText())
        )
        _refill(self.channel, choices)
        self.rows.setRowVisible(self.channel, len(choices) > 1)
        self._show()

    def _fill_regions(self) -> None:
        shapes = {
            f"Rectangle in '{layer.name}'": layer
            for layer in self._viewer.layers
            if isinstance(layer, Shapes)
        }
        _refill(self.region, {WHOLE: None, VIEW: VIEW, **shapes})
        self._show()

    def _show(self) -> None:
        try:
            sentence, wrong = self.value().sentence(), False
        except InputError as error:
            sentence, wrong = str(error), True
        self.reading.setText(sentence)
        self.reading.setStyleSheet(WRONG_TEXT if wrong else "")
        self.valueChanged.emit()

    def _channels(self) -> Channels:
        chosen: Channels = self.channel.currentData()
        return chosen

    def _region(self, layer: Image) -> Region | None:
        chosen = self.region.currentData()
        if chosen is None or not self.rows.isRowVisible(self.region):
            return None
        if chosen == VIEW:
            dims = self._viewer.dims
            shown = dims.displayed if dims.ndisplay == 2 else ()
            return region_in_view(layer, tuple(axis - dims.ndim for axis in shown))
        return region_from_shapes(layer, chosen)


def _channel_choices(layer: Image, axes: str) -> dict[str, Channels]:
    if layer.rgb:
        count = int(level_data(layer).shape[-1])
        colours = {name: (i,) for i, name in enumerate(_COLOURS[:count])}
        return {"luminance": "luminance", **colours, "all colours": (0, 1, 2)}
    if "C" not in axes:
        return {}
    count = data_shape(layer)[axes.index("C")]
    single = {f"channel {i}": (i,) for i in range(count)}
    if count == 1:
        return {**single}
    return {**single, "mean of all": "luminance", "all together": tuple(range(count))}


def _combo(help_: str) -> QComboBox:
    combo = QComboBox()
    combo.setToolTip(help_)
    return combo


def _refill(combo: QComboBox, items: dict[str, Any]) -> None:
    """Offer other items and keep the choice where it is still among them."""
    chosen = combo.currentText()
    combo.blockSignals(True)
    combo.clear()
    for text, data in items.items():
        combo.addItem(text, data)
    combo.setCurrentIndex(max(0, combo.findText(chosen)))
    combo.blockSignals(False)
