"""The classes that are marked: a button each for "is" and for "is not"."""

from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from napari_metastruct.widgets.mark_colours import ICON_SIZE, class_icon
from napari_metastruct.widgets.mark_layers import IS, KINDS, Kind

__all__ = ["MarkPalette"]

FIRST = ("background", "object")
MOST = 40
_HELP: dict[Kind, str] = {
    "is": "Paint what is {name}: a few strokes, well inside it.",
    "is not": "Paint what is anything but {name}, where you know just that.",
}


class MarkPalette(QWidget):
    """Names of the classes, and buttons that take up a brush.

    Signals
    -------
    picked(number, kind)
        The person wants to paint what is, or is not, of a class.
    valueChanged()
        A class was added or has got another name.
    """

    picked = Signal(int, str)
    valueChanged = Signal()  # noqa: N815 - Qt's habit

    def __init__(self) -> None:
        super().__init__()
        self.buttons: dict[tuple[int, Kind], QPushButton] = {}
        self.edits: list[QLineEdit] = []
        self._group = QButtonGroup(self)
        self.add_button = QPushButton("Add a class")
        self.add_button.setToolTip(
            "One more kind of object. What is learned already begins anew with it."
        )
        self._lay_out()
        for name in FIRST:
            self._add(name)
        self.add_button.clicked.connect(lambda: self.grow(len(self.edits) + 1))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the classes by their numbers, 0 the background."""
        usual = (_usual(number) for number in range(len(self.edits)))
        texts = (edit.text().strip() for edit in self.edits)
        return tuple(text or name for text, name in zip(texts, usual, strict=True))

    @property
    def classes(self) -> tuple[int, ...]:
        """Numbers of the classes."""
        return tuple(range(len(self.edits)))

    def grow(self, count: int) -> None:
        """Have at least so many classes, as marks that are there may need."""
        before = len(self.edits)
        while len(self.edits) < min(count, MOST):
            self._add(_usual(len(self.edits)))
        self.add_button.setEnabled(len(self.edits) < MOST)
        if len(self.edits) > before:
            self.valueChanged.emit()

    def show_image(self, name: str) -> None:
        """Say which image is painted; "": there is only one."""
        self._title.setText(f"Paint on '{name}' what ..." if name else "Paint what ...")

    def show_picked(self, number: int | None, kind: Kind = IS) -> None:
        """Show which brush is up; None: none of them."""
        button = None if number is None else self.buttons.get((number, kind))
        if button is not None:
            button.setChecked(True)
        elif self._group.checkedButton() is not None:
            # Qt lets nobody uncheck the last one of an exclusive group.
            self._group.setExclusive(False)
            for each in self.buttons.values():
                each.setChecked(False)
            self._group.setExclusive(True)

    def _add(self, name: str) -> None:
        number = len(self.edits)
        edit = QLineEdit(name)
        edit.setToolTip("What the class is called here; its labels are numbers.")
        edit.setAccessibleName(f"name of class {number}")
        edit.textChanged.connect(lambda _: self._on_name(number))
        self.edits.append(edit)
        self._grid.addWidget(edit, number + 1, 0)
        for column, kind in enumerate(KINDS, start=1):
            button = QPushButton(kind)
            button.setIcon(class_icon(number, hollow=kind != IS))
            button.setIconSize(ICON_SIZE)
            button.setCheckable(True)
            button.clicked.connect(
                lambda _=False, kind=kind: self.picked.emit(number, kind)
            )
            self._group.addButton(button)
            self.buttons[number, kind] = button
            self._grid.addWidget(button, number + 1, column)
        self._on_name(number)

    def _on_name(self, number: int) -> None:
        for kind in KINDS:
            help_ = _HELP[kind].format(name=f"'{self.names[number]}'")
            if (number, kind) in self.buttons:
                self.buttons[number, kind].setToolTip(help_)
        self.valueChanged.emit()

    def _lay_out(self) -> None:
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(0, 1)
        self._title = QLabel()
        self._title.setToolTip(
            "A click takes up the brush; then paint on the image. Of several images "
            "that one is painted of which a layer is selected in the layer list."
        )
        self.show_image("")
        self._grid.addWidget(self._title, 0, 0, 1, 3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(self._grid)
        layout.addWidget(self.add_button)


def _usual(number: int) -> str:
    if number < len(FIRST):
        return FIRST[number]
    return f"{FIRST[1]} {number}"
