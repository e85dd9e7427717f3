"""A drawing that is turned and shifted until a given share of it is wrong."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_metastruct.noise.classes import smallest

__all__ = ["misplaced"]

_DIRECTIONS = 8
_FINEST = 0.01  # in pixels, or in hundredths of the angle

Drawing = NDArray[Any]


def misplaced(
    labels: Drawing, level: float, rotation: float, rng: np.random.Generator
) -> Drawing:
    """Turn and shift the objects of an image; see `annotator`.

    Parameters
    ----------
    labels
        Class map with at least one object.
    level
        Wrong pixels by pixels of objects.
    rotation
        Largest angle in degrees.
    rng
        Draws the angle, the direction, and the pixels of the last step.
    """
    clean = smallest(labels)
    wanted = round(level * int((clean > 0).sum()))
    angle = np.deg2rad(rng.uniform(-rotation, rotation))
    best = clean
    for number in rng.permutation(_DIRECTIONS):
        way = _Way(clean, angle, 2 * np.pi * number / _DIRECTIONS)
        before, after = _around(way, clean, wanted)
        if _wrong(after, clean) >= wanted:
            return _between(before, after, clean, wanted, rng)
        best = max(best, after, key=lambda drawing: _wrong(drawing, clean))
    return best


@dataclass(frozen=True, slots=True, eq=False)
class _Way:
    """The places that a drawing passes: it is turned until 1, then shifted."""

    clean: Drawing
    angle: float
    direction: float

    def at(self, time: float) -> Drawing:
        """Return the drawing at a time: before 1 partly turned, then shifted."""
        angle = self.angle * min(time, 1)
        cos, sin = np.cos(angle), np.sin(angle)
        turn = np.eye(self.clean.ndim)
        turn[-2:, -2:] = [[cos, -sin], [sin, cos]]
        centre = np.array(ndimage.center_of_mass(self.clean > 0))
        shift = np.zeros(self.clean.ndim)
        shift[-2:] = np.sin(self.direction), np.cos(self.direction)
        offset = centre - turn @ (centre + max(time - 1, 0) * shift)
        objects = np.maximum(self.clean, 0)
        moved = ndimage.affine_transform(objects, turn, offset, order=0)
        return np.where(self.clean < 0, self.clean, moved)


def _around(way: _Way, clean: Drawing, wanted: int) -> tuple[Drawing, Drawing]:
    """Return two drawings close to each other with fewer and with enough errors.

    The second has too few as well if no place on the way has enough.
    """
    low, high = 0.0, 1.0
    before, after = clean, way.at(high)
    farthest = 1 + float(np.hypot(*clean.shape[-2:]))
    while _wrong(after, clean) < wanted and high < farthest:
        low, before = high, after
        high = 1 + max(1.0, 2 * (high - 1))
        after = way.at(high)
    while _wrong(after, clean) > wanted and high - low > _FINEST:
        middle = (low + high) / 2
        drawing = way.at(middle)
        if _wrong(drawing, clean) < wanted:
            low, before = middle, drawing
        else:
            high, after = middle, drawing
    return before, after


def _between(
    before: Drawing,
    after: Drawing,
    clean: Drawing,
    wanted: int,
    rng: np.random.Generator,
) -> Drawing:
    """Change one drawing into the other pixel by pixel until so many are wrong.

    Every pixel adds at most one error or takes one away, so no number is jumped over.
    """
    missing = wanted - _wrong(before, clean)
    if missing <= 0:
        return before
    changing = rng.permutation(np.flatnonzero(before != after))
    old, new, true = (a.ravel()[changing] for a in (before, after, clean))
    errors = np.cumsum((new != true).astype(int) - (old != true))
    count = int(np.argmax(errors >= missing)) + 1
    drawing = before.copy()
    drawing.flat[changing[:count]] = new[:count]
    return drawing


def _wrong(drawing: Drawing, clean: Drawing) -> int:
    return int(np.count_nonzero(drawing != clean))
