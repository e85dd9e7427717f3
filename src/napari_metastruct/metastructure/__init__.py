"""Meta-structures of labels: what a network learns from them."""

from napari_metastruct.metastructure.density import (
    Bandwidth,
    Densities,
    Kernel,
    auto_bandwidth,
    density,
    expected_density,
    sampling_error,
)
from napari_metastruct.metastructure.extraction import extract
from napari_metastruct.metastructure.similarity import (
    Similarity,
    compare,
    distinguishable_classes,
)

__all__ = [
    "Bandwidth",
    "Densities",
    "Kernel",
    "Similarity",
    "auto_bandwidth",
    "compare",
    "density",
    "distinguishable_classes",
    "expected_density",
    "extract",
    "sampling_error",
]
