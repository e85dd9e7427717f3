"""A network of tubules with known truth."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter, map_coordinates
from scipy.spatial import Voronoi

from napari_metastruct.sample_data.noise import camera, smooth_field

__all__ = ["synthetic_network"]


def synthetic_network(
    shape: tuple[int, ...] = (512, 512),
    seed: int = 0,
    *,
    mesh: float = 34.0,
    signal: float = 60.0,
    background: float = 1.2,
    blur: float = 1.2,
) -> tuple[NDArray[np.uint16], NDArray[np.uint8]]:
    """Make a network of branching tubules, like an endoplasmic reticulum.

    The tubules are the edges of a bent Voronoi diagram, some of them missing. Their
    width varies from 2 to 6 pixels and their brightness fivefold; they lie on an
    uneven background. Then come blur, photon noise and the camera's read noise. No
    global threshold gets it right, while the eye sees every tubule.

    Parameters
    ----------
    shape
        ``(Y, X)``; axes before them are time points, between which it moves.
    seed
        The same seed makes the same image.
    mesh
        Mean distance of branching points in pixels.
    signal
        Photons of a tubule of mean brightness.
    background
        Photons of the brightest background, as a multiple of `signal`.
    blur
        Standard deviation of the microscope's blur in pixels.

    Returns
    -------
    image
        uint16, `shape`.
    truth
        uint8, `shape`: 1 tubule, 0 background.
    """
    rng = np.random.default_rng(seed)
    *leading, rows, columns = shape
    plane = (rows, columns)
    nodes = _nodes(plane, mesh, rng)
    speed = rng.normal(scale=mesh / 25, size=nodes.shape)
    look = _Look.make(plane, rng)
    images, truths = [], []
    for time in range(math.prod(leading)):
        truth, light = look.draw(_edges(nodes + time * speed, plane, mesh))
        photons = signal * (gaussian_filter(light, blur) + background * look.haze)
        images.append(camera(photons, rng))
        truths.append(truth)
    return np.stack(images).reshape(shape), np.stack(truths).reshape(shape)


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """What does not change between the time points of a network."""

    radius: NDArray[np.float64]  # half the width of a tubule that lies there
    brightness: NDArray[np.float64]
    haze: NDArray[np.float64]
    bend: NDArray[np.float64]  # (2, Y, X), in pixels

    @classmethod
    def make(cls, plane: tuple[int, int], rng: np.random.Generator) -> Self:
        haze = smooth_field(plane, 45.0, rng)
        return cls(
            radius=np.clip(1.8 + 0.6 * smooth_field(plane, 9.0, rng), 1.0, 3.0),
            brightness=np.exp(np.clip(0.4 * smooth_field(plane, 14.0, rng), -0.8, 0.8)),
            haze=(haze - haze.min()) / np.ptp(haze),
            bend=4.0 * np.stack([smooth_field(plane, 10.0, rng) for _ in range(2)]),
        )

    def draw(
        self, centre: NDArray[np.bool_]
    ) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        """Give the centre lines their bends, width and brightness."""
        away, nearest = distance_transform_edt(~centre, return_indices=True)
        where = np.indices(centre.shape) + self.bend
        away = map_coordinates(away, where, order=1, mode="nearest")
        radius, brightness = (
            map_coordinates(values[tuple(nearest)], where, order=1, mode="nearest")
            for values in (self.radius, self.brightness)
        )
        # Half a pixel of the rim is lit in part.
        light = brightness * np.clip(radius + 0.5 - away, 0, 1)
        return (away <= radius).astype(np.uint8), light


def _nodes(
    plane: tuple[int, int], mesh: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return centres of cells, evenly and at random, also around the plane."""
    sides = [np.arange(-mesh, size + mesh, mesh) for size in plane]
    grid = np.stack(np.meshgrid(*sides, indexing="ij"), axis=-1).reshape(-1, 2)
    return grid + rng.uniform(-0.45, 0.45, grid.shape) * mesh


def _edges(
    nodes: NDArray[np.float64], plane: tuple[int, int], mesh: float
) -> NDArray[np.bool_]:
    """Return the edges of the cells around the nodes as lines of pixels."""
    cells = Voronoi(nodes)
    ridges = np.array([ends for ends in cells.ridge_vertices if -1 not in ends])
    start, end = cells.vertices[ridges[:, 0]], cells.vertices[ridges[:, 1]]
    # An edge ends blindly now and then; which one does not change as nodes move.
    pairs = cells.ridge_points[[-1 not in ends for ends in cells.ridge_vertices]]
    whole = (pairs.sum(axis=1) * 7919) % 6 > 0
    share = np.where(whole, 1.0, 0.4)[:, None] * np.linspace(0, 1, int(6 * mesh))
    points = start[:, None] + share[..., None] * (end - start)[:, None]
    points = np.rint(points.reshape(-1, 2)).astype(np.intp)
    inside = ((points >= 0) & (points < plane)).all(axis=1)
    centre = np.zeros(plane, dtype=np.bool_)
    centre[tuple(points[inside].T)] = True
    return centre
