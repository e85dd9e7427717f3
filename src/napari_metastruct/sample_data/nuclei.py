"""Nuclei with known truth."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from napari_metastruct.arrays import to_label_dtype
from napari_metastruct.sample_data.noise import camera, smooth_field

__all__ = ["synthetic_nuclei"]


def synthetic_nuclei(
    shape: tuple[int, int] = (256, 256), seed: int = 0, *, count: int = 40
) -> tuple[NDArray[np.uint16], NDArray[Any]]:
    """Make fluorescent nuclei, some of them touching.

    Parameters
    ----------
    shape
        ``(Y, X)``.
    seed
        The same seed makes the same image.
    count
        How many nuclei are placed; those that would be mostly covered are left out.

    Returns
    -------
    image
        uint16, `shape`.
    truth
        Object numbers from 1 on, 0 background, in the smallest unsigned type.
    """
    rng = np.random.default_rng(seed)
    grid = np.indices(shape, dtype=np.float64)
    truth = np.zeros(shape, dtype=np.int64)
    light = np.zeros(shape)
    texture = 1 + 0.35 * smooth_field(shape, 3.0, rng)
    for _ in range(count):
        inside = _ellipse(grid, rng.uniform(0, 1, 2) * shape, rng) <= 1
        free = inside & (truth == 0)
        if free.sum() > 0.8 * inside.sum():
            truth[free] = truth.max() + 1
            light[free] = rng.uniform(0.3, 1.0)
    haze = gaussian_filter(light, 12.0) + 0.15 * (1 + smooth_field(shape, 60.0, rng))
    photons = 80 * (gaussian_filter(light * texture, 1.2) + 0.4 * haze)
    return camera(photons, rng), to_label_dtype(truth)


def _ellipse(
    grid: NDArray[np.float64], centre: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the distance to a random ellipse's centre, 1 on its rim."""
    angle, radius = rng.uniform(0, np.pi), rng.uniform(7, 13)
    stretch = rng.uniform(1, 1.5)
    y, x = grid - centre[:, None, None]
    along = np.cos(angle) * x + np.sin(angle) * y
    across = np.cos(angle) * y - np.sin(angle) * x
    return np.asarray(np.hypot(along / stretch, across * stretch) / radius)
