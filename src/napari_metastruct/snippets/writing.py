"""How Python and command lines are written."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from napari_metastruct.parameters import Parameters

__all__ = [
    "LAYER",
    "call",
    "command_line",
    "differing",
    "option",
    "script",
    "source_code",
    "typed",
]

LAYER = "viewer.layers.selection.active"
"""The selected layer, as napari's console knows it."""


def script(imports: Iterable[str], *lines: str) -> str:
    """Return a whole script."""
    return "\n".join([*sorted(imports), "", *lines, ""])


def call(function: str, first: Sequence[str], named: Mapping[str, str]) -> str:
    """Return a call, on several lines if it is long."""
    words = [*first, *(f"{name}={value}" for name, value in named.items())]
    line = f"{function}({', '.join(words)})"
    if len(line) <= 76:
        return line
    return f"{function}(\n" + "".join(f"    {word},\n" for word in words) + ")"


def source_code(source: str | Path | None) -> str:
    """Return a path as code, or the data of the selected layer for None."""
    return f"{LAYER}.data" if source is None else repr(str(source))


def command_line(words: Iterable[str], names: Sequence[str]) -> str:
    """Return a command line with the names of files at its end."""
    # Behind "--" a name may begin with a dash.
    dashed = any(name.startswith("-") for name in names)
    tail = ["--", *names] if dashed else names
    return shlex.join(["napari-metastruct", *words, *tail])


def option(name: str, value: Any) -> list[str]:  # noqa: ANN401 - a setting
    """Return a setting that differs from its default as words."""
    words = "--" + name.replace("_", "-")
    if value is True:
        return [words]
    if isinstance(value, tuple):
        return [words, ",".join(map(str, value))]
    return [words, str(value)]


def typed(value: Any) -> str:  # noqa: ANN401 - what JSON has
    """Return a value as `cli.values` reads it."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def differing(settings: Parameters, other: Parameters | None = None) -> list[str]:
    """Name the settings that are not those of another value, or not the defaults."""
    return [
        name
        for name, info in type(settings).model_fields.items()
        if getattr(settings, name) != (getattr(other, name) if other else info.default)
    ]
