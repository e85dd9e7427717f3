"""EMS: from a coarse segmentation to a few pixels that carry its meta-structure."""

import math
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Reach", "Rng", "extract", "skeleton"]

Reach = int | Literal["width"]
Rng = np.random.Generator | int | None


def extract(
    segmentation: NDArray[Any],
    *,
    radius: Reach = "width",
    keep: float = 0.1,
    rng: Rng = None,
) -> NDArray[np.uint8]:
    """Extract the meta-structure of a segmentation (EMS; Luo et al.).

    Points are drawn at random around the skeleton, and a random share is kept:

    - ``radius=r``, the paper's: every pixel of the skeleton (Zhang and Suen in 2-D,
      Lee in 3-D) moves by an offset that is uniform in ``{-r .. r}`` along each axis,
      clamped at the border; ``ceil(keep * pixels of the skeleton)`` are kept.
    - ``radius="width"``: every point of the medial axis reaches as far as the shape
      is wide there, in a disc (ball) that just touches the background, and gets as
      many points as its share of the shape needs. These discs fill the shape exactly
      (Blum 1967), so drawing evenly from them is drawing evenly from the pixels of
      the shape, and this is what is computed: no thinning, no distances, each pixel
      at most once, ``ceil(keep * pixels of the shape)`` of them. It is a random sample
      of the labels (RCL), which keeps their density up to a factor (Theorem 2).
      Offsets drawn in each disc on its own would crowd at the axis of a tubule
      instead, where the discs of neighbours overlap most.

    Parameters
    ----------
    segmentation
        ``(Y, X)`` or ``(Z, Y, X)``; foreground is what is not 0.
    radius
        Reach in pixels, at least 0, or "width".
    keep
        Share of the points that is kept, 0 to 1.
    rng
        The same seed draws the same points.

    Returns
    -------
    Pseudo-label of the same shape, uint8: 1 at the points, 0 elsewhere. It has no 1
    exactly where the segmentation is empty or `keep` is 0; such a label must not be
    learned from, so the caller keeps the previous one.
    """
    if not 0 <= keep <= 1:
        raise ValueError(f"keep is a share from 0 to 1, not {keep}")
    rng = np.random.default_rng(rng)
    foreground = np.asarray(segmentation) != 0
    points = foreground if radius == "width" else skeleton(foreground)
    kept = _some(np.flatnonzero(points), keep, rng)
    if radius != "width":
        kept = _moved(kept, radius, foreground.shape, rng)
    label = np.zeros(foreground.shape, dtype=np.uint8)
    label.flat[kept] = 1
    return label


def skeleton(foreground: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the one-pixel skeleton of a 2-D or 3-D mask, empty only for an empty one.

    Zhang and Suen's thinning in 2-D, Lee's in 3-D.
    """
    from skimage.morphology import skeletonize

    if foreground.ndim not in (2, 3):
        raise ValueError(f"a skeleton has 2 or 3 axes, not {foreground.ndim}")
    if not foreground.any():
        return foreground
    thinned = skeletonize(foreground)
    axis = np.asarray(thinned).astype(np.bool_)
    # Thinning may eat a small compact shape whole; then the shape stands for itself.
    return axis if axis.any() else foreground


def _some(points: NDArray[Any], keep: float, rng: np.random.Generator) -> NDArray[Any]:
    count = math.ceil(keep * len(points))
    return np.asarray(rng.choice(points, count, replace=False, shuffle=False))


def _moved(
    points: NDArray[Any], radius: int, shape: tuple[int, ...], rng: np.random.Generator
) -> NDArray[Any]:
    """Move points, given by their flat index, by at most `radius` along each axis."""
    if radius < 0:
        raise ValueError(f"radius is at least 0 pixels, not {radius}")
    where = np.array(np.unravel_index(points, shape))
    where += rng.integers(-radius, radius, size=where.shape, endpoint=True)
    return np.asarray(np.ravel_multi_index(tuple(where), shape, mode="clip"))
