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

__all__ = ["ODDS", "SCORES", "judged", "revise", "scores_of", "scores_steps"]

SCORES = ("trust", "score", "score revised")
"""What is known of the labels of a plane, see `scores_steps`."""
GENERATOR = "generator"
"""Weights that have revised the labels."""
ODDS = "odds"
"""Of the training planes, ``(planes, 2)``: log odds of given and of revised labels."""


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
    odds = np.full((len(session), 2), np.nan)
    for number in np.flatnonzero(session.trusted).tolist():
        yield Heartbeat()
        _, odds[number] = judged(rivals, session.image(number), session.given[number])
    rises = (odds[:, 1] - odds[:, 0])[session.trusted]
    least = np.nanquantile(rises, spare) if spare else -np.inf
    others = np.flatnonzero(~session.trusted).tolist()
    count = 0
    for number in others:
        yield Heartbeat()
        image, given = session.image(number), session.given[number]
        revised, odds[number] = judged(rivals, image, given)
        if odds[number, 1] - odds[number, 0] > least:
            session.correct(number, revised)
            count += 1
    session.state = {**session.state, ODDS: odds}
    yield Notice(f"{count} of {len(others)} label maps are revised.")


def judged(
    rivals: Rivals, image: NDArray[np.float32], given: NDArray[np.int16]
) -> tuple[NDArray[np.int16], tuple[float, float]]:
    """Return a plane's revised labels, and the log odds of the given and of these.

    The mean over the labelled pixels; NaN where there are none.
    """
    revised = rivals.revised_plane(image, given)
    known = given >= 0
    if not known.any():
        return revised, (np.nan, np.nan)
    before, after = (
        float(rivals.judged(image, labels)[known].mean()) for labels in (given, revised)
    )
    return revised, (before, after)


def scores_steps(
    session: LabelledSession, examples: Sequence[Example]
) -> Steps[MethodResults]:
    """Return the `SCORES` of planes, the training planes first.

    "trust": ``o / (o + r)`` of the odds that the labels are clean, o as given and r
    revised; below 0.5 where they had better be revised. "score" and "score revised":
    the discriminator's own scores of both.
    """
    odds = session.state[ODDS].tolist()
    session.go_back_to(GENERATOR)
    with Rivals(session) as rivals:
        for example in examples[len(odds) :]:
            yield Heartbeat()
            odds.append(judged(rivals, example.image, example.labels)[1])
    session.go_back_to(BEST)
    return MethodResults(scores=scores_of(np.array(odds)))


def scores_of(odds: NDArray[np.float64]) -> dict[str, list[float]]:
    """Return the `SCORES` from log odds ``(planes, 2)``."""
    columns = (expit(odds[:, 0] - odds[:, 1]), *expit(odds).T)
    return {name: column.tolist() for name, column in zip(SCORES, columns, strict=True)}
