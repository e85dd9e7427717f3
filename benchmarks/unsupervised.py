"""Quality of unsupervised segmentation beside its peers (docs/benchmarks.md).

    python benchmarks/unsupervised.py --data ../shared/data            # all
    python benchmarks/unsupervised.py --rows igtt otsu --sets er       # a part
    python benchmarks/unsupervised.py --quick                          # few images
    python benchmarks/unsupervised.py --table                       # what is cached

Every cell (row, set, image, seed) is cached under ``benchmarks/cache``, so that a
run that was cut off goes on where it stopped. No setting depends on the set but
the polarity, which is a property that the user sees.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sets import SETS, Example, examples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CACHE = Path(__file__).parent / "cache" / "unsupervised"
LEARNED = {"igtt", "igtt-joint", "igtt-no-ems", "igtt-radius-1", "igtt-paper", "dfc"}
TITLES = {
    "otsu": "Otsu",
    "otsu-smoothed": "Otsu, smoothed",
    "li": "Li, smoothed",
    "adaptive-gaussian": "Adaptive Gaussian",
    "vote": "vote of the elected rules, no learning",
    "dfc": "DFC",
    "igtt-paper": "iGTT, settings of the paper",
    "igtt-no-ems": "iGTT default without EMS",
    "igtt-radius-1": "iGTT default, EMS radius 1",
    "igtt-joint": "iGTT default, joint",
    "igtt": "**iGTT default**",
    "supervised": "U-Net, supervised on half of the set",
}


def method_of(row: str) -> Any:  # noqa: ANN401
    """Return the method of a row that learns."""
    from napari_metastruct.methods import DFC, IGTT

    return {
        "igtt": IGTT(),
        "igtt-joint": IGTT(),
        "igtt-no-ems": IGTT(ems=False),
        "igtt-radius-1": IGTT(radius=1),
        "igtt-paper": IGTT.paper(),
        "dfc": DFC(),
    }[row]


def measure(example: Example, mask: Any, probability: Any = None) -> dict[str, float]:  # noqa: ANN401
    """Score one result inside of what counts."""
    from napari_metastruct.evaluation import scores

    truth = example.truth.astype(np.uint8)
    score = scores(truth, mask.astype(np.uint8), probability, example.within)
    inside = example.within if example.within is not None else np.ones_like(mask)
    return {
        "dice": float(score.dice[1]),
        "accuracy": score.accuracy,
        "auc": float("nan") if score.auc is None else score.auc,
        "share": float(mask[inside].mean()),
        "inverted": float(
            np.corrcoef(mask[inside], example.truth[inside])[0, 1] < 0
            if mask[inside].any() and not mask[inside].all()
            else 0
        ),
    }


def run_threshold(row: str, example: Example) -> dict[str, float]:
    """Threshold one image; its AUC is that of the binary mask."""
    from napari_metastruct import thresholding

    image, side = example.image.astype(np.float32), example.set.foreground
    rules: dict[str, Callable[[], Any]] = {
        "otsu": lambda: thresholding.otsu(image, side, smooth=0),
        "otsu-smoothed": lambda: thresholding.otsu(image, side, smooth=1),
        "li": lambda: thresholding.li(image, side, smooth=1),
        "adaptive-gaussian": lambda: thresholding.adaptive_gaussian(image, side),
    }
    start = time.perf_counter()
    mask = rules[row]()
    seconds = time.perf_counter() - start
    return measure(example, mask, mask.astype(np.float32)) | {"seconds": seconds}


def run_vote(example: Example) -> dict[str, float]:
    """Let the image elect its rules, and segment by their vote alone."""
    from napari_metastruct.arrays import open_stack
    from napari_metastruct.evidence import BrightPlane, VoteSettings, mix_vote_steps
    from napari_metastruct.progress import run_to_end

    start = time.perf_counter()
    plane = BrightPlane(open_stack(example.image).plane(0), example.set.foreground)
    chances = np.zeros(plane.shape, np.float32)
    run_to_end(mix_vote_steps(chances, plane, VoteSettings(share=1)))
    seconds = time.perf_counter() - start
    return measure(example, chances > 0.5, chances) | {"seconds": seconds}


def run_learned(row: str, example: Example, seed: int) -> dict[str, float]:
    """Learn from one image alone and segment it."""
    from napari_metastruct.segmentation import segment

    start = time.perf_counter()
    result = segment(
        example.image,
        method=method_of(row),
        foreground=example.set.foreground,
        probability=True,
        seed=seed,
        device="cpu",
    )
    seconds = time.perf_counter() - start
    return measure(example, result.labels > 0, result.probability) | {
        "seconds": seconds
    }


def run_joint(group: list[Example], seed: int) -> dict[str, dict[str, float]]:
    """Learn one model from all images of a set."""
    from napari_metastruct.jobs import SegmentJob
    from napari_metastruct.progress import run_to_end
    from napari_metastruct.segmentation import open_image, segment_steps

    job = SegmentJob(
        method=method_of("igtt-joint"),
        foreground=group[0].set.foreground,
        probability=True,
        joint=True,
        seed=seed,
        device="cpu",
    )
    start = time.perf_counter()
    stacks = [open_image(example.image, job) for example in group]
    results = run_to_end(segment_steps(stacks, job))
    seconds = (time.perf_counter() - start) / len(group)
    return {
        e.name: measure(e, r.labels > 0, r.probability) | {"seconds": seconds}
        for e, r in zip(group, results, strict=True)
    }


def run_supervised(group: list[Example], seed: int) -> dict[str, dict[str, float]]:
    """Train on one half of the set, test on the other, and the other way round."""
    from supervised import train_and_predict

    rng = np.random.default_rng(seed)
    order = rng.permutation(len(group))
    half = len(group) // 2
    scored: dict[str, dict[str, float]] = {}
    for train, test in ((order[:half], order[half:]), (order[half:], order[:half])):
        start = time.perf_counter()
        chances = train_and_predict(
            [group[i] for i in train], [group[i] for i in test], seed
        )
        seconds = (time.perf_counter() - start) / len(test)
        for i, chance in zip(test, chances, strict=True):
            scored[group[i].name] = measure(group[i], chance > 0.5, chance) | {
                "seconds": seconds
            }
    return scored


def cell(row: str, name: str, image: str, seed: int) -> Path:
    """Return the file that holds a cell."""
    return CACHE / row / name / f"{image}.{seed}.json"


def _write(path: Path, values: dict[str, float]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values))


def _one(row: str, example: Example, seed: int, threads: int) -> None:
    if row in LEARNED:
        import torch

        torch.set_num_threads(threads)
        values = run_learned(row, example, seed)
    elif row == "vote":
        values = run_vote(example)
    else:
        values = run_threshold(row, example)
    _write(cell(row, example.set.name, example.name, seed), values)


def _group(row: str, group: list[Example], seed: int, threads: int) -> None:
    import torch

    torch.set_num_threads(threads)
    run = run_joint if row == "igtt-joint" else run_supervised
    for image, values in run(group, seed).items():
        _write(cell(row, group[0].set.name, image, seed), values)


def tasks(args: argparse.Namespace) -> Iterable[tuple[Any, ...]]:
    """Yield what is not cached yet."""
    for row in args.rows:
        seeds = args.seeds if row in LEARNED or row == "supervised" else [0]
        for name in args.sets:
            group = examples(args.data, name, args.most)
            for seed in seeds:
                missing = [
                    e for e in group if not cell(row, name, e.name, seed).exists()
                ]
                if row in {"igtt-joint", "supervised"}:
                    if missing:
                        yield _group, row, group, seed
                else:
                    for example in missing:
                        yield _one, row, example, seed


def table(args: argparse.Namespace) -> str:
    """Return the table of everything cached, as Markdown."""
    lines = [
        "| method | set | images | Dice | sd over seeds | worst tenth | AUC | accuracy "
        "| collapsed or inverted | seconds an image |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name in args.sets:
        for row in TITLES:
            found = sorted((CACHE / row / name).glob("*.json"))
            if found and row in args.rows:
                lines.append(_line(row, name, found))
    return "\n".join(lines)


def pairs(args: argparse.Namespace) -> str:
    """Return each row beside the default on the same images, seed 0."""
    lines = [
        "| method | set | images | Dice | default there |",
        "|---|---|---|---|---|",
    ]
    for name in args.sets:
        default = _dice_of("igtt", name)
        for row in TITLES:
            found = _dice_of(row, name)
            both = sorted(set(found) & set(default))
            if row == "igtt" or not both:
                continue
            theirs, ours = (np.mean([d[i] for i in both]) for d in (found, default))
            lines.append(
                f"| {TITLES[row]} | {name} | {len(both)} | {theirs:.3f} | {ours:.3f} |"
            )
    return "\n".join(lines)


def _dice_of(row: str, name: str) -> dict[str, float]:
    found = (CACHE / row / name).glob("*.0.json")
    return {
        path.name.rsplit(".", 2)[0]: json.loads(path.read_text())["dice"]
        for path in found
    }


def _line(row: str, name: str, found: list[Path]) -> str:
    cells: dict[int, dict[str, dict[str, float]]] = {}
    for path in found:
        image, seed, _ = path.name.rsplit(".", 2)
        cells.setdefault(int(seed), {})[image] = json.loads(path.read_text())
    most = max(len(images) for images in cells.values())
    whole = [list(images.values()) for images in cells.values() if len(images) == most]
    dice = np.array([[c["dice"] for c in images] for images in whole])
    worst = np.sort(dice, axis=1)[:, : max(1, round(most / 10))].mean()
    bad = sum(
        c["share"] < 1e-4 or c["share"] > 0.95 or c["inverted"] > 0
        for images in whole
        for c in images
    )
    mean = {
        key: np.nanmean([c[key] for images in whole for c in images])
        if not all(np.isnan(c[key]) for images in whole for c in images)
        else float("nan")
        for key in ("auc", "accuracy", "seconds")
    }
    spread = f"{dice.mean(axis=1).std(ddof=1):.3f}" if len(whole) > 1 else "-"
    return (
        f"| {TITLES[row]} | {name} | {most} | {dice.mean():.3f} | {spread} "
        f"({len(whole)} seeds) | {worst:.3f} | {mean['auc']:.3f} "
        f"| {mean['accuracy']:.3f} | {bad} of {dice.size} | {mean['seconds']:.1f} |"
    )


def main() -> None:
    """Run what is missing and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS))
    parser.add_argument("--rows", nargs="+", default=list(TITLES), choices=list(TITLES))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--most", type=int, help="at most so many images of a set")
    parser.add_argument("--quick", action="store_true", help="4 images, one seed")
    parser.add_argument("--table", action="store_true", help="only print the table")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--threads", type=int, default=1, help="of each worker")
    args = parser.parse_args()
    if args.quick:
        args.most, args.seeds = 4, [0]
    if not args.table:
        with ProcessPoolExecutor(args.workers) as pool:
            jobs = [
                pool.submit(work, *rest, args.threads) for work, *rest in tasks(args)
            ]
            for done, job in enumerate(as_completed(jobs), start=1):
                job.result()
                if sys.stdout.isatty() or done % 50 == 0:
                    print(f"{done} of {len(jobs)}", flush=True)
        print()
    print(table(args))
    print("\nThe same, each beside the default on the same images (seed 0):\n")
    print(pairs(args))


if __name__ == "__main__":
    main()
