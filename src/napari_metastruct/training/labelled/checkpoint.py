"""A run's state in one file, so that a run that was cut off goes on as if it was not.

Arrays and a JSON text in the safetensors format; nothing is pickled. The file is
written under another name and renamed: it is always whole.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.errors import InputError
from napari_metastruct.files import writing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = [
    "Checkpoint",
    "checkpoint_values",
    "load_checkpoint",
    "split_state",
    "whole_state",
]

FORMAT = "napari-metastruct run 1"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a run between two epochs.

    Attributes
    ----------
    arrays
        By name: weights, what optimisers remember, labels, arrays of the method.
    values
        JSON-ready: epoch, random generators, record, values of the method.
    """

    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)

    def part(self, name: str) -> dict[str, NDArray[Any]]:
        """Return the arrays whose names begin with ``name/``, without it."""
        start = f"{name}/"
        return {
            key.removeprefix(start): array
            for key, array in self.arrays.items()
            if key.startswith(start)
        }

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        from safetensors.numpy import save_file

        arrays = {name: np.array(a, order="C") for name, a in self.arrays.items()}
        about = {"format": FORMAT, "values": json.dumps(self.values)}
        with writing(path) as new:
            save_file(arrays, new, metadata=about)


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint.

    Raises
    ------
    InputError
        It is no checkpoint.
    """
    return _read(path, arrays=True)


def checkpoint_values(path: Path) -> dict[str, Any]:
    """Read the values of a checkpoint alone, which is quick.

    Raises
    ------
    InputError
        It is no checkpoint.
    """
    return _read(path, arrays=False).values


def _read(path: Path, *, arrays: bool) -> Checkpoint:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            about = file.metadata() or {}
            names = file.keys() if arrays else ()
            held = {name: file.get_tensor(name) for name in names}
    except (SafetensorError, OSError) as error:
        raise InputError(f"{path} is no checkpoint of a training ({error}).") from None
    if about.get("format") != FORMAT:
        raise InputError(f"{path} is not a checkpoint of a napari-metastruct run.")
    return Checkpoint(held, json.loads(about["values"]))


def split_state(
    state: Mapping[str, Any],
) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Separate what a method remembers into arrays and JSON-ready values."""
    arrays: dict[str, NDArray[Any]] = {}
    values: dict[str, Any] = {}
    for name, value in state.items():
        if isinstance(value, np.ndarray):
            arrays[name] = value
        elif _are_arrays(value):
            arrays |= {f"{name}/{n}": array for n, array in enumerate(value)}
        else:
            values[name] = value
    return arrays, values


def whole_state(
    arrays: Mapping[str, NDArray[Any]], values: Mapping[str, Any]
) -> dict[str, Any]:
    """Undo `split_state`."""
    state: dict[str, Any] = dict(values)
    lists: dict[str, dict[int, NDArray[Any]]] = {}
    for name, array in arrays.items():
        head, _, number = name.rpartition("/")
        if head:
            lists.setdefault(head, {})[int(number)] = array
        else:
            state[name] = array
    for name, items in lists.items():
        state[name] = [items[number] for number in sorted(items)]
    return state


def _are_arrays(value: object) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(item, np.ndarray) for item in value)
    )
