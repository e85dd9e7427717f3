"""The one door to learning: images and a method in, a segmenter out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from napari_metastruct.networks.segmenter import Segmenter, SegmenterDescription
from napari_metastruct.progress import Heartbeat, Started, StopFlag
from napari_metastruct.training.data import choose_windows, cut_tiles
from napari_metastruct.training.devices import choose_device
from napari_metastruct.training.session import Session
from napari_metastruct.versions import installed_versions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_metastruct.arrays import ImageStack, Region
    from napari_metastruct.progress import Steps
    from napari_metastruct.training.method import Method
    from napari_metastruct.training.settings import TrainingSettings

__all__ = ["train_steps"]


def train_steps(
    method: Method,
    stacks: Sequence[ImageStack],
    settings: TrainingSettings,
    *,
    foreground: Literal["bright", "dark"] = "bright",
    region: Region | None = None,
    stop: StopFlag | None = None,
) -> Steps[Segmenter]:
    """Let a method learn from all planes of all stacks together.

    Parameters
    ----------
    method
        How to learn.
    stacks
        The images; all with the same number of channels.
    settings
        Seed and device.
    foreground
        "bright" or "dark" objects.
    region
        ``y0, y1, x0, x1``: learn only from there.
    stop
        When set, learning ends at the next epoch and keeps what it has.

    Returns
    -------
    The trained segmenter, by a generator of events.
    """
    choice = choose_device(settings.device)
    yield Started("Learning", 0, choice.reason)
    rng = np.random.default_rng(settings.seed)
    windows = choose_windows(stacks, rng, region=region)
    tiles = []
    for tile in cut_tiles(stacks, windows, method.feature_settings(), foreground):
        tiles.append(tile)
        yield Heartbeat()
    session = Session(
        tiles,
        method.network_settings(),
        seed=settings.seed,
        device=choice.device,
        stop=stop or StopFlag(),
    )
    yield from method.train(session)
    description = SegmenterDescription(
        network=method.network_settings(),
        features=method.feature_settings(),
        channel_count=stacks[0].channel_count,
        foreground=foreground,
        threshold=session.threshold,
        vote=session.vote,
        fit_edges=session.fit_edges,
        method=method.model_dump(mode="json"),
        seed=settings.seed,
        versions=installed_versions(),
    )
    return Segmenter(session.network.eval().cpu(), description)
