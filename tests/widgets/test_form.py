from typing import Annotated, Literal

import pytest
from pydantic import Field
from pytestqt.qtbot import QtBot
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QWidget
from tests.widgets.helpers import click, type_into

from napari_metastruct.errors import InputError
from napari_metastruct.parameters import Parameters, Positive, Radius, Rate
from napari_metastruct.widgets.form import Form


class Settings(Parameters):
    name: Literal["settings"] = "settings"
    """Never shown."""
    flag: bool = True
    """Whether."""
    count: Annotated[int, Field(ge=1, le=10)] = 3
    """How many."""
    share: Rate = 0.25
    """Which share."""
    rate: Positive = 1e-4
    """How fast."""
    kind: Literal["a", "b"] = "a"
    """Which kind."""
    radius: Radius | Literal["width"] = "width"
    """How far."""
    side: Annotated[int, Field(ge=3)] | None = None
    """How large."""
    scales: tuple[Positive, ...] = (4.0, 8.0)
    """How wide."""


OTHER = Settings(
    flag=False,
    count=7,
    share=0.5,
    rate=0.02,
    kind="b",
    radius=4,
    side=9,
    scales=(1.5,),
)


@pytest.fixture
def form(qtbot: QtBot) -> Form[Settings]:
    form = Form(Settings())
    qtbot.addWidget(form)
    form.show()
    return form


def test_it_shows_the_defaults(form: Form[Settings]) -> None:
    assert form.value() == Settings()
    assert set(form.editors) == set(Settings.model_fields) - {"name"}


def test_it_takes_and_returns_any_value(form: Form[Settings]) -> None:
    form.setValue(OTHER)
    assert form.value() == OTHER
    assert form.problem() == ""


def test_one_signal_says_that_it_was_edited(form: Form[Settings], qtbot: QtBot) -> None:
    with qtbot.waitSignal(form.valueChanged):
        form.editors["count"].setValue(5)
    assert form.value().count == 5


def test_ranges_come_from_the_types(form: Form[Settings]) -> None:
    count, share = form.editors["count"], form.editors["share"]
    assert (count.minimum(), count.maximum()) == (1, 10)
    assert (share.minimum(), share.maximum()) == (0.0, 1.0)


def test_every_control_has_a_tooltip(form: Form[Settings]) -> None:
    silent = [
        widget
        for editor in (*form.editors.values(), form.reset_button)
        for widget in (editor, *editor.findChildren(QWidget))
        if not widget.toolTip() and not widget.objectName().startswith("qt_")
    ]
    assert not silent


@pytest.mark.parametrize(
    ("name", "typed"), [("rate", "0"), ("scales", "4, x"), ("scales", "4, -1")]
)
def test_a_wrong_value_is_red_and_explained(
    form: Form[Settings], name: str, typed: str
) -> None:
    editor = form.editors[name]
    type_into(editor, typed)
    assert form.problem()
    assert "border" in editor.styleSheet()
    assert not form.editors["count"].styleSheet()
    with pytest.raises(InputError):
        form.value()
    click(form.reset_button)
    assert form.problem() == ""
    assert not editor.styleSheet()
    assert form.value() == Settings()


def test_small_numbers_can_be_typed(form: Form[Settings]) -> None:
    editor = form.editors["rate"]
    assert editor.text() == "0.0001"
    type_into(editor, "2.5e-05")
    assert form.value().rate == 2.5e-05


def test_a_word_or_a_number(form: Form[Settings]) -> None:
    radius = form.editors["radius"]
    assert radius.value() == "width"
    radius.setValue(2)
    assert form.value().radius == 2
    radius.setValue("width")
    assert form.value().radius == "width"


def test_a_wheel_over_a_box_without_focus_changes_nothing(
    form: Form[Settings],
) -> None:
    assert form.editors["count"].focusPolicy() == Qt.FocusPolicy.StrongFocus


def test_fields_are_named_as_a_person_would(qtbot: QtBot) -> None:
    class Named(Parameters):
        ems: bool = True
        """Whether."""
        relabel_after: int = 4
        """When."""

    form = Form(Named())
    qtbot.addWidget(form)
    shown = {label.text() for label in form.findChildren(QLabel)}
    assert {"EMS", "Relabel after"} <= shown
