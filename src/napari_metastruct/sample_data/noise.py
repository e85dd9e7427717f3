"""What makes a synthetic image look measured."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

__all__ = ["camera", "smooth_field"]

_BLACK_LEVEL = 100.0
_READ_NOISE = 3.0


def smooth_field(
    plane: tuple[int, int], sigma: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return a smooth random field of mean 0 and standard deviation 1."""
    field = gaussian_filter(rng.normal(size=plane), sigma, mode="wrap")
    return np.asarray((field - field.mean()) / field.std())


def camera(
    photons: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.uint16]:
    """Count photons as a camera does: Poisson noise, black level, read noise."""
    counts = rng.poisson(np.maximum(photons, 0)) + rng.normal(
        _BLACK_LEVEL, _READ_NOISE, photons.shape
    )
    return np.clip(np.rint(counts), 0, 65535).astype(np.uint16)
