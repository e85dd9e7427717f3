"""Kernels of densities on the grid of pixels: weights and reach."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["CUT", "KERNELS", "Kernel", "Window"]

Kernel = Literal["box", "gaussian", "epanechnikov", "disc"]
"""Names a user can choose from; `Window` says what they are."""
KERNELS: tuple[Kernel, ...] = get_args(Kernel)

CUT = 4.0
"""Gaussians end at 4 standard deviations: 0.006 % of their weight per axis is lost."""

_TOUCHING = 1e-9  # a centre at exactly the radius is inside, whatever rounding says


@dataclass(frozen=True, slots=True)
class Window:
    """A kernel of one size. Its weights are not normalised; `total` is their sum.

    With the distance d from the centre in pixels and the bandwidth h of an axis:

    - ``box``, product over the axes: 1 for d <= h, as Eq. 8 counts. Where h is no whole
      number, the next pixel counts by the fraction of h, so that the length is 2 h + 1
      for every h and the map changes smoothly with it.
    - ``gaussian``, product over the axes: exp(-d^2 / 2 h^2) up to ``CUT * h``.
    - ``disc``, radial: 1 where the sum of (d / h)^2 is at most 1 (Eq. 8 with a round
      window; an ellipse where h differs between the axes), so only centres count.
    - ``epanechnikov``, radial: 1 - the sum of (d / h)^2, where that is above 0.
    - ``quartic``, radial: the square of the former, for sampling errors.

    Attributes
    ----------
    kernel
        Name.
    half
        Bandwidth in pixels, above 0, one per axis.
    """

    kernel: Kernel | Literal["quartic"]
    half: tuple[float, ...]

    @property
    def separable(self) -> bool:
        """Whether the weights are a product of weights along each axis."""
        return self.kernel in {"box", "gaussian"}

    @property
    def total(self) -> float:
        """Sum of all weights, also of those that reach out of an image."""
        if self.separable:
            sides = (self.one_sided(axis) for axis in range(len(self.half)))
            return math.prod(2 * float(side.sum()) - float(side[0]) for side in sides)
        reach = [math.floor(half) for half in self.half]
        # Slice by slice, since a wide kernel in 3-D does not fit into the memory.
        first = np.arange(-reach[0], reach[0] + 1)
        return float(sum(self._radial([int(d)], reach[1:]).sum() for d in first))

    def squared(self) -> Window:
        """Return the window whose weights are the squares of these."""
        if self.kernel == "box":
            whole = (math.floor(half) for half in self.half)
            pairs = zip(whole, self.half, strict=True)
            return Window("box", tuple(k + (half - k) ** 2 for k, half in pairs))
        if self.kernel == "gaussian":
            return Window("gaussian", tuple(h / math.sqrt(2) for h in self.half))
        return self if self.kernel == "disc" else Window("quartic", self.half)

    def one_sided(self, axis: int) -> NDArray[np.float64]:
        """Return a product kernel's weights along an axis at distances 0, 1, 2 ..."""
        half = self.half[axis]
        if self.kernel == "gaussian":
            distance = np.arange(math.floor(CUT * half) + 1)
            return np.asarray(np.exp(-((distance / half) ** 2) / 2))
        weights = np.ones(math.floor(half) + 2)
        weights[-1] = half % 1
        return weights

    def weights(self, shape: Sequence[int]) -> NDArray[np.float64]:
        """Return all weights, cut off where they reach beyond an image of that shape.

        Returns
        -------
        An array with an odd number of weights along each axis, the centre in its midst.
        """
        if self.separable:
            sides = [self.one_sided(axis)[:n] for axis, n in enumerate(shape)]
            both = [np.concatenate([side[:0:-1], side]) for side in sides]
            return np.asarray(reduce(np.multiply.outer, both))
        reach = [
            min(math.floor(h), n - 1) for h, n in zip(self.half, shape, strict=True)
        ]
        return self._radial(np.arange(-reach[0], reach[0] + 1), reach[1:])

    def _radial(
        self, first: NDArray[np.int64] | list[int], reach: list[int]
    ) -> NDArray[np.float64]:
        axes = [np.asarray(first), *(np.arange(-r, r + 1) for r in reach)]
        pairs = zip(axes, self.half, strict=True)
        away = reduce(np.add.outer, [(axis / half) ** 2 for axis, half in pairs])
        if self.kernel == "disc":
            return np.asarray(away <= 1 + _TOUCHING, np.float64)
        cap = np.maximum(1 - away, 0)
        return np.asarray(cap**2 if self.kernel == "quartic" else cap)
