"""What adversarial correction makes of label maps, and how far it trusts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from napari_metastruct.progress import Heartbeat, Notice
from napari_metastruct.training.labelled.results import MethodResults
from napari_metastruct.training.labelled.rivals import Rivals
from napari_metastruct.training.labelled.state import BEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from napari_metastruct.progress import Event, Steps
    from napari_metastruct.training.labelled.planes import Example
    from napari_metastruct.training.labelled.session import LabelledSession

__all__ = ["SCORES", "revise", "scores_of", "scores_steps"]

SCORES = ("trust", "score", "score revised")
"""What is known of the labels of a plane, see `scores_steps`."""
GENERATOR = "generator"
"""Weights that have revised the labels."""


def revise(session: LabelledSession, rivals: Rivals, *, spare: bool) -> Iterator[Event]:
    """Revise labels that are not trusted, and keep what has revised them.

    Parameters
    ----------
    spare
        Leave those as they are whose log odds rise by no more than those of a clean
        label map.
    """
    session.keep(GENERATOR)
    most = -np.inf
    if spare:
        for number in np.flatnonzero(session.trusted).tolist():
            yield Heartbeat()
            image, given = session.image(number), session.given[number]
            fresh = rivals.revised_plane(image, given)
            most = max(most, _rise(rivals, image, given, fresh))
    others = np.flatnonzero(~session.trusted).tolist()
    revised = 0
    for number in others:
        yield Heartbeat()
        image, given = session.image(number), session.given[number]
        fresh = rivals.revised_plane(image, given)
        if _rise(rivals, image, given, fresh) > most:
            session.correct(number, fresh)
            revised += 1
    yield Notice(f"{revised} of {len(others)} label maps are revised.")


def scores_steps(
    session: LabelledSession, examples: Sequence[Example]
) -> Steps[MethodResults]:
    """Return the `SCORES` of planes.

    "trust": the odds of the labels as given against those of the same revised, at most
    1; low where they are probably wrong. "score" and "score revised": the
    discriminator's own scores of both.
    """
    session.go_back_to(GENERATOR)
    found = []
    with Rivals(session) as rivals:
        for example in examples:
            yield Heartbeat()
            found.append(scores_of(rivals, example.image, example.labels))
    session.go_back_to(BEST)
    return MethodResults(scores={n: [one[n] for one in found] for n in SCORES})


def _rise(
    rivals: Rivals,
    image: NDArray[np.float32],
    given: NDArray[np.int16],
    revised: NDArray[np.int16],
) -> float:
    """Return how much higher the log odds of the revised labels are; a plane's mean."""
    known = given >= 0
    if not known.any():
        return -np.inf
    rise = rivals.judged(image, revised) - rivals.judged(image, given)
    return float(rise[known].mean())


def scores_of(
    rivals: Rivals, image: NDArray[np.float32], given: NDArray[np.int16]
) -> dict[str, float]:
    """Return the `SCORES` of a plane, NaN where nothing is labelled."""
    known = given >= 0
    if not known.any():
        return dict.fromkeys(SCORES, np.nan)
    revised = rivals.revised_plane(image, given)
    odds = [
        float(rivals.judged(image, labels)[known].mean()) for labels in (given, revised)
    ]
    trust = np.exp(min(0.0, odds[0] - odds[1]))
    return dict(zip(SCORES, (trust, *expit(odds)), strict=True))
