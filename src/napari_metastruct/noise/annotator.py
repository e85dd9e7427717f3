"""Annotator noise: some images are drawn too large, too small or in the wrong place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, get_args

import numpy as np
from pydantic import Field

from napari_metastruct.errors import InputError
from napari_metastruct.noise.classes import checked, smallest
from napari_metastruct.noise.misplacement import misplaced
from napari_metastruct.noise.noise import Noise, Rng
from napari_metastruct.noise.objects import areas_of
from napari_metastruct.noise.probabilities import check_rate
from napari_metastruct.noise.rings import Rings
from napari_metastruct.parameters import Rate

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Annotator", "Slip", "annotator"]

Slip = Literal["any", "dilate", "erode", "affine"]
"""How an annotator errs; any: one of the three at random."""


def annotator(
    labels: NDArray[Any],
    image_rate: float = 1.0,
    level: float = 0.5,
    *,
    slip: Slip = "any",
    rotation: float = 30.0,
    rng: Rng = None,
) -> NDArray[Any]:
    """Spoil an image with some probability, as a hasty annotator does (Li et al. 2021).

    - dilate, erode: the boundary of every class moves pixel by pixel until its area has
      changed by the fraction `level`; along the last ring of pixels it moves in random
      stretches only, so that the area is hit to the pixel. Classes meet as in `dilate`:
      one that grows takes only background, the nearest; what it has no room for, the
      others take instead.
    - affine: the whole drawing is turned about the centre of its objects by an angle
      uniform within `rotation`, then shifted in one of 8 directions by a part of a
      pixel after the other, found by bisection, until the wrong pixels are `level` of
      the objects' area; of the pixels that the last part of a pixel changes, a random
      part is taken. Where turning alone is too much, it is turned less. With more than
      two axes it is turned and shifted in the last two.

    Parameters
    ----------
    labels
        Integer class map, any number of axes; -1 stays -1. Without objects nothing
        changes.
    image_rate
        Probability of 0 to 1 that the image is spoiled, alpha.
    level
        Wrong pixels by pixels of objects, 0 to 1, beta. It is missed only where there
        is no room: no background left to grow into, or no place to shift to.
    slip
        What goes wrong.
    rotation
        Largest angle in degrees.
    rng
        The same seed draws the same.

    Returns
    -------
    A new array of that shape in the smallest type.

    Raises
    ------
    InputError
        The labels are none, or a setting is out of its range.

    Examples
    --------
    >>> import numpy as np
    >>> clean = np.zeros((64, 64), int)
    >>> clean[20:40, 20:40] = 1
    >>> noisy = annotator(clean, level=0.5, slip="affine", rng=0)
    >>> int((noisy != clean).sum()), int(clean.sum())
    (200, 400)
    """
    labels = checked(labels)
    check_rate(image_rate, "image rate")
    check_rate(level, "level")
    if not 0 <= rotation <= 180:
        raise InputError(f"The rotation is {rotation}, but 0 to 180 degrees are due.")
    if slip not in get_args(Slip):
        raise InputError(
            f"The slip is {slip!r}; known are {', '.join(get_args(Slip))}."
        )
    rng = np.random.default_rng(rng)
    spoiled = rng.random() < image_rate
    chosen = rng.choice(get_args(Slip)[1:]) if slip == "any" else slip
    if not (spoiled and (labels > 0).any()):
        return smallest(labels)
    if chosen == "affine":
        return misplaced(labels, level, rotation, rng)
    return _resized(labels, level, rng, outward=chosen == "dilate")


def _resized(
    labels: NDArray[Any], level: float, rng: np.random.Generator, *, outward: bool
) -> NDArray[Any]:
    """Grow or shrink every class by a share of its area."""
    rings = Rings.outward(labels) if outward else Rings.inward(labels)
    counts = _within_room(level * areas_of(labels), rings.passed[:, -1])
    return rings.moved(labels, counts, rng, outward=outward)


def _within_room(wanted: NDArray[Any], room: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return whole pixels for each class; what one has no room for, others take."""
    counts = np.minimum(np.rint(wanted).astype(np.int64), room)
    spare = room - counts
    lacking = min(round(wanted.sum()) - int(counts.sum()), int(spare.sum()))
    if lacking > 0:
        ends = np.rint(np.cumsum(spare) * (lacking / spare.sum())).astype(np.int64)
        counts += np.diff(ends, prepend=0)
    return np.asarray(counts)


class Annotator(Noise):
    """Some images are drawn too large, too small or in the wrong place."""

    title: ClassVar[str] = "Annotator"
    reference: ClassVar[str] = "Li et al. 2021, section 3.1 (alpha, beta)"

    name: Literal["annotator"] = "annotator"
    """Name of the noise."""
    image_rate: Rate = 1.0
    """Probability that an image (or a plane) is spoiled; alpha in the paper."""
    level: Rate = 0.5
    """Wrong pixels of a spoiled image, as a share of its objects; beta in the paper."""
    slip: Slip = "any"
    """What goes wrong: dilate, erode, affine (turned and shifted), or any of them."""
    rotation: Annotated[float, Field(ge=0, le=180)] = 30.0
    """Largest angle in degrees that affine turns the drawing by."""

    def apply(self, labels: NDArray[Any], rng: Rng = None) -> NDArray[Any]:
        """Return noisy labels; see `annotator`."""
        return annotator(
            labels,
            self.image_rate,
            self.level,
            slip=self.slip,
            rotation=self.rotation,
            rng=rng,
        )
