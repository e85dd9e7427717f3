"""The vote of a whole plane, of any size, in bounded memory."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from napari_metastruct.evidence.blocks import blocks, parts
from napari_metastruct.evidence.edges import REACH as FIT_REACH
from napari_metastruct.evidence.election import (
    ballot,
    candidates,
    elect,
    view_of,
    weighted,
)
from napari_metastruct.evidence.maps import EvidenceMaps
from napari_metastruct.parameters import Parameters, Positive, Rate
from napari_metastruct.progress import Heartbeat

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_metastruct.evidence.plane import BrightPlane, Window
    from napari_metastruct.progress import Steps

__all__ = ["VoteSettings", "mix_vote_steps"]

BLOCK = 1024
"""Side of the squares that are voted on at once."""
ELECTING = 512
"""Side of the windows that a plane elects its rules in, about: as in learning."""


class VoteSettings(Parameters):
    """How much the vote of the image's own rules counts beside a network."""

    share: Rate = 0.3
    """Share of the vote in the probability; the rest is the network's."""
    voters: Annotated[int, Field(ge=1, le=100)] = 12
    """How many of the best rules vote."""
    tolerance: Positive = 0.02
    """A rule whose boundary contrast is lower by this share of the best counts 1/e
    of it."""


def mix_vote_steps(
    probability: NDArray[np.float32], plane: BrightPlane, settings: VoteSettings
) -> Steps[None]:
    """Mix the vote of a plane's own rules into a probability, in place.

    The plane elects its rules anew, from its own sample windows. Rules are asked in
    as many threads as there are cores, but for one that is left to the window.

    Parameters
    ----------
    probability
        ``(Y, X)`` float32 in 0..1, changed.
    plane
        The plane that it belongs to.
    settings
        Share and voters.

    Returns
    -------
    Nothing, by a generator of `~napari_metastruct.progress.Heartbeat`.
    """
    rules = []
    windows = [EvidenceMaps(plane, where) for where in _electing(plane)]
    for rule in candidates(windows):
        rules.append(rule)
        yield Heartbeat()
    elected = elect(rules, settings.voters)
    probability *= np.float32(1 - settings.share)
    counted = weighted(elected, settings.tolerance)
    pool = ThreadPoolExecutor(max(1, (os.cpu_count() or 2) - 1))
    try:
        for block in blocks(plane.shape, FIT_REACH, BLOCK):
            window = EvidenceMaps(plane, block.seen)
            ask = partial(ballot, window, view_of(window))
            masks = pool.map(ask, (rule for _, rule in counted))
            for (weight, _), mask in zip(counted, masks, strict=True):
                share = np.float32(settings.share * weight)
                probability[block.core] += share * mask[block.inner]
                yield Heartbeat()
    finally:
        pool.shutdown(cancel_futures=True)
    np.minimum(probability, 1, out=probability)


def _electing(plane: BrightPlane) -> list[Window]:
    return [
        (top, left)
        for rows, columns in plane.sample_windows
        for top in parts(rows.start, rows.stop, ELECTING)
        for left in parts(columns.start, columns.stop, ELECTING)
    ]
