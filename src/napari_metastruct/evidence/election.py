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

from napari_metastruct.evidence.edges import View
from napari_metastruct.evidence.maps import MAP_NAMES
from napari_metastruct.evidence.plane import Window, sample
from napari_metastruct.thresholding import li_threshold, most_correlated_threshold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from napari_metastruct.evidence.maps import EvidenceMaps

__all__ = [
    "Rule",
    "ballot",
    "candidates",
    "cuts",
    "elect",
    "view_of",
    "vote",
    "weighted",
]

LEAST_LENGTH = 20
"""Boundary pixels below which a mask has no contrast."""
LEAST_SHARE, MOST_SHARE = 0.002, 0.9
"""Shares of foreground between which a mask is worth a look."""
CUTS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Levels of a probability that are compared."""
LEAST_WEIGHT = 1e-3
"""Rules that count less are not asked."""
WHOLE: Window = (slice(None), slice(None))
JUDGED = 256
"""Where a plane has several windows, rules are judged in the middle of each, in a
square of this side: enough boundary to judge by."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A threshold of an evidence map, and its boundary contrast."""

    score: float
    name: str
    threshold: float


def view_of(window: EvidenceMaps, part: Window = WHOLE) -> View:
    """Return what masks of a window, or of a part of it, are held against."""
    return View(window["intensity"][part], window["root"][part], window.inside[part])


def candidates(windows: Sequence[EvidenceMaps]) -> Iterator[Rule]:
    """Yield every rule with its boundary contrast, one at a time.

    Otsu's and Li's thresholds of every evidence map stand for election; their
    masks are fitted to the edges before they are judged.

    Parameters
    ----------
    windows
        Parts of one plane; thresholds and scores are those of all together.
    """
    middles = [_middle(window.inside.shape, len(windows)) for window in windows]
    views = [
        view_of(window, middle) for window, middle in zip(windows, middles, strict=True)
    ]
    for name in MAP_NAMES:
        maps = [window[name] for window in windows]
        parts = [m[middle] for m, middle in zip(maps, middles, strict=True)]
        for threshold in _thresholds(maps, windows):
            masks = [part > threshold for part in parts]
            yield Rule(_score(views, masks), name, threshold)


def elect(rules: Iterable[Rule], most: int) -> list[Rule]:
    """Return the rules with the best boundary contrast, best first, at most so many.

    Where none has a boundary, the first one stands alone.
    """
    every = list(rules)
    usable = [rule for rule in every if np.isfinite(rule.score)] or every[:1]
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
    view = view_of(window)
    total = np.zeros(window.inside.shape, np.float32)
    for weight, rule in weighted(rules, tolerance):
        total += np.float32(weight) * ballot(window, view, rule)
    return np.minimum(total, 1, out=total)


def weighted(rules: Sequence[Rule], tolerance: float) -> list[tuple[float, Rule]]:
    """Return each rule that counts in a `vote`, behind its weight."""
    weights = _weights(rules, tolerance).tolist()
    pairs = zip(weights, rules, strict=True)
    return [(weight, rule) for weight, rule in pairs if weight > LEAST_WEIGHT]


def ballot(window: EvidenceMaps, view: View, rule: Rule) -> NDArray[np.bool_]:
    """Return the mask of a rule, fitted to the edges: what it has to say."""
    return view.fitted(window[rule.name] > rule.threshold)


def cuts(
    views: Sequence[View], probabilities: Sequence[NDArray[np.float32]]
) -> Iterator[tuple[float, float]]:
    """Yield the boundary contrast and the level, for levels of a probability.

    The largest is the best level to cut at; one without boundary has -inf.
    """
    for cut in CUTS:
        yield _score(views, [p > cut for p in probabilities]), cut


def _thresholds(
    maps: Sequence[NDArray[np.float32]], windows: Sequence[EvidenceMaps]
) -> list[float]:
    parts = [sample(m[w.inside]) for m, w in zip(maps, windows, strict=True)]
    values = np.concatenate(parts)
    return sorted({most_correlated_threshold(values), li_threshold(values)})


def _middle(shape: tuple[int, ...], windows: int) -> Window:
    if windows == 1:
        return WHOLE
    top, left = (max(0, (side - JUDGED) // 2) for side in shape)
    return slice(top, top + JUDGED), slice(left, left + JUDGED)


def _score(views: Sequence[View], masks: Iterable[NDArray[np.bool_]]) -> float:
    """Mean boundary contrast of fitted masks; -inf where next to empty or full."""
    pairs = list(zip(views, masks, strict=True))
    marked = sum(int((mask & view.inside).sum()) for view, mask in pairs)
    pixels = sum(int(view.inside.sum()) for view in views)
    if not LEAST_SHARE < marked / max(pixels, 1) < MOST_SHARE:
        return -np.inf
    found = [view.contrast(view.fitted(mask)) for view, mask in pairs]
    length = sum(count for _, count in found)
    return sum(c for c, _ in found) / length if length >= LEAST_LENGTH else -np.inf


def _weights(rules: Sequence[Rule], tolerance: float) -> NDArray[np.float64]:
    scores = np.array([rule.score for rule in rules])
    if not scores[0] > 0:
        return np.full(len(scores), 1 / len(scores))
    weights = np.exp((scores / scores[0] - 1) / tolerance)
    normed: NDArray[np.float64] = weights / weights.sum()
    return normed
