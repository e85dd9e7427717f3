"""Learning from noisy labels beside plain training (docs/benchmarks.md).

    python benchmarks/noisy_labels.py --data ../shared/data         # all, about 2 h
    python benchmarks/noisy_labels.py --rows plain jocor --sets nuclei --noise 0.7,0.7
    python benchmarks/noisy_labels.py --quick                       # under 10 minutes
    python benchmarks/noisy_labels.py --table                       # what is cached

All rows: U-Net of width 8 and depth 3, 40 images to learn from, 40 others to test,
40 epochs of 10 steps with 4 patches of 128 x 128; 80 epochs for drawn labels on chest,
and for "few": 10 images, so that errors are learned by heart. The seed draws the parts,
the noise and the first weights. Methods are told the true noise rate, as in their
papers; nothing is kept apart for validation. Every cell (noise, set, row, seed) is
cached under ``benchmarks/cache``: a run that was cut off goes on where it stopped.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from cells import arguments, fill, spread
from noisy_sets import IMAGE_SETS, Split, split

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from numpy.typing import NDArray

CACHE = Path(__file__).parent / "cache" / "noisy_labels"
COUNT, FEW, EPOCHS, LAST = 40, 10, 40, 5
LEARNED = ("plain", "co-teaching", "jocor", "tri-network", "superpixel-guided")
OWN = ("sg-own-optimiser",)
ABLATED = ("sg-no-superpixels", "sg-no-selection", "sg-no-refinement")
ADELE_PARTS = ("adele", "adele-all-at-once", "adele-never")
ADELES = ("plain", *ADELE_PARTS)
REAL = ("plain", "co-teaching", "jocor", "superpixel-guided", "adele")
BLOCKS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "0.7,0.7": (LEARNED + OWN + ABLATED, ("nuclei", "chest")),
    "1.0,0.7": (LEARNED, ("nuclei", "chest")),
    "0.3,0.5": (LEARNED, ("nuclei", "chest")),
    "iou-0.6": (("plain", "adele"), ("chest", "nuclei")),
    "few-iou-0.6": (ADELES, ("chest", "nuclei")),
    "clean": (("plain",), ("nuclei", "chest")),
    "flip-0.45": (("plain",), ("nuclei", "chest")),
    "sample-0.1": (("plain",), ("nuclei", "chest")),
    "dilate-3": (("plain",), ("nuclei", "chest")),
    "erode-3": (("plain",), ("nuclei", "chest")),
    "random-0.5": (("plain",), ("nuclei", "chest")),
    "random-0.1": (("plain",), ("nuclei", "chest")),
    "flip-0.49": (("plain",), ("nuclei", "chest")),
    "annotator-1": (REAL, ("oocytes",)),
    "annotator-any": (REAL, ("oocytes",)),
}
"""Noise: its rows and sets, in the order in which they are run."""
NOISES = {
    "0.7,0.7": "annotator, alpha 0.7, beta 0.7",
    "1.0,0.7": "annotator, alpha 1.0, beta 0.7",
    "0.3,0.5": "annotator, alpha 0.3, beta 0.5",
    "iou-0.6": "over/under, mean IoU 0.6",
    "few-iou-0.6": "the same, 10 images",
    "clean": "CL: clean",
    "flip-0.45": "RCL: flip 0.45",
    "sample-0.1": "RCL: sample 0.1",
    "dilate-3": "PCL: dilated by 3",
    "erode-3": "PCL: eroded by 3",
    "random-0.5": "RL 0.5",
    "random-0.1": "RL 0.1",
    "flip-0.49": "RCL: flip 0.49",
    "annotator-1": "one annotator",
    "annotator-any": "an annotator at random for each image",
}
TITLES = {
    "plain": "plain",
    "co-teaching": "Co-teaching",
    "jocor": "JoCoR",
    "tri-network": "Tri-network",
    "superpixel-guided": "superpixel-guided",
    "sg-own-optimiser": "- with its own SGD",
    "sg-no-superpixels": "- without superpixels",
    "sg-no-selection": "- without selection",
    "sg-no-refinement": "- without refinement",
    "adele": "ADELE",
    "adele-all-at-once": "- all classes at once",
    "adele-never": "- without correction",
}
ADAMW = {"optimizer": "adamw", "learning_rate": 2e-3}
OPTIMISERS: dict[str, dict[str, Any]] = {
    "superpixel-guided": ADAMW,
    **dict.fromkeys(ABLATED + ADELE_PARTS, ADAMW),
}
"""Of rows that do not take their method's own; AdamW is that of all the others."""


