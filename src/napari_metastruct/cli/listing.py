"""The methods and their settings as text, made from their fields."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING

from napari_metastruct.methods import MENU, method_named

if TYPE_CHECKING:
    from napari_metastruct.methods import AnyMethod

__all__ = ["list_methods", "list_settings"]


def list_methods() -> str:
    """Return one line for each method."""
    width = max(map(len, MENU))
    lines = [f"{name:{width}}  {entry.title}" for name, entry in MENU.items()]
    return "\n".join(
        [*lines, "", "The settings of one: napari-metastruct methods NAME"]
    )


def list_settings(name: str) -> str:
    """Return the settings of a method with their values and what they mean.

    Raises
    ------
    InputError
        There is no such method.
    """
    method = method_named(name)
    fields = [field for field in type(method).model_fields if field != "name"]
    entries = [_entry(method, field) for field in fields]
    head = f"{method.title} ({method.reference})"
    return "\n".join([head, "", *entries, "", f"--method {name} --set NAME=VALUE"])


def _entry(method: AnyMethod, field: str) -> str:
    value = method.model_dump(mode="json")[field]
    shown = value if isinstance(value, str) else json.dumps(value).strip("[]")
    text = " ".join((type(method).model_fields[field].description or "").split())
    return f"{field}={shown}\n" + textwrap.indent(textwrap.fill(text, 76), "    ")
