"""What an image says about its objects without any label: maps, and rules it elects.

Evidence is a map that is brighter in objects; a rule is a threshold of one. Which
rules are right differs from image to image, and the image itself decides.
"""

from napari_metastruct.evidence.election import (
    Ballot,
    Rule,
    best_cut,
    boundary_contrast,
    elect,
    vote,
)
from napari_metastruct.evidence.filters import blur, noise_level, ridges
from napari_metastruct.evidence.maps import MAP_NAMES, REACH, EvidenceMaps
from napari_metastruct.evidence.plane import BrightPlane, Window

__all__ = [
    "MAP_NAMES",
    "REACH",
    "Ballot",
    "BrightPlane",
    "EvidenceMaps",
    "Rule",
    "Window",
    "best_cut",
    "blur",
    "boundary_contrast",
    "elect",
    "noise_level",
    "ridges",
    "vote",
]
