"""How a coarse drawing is made: its width, its gaps, the part of it that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import Field
from scipy import ndimage

from napari_metastruct.arrays.labels import IGNORE
from napari_metastruct.noise.classes import label_dtype
from napari_metastruct.noise.objects import around_each_class, object_classes
from napari_metastruct.noise.rings import first_of_each
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
    classes = object_classes(labels).classes
    marks = np.full(labels.shape, IGNORE, label_dtype(classes, ignored=True))
    nearest = np.full(labels.shape, np.inf, dtype=np.float32)
    # A drawing is at most half a class wider than it; what is not it may be anywhere.
    margin = max(labels.shape) if negative else None
    for value, part, where in around_each_class(labels, margin):
        own = part == value
        target = (part >= 0) & ~own if negative else own
        free = part >= 0 if negative else own | (part == 0)
        if target.any():
            away = _drawing(target, free, _half_width(own), strokes, rng)
            nearer = away < nearest[where]
            marks[where][nearer] = value
            nearest[where][nearer] = away[nearer]
    return marks


def _drawing(
    target: NDArray[np.bool_],
    free: NDArray[np.bool_],
    unit: float,
    strokes: Strokes,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Return how far each pixel of a drawing is from its centre; others: infinite."""
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
) -> NDArray[np.float32]:
    """Keep the part of every piece around a random point of it that is inside."""
    where = np.flatnonzero(pieces)
    piece = pieces.ravel()[where].astype(np.intp)
    centres = np.unravel_index(_centres(where, piece, inside, rng), pieces.shape)
    squares = np.zeros(where.size, dtype=np.int64)
    for place, centre in zip(
        np.unravel_index(where, pieces.shape), centres, strict=True
    ):
        squares += (place - centre[piece]) ** 2
    due = np.maximum(np.rint(ratio * np.bincount(piece)), 1).astype(np.int64)
    kept = _nearest(piece, squares, due, rng)
    away = np.full(pieces.shape, np.inf, dtype=np.float32)
    away.flat[where[kept]] = np.sqrt(squares[kept])
    return away


def _nearest(
    piece: NDArray[np.intp],
    squares: NDArray[np.int64],
    due: NDArray[np.int64],
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """Choose so many pixels of each piece, the nearest, at random among equals."""
    place = piece * (squares.max(initial=0) + 1) + squares
    starts = np.cumsum(np.bincount(piece)) - np.bincount(piece)
    ends = np.minimum(starts + due, place.size) - 1
    last = np.sort(place)[ends][piece] if place.size else place
    kept = place < last
    equal = np.flatnonzero(place == last)
    rest = due - np.bincount(piece[kept], minlength=due.size)
    kept[equal] = first_of_each(piece[equal], rng.random(equal.size), rest)
    return np.asarray(kept)


def _centres(
    where: NDArray[np.intp],
    piece: NDArray[np.intp],
    inside: NDArray[np.bool_],
    rng: np.random.Generator,
) -> NDArray[np.intp]:
    """Return the flat index of a random pixel of each piece, inside if it has one."""
    count = int(piece.max(initial=0)) + 1
    centres = np.zeros(count, dtype=np.intp)
    good = inside.ravel()[where]
    for candidates in (np.flatnonzero(~good), np.flatnonzero(good)):
        members = piece[candidates].astype(np.min_scalar_type(count))
        sizes = np.bincount(members, minlength=count)
        drawn = np.cumsum(sizes) - sizes + (rng.random(count) * sizes).astype(np.intp)
        order = np.argsort(members, kind="stable")  # by radix, where pieces are few
        has = sizes > 0
        centres[has] = where[candidates[order[drawn[has]]]]
    return centres
