"""Thresholds: of images (Otsu, Li, local mean) and of probabilities (iGTT)."""

from napari_metastruct.thresholding.images import (
    Foreground,
    Side,
    adaptive_gaussian,
    li,
    li_threshold,
    otsu,
    resolve_foreground,
)
from napari_metastruct.thresholding.probabilities import (
    best_dmi_threshold,
    most_correlated_threshold,
)

__all__ = [
    "Foreground",
    "Side",
    "adaptive_gaussian",
    "best_dmi_threshold",
    "li",
    "li_threshold",
    "most_correlated_threshold",
    "otsu",
    "resolve_foreground",
]
