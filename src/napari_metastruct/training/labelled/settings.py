"""Settings of learning from labels that do not depend on the method."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from napari_metastruct.features import FeatureSettings
from napari_metastruct.networks.create import NetworkSettings
from napari_metastruct.parameters import Count, Parameters, Positive, Rate, Seed
from napari_metastruct.training.settings import DeviceWish

__all__ = ["LabelledSettings", "OptimizerWish"]

OptimizerWish = Literal["method", "adamw", "sgd"]


class LabelledSettings(Parameters):
    """Network, data and length of a training on labels."""

    epochs: Annotated[int, Field(ge=1, le=10_000)] = 60
    """How often all images are gone through."""
    batch: Annotated[int, Field(ge=1, le=256)] = 8
    """Patches that are learned from in one step."""
    patch: Annotated[int, Field(ge=32, le=2048)] = 128
    """Side in pixels of the squares that are cut from the images."""
    patches_per_epoch: Count = 0
    """Patches in one epoch; 0: as many as cover every image once."""
    network: Literal["unet", "deeplabv3+", "hrnet"] = "unet"
    """Kind of network; DeepLabv3+ and HRNet need the extra "zoo"."""
    width: Annotated[int, Field(ge=1, le=256)] = 16
    """Channels of the U-Net's first level."""
    depth: Annotated[int, Field(ge=2, le=6)] = 3
    """How often the U-Net halves the image."""
    surroundings: bool = False
    """Show the network also how each pixel compares with its surroundings."""
    optimizer: OptimizerWish = "method"
    """How the weights follow the gradient; method: as the method's paper does."""
    learning_rate: Positive | None = None
    """Step size of the optimiser; empty: the method's."""
    flips: bool = True
    """Mirror patches at random."""
    turns: bool = True
    """Turn patches by quarter turns at random."""
    scale: Annotated[float, Field(ge=0, le=0.5)] = 0.2
    """Patches are made larger or smaller at random by up to this share."""
    intensity: Annotated[float, Field(ge=0, le=1)] = 0.2
    """Contrast and brightness are changed at random by up to this share."""
    validation: Annotated[float, Field(ge=0, lt=1)] = 0.2
    """Share of the images that are not learned from but judged by; the weights that
    do best there are kept. 0: none, the last weights are kept."""
    correct_above: Rate | None = None
    """In the end a given label is replaced where the model is at least so sure of
    another class; empty: as sure as it is on average where that class was given; 1:
    only what the method itself corrects."""
    classes: tuple[int, ...] = ()
    """Numbers of the classes, the background first; empty: those in the labels,
    which must be 0, 1, 2 ... without a gap, or 0 and one other."""
    ignore: tuple[int, ...] = ()
    """Values in the labels that are ignored as -1 is."""
    checkpoint_every: Count = 5
    """Epochs between two checkpoints of a run that has a folder; 0: none."""
    seed: Seed = 0
    """Same seed, same result on the CPU."""
    device: DeviceWish = "auto"
    """Where to compute: auto takes CUDA, then Apple's MPS, then the CPU."""

    def network_settings(self) -> NetworkSettings:
        """Return kind and size of the network."""
        return NetworkSettings(name=self.network, width=self.width, depth=self.depth)

    def feature_settings(self) -> FeatureSettings:
        """Return what the network sees of an image."""
        return FeatureSettings(
            kind="surroundings" if self.surroundings else "image", padding="keep"
        )
