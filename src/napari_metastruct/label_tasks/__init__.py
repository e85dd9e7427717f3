"""What jobs do with labels of files or arrays: noise, densities, learning ...

The dock, the command line and a script get the same here; `batch` does it for folders.
"""

from napari_metastruct.label_tasks.compare import (
    Comparison,
    compare_labels,
    compare_steps,
)
from napari_metastruct.label_tasks.density import (
    DensityResult,
    density_maps,
    density_steps,
)
from napari_metastruct.label_tasks.images import OpenLabels
from napari_metastruct.label_tasks.noise import (
    NoisyResult,
    add_noise,
    class_steps,
    noise_steps,
)
from napari_metastruct.label_tasks.opening import open_labels
from napari_metastruct.label_tasks.similarity import DensitySimilarity
from napari_metastruct.label_tasks.training import train_on_labels, train_steps
from napari_metastruct.label_tasks.training_pairs import corrections, labelled_pair

__all__ = [
    "Comparison",
    "DensityResult",
    "DensitySimilarity",
    "NoisyResult",
    "OpenLabels",
    "add_noise",
    "class_steps",
    "compare_labels",
    "compare_steps",
    "corrections",
    "density_maps",
    "density_steps",
    "labelled_pair",
    "noise_steps",
    "open_labels",
    "train_on_labels",
    "train_steps",
]
