"""Learning from coarse marks beside its peers (docs/benchmarks.md).

    python benchmarks/coarse_marks.py --data ../shared/data     # all, about 3 h
    python benchmarks/coarse_marks.py --rows coarse plain --sets nuclei --ratios 0.3
    python benchmarks/coarse_marks.py --quick                      # under 10 minutes
    python benchmarks/coarse_marks.py --table                      # what is cached

Marks are those of ``noise.coarse_positive`` and ``noise.coarse_negative``: too thin or
too thick, with gaps, of each piece the share "ratio" around a random point; the rest is
unmarked. Networks: U-Net of width 8 and depth 3, 40 squares of 128 pixels to learn
from, 40 of other images to test, 80 epochs of 10 steps with 4 patches; nothing is kept
apart for validation. All see of each pixel also how it compares with its surroundings,
which is off by default. The seed draws the parts, the marks and the first weights.
Every cell (set, ratio, row, seed) is cached under ``benchmarks/cache``, with the device
that it was learned on.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from cells import arguments, fill, spread
from noisy_sets import SIDE, Split, split
from sets import examples

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from napari_metastruct.training.settings import DeviceWish

CACHE = Path(__file__).parent / "cache" / "coarse_marks"
COUNT, EPOCHS, MASKS, SQUARES = 40, 80, 10, 4
SETS = ("nuclei", "vessels", "oocytes")
BETAS = (130, 1_000, 10_000, 100_000)
RATIOS = (0.3, 0.5, 1.0, 0.8, 0.01)
TITLES = {
    "coarse": "coarse marks, positive and negative",
    "coarse-positive": "- positive only, the rest is background",
    "coarse-rims": "- with the rims of strokes (rim 0), as in the paper",
    "coarse-joint": "- p learned by the learned matrices, as in the paper",
    "coarse-at-once": "- without waiting for p (wait_for 0)",
    "coarse-image": "- shown the image alone, not the surroundings",
    "plain": "plain on the marks",
    "walker": "random walker from the marks",
    "watershed": "watershed from the marks",
    "forest": "random forest on features",
    "forest-inner": "- without the rims of strokes",
    "semi": f"coarse marks, {MASKS} of {COUNT} with masks",
    "masks": f"plain on these {MASKS} masks alone",
    "full": "plain on full masks (ceiling)",
}
CHANGED: dict[str, dict[str, Any]] = {
    "coarse-rims": {"rim": 0},
    "coarse-joint": {"joint": True},
    "coarse-at-once": {"wait_for": 0},
}
"""Settings of the method in some rows."""
ONCE = ("masks", "full")
"""Rows that have no use for marks: one cell for all ratios."""
MAIN = ("full", "coarse", "plain", "forest", "forest-inner", "walker", "watershed")
MORE = ("coarse-positive", "coarse-rims", "semi", "masks")
PARTS = ("coarse-joint", "coarse-at-once", "coarse-image")
BLOCKS = (
    (RATIOS[:2], MAIN),
    (RATIOS[:1], MORE),
    (RATIOS[2:], MAIN),
    (RATIOS[1:2], MORE),
    (RATIOS[:1], PARTS),
)
"""Ratios and rows in the order in which they are run."""


@dataclass(frozen=True)
class Marked:
    """Images with marks: of `parts` the part that is learned from."""

    parts: Split
    positive: NDArray[np.int16]
    negative: NDArray[np.int16]

    @property
    def truth(self) -> NDArray[np.int16]:
        """Labels of the images that are marked."""
        return np.stack(self.parts.truth).astype(np.int16)

    @property
    def labels(self) -> NDArray[np.int16]:
        """Both kinds of marks as labels: 1, 0, or -1."""
        left = np.where(self.negative >= 0, 0, -1)
        return np.where(self.positive >= 0, self.positive, left).astype(np.int16)


def marked(data: Path, name: str, ratio: float, seed: int) -> Marked:
    """Draw images and marks; where both kinds meet the positive one counts."""
    from napari_metastruct import noise

    parts = (
        _vessels(data, seed)
        if name == "vessels"
        else split(data, name, "clean", seed, COUNT)
    )
    drawn = [
        np.stack(
            [
                make(truth.astype(np.uint8), ratio, rng=noise.image_rng(seed, kind, i))
                for i, truth in enumerate(parts.truth)
            ]
        ).astype(np.int16)
        for kind, make in enumerate((noise.coarse_positive, noise.coarse_negative))
    ]
    drawn[1][drawn[0] >= 0] = -1
    return Marked(parts, *drawn)


def _vessels(data: Path, seed: int) -> Split:
    """Of half the images some squares to learn from, of the others some to test."""
    every = examples(data, "vessels")
    rng = np.random.default_rng(seed)
    squares: list[list[tuple[NDArray[Any], NDArray[Any]]]] = [[], []]
    for place, number in enumerate(rng.permutation(len(every))):
        one = every[number]
        found = 0
        while found < SQUARES:
            row, column = (
                int(rng.integers(side - SIDE + 1)) for side in one.truth.shape
            )
            cut = np.s_[row : row + SIDE, column : column + SIDE]
            if one.within is None or one.within[cut].all():
                values = one.image[cut].astype(np.float32), one.truth[cut]
                squares[place % 2].append((values[0], values[1].astype(np.uint8)))
                found += 1
    (train, truth), (test, test_truth) = (zip(*part, strict=True) for part in squares)
    return Split([*train], [*test], [*truth], [*test_truth], [*truth])


def learn(
    row: str, given: Marked, seed: int, epochs: int, device: DeviceWish = "cpu"
) -> dict[str, Any]:
    """Let a network learn; return what is measured."""
    from napari_metastruct.arrays import open_stack
    from napari_metastruct.methods import CoarseMarks, Plain
    from napari_metastruct.training.labelled import LabelledPair, LabelledSettings
    from napari_metastruct.training.labelled.run import train_on_labels_steps

    parts = given.parts
    settings = LabelledSettings(
        epochs=epochs, batch=4, width=8, depth=3, validation=0, checkpoint_every=0,
        seed=seed, device=device, correct_above=1,
        surroundings=row != "coarse-image",
    )  # fmt: skip
    stack = np.stack(parts.train)

    def pair(labels: Any, part: slice = slice(None), **more: Any) -> LabelledPair:  # noqa: ANN401
        return LabelledPair(open_stack(stack[part], axes="ZYX"), labels[part], **more)

    method: Any = CoarseMarks()
    if row in ("coarse", "coarse-image"):
        pairs = [pair(given.positive, negative=given.negative)]
    elif row in CHANGED:
        method = CoarseMarks(**CHANGED[row])
        pairs = [pair(given.positive, negative=given.negative)]
    elif row == "coarse-positive":
        pairs = [pair(np.maximum(given.positive, 0))]
    elif row == "semi":
        masks, rest = slice(MASKS), slice(MASKS, None)
        pairs = [
            pair(given.truth, masks, trusted=True),
            pair(given.positive, rest, negative=given.negative[rest]),
        ]
    else:
        method = Plain()
        part = slice(MASKS) if row == "masks" else slice(None)
        pairs = [pair(given.labels if row == "plain" else given.truth, part)]
    start = time.process_time()
    result = _end(train_on_labels_steps(method, pairs, settings))
    test = _predicted(result.segmenter, parts.test)
    values = {
        "device": device,
        "test": _iou(np.stack(parts.test_truth), test),
        "seconds": time.process_time() - start,
        "marked": _iou(given.truth, _predicted(result.segmenter, parts.train)),
    }
    if row.startswith("coarse") and row != "coarse-positive":
        values |= _matrices(given, result)
    return values


def _end(steps: Any) -> Any:  # noqa: ANN401
    from napari_metastruct.progress import run_to_end

    return run_to_end(steps)


def _predicted(segmenter: Any, images: list[NDArray[Any]]) -> NDArray[Any]:  # noqa: ANN401
    found = [
        _end(segmenter.segment_steps(one[None].astype(np.float32))) for one in images
    ]
    return np.stack([labels for labels, _ in found])


def _iou(truth: NDArray[Any], found: NDArray[Any]) -> float:
    from napari_metastruct.evaluation import iou

    return float(np.mean(iou(truth.astype(int), found.astype(int), 2)[1:]))


def _matrices(given: Marked, result: Any) -> dict[str, Any]:  # noqa: ANN401
    """Compare the matrices that were learned with those of the simulation.

    Matrices that never began to learn are as they began.
    """
    from napari_metastruct.evaluation import auc
    from napari_metastruct.networks.annotation import START, beginning

    values: dict[str, Any] = {}
    kinds = {"positive": given.positive, "negative": given.negative}
    for name, marks in kinds.items():
        known = marks >= 0
        said = marks if name == "positive" else np.where(known, 1 - marks, -1)
        truth = given.truth[known]
        counts = np.zeros((2, 2))
        np.add.at(counts, (said[known], truth), 1)
        true = counts / np.maximum(counts.sum(axis=0), 1)
        wrong = said[known] != truth
        reliable = np.full(wrong.shape, START)
        found = beginning(2).numpy()
        if f"reliability {name}" in result.maps:
            reliable = result.maps[f"reliability {name}"][0][known]
            found = result.matrices[name]
        values[name] = {
            "true": true.tolist(),
            "found": found.tolist(),
            "wrong": float(wrong.mean()),
            "said_wrong": float(1 - reliable.mean()),
            "auc": float(auc(wrong.astype(int)[None], 1 - reliable[None])),
        }
    return values


def from_marks(row: str, given: Marked) -> dict[str, Any]:
    """Segment the images that are marked, each by its own marks alone.

    The random walker gets the beta that is best by the truth.
    """
    start = time.process_time()
    betas = BETAS if row == "walker" else BETAS[:1]
    scores = {
        beta: _iou(
            given.truth,
            np.stack(
                [
                    _spread_marks(image, labels, beta, walk=row == "walker")
                    for image, labels in zip(
                        given.parts.train, given.labels, strict=True
                    )
                ]
            ),
        )
        for beta in betas
    }
    seconds = time.process_time() - start
    return {"marked": max(scores.values()), "betas": scores, "seconds": seconds}


def _spread_marks(
    image: NDArray[Any], labels: NDArray[Any], beta: float, *, walk: bool
) -> NDArray[Any]:
    from skimage.filters import gaussian, sobel
    from skimage.segmentation import random_walker, watershed

    kinds = np.unique(labels[labels >= 0])
    if len(kinds) < 2:
        return np.full(labels.shape, kinds[0] if len(kinds) else 0)
    grey = (image - image.min()) / max(float(np.ptp(image)), 1e-6)
    if walk:
        return np.asarray(random_walker(grey, labels + 1, beta, mode="bf")) - 1
    return np.asarray(watershed(sobel(gaussian(grey, 1)), labels + 1)) - 1


def without_rims(given: Marked) -> Marked:
    """Take the rims of all strokes away, as the method does by default."""
    from napari_metastruct.methods import CoarseMarks
    from napari_metastruct.training.labelled.stroke_rims import cores

    share = CoarseMarks().rim
    inner = [
        cores(*both, share) for both in zip(given.positive, given.negative, strict=True)
    ]
    positive, negative = (np.stack(part) for part in zip(*inner, strict=True))
    return Marked(given.parts, positive, negative)


def forest(given: Marked, seed: int) -> dict[str, Any]:
    """Learn marked pixels by a random forest; scikit-image's example, its settings."""
    from skimage.feature import multiscale_basic_features
    from sklearn.ensemble import RandomForestClassifier

    def seen(images: list[NDArray[Any]]) -> NDArray[Any]:
        return np.stack(
            [
                multiscale_basic_features(
                    one / 255, sigma_min=1, sigma_max=16, workers=1
                ).astype(np.float32)
                for one in images
            ]
        )

    start = time.process_time()
    features, known = seen(given.parts.train), given.labels >= 0
    trees = RandomForestClassifier(
        n_estimators=50, max_depth=10, max_samples=0.05, n_jobs=1, random_state=seed
    ).fit(features[known], given.labels[known])

    def predicted(values: NDArray[Any]) -> NDArray[Any]:
        flat = trees.predict(values.reshape(-1, values.shape[-1]))
        return np.asarray(flat.reshape(values.shape[:-1]))

    test = _iou(np.stack(given.parts.test_truth), predicted(seen(given.parts.test)))
    return {
        "test": test,
        "marked": _iou(given.truth, predicted(features)),
        "seconds": time.process_time() - start,
    }


