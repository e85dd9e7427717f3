"""The methods and noises with their settings as text, made from their fields."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING

from napari_metastruct.methods import LEARNERS, MENU, learner_named, method_named
from napari_metastruct.noise import NOISES, noise_named
from napari_metastruct.training.labelled import LabelledSettings

if TYPE_CHECKING:
    from napari_metastruct.noise import Noise
    from napari_metastruct.parameters import Parameters

__all__ = ["list_methods", "list_noises", "list_settings"]


def list_methods() -> str:
    """Return one line for each method."""
    width = max(map(len, [*MENU, *LEARNERS]))
    free = [f"  {name:{width}}  {entry.title}" for name, entry in MENU.items()]
    taught = [f"  {name:{width}}  {entry.title}" for name, entry in LEARNERS.items()]
    lines = ["Without labels (segment):", *free, "From labels (train):", *taught]
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
    method = learner_named(name) if name in LEARNERS else method_named(name)
    more = ["", "Of every training:", "", *_entries(LabelledSettings())]
    lines = [*_entries(method), *(more if name in LEARNERS else [])]
    head = f"{method.title} ({method.reference})"
    return "\n".join([head, "", *lines, "", f"--method {name} --set NAME=VALUE"])


def list_noises() -> str:
    """Return all kinds of noise with their settings."""
    return "\n\n".join(_noise_entry(noise_named(name)) for name in NOISES)


def _noise_entry(noise: Noise) -> str:
    lines = [f"--kind {noise.name}", f"    {noise.title} ({noise.reference})"]
    for field in type(noise).model_fields:
        if field != "name":
            name = "--" + field.replace("_", "-")
            head = f"    {name} {_shown(noise, field)}".rstrip()
            text = textwrap.fill(_help(noise, field), 76)
            lines += [head, textwrap.indent(text, " " * 8)]
    return "\n".join(lines)


def _entries(settings: Parameters) -> list[str]:
    fields = [field for field in type(settings).model_fields if field != "name"]
    return [_entry(settings, field) for field in fields]


def _entry(settings: Parameters, field: str) -> str:
    text = textwrap.indent(textwrap.fill(_help(settings, field), 76), "    ")
    return f"{field}={_shown(settings, field)}\n{text}"


def _shown(settings: Parameters, field: str) -> str:
    value = settings.model_dump(mode="json")[field]
    if isinstance(value, list) and value and isinstance(value[0], list):
        return '"' + ";".join(",".join(map(str, row)) for row in value) + '"'
    return value if isinstance(value, str) else json.dumps(value).strip("[]")


def _help(settings: Parameters, field: str) -> str:
    return " ".join((type(settings).model_fields[field].description or "").split())