def method_of(row: str, noise_rate: float) -> Any:  # noqa: ANN401
    """Return the method of a row; it is told the noise rate if it asks for it."""
    from napari_metastruct.methods import ADELE, SuperpixelGuided, learner_named

    made = {
        "sg-own-optimiser": SuperpixelGuided,
        "sg-no-superpixels": lambda: SuperpixelGuided(superpixels=False),
        "sg-no-selection": lambda: SuperpixelGuided(selection=False),
        "sg-no-refinement": lambda: SuperpixelGuided(refinement=False),
        "adele-all-at-once": lambda: ADELE(class_wise=False),
        "adele-never": lambda: ADELE(slope_lost=1),
    }
    method = made.get(row, lambda: learner_named(row))()
    if "noise_rate" in type(method).model_fields:
        return method.replace(noise_rate=noise_rate)
    return method


def run(row: str, parts: Split, seed: int, epochs: int) -> dict[str, Any]:
    """Learn from the noisy labels, test every epoch; return what is measured."""
    from napari_metastruct.arrays import open_stack
    from napari_metastruct.progress import BatchEnd
    from napari_metastruct.training.labelled import LabelledPair, LabelledSettings
    from napari_metastruct.training.labelled.run import train_on_labels_steps

    settings = LabelledSettings(
        epochs=epochs,
        batch=4,
        width=8,
        depth=3,
        patches_per_epoch=COUNT,
        validation=0,
        checkpoint_every=0,
        seed=seed,
        device="cpu",
        **OPTIMISERS.get(row, {}),
    )
    pair, tested = (
        LabelledPair(open_stack(np.stack(images), axes="ZYX"), np.stack(labels))
        for images, labels in (
            (parts.train, parts.noisy),
            (parts.test, parts.test_truth),
        )
    )
    method = method_of(row, parts.noise_rate)
    steps = train_on_labels_steps(method, [pair], settings, watched=[tested])
    clock = time.process_time
    # Up to the last step: the end of an epoch, with its judging, is not counted.
    start, seconds, before, batches = clock(), 0.0, clock(), 0
    while True:
        try:
            event = next(steps)
        except StopIteration as end:
            result = end.value
            break
        now = clock()
        if isinstance(event, BatchEnd):
            seconds += now - before
            batches += 1
        before = now
    curve = result.record.curve("test dice")
    return {
        "curve": curve,
        "kept": curve[result.best_epoch - 1],
        "steps": batches,
        "step_seconds": seconds / batches,
        "seconds": clock() - start,
        "noise_rate": parts.noise_rate,
        "auc": auc_of(result.segmenter, parts),
        "noisy": dice_of(parts.truth, parts.noisy),
        "corrected": dice_of(parts.truth, [*result.corrected[0]]),
        "record": result.record.rows,
    }


def dice_of(truth: list[NDArray[Any]], labels: list[NDArray[Any]]) -> float:
    """Return the mean Dice of the classes over the pixels of all images."""
    from napari_metastruct.evaluation import mean_dice

    one, other = np.stack(truth).astype(int), np.stack(labels).astype(int)
    known = other >= 0
    return float(mean_dice(one[known][None], other[known][None]))


