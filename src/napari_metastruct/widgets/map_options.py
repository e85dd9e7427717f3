"""The part of a dock that says of which classes there are maps, and when."""

from qtpy.QtWidgets import QCheckBox, QLabel, QWidget

from napari_metastruct.widgets.class_list import ClassList
from napari_metastruct.widgets.rows import add_row, new_rows

__all__ = ["MapOptions"]


class MapOptions(QWidget):
    """Classes, preview, updates while painting, and why there is no preview."""

    def __init__(self) -> None:
        super().__init__()
        self.classes = ClassList()
        self.preview = QCheckBox("Preview")
        self.preview.setChecked(True)
        self.preview.setToolTip(
            "Show the maps of the visible plane while you choose, as a layer that goes "
            "when the dock is closed. Colours are scaled to that plane."
        )
        self.follow = QCheckBox("Update while painting")
        self.follow.setToolTip(
            "Make the maps that this dock has added anew whenever their labels are "
            "painted, undone or refreshed."
        )
        self.hint = QLabel()
        self.hint.setWordWrap(True)
        self.hint.setToolTip("Why there is no preview.")
        rows = new_rows(self)
        add_row(rows, "Classes", self.classes)
        add_row(rows, "", self.preview)
        add_row(rows, "", self.follow)
        rows.addRow(self.hint)
        self.tell("")

    def tell(self, sentence: str) -> None:
        """Say why there is no preview, "" if there is one."""
        self.hint.setText(sentence)
        self.hint.setVisible(bool(sentence))