def cell(quick: bool, name: str, ratio: float, row: str, seed: int) -> Path:
    """Return the file that holds a cell."""
    home = CACHE.with_name("coarse_marks_quick") if quick else CACHE
    part = "masks" if row in ONCE else f"{ratio:g}"
    return home / name / part / f"{row}.{seed}.json"


def _one(
    args: argparse.Namespace, name: str, ratio: float, row: str, seed: int
) -> None:
    import torch

    torch.set_num_threads(1)
    given = marked(args.data, name, ratio, seed)
    if row == "forest":
        values = forest(given, seed)
    elif row == "forest-inner":
        values = forest(without_rims(given), seed)
    elif row in ("walker", "watershed"):
        values = from_marks(row, given)
    else:
        values = learn(row, given, seed, args.epochs, args.device)
    path = cell(args.quick, name, ratio, row, seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values))


def cells(args: argparse.Namespace) -> Iterator[tuple[str, float, str, int]]:
    """Yield set, ratio, row and seed of what was asked for, block by block."""
    seen = set()
    for ratios, rows in BLOCKS:
        for seed, ratio, row, name in product(args.seeds, ratios, rows, args.sets):
            one = (name, RATIOS[0] if row in ONCE else ratio, row, seed)
            asked = row in args.rows and (row in ONCE or ratio in args.ratios)
            if asked and one not in seen:
                seen.add(one)
                yield one


