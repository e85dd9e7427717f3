"""Jobs and images that are done in a moment."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_metastruct.files import write_image
from napari_metastruct.methods import IGTT
from napari_metastruct.sample_data import synthetic_network

_SMALL = {
    "epochs": 2, "steps": 1, "batch": 1, "patch": 32, "width": 4, "depth": 2,
    "restarts": 1,
}  # fmt: skip


def quick_settings() -> dict[str, Any]:
    """Return the settings of iGTT that make it small, as far as it has them."""
    return {k: v for k, v in _SMALL.items() if k in IGTT.model_fields}


def quick_igtt(**more: Any) -> IGTT:  # noqa: ANN401 - its settings
    """Return an iGTT that learns for a moment only."""
    return IGTT(**{**quick_settings(), **more})


def quick_words(**more: Any) -> list[str]:  # noqa: ANN401 - its settings
    """Return the same for the command line."""
    settings = {**quick_settings(), **more}
    return [word for k, v in settings.items() for word in ("--set", f"{k}={v}")]


def image(seed: int = 0, shape: tuple[int, ...] = (64, 64)) -> NDArray[np.uint16]:
    """Return a small synthetic network."""
    return synthetic_network(shape, seed=seed, mesh=16.0)[0]


def save(path: Path, seed: int = 0, shape: tuple[int, ...] = (64, 64)) -> Path:
    """Write a small image with a known size of its pixels; return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    axes = "TZYX"[-len(shape) :]
    size = dict.fromkeys(axes, 0.5)
    write_image(path, image(seed, shape), axes=axes, pixel_size=size, unit="µm")
    return path


def truth(seed: int = 0, shape: tuple[int, ...] = (48, 64)) -> NDArray[np.uint8]:
    """Return labels of three classes, a disc in a band, elsewhere in each plane."""
    rng = np.random.default_rng(seed)
    labels = np.zeros(shape, np.uint8)
    rows, columns = np.mgrid[: shape[-2], : shape[-1]]
    for index in np.ndindex(shape[:-2]):
        y, x = rng.integers(12, 36, 2)
        labels[index][abs(rows - y) < 10] = 1
        labels[index][(rows - y) ** 2 + (columns - x) ** 2 < 64] = 2
    return labels


def save_labels(
    path: Path, seed: int = 0, shape: tuple[int, ...] = (48, 64), axes: str = "TZYX"
) -> Path:
    """Write such labels with a known size of their pixels; return the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    axes = axes[-len(shape) :]
    size = dict.fromkeys(axes, 0.5)
    write_image(path, truth(seed, shape), axes=axes, pixel_size=size, unit="µm")
    return path
