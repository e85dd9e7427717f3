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


def revise(
    session: LabelledSession, rivals: Rivals, *, spare: float
) -> Iterator[Event]:
    """Revise labels that are not trusted, and keep what has revised them.

    Parameters
    ----------
    spare
        Leave those as they are whose log odds rise by no more than those of this share
        of the clean label maps; 0: revise all.
    """
    session.keep(GENERATOR)
    clean, others = (
        np.flatnonzero(session.trusted == known).tolist() for known in (True, False)
    )
    least = -np.inf
    if spare:
        rises = []
        for number in clean:
            yield Heartbeat()
            rises.append(_revised(session, rivals, number)[1])
        least = float(np.quantile(rises, spare))
    count = 0
    for number in others:
        yield Heartbeat()
        fresh, rise = _revised(session, rivals, number)
        if rise > least:
            session.correct(number, fresh)
            count += 1
    yield Notice(f"{count} of {len(others)} label maps are revised.")


def _revised(
    session: LabelledSession, rivals: Rivals, number: int
) -> tuple[NDArray[np.int16], float]:
    """Return a plane's revised labels, and by how much their log odds are higher."""
    image, given = session.image(number), session.given[number]
    revised = rivals.revised_plane(image, given)
    known = given >= 0
    rise = rivals.judged(image, revised) - rivals.judged(image, given)
    return revised, float(rise[known].mean()) if known.any() else 0.0


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
