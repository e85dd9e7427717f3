"""One small widget for each type that a setting can have.

All of them edit one value: `value`, `setValue`, `valueChanged`.
"""

import math
from typing import Any, Protocol

from qtpy.QtCore import Qt, Signal
from qtpy.QtGui import QStandardItemModel, QValidator, QWheelEvent
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLineEdit,
    QSpinBox,
    QWidget,
)

from napari_metastruct.errors import InputError

__all__ = [
    "ChoiceEditor",
    "Editor",
    "EitherEditor",
    "FlagEditor",
    "FloatEditor",
    "IntEditor",
    "NumbersEditor",
]

_LARGEST_INT = 2**31 - 1
_LARGEST_FLOAT = 1e12


class Editor(Protocol):
    """What a form asks of its editors, which are widgets of Qt."""

    valueChanged: Any  # noqa: N815 - Qt's habit

    def value(self) -> Any: ...  # noqa: ANN401, D102 - any setting

    def setValue(self, value: Any) -> None: ...  # noqa: ANN401, D102, N802


class FlagEditor(QCheckBox):
    """True or False."""

    valueChanged = Signal(object)  # noqa: N815

    def __init__(self) -> None:
        super().__init__()
        self.toggled.connect(lambda on: self.valueChanged.emit(on))

    def value(self) -> bool:
        """Return whether it is ticked."""
        return bool(self.isChecked())

    def setValue(self, value: bool) -> None:  # noqa: N802
        """Tick it or not."""
        self.setChecked(value)


class ChoiceEditor(QComboBox):
    """One of a few values, shown in plain words."""

    valueChanged = Signal(object)  # noqa: N815

    def __init__(self, choices: dict[str, Any]) -> None:
        super().__init__()
        self._values = list(choices.values())
        self.addItems(list(choices))
        self.currentIndexChanged.connect(lambda _: self.valueChanged.emit(self.value()))
        _leave_the_wheel_to_scrolling(self)

    def value(self) -> Any:  # noqa: ANN401 - whatever the choices are
        """Return the chosen value."""
        return self._values[self.currentIndex()]

    def setValue(self, value: Any) -> None:  # noqa: ANN401, N802
        """Choose a value."""
        self.setCurrentIndex(self._values.index(value))

    def switch_off(self, value: Any, short: str, why: str) -> None:  # noqa: ANN401
        """Grey a value out and say why; one that was set from elsewhere stays."""
        index = self._values.index(value)
        self.setItemText(index, f"{self.itemText(index)} ({short})")
        self.setItemData(index, why, Qt.ItemDataRole.ToolTipRole)
        items = self.model()
        assert isinstance(items, QStandardItemModel)
        item = items.item(index)
        assert item is not None
        item.setEnabled(False)

    def wheelEvent(self, event: QWheelEvent | None) -> None:  # noqa: N802
        """Let a wheel over an unfocused box scroll the dock."""
        _wheel(self, super().wheelEvent, event)


class IntEditor(QSpinBox):
    """A whole number within its range."""

    def __init__(self, low: float, high: float) -> None:
        super().__init__()
        self.setRange(
            int(max(low, -_LARGEST_INT)),
            int(min(high, _LARGEST_INT)),
        )
        self.setStepType(QSpinBox.StepType.AdaptiveDecimalStepType)
        self.setKeyboardTracking(False)
        _leave_the_wheel_to_scrolling(self)

    def wheelEvent(self, event: QWheelEvent | None) -> None:  # noqa: N802
        """Let a wheel over an unfocused box scroll the dock."""
        _wheel(self, super().wheelEvent, event)


class FloatEditor(QDoubleSpinBox):
    """A number within its range; small ones are written like 1e-4."""

    def __init__(self, low: float, high: float) -> None:
        super().__init__()
        self.setDecimals(12)
        self.setRange(max(low, -_LARGEST_FLOAT), min(high, _LARGEST_FLOAT))
        self.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
        self.setKeyboardTracking(False)
        _leave_the_wheel_to_scrolling(self)

    def textFromValue(self, value: float) -> str:  # noqa: N802
        """Write a number as short as it can be."""
        return f"{value:.6g}"

    def valueFromText(self, text: str | None) -> float:  # noqa: N802
        """Read a number; what is half typed counts as 0."""
        number = _number(text or "")
        return 0.0 if number is None else number

    def validate(self, text: str | None, position: int) -> tuple[Any, str, int]:
        """Accept numbers in range; anything else may still become one."""
        number = _number(text or "")
        fine = number is not None and self.minimum() <= number <= self.maximum()
        state = QValidator.State.Acceptable if fine else QValidator.State.Intermediate
        return state, text or "", position

    def wheelEvent(self, event: QWheelEvent | None) -> None:  # noqa: N802
        """Let a wheel over an unfocused box scroll the dock."""
        _wheel(self, super().wheelEvent, event)


class NumbersEditor(QLineEdit):
    """Any count of numbers, with commas between them."""

    valueChanged = Signal(object)  # noqa: N815

    def __init__(self, kind: type) -> None:
        super().__init__()
        self._kind = kind
        self.setPlaceholderText("none")
        self.textChanged.connect(lambda text: self.valueChanged.emit(text))

    def value(self) -> tuple[Any, ...]:
        """Return the numbers.

        Raises
        ------
        InputError
            Something else is written there.
        """
        parts = [part for part in self.text().replace(",", " ").split() if part]
        try:
            return tuple(self._kind(part) for part in parts)
        except ValueError:
            raise InputError(
                f"'{self.text()}' should be numbers with commas between them, for "
                "example '4, 8, 16'."
            ) from None

    def setValue(self, value: tuple[Any, ...]) -> None:  # noqa: N802
        """Write the numbers."""
        self.setText(", ".join(f"{number:g}" for number in value))


class EitherEditor(QWidget):
    """Words such as "auto", or a number beside them."""

    valueChanged = Signal(object)  # noqa: N815

    def __init__(self, words: dict[str, Any], number: Any) -> None:  # noqa: ANN401
        super().__init__()
        self._number = number
        self._other = object()
        self._choice = ChoiceEditor({**words, "number": self._other})
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._choice)
        layout.addWidget(number, stretch=1)
        self._choice.valueChanged.connect(self._choose)
        number.valueChanged.connect(lambda _: self.valueChanged.emit(self.value()))
        self._choose()

    def value(self) -> Any:  # noqa: ANN401 - a word's value or a number
        """Return the word's value or the number."""
        chosen = self._choice.value()
        return self._number.value() if chosen is self._other else chosen

    def setValue(self, value: Any) -> None:  # noqa: ANN401, N802
        """Choose the word, or the number."""
        if value in self._choice._values:
            self._choice.setValue(value)
        else:
            self._choice.setValue(self._other)
            self._number.setValue(value)

    def _choose(self) -> None:
        self._number.setEnabled(self._choice.value() is self._other)
        self.valueChanged.emit(self.value())


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _leave_the_wheel_to_scrolling(box: QWidget) -> None:
    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)


def _wheel(box: QWidget, act: Any, event: QWheelEvent | None) -> None:  # noqa: ANN401
    if box.hasFocus():
        act(event)
    elif event is not None:
        event.ignore()
