"""Coarse marks: a quick drawing of what is an object, or of what is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from napari_metastruct.noise.classes import checked
from napari_metastruct.noise.noise import Noise, Rng
from napari_metastruct.noise.strokes import Stroke, Strokes, marked
from napari_metastruct.parameters import Count, Rate

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CoarseNegative", "CoarsePositive", "coarse_negative", "coarse_positive"]


def coarse_positive(
    labels: NDArray[Any],
    ratio: float = 0.5,
    *,
    stroke: Stroke = "either",
    amount: float = 0.3,
    fractures: int = 3,
    rng: Rng = None,
) -> NDArray[Any]:
    """Draw coarsely what is an object; all other pixels are left out.

    Each class of objects is drawn too thin or too thick, with a few small fractures;
    of every connected piece of the drawing the part around a random point inside of
    the object is kept. Drawings that are too thick cover background, but no other
    class.

    Parameters
    ----------
    labels
        Integer class map, any number of axes.
    ratio
        Share of the area of every piece that is kept, above 0, at most 1: the pixels
        nearest to the point, at least one. 0.01 leaves a scribble.
    stroke
        Whether a class is drawn too "thin", too "thick", "either" at random for each
        class, or "exact".
    amount
        By how much, as a share of the half width of the class (twice the mean distance
        of its pixels from its boundary), 0 to 1.
    fractures
        How many gaps each class gets at random places in random directions, a tenth of
        the width and up to one and a half widths long.
    rng
        The same seed draws the same.

    Returns
    -------
    A new array of that shape in the smallest signed type: the class where it is
    marked, -1 where nothing is. The background is never marked.

    Raises
    ------
    InputError
        The labels are none, or a setting is out of its range.
    """
    strokes = Strokes(stroke=stroke, amount=amount, fractures=fractures, ratio=ratio)
    return marked(checked(labels), strokes, rng, negative=False)


def coarse_negative(
    labels: NDArray[Any],
    ratio: float = 0.5,
    *,
    stroke: Stroke = "either",
    amount: float = 0.3,
    fractures: int = 3,
    rng: Rng = None,
) -> NDArray[Any]:
    """Draw coarsely what is not an object: the value is the class that it is *not*.

    As `coarse_positive`, but of everything around a class of objects. Where it is
    drawn too thick, it covers the rim of the objects, and is wrong there. With several
    classes, a pixel that is marked for more than one says what it is not of the one
    whose point is nearest.

    Parameters and result are those of `coarse_positive`; amounts and fractures are
    measured by the half width of the objects, too.
    """
    strokes = Strokes(stroke=stroke, amount=amount, fractures=fractures, ratio=ratio)
    return marked(checked(labels), strokes, rng, negative=True)


class Coarse(Noise):
    """Settings of both kinds of marks."""

    reference: ClassVar[str] = "Learning from positive and negative coarse labels, 4.2"

    ratio: Annotated[float, Field(gt=0, le=1)] = 0.5
    """Share of the drawing that is kept, around a random point inside of each object;
    0.01 leaves a scribble."""
    stroke: Stroke = "either"
    """Whether the drawing is thinner or thicker than the truth, or either at random."""
    amount: Rate = 0.3
    """By how much it is, as a share of the objects' half width."""
    fractures: Count = 3
    """How many small gaps the drawing of each class has."""


class CoarsePositive(Coarse):
    """A coarse drawing of every object; the rest is left out."""

    title: ClassVar[str] = "Coarse positive marks"

    name: Literal["coarse-positive"] = "coarse-positive"
    """Name of the noise."""

    def apply(self, labels: NDArray[Any], rng: Rng = None) -> NDArray[Any]:
        """Return the marks; see `coarse_positive`."""
        return coarse_positive(
            labels,
            self.ratio,
            stroke=self.stroke,
            amount=self.amount,
            fractures=self.fractures,
            rng=rng,
        )


class CoarseNegative(Coarse):
    """A coarse drawing of what is not the object; its value is that object's class."""

    title: ClassVar[str] = "Coarse negative marks"

    name: Literal["coarse-negative"] = "coarse-negative"
    """Name of the noise."""

    def apply(self, labels: NDArray[Any], rng: Rng = None) -> NDArray[Any]:
        """Return the marks; see `coarse_negative`."""
        return coarse_negative(
            labels,
            self.ratio,
            stroke=self.stroke,
            amount=self.amount,
            fractures=self.fractures,
            rng=rng,
        )
