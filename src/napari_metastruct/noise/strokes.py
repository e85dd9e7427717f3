"""How a coarse drawing is made: its width, its gaps, the part of it that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import Field
from scipy import ndimage

from napari_metastruct.arrays.labels import IGNORE
from napari_metastruct.noise.classes import label_dtype
from napari_metastruct.noise.rings import object_classes
from napari_metastruct.parameters import Count, Parameters, Rate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_metastruct.noise.noise import Rng

__all__ = ["Stroke", "Strokes", "marked"]

Stroke = Literal["either", "thin", "thick", "exact"]
"""How wide a drawing is; either: thin or thick, at random."""

_GAP = 0.2  # width of a fracture in half widths of the objects
_GAP_REACH = 1.5  # how far it goes to both sides, in the same unit


class Strokes(Parameters):
    """How coarse a drawing is; see `coarse_positive`."""

    ratio: Annotated[float, Field(gt=0, le=1)]
    """Share of each piece that is kept."""
    stroke: Stroke
    """Too thin, too thick, either, or exact."""
    amount: Rate
    """By how much, in half widths of the objects."""
    fractures: Count
    """Gaps in the drawing of each class."""


def marked(
    labels: NDArray[Any], strokes: Strokes, rng: Rng, *, negative: bool
) -> NDArray[Any]:
    """Draw each class of objects, or what is around it, into a map of -1."""
    rng = np.random.default_rng(rng)
    objects = object_classes(labels)
    marks = np.full(labels.size, IGNORE, label_dtype(objects.classes, ignored=True))
    nearest = np.full(labels.size, np.inf, dtype=np.float32)
    for value in objects.classes:
        own = labels == value
        free = labels >= 0 if negative else own | (labels == 0)
        target = (labels >= 0) & ~own if negative else own
        if not target.any():
            continue
        where, away = _drawing(target, free, _half_width(own), strokes, rng)
        nearer = away < nearest[where]
        marks[where[nearer]] = value
        nearest[where[nearer]] = away[nearer]
    return marks.reshape(labels.shape)


def _drawing(
    target: NDArray[np.bool_],
    free: NDArray[np.bool_],
    unit: float,
    strokes: Strokes,
    rng: np.random.Generator,
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Return the flat indices of a drawing, and how far each is from its centre."""
    drawing = _of_width(target, strokes, unit, rng) & free
    pieces, _ = ndimage.label(drawing, structure=np.ones((3,) * drawing.ndim))
    for _ in range(strokes.fractures):
        _fracture(drawing, unit, rng)
    return _around_centres(np.where(drawing, pieces, 0), target, strokes.ratio, rng)


def _half_width(mask: NDArray[np.bool_]) -> float:
    """Return twice the mean depth of a mask: the half width of a long strip."""
    if mask.all():
        return float(min(mask.shape)) / 2
    return 2 * float(ndimage.distance_transform_edt(mask)[mask].mean())


def _of_width(
    mask: NDArray[np.bool_], strokes: Strokes, unit: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Return a mask drawn too thin or too thick; it never vanishes."""
    stroke = strokes.stroke
    if stroke == "either":
        stroke = "thick" if rng.random() < 0.5 else "thin"
    if stroke == "exact" or mask.all():
        return mask.copy()
    reach = strokes.amount * unit
    if stroke == "thick":
        return np.asarray(ndimage.distance_transform_edt(~mask) <= reach)
    deep = ndimage.distance_transform_edt(mask)
    return np.asarray(deep > min(reach, np.nextafter(deep.max(), 0)))


def _fracture(
    drawing: NDArray[np.bool_], unit: float, rng: np.random.Generator
) -> None:
    """Cut a small gap into a drawing, in place."""
    points = np.flatnonzero(drawing)
    if not points.size:
        return
    centre = np.unravel_index(rng.choice(points), drawing.shape)
    across = rng.normal(size=drawing.ndim)
    across /= np.linalg.norm(across)
    reach = int(np.ceil(_GAP_REACH * unit))
    window = tuple(slice(max(c - reach, 0), c + reach + 1) for c in centre)
    away = [
        np.arange(part.start, min(part.stop, size)) - c
        for part, c, size in zip(window, centre, drawing.shape, strict=True)
    ]
    grid = np.meshgrid(*away, indexing="ij", sparse=True)
    offset = sum(a * axis for a, axis in zip(across, grid, strict=True))
    drawing[window] &= np.abs(offset) > max(_GAP * unit, 1) / 2


def _around_centres(
    pieces: NDArray[np.int32],
    inside: NDArray[np.bool_],
    ratio: float,
    rng: np.random.Generator,
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Keep the part of every piece around a random point of it that is inside."""
    where = np.flatnonzero(pieces)
    piece = pieces.ravel()[where]
    centres = _centres(where, piece, inside, rng)
    places = np.array(np.unravel_index(where, pieces.shape))
    middles = np.array(np.unravel_index(centres[piece], pieces.shape))
    away = np.sqrt(((places - middles) ** 2).sum(axis=0)).astype(np.float32)
    sizes = np.bincount(piece)
    order = np.lexsort((away, piece))
    rank = np.arange(where.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    kept = order[rank < np.maximum(np.rint(ratio * sizes), 1)[piece[order]]]
    return where[kept], away[kept]


def _centres(
    where: NDArray[np.intp],
    piece: NDArray[np.int32],
    inside: NDArray[np.bool_],
    rng: np.random.Generator,
) -> NDArray[np.intp]:
    """Return the flat index of a random pixel of each piece, inside if it has one."""
    order = rng.permutation(where.size)
    good = inside.ravel()[where[order]]
    order = np.concatenate([order[~good], order[good]])
    centres = np.zeros(int(piece.max(initial=0)) + 1, dtype=np.intp)
    # Of several values for one place the last one stays: an inner one if there is any.
    centres[piece[order]] = where[order]
    return centres
