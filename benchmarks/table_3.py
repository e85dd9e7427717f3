"""Supervised U-Net, HRNet and DeepLabv3+ beside iGTT (docs/benchmarks.md).

    python benchmarks/table_3.py --data ../shared/data     # 20 minutes a seed, one core
    python benchmarks/table_3.py --rows unet hrnet --sets er --seeds 0
    python benchmarks/table_3.py --quick                   # about 3 minutes
    python benchmarks/table_3.py --table [--write]         # what is cached

All networks: plain training on true masks with first weights at random, 240 steps (8
epochs of 30) with 4 patches of 128 x 128, AdamW at 2e-3 falling to 0, nothing kept
apart. The seed draws the halves of a set and the first weights; what is learned from
one half is tested on the other, and the other way round, so every image is tested.
Every cell (set, network, seed, half) is cached under ``benchmarks/cache``, so that a
run that was cut off goes on where it stopped; no cell takes more than 4 minutes of one
core.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from between import put_between
from sets import Example, examples
from unsupervised import cell as igtt_cell
from unsupervised import measure

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT))

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_metastruct.training.settings import DeviceWish

CACHE = Path(__file__).parent / "cache" / "table_3"
PAGE = ROOT / "docs" / "benchmarks.md"
SETS = ("nuclei", "er")
TITLES = {"unet": "U-Net", "hrnet": "HRNet-W18", "deeplabv3+": "DeepLabv3+, ResNet-18"}
EPOCHS, STEPS, BATCH = 8, 30, 4
HALVES = (0, 1)
SCORES = ("dice", "auc", "accuracy")


def run(
    row: str,
    train: list[Example],
    test: list[Example],
    seed: int,
    epochs: int,
    device: DeviceWish = "cpu",
) -> dict[str, Any]:
    """Learn from one half of a set; return the scores of every image of the other."""
    from napari_metastruct.arrays import open_stack
    from napari_metastruct.methods import Plain
    from napari_metastruct.progress import run_to_end
    from napari_metastruct.training.labelled import LabelledPair, LabelledSettings
    from napari_metastruct.training.labelled.run import train_on_labels_steps

    settings = LabelledSettings(
        network=row,
        epochs=epochs,
        batch=BATCH,
        patches_per_epoch=STEPS * BATCH,
        validation=0,
        correct_above=1,
        seed=seed,
        device=device,
    )
    pairs = [LabelledPair(open_stack(e.image), e.truth.astype(np.uint8)) for e in train]
    start = time.process_time()
    result = run_to_end(train_on_labels_steps(Plain(), pairs, settings))
    middle = time.process_time()
    images: dict[str, dict[str, float]] = {}
    for one in test:
        plane = open_stack(one.image).plane(0)
        chance = run_to_end(result.segmenter.probability_steps(plane, device))
        images[one.name] = measure(one, chance > 0.5, chance)
    return {
        "images": images,
        "training seconds": middle - start,
        "prediction seconds": (time.process_time() - middle) / len(test),
    }


def half_of(group: list[Example], seed: int, half: int) -> tuple[list[Example], ...]:
    """Return what is learned from and what is tested."""
    order = np.random.default_rng(seed).permutation(len(group))
    middle = (len(group) + 1) // 2
    one, other = ([group[i] for i in part] for part in np.split(order, [middle]))
    return (other, one) if half else (one, other)


def cell(quick: bool, name: str, row: str, seed: int, half: int) -> Path:
    """Return the file that holds a cell."""
    home = CACHE.with_name("table_3_quick") if quick else CACHE
    return home / name / f"{row}.{seed}.{half}.json"


def cells(args: argparse.Namespace) -> Iterator[tuple[str, str, int, int]]:
    """Yield set, row, seed and half of what was asked for; whole seeds first."""
    for seed in args.seeds:
        for half in args.halves:
            for name in args.sets:
                for row in args.rows:
                    yield name, row, seed, half


def fill(args: argparse.Namespace) -> None:
    """Run what is missing."""
    import torch
    from tests.torchvision_operators import let_torchvision_import

    torch.set_num_threads(1)
    let_torchvision_import()
    missing = [one for one in cells(args) if not cell(args.quick, *one).exists()]
    for done, (name, row, seed, half) in enumerate(missing, start=1):
        group = examples(args.data, name, args.most)
        found = run(row, *half_of(group, seed, half), seed, args.epochs, args.device)
        path = cell(args.quick, name, row, seed, half)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found))
        dice = np.mean([one["dice"] for one in found["images"].values()])
        print(
            f"{done} of {len(missing)}: {name} {row} seed {seed} half {half}: Dice "
            f"{dice:.3f}, {found['training seconds']:.0f} s to learn",
            flush=True,
        )


def table(args: argparse.Namespace) -> str:
    """Return the table of everything cached, as Markdown, with iGTT from the page."""
    lines = [
        "| method | set | images | Dice | sd over seeds | worst tenth | AUC | accuracy "
        "| training of a half |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name in args.sets:
        for row in args.rows:
            found = [_seed(args, name, row, seed) for seed in args.seeds]
            most = max(map(len, found))
            if most:
                whole = [halves for halves in found if len(halves) == most]
                lines.append(_line(name, row, whole))
        lines += [*_igtt_there(args, name), *_igtt(name)]
    return "\n".join(lines)


def _seed(
    args: argparse.Namespace, name: str, row: str, seed: int
) -> list[dict[str, Any]]:
    """Return the halves of a seed that all rows have."""
    return [
        json.loads(cell(args.quick, name, row, seed, half).read_text())
        for half in HALVES
        if all(cell(args.quick, name, r, seed, half).exists() for r in args.rows)
    ]


def _line(name: str, row: str, seeds: list[list[dict[str, Any]]]) -> str:
    images = [
        [scores for half in halves for scores in half["images"].values()]
        for halves in seeds
    ]
    mean = {
        key: np.array([[one[key] for one in group] for group in images])
        for key in SCORES
    }
    dice, count = mean["dice"], len(images[0])
    worst = np.sort(dice, axis=1)[:, : max(1, round(count / 10))].mean()
    spread = f"{dice.mean(axis=1).std(ddof=1):.3f}" if len(dice) > 1 else "-"
    seconds = np.mean([half["training seconds"] for halves in seeds for half in halves])
    title = TITLES.get(row, "iGTT default, the same images")
    return (
        f"| {title} | {name} | {count} | {dice.mean():.3f} | {spread} "
        f"({len(dice)} seeds) | {worst:.3f} | {np.nanmean(mean['auc']):.3f} "
        f"| {mean['accuracy'].mean():.3f} | {seconds:.0f} s |"
    )


def _igtt_there(args: argparse.Namespace, name: str) -> list[str]:
    """Return iGTT's row on the images of seed 0, if they are cached."""
    tested = [
        one for half in _seed(args, name, args.rows[0], 0) for one in half["images"]
    ]
    paths = [igtt_cell("igtt", name, image, 0) for image in tested]
    if not paths or not all(path.exists() for path in paths):
        return []
    images = {path.name: json.loads(path.read_text()) for path in paths}
    row = _line(name, "igtt", [[{"images": images, "training seconds": 0}]])
    return [" | ".join([*row.split(" | ")[:8], "no labels |"])]


def _igtt(name: str) -> list[str]:
    """Return iGTT's row of the page's first table; its seconds are of other things."""
    start = f"| **iGTT default** | {name} |"
    rows = [r for r in PAGE.read_text(encoding="utf-8").splitlines() if start in r]
    return [" | ".join([*row.split(" | ")[:8], "no labels |"]) for row in rows[:1]]


def main() -> None:
    """Run what is missing and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--sets", nargs="+", default=SETS, choices=SETS)
    parser.add_argument("--rows", nargs="+", default=list(TITLES), choices=list(TITLES))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--halves", nargs="+", type=int, default=HALVES)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--quick", action="store_true", help="8 images, 1 epoch")
    parser.add_argument("--table", action="store_true", help="only print the table")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    args = parser.parse_args()
    args.epochs, args.most = EPOCHS, None
    if args.quick:
        args.seeds, args.epochs, args.most = [0], 1, 8
    if not args.table:
        fill(args)
    text = table(args)
    print(text)
    if args.write and not args.quick:
        put_between(PAGE, "table 3", text)


if __name__ == "__main__":
    main()
