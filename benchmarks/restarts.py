"""How well the criterion chooses among restarts.

    python benchmarks/restarts.py --data ../shared/data [--most 13] [--seeds 3]

Every image is segmented from several seeds. Without truth, the run whose boundary has
the best contrast is kept (``IGTT(restarts=...)``); with truth, its Dice is set beside
the mean, the best and the worst of the runs. The gain over the mean is given with its
standard error over the images.
"""

from __future__ import annotations

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from sets import SETS, Example, examples

from napari_metastruct.arrays import open_stack
from napari_metastruct.evaluation import dice
from napari_metastruct.evidence import BrightPlane, EvidenceMaps, view_of
from napari_metastruct.segmentation import segment


def runs(example: Example, seeds: int) -> tuple[list[float], list[float]]:
    """Return the boundary contrast and the Dice of one run for each seed."""
    side = example.set.foreground
    stack = open_stack(example.image)
    plane = BrightPlane(stack.plane(0), side)
    rows, columns = plane.shape
    view = view_of(EvidenceMaps(plane, (slice(0, rows), slice(0, columns))))
    truth = example.truth.astype(np.int8)
    if example.within is not None:
        truth[~example.within] = -1
    contrasts, scores = [], []
    for seed in range(seeds):
        found = segment(example.image, foreground=side, seed=seed, device="cpu")
        total, length = view.contrast(found.labels > 0)
        contrasts.append(total / max(length, 1))
        scores.append(float(dice(truth, found.labels)[1]))
    return contrasts, scores


def main() -> None:
    """Print one line for each set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--sets", nargs="+", choices=list(SETS), default=list(SETS))
    parser.add_argument("--most", type=int, default=13)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    print("| set | images | mean run | kept run | best run | worst run | gain |")
    print("|---|---|---|---|---|---|---|")
    for name in args.sets:
        group = examples(args.data, name, args.most)
        with ProcessPoolExecutor(args.workers) as pool:
            found = np.array(list(pool.map(partial(runs, seeds=args.seeds), group)))
        contrast, score = found[:, 0], found[:, 1]
        kept = score[np.arange(len(score)), contrast.argmax(axis=1)]
        gain = kept - score.mean(axis=1)
        error = gain.std(ddof=1) / np.sqrt(len(gain))
        columns = (score.mean(), kept.mean(), score.max(1).mean(), score.min(1).mean())
        numbers = " | ".join(f"{value:.3f}" for value in columns)
        gained = f"{gain.mean():+.4f} +- {error:.4f}"
        print(f"| {name} | {len(score)} | {numbers} | {gained} |", flush=True)


if __name__ == "__main__":
    main()
