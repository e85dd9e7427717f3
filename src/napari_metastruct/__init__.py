"""Segment microscopy images by learning their meta-structures.

The face of the package: its names are loaded on first use, so that importing it
loads neither torch nor Qt.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari_metastruct.errors import InputError
    from napari_metastruct.jobs import (
        ApplyJob,
        CompareJob,
        DensityJob,
        NoiseJob,
        SegmentJob,
        TrainJob,
        load_job,
    )
    from napari_metastruct.label_tasks import (
        add_noise,
        compare_labels,
        density_maps,
        train_on_labels,
    )
    from napari_metastruct.progress import run_to_end
    from napari_metastruct.segmentation import (
        Segmentation,
        apply_steps,
        segment,
        segment_steps,
    )

__version__ = "0.1.0"

__all__ = [
    "ApplyJob",
    "CompareJob",
    "DensityJob",
    "InputError",
    "NoiseJob",
    "SegmentJob",
    "Segmentation",
    "TrainJob",
    "__version__",
    "add_noise",
    "apply_steps",
    "compare_labels",
    "density_maps",
    "load_job",
    "run_to_end",
    "segment",
    "segment_steps",
    "train_on_labels",
]

_HOMES = {
    "ApplyJob": "jobs",
    "CompareJob": "jobs",
    "DensityJob": "jobs",
    "InputError": "errors",
    "NoiseJob": "jobs",
    "SegmentJob": "jobs",
    "Segmentation": "segmentation",
    "TrainJob": "jobs",
    "add_noise": "label_tasks",
    "apply_steps": "segmentation",
    "compare_labels": "label_tasks",
    "density_maps": "label_tasks",
    "load_job": "jobs",
    "run_to_end": "progress",
    "segment": "segmentation",
    "segment_steps": "segmentation",
    "train_on_labels": "label_tasks",
}


def __getattr__(name: str) -> object:
    """Load the module that holds ``name`` and return it from there."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the lazy names too, for completion and help."""
    return sorted({*globals(), *_HOMES})
