"""How well the criterion chooses among restarts.

    python benchmarks/restarts.py --data ../shared/data [--most 13] [--seeds 3]

Every image is segmented from several seeds. Without truth, the run whose mask is most
like the others' is kept (``IGTT(restarts=...)``); with truth, its Dice is set beside
the mean, the best and the worst of the runs, and beside the run of the best boundary
contrast. Gains over the mean are given with their standard error over the images.
"""

from __future__ import annotations

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from sets import SETS, Example, examples

from napari_metastruct.arrays import open_stack
from napari_metastruct.evaluation import dice
from napari_metastruct.evidence import BrightPlane, EvidenceMaps, view_of
from napari_metastruct.segmentation import segment

if TYPE_CHECKING:
    from numpy.typing import NDArray


HEADER = (
    "set",
    "images",
    "mean run",
    "best run",
    "worst run",
    "kept run",
    "gain",
    "best contrast",
    "gain",
)


def runs(example: Example, seeds: int) -> NDArray[np.float64]:
    """Return Dice, likeness to the others and contrast, ``(3, seeds)``."""
    side = example.set.foreground
    plane = BrightPlane(open_stack(example.image).plane(0), side)
    rows, columns = plane.shape
    view = view_of(EvidenceMaps(plane, (slice(0, rows), slice(0, columns))))
    truth = example.truth.astype(np.int8)
    if example.within is not None:
        truth[~example.within] = -1
    masks = [
        segment(example.image, foreground=side, seed=seed, device="cpu").labels > 0
        for seed in range(seeds)
    ]
    scores = [dice(truth, mask.astype(np.uint8))[1] for mask in masks]
    alike = [sum(_alike(mask, other) for other in masks) for mask in masks]
    sums = [view.contrast(mask) for mask in masks]
    return np.array([scores, alike, [total / max(n, 1) for total, n in sums]])


def _alike(mask: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return 2 * int((mask & other).sum()) / max(int(mask.sum() + other.sum()), 1)


def gain(kept: NDArray[np.float64], scores: NDArray[np.float64]) -> str:
    """Return the mean of what is kept and what it gains over the mean run."""
    gained = kept - scores.mean(axis=1)
    error = gained.std(ddof=1) / np.sqrt(len(gained))
    return f"{kept.mean():.3f} | {gained.mean():+.4f} +- {error:.4f}"


def main() -> None:
    """Print one line for each set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--sets", nargs="+", choices=list(SETS), default=list(SETS))
    parser.add_argument("--most", type=int, default=13)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    print(f"| {' | '.join(HEADER)} |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in args.sets:
        group = examples(args.data, name, args.most)
        with ProcessPoolExecutor(args.workers) as pool:
            found = np.array(list(pool.map(partial(runs, seeds=args.seeds), group)))
        scores, likeness, contrast = found.transpose(1, 0, 2)
        each = np.arange(len(group))
        columns = (scores.mean(), scores.max(1).mean(), scores.min(1).mean())
        numbers = " | ".join(f"{value:.3f}" for value in columns)
        kept = gain(scores[each, likeness.argmax(axis=1)], scores)
        other = gain(scores[each, contrast.argmax(axis=1)], scores)
        print(f"| {name} | {len(group)} | {numbers} | {kept} | {other} |", flush=True)


if __name__ == "__main__":
    main()
