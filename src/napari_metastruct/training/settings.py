"""Settings of a training that do not depend on the method."""

from __future__ import annotations

from typing import Literal

from napari_metastruct.parameters import Parameters, Seed

__all__ = ["DeviceWish", "TrainingSettings"]

DeviceWish = Literal["auto", "cuda", "mps", "cpu"]


class TrainingSettings(Parameters):
    """Where to compute, and the seed of everything random."""

    seed: Seed = 0
    """Same seed, same result on the CPU."""
    device: DeviceWish = "auto"
    """Where to compute: auto takes CUDA, then Apple's MPS, then the CPU."""
