"""The learning curve of a class: how steep it still is.

Eq. 1 and 2 of Liu et al. 2022 (ADELE).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["LearningCurve", "fit_curve"]

FEWEST = 4
"""Points that three parameters take."""
RANGES = ((1e-3, -30.0, 0.0), (1.0, 6.0, 10.0))
"""Least and most of a, of the logarithm of b, and of c."""


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """``f(t) = a (1 - exp(-b t^c))`` with 0 < a <= 1, b >= 0, c >= 0 (Eq. 1)."""

    a: float
    b: float
    c: float

    def __call__(self, t: float) -> float:
        """Return f(t), t > 0."""
        return self.a * -math.expm1(-self.b * math.pow(t, self.c))

    def slope(self, t: float) -> float:
        """Return ``f'(t) = a b c exp(-b t^c) t^(c - 1)``."""
        return self.a * self.b * self.c * math.exp(self._log_slope(t))

    def steepest(self, until: float) -> float:
        """Return the time from 1 to `until` at which the slope is largest.

        It is 1 for every curve that only gets flatter (c <= 1).
        """
        if self.c <= 1:
            return 1.0
        turn = math.pow((self.c - 1) / (self.b * self.c), 1 / self.c)
        return min(max(turn, 1.0), until)

    def slope_lost(self, t: float, since: float = 1.0) -> float:
        """Return ``|f'(s) - f'(t)| / |f'(s)|``; Eq. 2 with s = 1.

        Parameters
        ----------
        t
            Now.
        since
            The time s that the slope is compared with.
        """
        change = self._log_slope(t) - self._log_slope(since)
        return abs(1 - math.exp(min(change, 700.0)))

    def _log_slope(self, t: float) -> float:
        """Logarithm of ``f'(t) / (a b c)``, which no quotient of slopes needs."""
        return (self.c - 1) * math.log(t) - self.b * math.pow(t, self.c)


def fit_curve(times: ArrayLike, values: ArrayLike) -> LearningCurve | None:
    """Fit f to points by bounded least squares.

    Parameters
    ----------
    times
        Above 0, in any order.
    values
        At these times, 0 to 1; NaN where there is none.

    Returns
    -------
    The curve of least squared error that was found from several starts; None if there
    are fewer than 4 points, or none above 0.
    """
    from scipy.optimize import least_squares

    t, y = np.asarray(times, np.float64), np.asarray(values, np.float64)
    t, y = t[np.isfinite(y)], y[np.isfinite(y)]
    if len(y) < FEWEST or y.max() <= 0:
        return None
    log_t = np.log(t)

    def errors(p: NDArray[np.float64]) -> NDArray[np.float64]:
        rise = np.exp(np.minimum(p[1] + p[2] * log_t, 700.0))
        return np.asarray(-p[0] * np.expm1(-rise) - y)

    found = [least_squares(errors, p, bounds=RANGES) for p in _starts(log_t, y)]
    a, log_b, c = min(found, key=lambda one: float(one.cost)).x
    return LearningCurve(float(a), math.exp(log_b), float(c))


def _starts(
    log_t: NDArray[np.float64], y: NDArray[np.float64]
) -> list[NDArray[np.float64]]:
    """Guess parameters: for a given a, ``ln(-ln(1 - y / a)) = ln b + c ln t``."""
    low, high = np.array(RANGES)
    starts = []
    for a in (1.02 * y.max(), 1.3 * y.max(), 1.0):
        share = np.clip(y / a, 1e-6, 1 - 1e-6)
        line = np.log(-np.log1p(-share))
        c, log_b = np.polyfit(log_t, line, 1)
        starts.append(np.clip([a, log_b, c], low + 1e-6, high - 1e-6))
    return starts