def table(args: argparse.Namespace) -> str:
    """Return the tables of everything cached, as Markdown."""
    parts = [_table(args, "test", "mIoU on test images"), _matrix_table(args)]
    parts.insert(1, _table(args, "marked", "mIoU on the images that are marked"))
    return "\n\n".join(part for part in parts if part)


def _cached(
    args: argparse.Namespace, name: str, ratio: float, row: str
) -> list[dict[str, Any]]:
    paths = [cell(args.quick, name, ratio, row, seed) for seed in args.seeds]
    return [json.loads(path.read_text()) for path in paths if path.exists()]


def _table(args: argparse.Namespace, key: str, title: str) -> str:
    ratios = sorted(args.ratios, reverse=True)
    heads = " | ".join(f"{ratio:g}" for ratio in ratios)
    lines = [
        f"| set | {title} | {heads} | seeds |",
        "|---|---|" + "---|" * (len(ratios) + 1),
    ]
    for name in args.sets:
        for row in TITLES:
            found = [_cached(args, name, ratio, row) for ratio in ratios]
            values = [[v[key] for v in one if key in v] for one in found]
            if row in args.rows and any(values):
                seeds = "-".join(map(str, sorted({len(v) for v in values if v})))
                cells = " | ".join(spread(v) for v in values)
                lines.append(f"| {name} | {TITLES[row]} | {cells} | {seeds} |")
    return "\n".join(lines)


