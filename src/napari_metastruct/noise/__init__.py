"""Label noise: clean labels in, noisy labels out; one file is one family."""

from napari_metastruct.noise.annotator import Annotator, annotator
from napari_metastruct.noise.boundary_kinds import (
    Closing,
    Dilate,
    Erode,
    Opening,
    Skeleton,
)
from napari_metastruct.noise.chain import (
    NOISES,
    AnyNoise,
    Chain,
    Images,
    NoiseEntry,
    NoisyLabels,
    noise_named,
    noisy_image,
    noisy_steps,
    prepare_steps,
)
from napari_metastruct.noise.classes import classes_of, classes_of_all
from napari_metastruct.noise.coarse import (
    CoarseNegative,
    CoarsePositive,
    coarse_negative,
    coarse_positive,
)
from napari_metastruct.noise.errors_made import (
    ERRORS,
    NoiseReport,
    error_map,
    noise_report,
)
from napari_metastruct.noise.morphology import (
    closing,
    dilate,
    erode,
    opening,
    skeleton,
)
from napari_metastruct.noise.noise import Noise, Rng, image_rng
from napari_metastruct.noise.over_under import OverUnder, over_under
from napari_metastruct.noise.probabilities import flip_matrix
from napari_metastruct.noise.random_kinds import Flip, RandomLabel, Sample, Transition
from napari_metastruct.noise.random_labels import (
    apply_transition,
    random_flip,
    random_label,
    random_sample,
)
from napari_metastruct.noise.transition_matrix import (
    TransitionMatrix,
    transition_matrix,
)

__all__ = [
    "ERRORS",
    "NOISES",
    "Annotator",
    "AnyNoise",
    "Chain",
    "Closing",
    "CoarseNegative",
    "CoarsePositive",
    "Dilate",
    "Erode",
    "Flip",
    "Images",
    "Noise",
    "NoiseEntry",
    "NoiseReport",
    "NoisyLabels",
    "Opening",
    "OverUnder",
    "RandomLabel",
    "Rng",
    "Sample",
    "Skeleton",
    "Transition",
    "TransitionMatrix",
    "annotator",
    "apply_transition",
    "classes_of",
    "classes_of_all",
    "closing",
    "coarse_negative",
    "coarse_positive",
    "dilate",
    "erode",
    "error_map",
    "flip_matrix",
    "image_rng",
    "noise_named",
    "noise_report",
    "noisy_image",
    "noisy_steps",
    "opening",
    "over_under",
    "prepare_steps",
    "random_flip",
    "random_label",
    "random_sample",
    "skeleton",
    "transition_matrix",
]