def auc_of(segmenter: Any, parts: Split) -> float | None:  # noqa: ANN401
    """Return the AUC on the test images; None with more than two classes."""
    from napari_metastruct.evaluation import auc
    from napari_metastruct.progress import run_to_end

    found = [
        run_to_end(segmenter.probability_steps(image[None].astype(np.float32)))
        for image in parts.test
    ]
    if found[0].ndim > 2:
        return None
    return float(auc(np.stack(parts.test_truth), np.stack(found)))


def cell(quick: bool, noise: str, name: str, row: str, seed: int) -> Path:
    """Return the file that holds a cell."""
    home = CACHE.with_name("noisy_labels_quick") if quick else CACHE
    return home / noise / name / f"{row}.{seed}.json"


def _one(args: argparse.Namespace, noise: str, name: str, row: str, seed: int) -> None:
    import torch

    torch.set_num_threads(1)
    few, kind = noise.startswith("few-"), noise.removeprefix("few-")
    parts = split(args.data, name, kind, seed, FEW if few else COUNT, COUNT)
    # A network sees the heart only after some 300 steps of such labels.
    longer = not args.quick and (few or (name == "chest" and "," in noise))
    values = run(row, parts, seed, args.epochs * (2 if longer else 1))
    path = cell(args.quick, noise, name, row, seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values))


def cells(args: argparse.Namespace) -> Iterator[tuple[str, str, str, int]]:
    """Yield noise, set, row and seed of what was asked for, seed by seed."""
    for seed in args.seeds:
        for noise, (rows, sets) in BLOCKS.items():
            for name in sets:
                # The parts of a method are looked at where it gains something.
                chosen = [r for r in rows if name == "nuclei" or r not in OWN + ABLATED]
                for row in chosen:
                    if noise in args.noise and name in args.sets and row in args.rows:
                        yield noise, name, row, seed


def table(args: argparse.Namespace) -> str:
    """Return the table of everything cached, as Markdown."""
    lines = [
        "| noise | set | method | seeds | test Dice, last 5 epochs | best epoch | kept "
        "weights | AUC | noisy labels | corrected labels | time a step / plain |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    chosen = {noise: BLOCKS[noise] for noise in BLOCKS if noise in args.noise}
    for noise, (rows, sets) in chosen.items():
        for name in sets:
            for row in rows:
                found = {
                    seed: json.loads(path.read_text())
                    for seed in args.seeds
                    if (path := cell(args.quick, noise, name, row, seed)).exists()
                }
                if found and row in args.rows and name in args.sets:
                    lines.append(_line(args, noise, name, row, found))
    return "\n".join(lines)


def _line(
    args: argparse.Namespace,
    noise: str,
    name: str,
    row: str,
    found: dict[int, dict[str, Any]],
) -> str:
    ratios = []
    for seed, values in found.items():
        path = cell(args.quick, noise, name, "plain", seed)
        if path.exists():
            plain = json.loads(path.read_text())["step_seconds"]
            ratios.append(values["step_seconds"] / plain)
    every = list(found.values())
    columns = [
        spread([float(np.mean(one["curve"][-LAST:])) for one in every]),
        spread([max(one["curve"]) for one in every]),
        spread([one["kept"] for one in every]),
        spread([one["auc"] for one in every if one["auc"] is not None]),
        spread([one["noisy"] for one in every]),
        spread([one["corrected"] for one in every]),
        f"{np.median(ratios):.1f}" if ratios else "-",
    ]
    heads = [NOISES[noise], name, TITLES[row], str(len(every))]
    return f"| {' | '.join(heads + columns)} |"


def main() -> None:
    """Run what is missing and print the table."""
    parser = arguments(__doc__, IMAGE_SETS, TITLES)
    parser.add_argument("--noise", nargs="+", default=list(BLOCKS), choices=BLOCKS)
    args = parser.parse_args()
    args.epochs = EPOCHS
    if args.quick:
        args.seeds, args.epochs = [0], 8
    if not args.table:
        fill(args, cells(args), cell, _one)
    print(table(args))


if __name__ == "__main__":
    main()
