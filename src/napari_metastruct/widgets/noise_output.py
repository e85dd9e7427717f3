"""The part of a dock that says what is drawn, shown and added."""

from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QWidget,
)

from napari_metastruct.widgets.editors import IntEditor
from napari_metastruct.widgets.rows import add_row, new_rows

__all__ = ["NoiseOutput"]


class NoiseOutput(QWidget):
    """Seed, preview, and the layer of errors.

    Signals
    -------
    valueChanged()
        The seed is another, or the preview was turned on or off.
    viewChanged()
        Something else is to be previewed.
    """

    valueChanged = Signal()  # noqa: N815 - Qt's habit
    viewChanged = Signal()  # noqa: N815

    def __init__(self) -> None:
        super().__init__()
        self.seed = IntEditor(0, 2**31 - 1)
        self.seed.setToolTip("Same seed, same noise.")
        self.again = QPushButton("Draw again")
        self.again.setToolTip("Take the next seed: the same noise, drawn anew.")
        self.preview = QCheckBox("Preview")
        self.preview.setChecked(True)
        self.preview.setToolTip(
            "Show the noise of the visible plane at once, as a layer that goes away "
            "with this dock. The clean labels are see-through meanwhile."
        )
        self.view = QComboBox()
        self.view.addItems(["noisy labels", "errors"])
        self.view.setToolTip(
            "Show the noisy labels in place of the clean ones, or the errors on them."
        )
        self.errors = QCheckBox("Also add the errors as a layer")
        self.errors.setToolTip(
            "Apply adds a second Labels layer: 1 missed, 2 added, 3 swapped, 4 left "
            "out, in the colours that stand above the numbers."
        )
        self._lay_out()
        self.seed.valueChanged.connect(lambda _: self.valueChanged.emit())
        self.preview.toggled.connect(self._on_preview)
        self.view.currentIndexChanged.connect(lambda _: self.viewChanged.emit())
        self.again.clicked.connect(lambda: self.seed.setValue(self.seed.value() + 1))

    @property
    def shows_errors(self) -> bool:
        """Whether the preview is of the errors."""
        return bool(self.view.currentIndex() == 1)

    def _on_preview(self, on: bool) -> None:
        self.view.setEnabled(on)
        self.valueChanged.emit()

    def _lay_out(self) -> None:
        rows = new_rows(self)
        add_row(rows, "Seed", _beside(self.seed, self.again))
        add_row(rows, "", _beside(self.preview, self.view))
        add_row(rows, "", self.errors)


def _beside(first: QWidget, second: QWidget) -> QWidget:
    holder = QWidget()
    holder.setToolTip(first.toolTip())
    layout = QHBoxLayout(holder)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(first, stretch=1)
    layout.addWidget(second, stretch=1)
    return holder
