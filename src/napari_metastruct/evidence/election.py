"""Rules that the image itself elects, and their vote.

Which evidence is right differs from image to image: a global threshold for bright
blobs, local contrast or ridges for thin structures under uneven light. A rule is
judged without truth by its boundary: where a mask follows real objects, the two
sides of its boundary differ by many local standard deviations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from napari_metastruct.evidence.maps import MAP_NAMES
from napari_metastruct.evidence.plane import sample
from napari_metastruct.thresholding import li_threshold, most_correlated_threshold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from napari_metastruct.evidence.maps import EvidenceMaps

__all__ = ["Ballot", "Rule", "best_cut", "boundary_contrast", "elect", "vote"]

SIGMA = 3.0
"""Window of the boundary contrast in pixels: wider than a blurred edge, narrower
than most objects."""
LEAST_LENGTH = 20
"""Boundary pixels below which a mask has no contrast."""
LEAST_SHARE, MOST_SHARE = 0.002, 0.9
"""Shares of foreground between which a mask is worth a look."""
CUTS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
"""Levels of a probability that are compared."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A threshold of an evidence map, and its boundary contrast."""

    score: float
    name: str
    threshold: float


@dataclass(frozen=True, slots=True)
class Ballot:
    """What a mask is judged by: the view of a window, and what counts in it.

    Attributes
    ----------
    view
        ``(Y, X)`` float32, the root of the intensity.
    inside
        ``(Y, X)`` bool, False in padding.
    """

    view: NDArray[np.float32]
    inside: NDArray[np.bool_]


def boundary_contrast(ballot: Ballot, mask: NDArray[np.bool_]) -> tuple[float, int]:
    """Measure how well the two sides of a mask's boundary differ.

    At each boundary pixel: Gaussian means of the view inside and outside of the
    mask, their difference divided by the Gaussian standard deviation around them.

    Parameters
    ----------
    ballot
        The view and its valid pixels.
    mask
        ``(Y, X)`` bool.

    Returns
    -------
    The sum over the boundary, and how many pixels it has.
    """
    edge = _boundary(mask) & ballot.inside
    inner = (mask & ballot.inside).astype(np.float32)
    outer = (~mask & ballot.inside).astype(np.float32)
    weight_in, weight_out = _near(inner) + 1e-4, _near(outer) + 1e-4
    mean_in = _near(ballot.view * inner) / weight_in
    mean_out = _near(ballot.view * outer) / weight_out
    rest = (ballot.view - np.where(mask, mean_in, mean_out)) ** 2 * ballot.inside
    spread = _near(rest) / (weight_in + weight_out)
    gap = (mean_in - mean_out)[edge] / np.sqrt(spread[edge] + 1e-8)
    return float(gap.sum()), int(edge.sum())


def elect(windows: Sequence[EvidenceMaps], most: int) -> list[Rule]:
    """Return the rules with the best boundary contrast, best first.

    Otsu's and Li's thresholds of every evidence map stand for election.

    Parameters
    ----------
    windows
        Parts of one plane; thresholds and scores are those of all together.
    most
        At most so many rules.
    """
    ballots = [Ballot(window["root"], window.inside) for window in windows]
    rules = [rule for name in MAP_NAMES for rule in _rules_of(name, windows, ballots)]
    usable = [rule for rule in rules if np.isfinite(rule.score)] or rules[:1]
    return sorted(usable, key=lambda rule: rule.score, reverse=True)[:most]


def vote(
    window: EvidenceMaps, rules: Sequence[Rule], tolerance: float
) -> NDArray[np.float32]:
    """Return the share of the elected rules that call a pixel foreground.

    Parameters
    ----------
    window
        Where.
    rules
        As `elect` returns them.
    tolerance
        A rule whose score is lower by this share of the best counts 1 / e of it.

    Returns
    -------
    ``(Y, X)`` float32 in 0..1; 0 in padding.
    """
    weights = _weights(rules, tolerance)
    total = np.zeros(window.inside.shape, np.float32)
    for name in dict.fromkeys(rule.name for rule in rules):
        values = window[name]
        for rule, weight in zip(rules, weights, strict=True):
            if rule.name == name:
                total += np.float32(weight) * (values > rule.threshold)
    total[~window.inside] = 0
    return total


def best_cut(
    ballots: Sequence[Ballot], probabilities: Sequence[NDArray[np.float32]]
) -> tuple[float, float]:
    """Choose the level of a probability whose boundary has the best contrast.

    Returns
    -------
    The contrast and the level; -inf and 0.5 if no level has a boundary.
    """
    found = [(_score(ballots, [p > cut for p in probabilities]), cut) for cut in CUTS]
    best = max(found)
    return best if np.isfinite(best[0]) else (-np.inf, 0.5)


def _rules_of(
    name: str, windows: Sequence[EvidenceMaps], ballots: Sequence[Ballot]
) -> list[Rule]:
    maps = [window[name] for window in windows]
    parts = [sample(m[w.inside]) for m, w in zip(maps, windows, strict=True)]
    values = np.concatenate(parts)
    thresholds = {most_correlated_threshold(values), li_threshold(values)}
    return [
        Rule(_score(ballots, [m > threshold for m in maps]), name, threshold)
        for threshold in sorted(thresholds)
    ]


def _score(ballots: Sequence[Ballot], masks: Iterable[NDArray[np.bool_]]) -> float:
    """Mean boundary contrast; -inf for masks that are next to empty or full."""
    total, length, inside, pixels = 0.0, 0, 0, 0
    for ballot, mask in zip(ballots, masks, strict=True):
        contrast, count = boundary_contrast(ballot, mask)
        total, length = total + contrast, length + count
        inside += int((mask & ballot.inside).sum())
        pixels += int(ballot.inside.sum())
    share = inside / max(pixels, 1)
    if length < LEAST_LENGTH or not LEAST_SHARE < share < MOST_SHARE:
        return -np.inf
    return total / length


def _weights(rules: Sequence[Rule], tolerance: float) -> NDArray[np.float64]:
    scores = np.array([rule.score for rule in rules])
    if not scores[0] > 0:
        return np.full(len(scores), 1 / len(scores))
    weights = np.exp((scores / scores[0] - 1) / tolerance)
    normed: NDArray[np.float64] = weights / weights.sum()
    return normed


def _boundary(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels with a 4-neighbour on the other side."""
    edge = np.zeros(mask.shape, np.bool_)
    rows, columns = mask[1:] != mask[:-1], mask[:, 1:] != mask[:, :-1]
    edge[1:] |= rows
    edge[:-1] |= rows
    edge[:, 1:] |= columns
    edge[:, :-1] |= columns
    return edge


def _near(image: NDArray[np.float32]) -> NDArray[np.float32]:
    near: NDArray[np.float32] = ndimage.gaussian_filter(image, SIGMA, truncate=2.5)
    return near
