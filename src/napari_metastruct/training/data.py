"""The learning set: a bounded number of tiles from stacks of any size.

Learning costs the same for a small image and for a huge one, because it sees
tiles: all of a small image, a random choice from a large one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from napari_metastruct.evidence import EvidenceMaps, parts
from napari_metastruct.features import FeatureSettings, PlaneFeatures

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from napari_metastruct.arrays import ImageStack, Region
    from napari_metastruct.thresholding import Side

__all__ = ["Tile", "Window", "choose_windows", "cut_tiles"]

TILE = 512
"""Side of a tile in pixels, about: a plane is cut into equal parts."""
MOST_TILES, MOST_OF_PLANE = 16, 4
"""Tiles that are learned from at most, altogether and of one plane."""


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle of one plane.

    Attributes
    ----------
    stack, plane
        Number of the stack and of the plane in it.
    rows, columns
        Where in the plane.
    """

    stack: int
    plane: int
    rows: slice
    columns: slice


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """What is learned from in one window.

    Attributes
    ----------
    window
        Where it was cut.
    inputs
        The network's input, ``(F, Y, X)`` float32. Channel 0 is the (first
        channel of the) image with objects bright, mean 0 and deviation 1.
    maps
        The window's evidence maps, computed when asked for.
    inside
        ``(Y, X)`` bool, False in dead padding around the picture.
    """

    window: Window
    inputs: NDArray[np.float32]
    maps: EvidenceMaps
    inside: NDArray[np.bool_]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        height, width = self.inputs.shape[1:]
        return height, width


def choose_windows(
    stacks: Sequence[ImageStack],
    rng: np.random.Generator,
    *,
    region: Region | None = None,
    side: int = TILE,
    most: int = MOST_TILES,
    most_of_plane: int = MOST_OF_PLANE,
) -> list[Window]:
    """Choose where to learn: everything that is there, or a random part of it.

    Parameters
    ----------
    stacks
        The images; planes count alike, whichever stack they belong to.
    rng
        Makes the choice.
    region
        ``y0, y1, x0, x1``: learn only from there, in every plane.
    side
        Side of a window in pixels, about.
    most, most_of_plane
        At most so many windows, altogether and of one plane, spread over as many
        planes as possible.
    """
    grids = [
        _grid(number, plane, _bounds(stack, region), side)
        for number, stack in enumerate(stacks)
        for plane in range(len(stack))
    ]
    for grid in grids:
        rng.shuffle(grid)
    order = rng.permutation(len(grids))
    turns = range(most_of_plane)
    rounds = (grids[i][turn] for turn in turns for i in order if turn < len(grids[i]))
    return list(islice(rounds, most))


def cut_tiles(
    stacks: Sequence[ImageStack],
    windows: Sequence[Window],
    settings: FeatureSettings,
    foreground: Side,
) -> Iterator[Tile]:
    """Read every plane that is needed once, and yield its tiles."""
    places = sorted({(w.stack, w.plane) for w in windows})
    for stack, plane in places:
        source = PlaneFeatures(stacks[stack].plane(plane), settings, foreground)
        for window in windows:
            if (window.stack, window.plane) == (stack, plane):
                yield _tile(source, window)


def _tile(source: PlaneFeatures, window: Window) -> Tile:
    maps = EvidenceMaps(source.bright, (window.rows, window.columns))
    inputs = source.window(window.rows, window.columns)
    return Tile(window, inputs, maps, maps.inside)


def _bounds(stack: ImageStack, region: Region | None) -> Region:
    height, width = stack.plane_shape
    return region or (0, height, 0, width)


def _grid(stack: int, plane: int, bounds: Region, side: int) -> list[Window]:
    top, bottom, left, right = bounds
    return [
        Window(stack, plane, rows, columns)
        for rows in parts(top, bottom, side)
        for columns in parts(left, right, side)
    ]
