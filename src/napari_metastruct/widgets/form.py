"""A form made from the fields of a settings class."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Generic, Literal, TypeVar, get_args, get_origin

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from napari_metastruct.errors import InputError
from napari_metastruct.parameters import Parameters
from napari_metastruct.widgets.editor_for import editor_for
from napari_metastruct.widgets.rows import add_row, new_rows

__all__ = ["Form"]

P = TypeVar("P", bound=Parameters)

ACRONYMS = {"ems": "EMS"}
WRONG = "border: 1px solid #e5484d;"
WRONG_TEXT = "color: #e5484d;"


class Form(QWidget, Generic[P]):
    """Edits one value of a settings class; nothing about the class stands here.

    Parameters
    ----------
    defaults
        The settings to begin with, which "Reset to defaults" goes back to.
    hidden
        Fields that are not shown and keep their value.
    names
        What fields are called where their own names do not say it in plain words.
    make_editor
        Makes the editor of a field, as `editor_for` does.

    Signals
    -------
    valueChanged()
        After every edit, also one that is wrong.
    """

    valueChanged = Signal()  # noqa: N815 - Qt's habit

    def __init__(
        self,
        defaults: P,
        *,
        hidden: tuple[str, ...] = (),
        names: Mapping[str, str] = MappingProxyType({}),
        make_editor: Callable[[Any, list[Any]], Any] = editor_for,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._names, self._make_editor = names, make_editor
        self._defaults = defaults
        self._model = type(defaults)
        self.editors: dict[str, Any] = {}
        self._rows = new_rows()
        for name, field in self._model.model_fields.items():
            if name not in hidden and not _has_one_value(field):
                self._add_row(name, field)
        self._add_footer()
        self.setValue(defaults)

    def value(self) -> P:
        """Return the settings as they stand in the form.

        Raises
        ------
        InputError
            A value is wrong; the sentence says which and why.
        """
        values = {name: self._value_of(name) for name in self._model.model_fields}
        return self._model(**values)

    def setValue(self, value: P) -> None:  # noqa: N802 - Qt's habit
        """Show other settings of the same class."""
        for name, editor in self.editors.items():
            editor.blockSignals(True)
            editor.setValue(getattr(value, name))
            editor.blockSignals(False)
        self._on_edit()

    def problem(self) -> str:
        """Return the sentence about what is wrong now, "" if nothing is."""
        try:
            self.value()
        except InputError as error:
            return str(error)
        return ""

    def reset(self) -> None:
        """Go back to the defaults."""
        self.setValue(self._defaults)

    def _add_row(self, name: str, field: FieldInfo) -> None:
        editor = self._make_editor(field.annotation, field.metadata)
        help_ = " ".join((field.description or "").split())
        for widget in (editor, *editor.findChildren(QWidget)):
            widget.setToolTip(help_)
        editor.setAccessibleName(name)
        editor.valueChanged.connect(self._on_edit)
        self.editors[name] = editor
        add_row(self._rows, self._names.get(name) or _label(name), editor)

    def _add_footer(self) -> None:
        self.reset_button = QPushButton("Reset to defaults")
        self.reset_button.setToolTip("Undo all changes in this section.")
        self.reset_button.clicked.connect(self.reset)
        self._message = QLabel()
        self._message.setWordWrap(True)
        self._message.setStyleSheet(WRONG_TEXT)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._rows)
        layout.addWidget(self._message)
        layout.addWidget(self.reset_button)

    def _value_of(self, name: str) -> Any:  # noqa: ANN401 - any setting
        editor = self.editors.get(name)
        return getattr(self._defaults, name) if editor is None else editor.value()

    def _on_edit(self) -> None:
        for name, editor in self.editors.items():
            wrong = self._is_wrong(name)
            editor.setStyleSheet(WRONG if wrong else "")
        problem = self.problem()
        self._message.setText(problem)
        self._message.setVisible(bool(problem))
        self.valueChanged.emit()

    def _is_wrong(self, name: str) -> bool:
        field = self._model.model_fields[name]
        try:
            _adapter(field).validate_python(self._value_of(name))
        except (ValidationError, InputError):
            return True
        return False


def _label(name: str) -> str:
    """Name a field as a person would."""
    return ACRONYMS.get(name) or name.replace("_", " ").capitalize()


def _adapter(field: FieldInfo) -> TypeAdapter[Any]:
    from typing import Annotated

    annotation: Any = field.annotation
    for item in field.metadata:
        annotation = Annotated[annotation, item]
    return TypeAdapter(annotation)


def _has_one_value(field: FieldInfo) -> bool:
    """Say whether a field is a mere mark, such as the name of a method."""
    is_literal = get_origin(field.annotation) is Literal
    return is_literal and len(get_args(field.annotation)) == 1
