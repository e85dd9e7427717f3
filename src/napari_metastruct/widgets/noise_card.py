"""One noise of a chain: on or off, its place, its settings."""

from collections.abc import Sequence
from typing import Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
)

from napari_metastruct.errors import InputError
from napari_metastruct.noise import Noise
from napari_metastruct.widgets.form import WRONG, WRONG_TEXT, Form
from napari_metastruct.widgets.matrix_editor import MatrixEditor
from napari_metastruct.widgets.noise_form import noise_form

__all__ = ["NoiseCard"]

_FRAME = "NoiseCard {{ {border} border-radius: 4px; }}"
_PLAIN = "border: 1px solid #868e96;"


class NoiseCard(QFrame):
    """A noise with its form.

    Signals
    -------
    valueChanged()
        It was edited, or turned on or off.
    upClicked(), downClicked(), removeClicked()
        The user wants it elsewhere, or gone.
    """

    valueChanged = Signal()  # noqa: N815 - Qt's habit
    upClicked = Signal()  # noqa: N815
    downClicked = Signal()  # noqa: N815
    removeClicked = Signal()  # noqa: N815

    def __init__(self, noise: Noise) -> None:
        super().__init__()
        self.kind = type(noise)
        self._labels_classes: tuple[int, ...] = ()
        self.on = QCheckBox(noise.title)
        self.on.setChecked(True)
        self.on.setToolTip(
            "Whether this noise takes part; off it stays here for later."
        )
        self.up = _button("▲", "Let this noise come earlier.")
        self.down = _button("▼", "Let this noise come later.")
        self.remove = _button("✕", "Take this noise away.")
        self.form: Form[Any] = noise_form(noise)
        self._message = QLabel()
        self._message.setWordWrap(True)
        self._message.setStyleSheet(WRONG_TEXT)
        self._message.setToolTip("What is wrong with this noise.")
        self._lay_out()
        self.set_problem("")
        self._connect()

    def value(self) -> Noise:
        """Return the noise as it stands.

        Raises
        ------
        InputError
            A setting is wrong.
        """
        noise: Noise = self.form.value()
        return noise

    @property
    def is_on(self) -> bool:
        """Whether it takes part."""
        return bool(self.on.isChecked())

    def problem(self) -> str:
        """Return what is wrong with its settings, "" if nothing is or it is off."""
        return self.form.problem() if self.is_on else ""

    def set_problem(self, sentence: str) -> None:
        """Say why it does not fit to the labels, "" if it does."""
        if sentence == self._message.text() and self.styleSheet():
            return  # a new style takes time, and this comes with every edit
        self._message.setText(sentence)
        self._message.setVisible(bool(sentence))
        self.setStyleSheet(_FRAME.format(border=WRONG if sentence else _PLAIN))

    def set_classes(self, classes: Sequence[int]) -> None:
        """Give a matrix the classes of the labels, or those that were typed in."""
        self._labels_classes = tuple(classes)
        self._size_matrices()

    def set_place(self, *, first: bool, last: bool) -> None:
        """Turn off the button of the way that it cannot go."""
        self.up.setEnabled(not first)
        self.down.setEnabled(not last)

    def _on_edit(self) -> None:
        self._size_matrices()
        self.valueChanged.emit()

    def _size_matrices(self) -> None:
        classes = self._typed_classes() or self._labels_classes
        for editor in self.form.editors.values():
            if isinstance(editor, MatrixEditor):
                editor.setClasses(classes)

    def _typed_classes(self) -> tuple[int, ...]:
        editor = self.form.editors.get("classes")
        try:
            return () if editor is None else tuple(editor.value())
        except InputError:
            return ()

    def _on_toggle(self, on: bool) -> None:
        self.form.setEnabled(on)
        self.set_problem("")
        self.valueChanged.emit()

    def _connect(self) -> None:
        self.on.toggled.connect(self._on_toggle)
        self.form.valueChanged.connect(self._on_edit)
        for button, signal in (
            (self.up, self.upClicked),
            (self.down, self.downClicked),
            (self.remove, self.removeClicked),
        ):
            button.clicked.connect(signal)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(2)
        head.addWidget(self.on, stretch=1)
        for button in (self.up, self.down, self.remove):
            head.addWidget(button)
        about = QLabel((self.kind.__doc__ or "").split("\n")[0])
        about.setWordWrap(True)
        about.setEnabled(False)
        about.setToolTip(f"Reference: {self.kind.reference}.")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(4)
        layout.addLayout(head)
        for widget in (about, self.form, self._message):
            layout.addWidget(widget)
        self.form.setVisible(bool(self.form.editors))


def _button(text: str, help_: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(help_)
    button.setAutoRaise(True)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
