"""The image sets that the benchmarks measure on.

They are not part of the project: give their folder by ``--data`` (default
``../shared/data``), laid out as ``<set>/images`` and ``<set>/masks``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from skimage import io

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["SETS", "Example", "examples"]


@dataclass(frozen=True)
class Set:
    """How a set is read."""

    name: str
    foreground: Literal["bright", "dark"]
    channel: int | None = None
    within: str | None = None


SETS = {
    "nuclei": Set("nuclei", "bright"),
    "er": Set("er", "bright"),
    "vessels": Set("vessels", "dark", channel=1, within="fov"),
}


@dataclass(frozen=True)
class Example:
    """One image with its truth; ``within`` marks the pixels that count."""

    set: Set
    name: str
    image: NDArray[np.uint8]
    truth: NDArray[np.bool_]
    within: NDArray[np.bool_] | None


def examples(data: Path, name: str, most: int | None = None) -> list[Example]:
    """Read a set, or ``most`` images spread evenly over it."""
    one = SETS[name]
    paths = sorted((data / name / "images").iterdir())
    if most is not None and most < len(paths):
        chosen = np.linspace(0, len(paths) - 1, most).round().astype(int)
        paths = [paths[i] for i in chosen]
    return [_read(one, data / name, path) for path in paths]


def _read(one: Set, folder: Path, path: Path) -> Example:
    image = io.imread(path)
    if one.channel is not None:
        image = image[..., one.channel]
    elif image.ndim == 3:
        image = image[..., 0]
    truth = _grey(io.imread(folder / "masks" / path.name)) > 0
    within = None
    if one.within:
        within = _grey(io.imread(folder / one.within / path.name)) > 0
    return Example(one, path.stem, np.ascontiguousarray(image), truth, within)


def _grey(image: NDArray[np.generic]) -> NDArray[np.generic]:
    return image[..., 0] if image.ndim == 3 else image
