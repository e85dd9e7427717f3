"""Whether a run computes in napari itself or in a process of its own."""

from typing import Literal

from qtpy.QtWidgets import QComboBox, QWidget

from napari_metastruct.widgets.preferences import remember, remembered
from napari_metastruct.widgets.rows import add_row, new_rows

__all__ = ["Backend", "BackendChoice"]

Backend = Literal["thread", "process"]

_HELP = (
    "Where a run computes. In a process of its own its memory is free again when it "
    "ends, Cancel takes effect at once, and PyTorch is never loaded into napari, which "
    "fails on some Windows computers; it begins a few seconds later. The result is "
    "the same."
)


class BackendChoice(QWidget):
    """The row "Run in", with what was chosen last."""

    def __init__(self) -> None:
        super().__init__()
        self.combo = QComboBox()
        self.combo.addItem("napari itself", "thread")
        self.combo.addItem("a process of its own", "process")
        self.combo.setToolTip(_HELP)
        add_row(new_rows(self), "Run in", self.combo)
        self.set(remembered("backend", "thread"))

    @property
    def apart(self) -> bool:
        """Whether a run computes in a process of its own."""
        return bool(self.combo.currentData() == "process")

    def set(self, backend: Backend) -> None:
        """Choose."""
        self.combo.setCurrentIndex(self.combo.findData(backend))

    def remember(self) -> None:
        """Keep the choice for the next dock and the next session."""
        remember(backend=self.combo.currentData())
