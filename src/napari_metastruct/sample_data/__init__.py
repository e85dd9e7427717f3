"""Images to try things on: made in code with known truth, or from scikit-image.

Nothing here needs a network. The functions ``sample_...`` are for napari's menu
File > Open Sample and return its layer data tuples.
"""

from napari_metastruct.sample_data.bundled import BUNDLED, bundled_image
from napari_metastruct.sample_data.network import synthetic_network
from napari_metastruct.sample_data.nuclei import synthetic_nuclei
from napari_metastruct.sample_data.samples import (
    LayerData,
    sample_cell,
    sample_coins,
    sample_ihc,
    sample_microaneurysms,
    sample_network,
    sample_network_movie,
    sample_nuclei,
    sample_retina,
)

__all__ = [
    "BUNDLED",
    "LayerData",
    "bundled_image",
    "sample_cell",
    "sample_coins",
    "sample_ihc",
    "sample_microaneurysms",
    "sample_network",
    "sample_network_movie",
    "sample_nuclei",
    "sample_retina",
    "synthetic_network",
    "synthetic_nuclei",
]
