"""Buttons that keep or apply what was learned."""

from napari.utils.notifications import show_info
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QWidget

from napari_metastruct.networks.segmenter import PackedSegmenter, Segmenter
from napari_metastruct.widgets.asking import ask_save
from napari_metastruct.widgets.failures import report

__all__ = ["ModelButtons"]


class ModelButtons(QWidget):
    """Off until there is a model.

    Signals
    -------
    applyClicked()
        The person wants to apply it to another image.
    """

    applyClicked = Signal()  # noqa: N815 - Qt's habit

    def __init__(self) -> None:
        super().__init__()
        self.model: Segmenter | PackedSegmenter | None = None
        self.name = "trained"
        self.save = QPushButton("Save model...")
        self.save.setToolTip(
            "Keep what was learned, to apply it to other images later."
        )
        self.apply = QPushButton("Apply to another image...")
        self.apply.setToolTip(
            "Segment another layer by what was learned, without learning again."
        )
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for button in (self.save, self.apply):
            button.setEnabled(False)
            layout.addWidget(button)
        self.save.clicked.connect(self._save)
        self.apply.clicked.connect(self.applyClicked)

    def show_model(self, name: str, model: Segmenter | PackedSegmenter) -> None:
        """Offer a model.

        Parameters
        ----------
        name
            Offered for its file.
        """
        self.name, self.model = name, model
        for button in (self.save, self.apply):
            button.setEnabled(True)

    def _save(self) -> None:
        if self.model is None:
            return
        name = f"{self.name}.safetensors"
        path = ask_save(self, "Save model", name, "Model (*.safetensors)")
        if path is None:
            return
        try:
            self.model.save(path)
        except (OSError, ValueError) as error:
            report(error)
        else:
            show_info(f"The model is in {path}.")
