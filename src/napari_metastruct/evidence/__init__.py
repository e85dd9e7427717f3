"""What an image says about its objects without any label: maps, and rules it elects.

Evidence is a map that is brighter in objects; a rule is a threshold of one. Which
rules are right differs from image to image, and the image itself decides.
"""

from napari_metastruct.evidence.blocks import Block, blocks, parts
from napari_metastruct.evidence.edges import REACH as FIT_REACH
from napari_metastruct.evidence.edges import View
from napari_metastruct.evidence.election import (
    Rule,
    candidates,
    cuts,
    elect,
    view_of,
    vote,
)
from napari_metastruct.evidence.filters import blur, noise_level, ridges
from napari_metastruct.evidence.maps import MAP_NAMES, REACH, EvidenceMaps
from napari_metastruct.evidence.plane import BrightPlane, Window
from napari_metastruct.evidence.voting import VoteSettings, mix_vote_steps

__all__ = [
    "FIT_REACH",
    "MAP_NAMES",
    "REACH",
    "Block",
    "BrightPlane",
    "EvidenceMaps",
    "Rule",
    "View",
    "VoteSettings",
    "Window",
    "blocks",
    "blur",
    "candidates",
    "cuts",
    "elect",
    "mix_vote_steps",
    "noise_level",
    "parts",
    "ridges",
    "view_of",
    "vote",
]
