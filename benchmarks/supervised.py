"""The ceiling: the same U-Net, trained on true masks of other images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from napari_metastruct.arrays import open_stack
from napari_metastruct.networks.create import NetworkSettings
from napari_metastruct.networks.segmenter import Segmenter, SegmenterDescription
from napari_metastruct.progress import run_to_end
from napari_metastruct.training.data import choose_windows, cut_tiles
from napari_metastruct.training.losses import binary_cross_entropy
from napari_metastruct.training.session import Session

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sets import Example

STEPS = 600
NETWORK = NetworkSettings(width=16, depth=3)


def train_and_predict(
    train: list[Example], test: list[Example], seed: int
) -> list[NDArray[np.float32]]:
    """Return the probability of every test image."""
    side = train[0].set.foreground
    what = SegmenterDescription(network=NETWORK, foreground=side)
    stacks = [open_stack(e.image) for e in train]
    windows = choose_windows(stacks, np.random.default_rng(seed), most=10_000)
    tiles = list(cut_tiles(stacks, windows, what.features, side))
    session = Session(tiles, NETWORK, seed=seed)
    for number, tile in enumerate(tiles):
        example, w = train[tile.window.stack], tile.window
        label = example.truth[w.rows, w.columns].astype(np.int8)
        if example.within is not None:
            label[~example.within[w.rows, w.columns]] = -1
        session.labels[number] = label
    _learn(session)
    segmenter = Segmenter(session.network.eval(), what)
    return [
        run_to_end(segmenter.probability_steps(open_stack(e.image).plane(0)))
        for e in test
    ]


def _learn(session: Session) -> None:
    session.optimizer = torch.optim.AdamW(session.network.parameters(), 2e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        session.optimizer, 5e-3, total_steps=STEPS
    )
    for _ in session.epochs(1, STEPS):
        for batch in session.batches(STEPS, size=4, side=128):
            logits = session.forward(batch.images)[:, 0]
            session.step(binary_cross_entropy(logits, batch.labels))
            schedule.step()
    session.calibrate(side=128)
