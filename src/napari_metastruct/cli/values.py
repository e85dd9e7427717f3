"""What is typed on the command line, as values that the settings understand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from napari_metastruct.errors import InputError
from napari_metastruct.methods import learner_named, method_named

if TYPE_CHECKING:
    from collections.abc import Iterable

    from napari_metastruct.arrays import Channels, Region
    from napari_metastruct.methods import AnyLearner, AnyMethod

__all__ = [
    "given",
    "to_bandwidth",
    "to_channels",
    "to_classes",
    "to_learner",
    "to_method",
    "to_region",
    "to_setting",
]


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
    return method_named(name).replace(**dict(to_setting(text) for text in changes))


def to_learner(
    name: str, changes: Iterable[str], noise_rate: float | None = None
) -> tuple[AnyLearner, dict[str, Any]]:
    """Return a way to learn from labels, and the changes that are not its own.

    Parameters
    ----------
    name
        As in the list of methods.
    changes
        ``name=value`` each, of the method's settings or of those of every training.
    noise_rate
        The method's setting of this name.
    """
    method = learner_named(name)
    typed = dict(to_setting(text) for text in changes)
    own = {k: typed.pop(k) for k in list(typed) if k in type(method).model_fields}
    own |= given(noise_rate=noise_rate)
    if "noise_rate" in own and "noise_rate" not in type(method).model_fields:
        raise InputError(
            f"The method '{name}' does not ask for a noise rate: leave --noise-rate "
            "out, or choose a method that does, such as co-teaching."
        )
    return method.replace(**own), typed


def to_bandwidth(text: str) -> Any:  # noqa: ANN401 - the job checks it
    """Read ``8``, ``2,8,8`` (one for each axis) or ``auto``."""
    return _value(text)


def to_classes(text: str) -> tuple[int, ...]:
    """Read ``1`` or ``1,2``."""
    return tuple(_whole_numbers(text, "--classes", "such as 1 or 1,2"))


def given(**settings: Any) -> dict[str, Any]:  # noqa: ANN401 - settings of all kinds
    """Leave out what was not typed, so that the job's own defaults count."""
    return {name: value for name, value in settings.items() if value is not None}


def to_setting(text: str) -> tuple[str, Any]:
    """Read ``name=value``."""
    name, equals, value = text.partition("=")
    if not equals:
        raise InputError(f"--set is '{text}'; due is name=value, such as epochs=5.")
    return name.strip().replace("-", "_"), _value(value.strip())


def _value(text: str) -> Any:  # noqa: ANN401 - what JSON has; the field checks it
    """Read a number, true or false, a list, none, or a word.

    A list is ``4,8`` or ``[4, 8]``, the rows of a matrix ``1,0;0.2,0.8``.
    """
    if ";" in text:
        return [_value(f"[{row}]") for row in text.split(";")]
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
