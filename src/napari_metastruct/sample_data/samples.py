"""What napari's menu File > Open Sample calls: lists of layer data tuples."""

from typing import Any

from numpy.typing import NDArray

from napari_metastruct.sample_data.bundled import bundled_image
from napari_metastruct.sample_data.network import synthetic_network
from napari_metastruct.sample_data.nuclei import synthetic_nuclei

__all__ = [
    "LayerData",
    "sample_cell",
    "sample_coins",
    "sample_ihc",
    "sample_microaneurysms",
    "sample_network",
    "sample_network_movie",
    "sample_nuclei",
    "sample_retina",
]

LayerData = tuple[NDArray[Any], dict[str, Any], str]


def sample_network() -> list[LayerData]:
    """Return a synthetic network with its truth, which is hidden at first."""
    image, truth = synthetic_network()
    return _with_truth(image, truth, "synthetic network")


def sample_network_movie() -> list[LayerData]:
    """Return a moving synthetic network of 8 time points, with its truth."""
    image, truth = synthetic_network((8, 256, 256), seed=1)
    return _with_truth(image, truth, "synthetic network movie")


def sample_nuclei() -> list[LayerData]:
    """Return synthetic nuclei with their truth, which is hidden at first."""
    image, truth = synthetic_nuclei()
    return _with_truth(image, truth, "synthetic nuclei")


def sample_cell() -> list[LayerData]:
    """Return the phase image of a cell that floats in saline (scikit-image)."""
    return _bundled("cell")


def sample_coins() -> list[LayerData]:
    """Return Greek coins on an uneven background (scikit-image)."""
    return _bundled("coins")


def sample_ihc() -> list[LayerData]:
    """Return colonic glands, immunohistochemistry in colour (scikit-image)."""
    return _bundled("ihc")


def sample_microaneurysms() -> list[LayerData]:
    """Return microaneurysms of a retina, the green channel (scikit-image)."""
    return _bundled("microaneurysms")


def sample_retina() -> list[LayerData]:
    """Return a fundus photograph in colour (scikit-image)."""
    return _bundled("retina")


def _bundled(name: str) -> list[LayerData]:
    image = bundled_image(name)
    return [(image, {"name": name, "rgb": image.ndim == 3}, "image")]


def _with_truth(image: NDArray[Any], truth: NDArray[Any], name: str) -> list[LayerData]:
    return [
        (image, {"name": name}, "image"),
        (truth, {"name": f"{name} truth", "visible": False}, "labels"),
    ]
