"""What is typed on the command line, as values that the settings understand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from napari_metastruct.errors import InputError
from napari_metastruct.methods import method_named

if TYPE_CHECKING:
    from collections.abc import Iterable

    from napari_metastruct.arrays import Channels, Region
    from napari_metastruct.methods import AnyMethod

__all__ = ["to_channels", "to_method", "to_region"]


def to_channels(text: str) -> Channels:
    """Read ``0,2`` or ``luminance``."""
    if text == "luminance":
        return "luminance"
    return tuple(_whole_numbers(text, "--channels", "such as 0 or 0,2, or 'luminance'"))


def to_region(text: str) -> Region:
    """Read ``y0,y1,x0,x1``."""
    numbers = _whole_numbers(text, "--region", "y0,y1,x0,x1")
    if len(numbers) != 4:
        raise InputError(
            f"--region is '{text}', {len(numbers)} numbers; due are 4: y0,y1,x0,x1."
        )
    y0, y1, x0, x1 = numbers
    return y0, y1, x0, x1


def to_method(name: str, changes: Iterable[str]) -> AnyMethod:
    """Return the method of that name with some of its settings changed.

    Parameters
    ----------
    name
        As in the menu.
    changes
        ``name=value`` each; the method's fields check them.
    """
    return method_named(name).replace(**dict(_change(text) for text in changes))


def _change(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise InputError(f"--set is '{text}'; due is name=value, such as epochs=5.")
    return name.strip().replace("-", "_"), _value(value.strip())


def _value(text: str) -> Any:  # noqa: ANN401 - what JSON has; the field checks it
    """Read a number, true or false, a list (``4,8`` or ``[4, 8]``), none, or a word."""
    if text.lower() in {"", "none"}:
        return None
    for candidate in (text, f"[{text}]" if "," in text else text, text.lower()):
        try:
            return json.loads(candidate)
        except json.JSONDecodeError:
            continue
    return text


def _whole_numbers(text: str, option: str, due: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise InputError(
            f"{option} is '{text}'; due are whole numbers, {due}."
        ) from None