def _matrix_table(args: argparse.Namespace) -> str:
    """Return the matrices that were learned beside those of the simulation."""
    lines = [
        "| set | ratio | marks | wrong marks | said to be wrong | error of the matrix "
        "| of the identity | AUC of wrong marks | seeds |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    entries: list[tuple[float, float]] = []
    for name in args.sets:
        for ratio in sorted(args.ratios, reverse=True):
            for kind in ("positive", "negative"):
                found = [
                    v[kind] for v in _cached(args, name, ratio, "coarse") if kind in v
                ]
                if not found:
                    continue
                true, learned = (
                    np.array([v[k] for v in found]) for k in ("true", "found")
                )
                entries += [*zip(true.ravel(), learned.ravel(), strict=True)]
                errors = np.abs(true - learned).mean(axis=(1, 2))
                without = np.abs(true - np.eye(2)).mean(axis=(1, 2))
                columns = [
                    spread([v["wrong"] for v in found]),
                    spread([v["said_wrong"] for v in found]),
                    spread([*errors]),
                    spread([*without]),
                    spread([v["auc"] for v in found]),
                ]
                head = f"| {name} | {ratio:g} | {kind} | "
                lines.append(head + " | ".join(columns) + f" | {len(found)} |")
    if len(entries) < 8:
        return ""
    r = np.corrcoef(np.array(entries).T)[0, 1]
    note = f"Correlation of all entries of these matrices with the true ones: {r:.2f}."
    return "\n".join([*lines, "", note])


def main() -> None:
    """Run what is missing and print the tables."""
    parser = arguments(__doc__, SETS, TITLES)
    parser.add_argument(
        "--ratios", nargs="+", type=float, default=RATIOS, choices=RATIOS
    )
    args = parser.parse_args()
    args.epochs = EPOCHS
    if args.quick:
        args.seeds, args.epochs = [0], 12
    if not args.table:
        fill(args, cells(args), cell, _one)
    print(table(args))


if __name__ == "__main__":
    main()
