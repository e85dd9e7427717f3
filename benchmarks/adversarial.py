"""Adversarial correction beside plain training (docs/benchmarks.md).

    python benchmarks/adversarial.py --data ../shared/data      # all, about 1 h 30 min
    python benchmarks/adversarial.py --rows noisy reweighted --sets nuclei --seeds 0
    python benchmarks/adversarial.py --quick                    # under 10 minutes
    python benchmarks/adversarial.py --table                    # what is cached

40 images to learn from, 40 others to test (``noisy_sets.py``). Of the first 8 were
drawn badly (annotator noise, beta 0.7: dilated, eroded or moved until 70 % of the
object is wrong). The other 32 are known to be right, as in the paper; in some rows only
4, 10 or 20 of them are, and nothing is known of the rest. All rows: U-Net of width 8
and depth 3, 100 epochs of 10 steps with 4 patches of 128 x 128, so that plain training
has the time to learn errors by heart. Runs in stages have 133 epochs: in two of the
stages the image branch rests, which is all that is tested, so it learns for 100, too
(for 117 and 126 where 10 and 4 are known, since few maps end stages 1 to 4 early).
The seed draws the parts, the noise and the first weights. Nothing is kept apart for
validation: the weights of the last epochs are tested. Every cell (set, row, seed) is
cached under ``benchmarks/cache``, with the device that it was learned on: a run that
was cut off goes on where it stopped.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from cells import arguments, fill, spread
from noisy_labels import dice_of
from noisy_sets import split

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from napari_metastruct.training.settings import DeviceWish

CACHE = Path(__file__).parent / "cache" / "adversarial"
COUNT, SPOILT, RIGHT, FEW, LAST = 40, 8, 32, 10, 5
EPOCHS, STAGED = 100, 4 / 3
"""So much longer are runs in stages, in two of which the image branch rests."""
SAME = 0.95
"""IoU with the truth below which a label map is noisy."""
SETS = ("nuclei", "chest")
PLAIN = {
    "noisy": "plain, on all labels",
    "clean-part": "plain, on the clean part alone",
    "ceiling": "plain, on the truth of all",
}
LIKENESS = {f"lambda-{power}": 10.0**power for power in (-6, -5, -3, -2)}
SHARES = {f"right-{count}": count for count in (4, FEW, 20)}
"""How many label maps are known to be right, in some rows."""
ABLATED = {
    "all-revised": "- no label map spared, as in the paper",
    "resting": "- discriminator at rest in stage 4",
    "not-exchanged": "- without exchanged masks, as in the paper",
}
"""With as few clean maps as in the row above them."""
TABLE_1 = ("noisy", "revised", "reweighted", "ceiling", "clean-part")
TITLES = {
    **PLAIN,
    "revised": "revised",
    "reweighted": "revised + reweighted",
    **{row: f"- lambda {value:g}" for row, value in LIKENESS.items()},
    **{row: f"- only {count} known to be right" for row, count in SHARES.items()},
    **{row: f"-{title}, {FEW} right" for row, title in ABLATED.items()},
}


@dataclass(frozen=True)
class Case:
    """Images and labels of a seed.

    Attributes
    ----------
    train, truth, given
        ``(40, Y, X)``: images to learn from, their true labels, and those given.
    right
        ``(40,)`` bool: whose labels are known to be right.
    test, test_truth
        What is tested on.
    """

    train: NDArray[Any]
    truth: NDArray[Any]
    given: NDArray[Any]
    right: NDArray[np.bool_]
    test: NDArray[Any]
    test_truth: NDArray[Any]

    def noisy(self) -> NDArray[np.bool_]:
        """Return which given label maps have an IoU below 0.95 with the truth."""
        return np.array(
            [miou(a, b) < SAME for a, b in zip(self.truth, self.given, strict=True)]
        )


def case(data: Path, name: str, seed: int, known: int = RIGHT) -> Case:
    """Draw images, spoil 8 label maps of 40, and say of some others: they are right.

    A spoilt label map that is still at 0.95 is spoilt again.
    """
    from napari_metastruct.noise import annotator, image_rng

    parts = split(data, name, "clean", seed, COUNT)
    truth = np.stack(parts.truth)
    given = truth.copy()
    order = np.random.default_rng([seed, 7]).permutation(COUNT)
    for number in order[:SPOILT]:
        rng = image_rng(seed, 0, int(number))
        while miou(truth[number], given[number]) >= SAME:
            given[number] = annotator(truth[number], 1.0, 0.7, rng=rng)
    right = np.zeros(COUNT, bool)
    right[order[SPOILT : SPOILT + known]] = True
    return Case(
        np.stack(parts.train),
        truth,
        given,
        right,
        np.stack(parts.test),
        np.stack(parts.test_truth),
    )


def miou(truth: NDArray[Any], labels: NDArray[Any]) -> float:
    """Return the mean IoU of the classes without the background."""
    from napari_metastruct.evaluation import mean_iou

    return float(mean_iou(truth.astype(int)[None], labels.astype(int)[None]))


def method_of(row: str) -> Any:  # noqa: ANN401
    """Return the method of a row."""
    from napari_metastruct.methods import AdversarialCorrection, Plain

    if row in PLAIN:
        return Plain()
    return AdversarialCorrection(
        reweight=row != "revised",
        spare=0.0 if row == "all-revised" else 0.9,
        rivals=row != "resting",
        exchanged=row != "not-exchanged",
        likeness=LIKENESS.get(row, 1e-4),
    )


def run(
    row: str, given: Case, seed: int, epochs: int, device: DeviceWish = "cpu"
) -> dict[str, Any]:
    """Learn, test every epoch; return what is measured."""
    from napari_metastruct.arrays import open_stack
    from napari_metastruct.progress import run_to_end
    from napari_metastruct.training.labelled import LabelledPair, LabelledSettings
    from napari_metastruct.training.labelled.run import train_on_labels_steps

    settings = LabelledSettings(
        epochs=epochs if row in PLAIN else round(STAGED * epochs),
        batch=4,
        patches_per_epoch=COUNT,
        width=8,
        depth=3,
        validation=0,
        checkpoint_every=0,
        correct_above=1,  # the labels as the method has revised them
        seed=seed,
        device=device,
    )

    def pair(images: Any, labels: Any, **more: Any) -> LabelledPair:  # noqa: ANN401
        return LabelledPair(open_stack(images, axes="ZYX"), labels, **more)

    right, others = given.right, ~given.right
    labels = given.truth if row == "ceiling" else given.given
    pairs = [pair(given.train[right], labels[right], trusted=True)]
    if row != "clean-part":
        pairs.append(pair(given.train[others], labels[others]))
    watched = [pair(given.test, given.test_truth)]
    start = time.process_time()
    steps = train_on_labels_steps(method_of(row), pairs, settings, watched=watched)
    result = run_to_end(steps)
    values = {
        "device": device,
        "test": result.record.curve("test dice"),
        "test miou": result.record.curve("test miou"),
        "seconds": time.process_time() - start,
        "record": result.record.rows,
    }
    return values | judged(result, given)


def judged(result: Any, given: Case) -> dict[str, Any]:  # noqa: ANN401
    """Return what became of the labels, and how well trust tells noisy ones."""
    from sklearn.metrics import roc_auc_score

    if not result.scores:
        return {}
    others = ~given.right
    noisy = given.noisy()[others]
    trust = {name: scores[1].tolist() for name, scores in result.scores.items()}
    parts = {"": noisy | True, " of noisy": noisy, " of clean": ~noisy}
    dice = {
        f"{which}{part}": dice_of(
            [*given.truth[others][chosen]], [*labels[chosen].astype(int)]
        )
        for part, chosen in parts.items()
        if chosen.any()
        for which, labels in (
            ("given", given.given[others]),
            ("revised", result.corrected[1]),
        )
    }
    return {
        "noisy": noisy.tolist(),
        "dice": dice,
        "trust": trust,
        "auc": {
            name: float(roc_auc_score(~noisy, scores))
            for name, scores in trust.items()
            if noisy.any() and not noisy.all()
        },
    }


def cell(quick: bool, name: str, row: str, seed: int) -> Path:
    """Return the file that holds a cell."""
    home = CACHE.with_name("adversarial_quick") if quick else CACHE
    return home / name / f"{row}.{seed}.json"


def _one(args: argparse.Namespace, name: str, row: str, seed: int) -> None:
    import torch

    torch.set_num_threads(1)
    known = FEW if row in ABLATED else SHARES.get(row, RIGHT)
    given = case(args.data, name, seed, known)
    values = run(row, given, seed, args.epochs, args.device)
    path = cell(args.quick, name, row, seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values))


def cells(args: argparse.Namespace) -> Iterator[tuple[str, str, int]]:
    """Yield set, row and seed: the rows of Table 1 first."""
    blocks = [
        (TABLE_1, SETS),
        ((*SHARES, *ABLATED), SETS),
        (tuple(LIKENESS), SETS[:1]),
    ]
    for rows, sets in blocks:
        for seed in args.seeds:
            for name in sets:
                for row in rows:
                    if name in args.sets and row in args.rows:
                        yield name, row, seed


def table(args: argparse.Namespace) -> str:
    """Return the table of everything cached, as Markdown."""
    lines = [
        "| set | row | seeds | test Dice, last 5 epochs | test mIoU, last 5 | labels "
        "given | revised | the noisy: given | revised | the clean: revised | AUC of "
        "trust | of the score | of the revised one's | time / plain |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name in args.sets:
        for row in args.rows:
            found = {
                seed: json.loads(path.read_text())
                for seed in args.seeds
                if (path := cell(args.quick, name, row, seed)).exists()
            }
            if found:
                lines.append(_line(args, name, row, found))
    return "\n".join(lines)


def _line(
    args: argparse.Namespace, name: str, row: str, found: dict[int, dict[str, Any]]
) -> str:
    ratios = []
    for seed, values in found.items():
        path = cell(args.quick, name, "noisy", seed)
        if path.exists():
            ratios.append(values["seconds"] / json.loads(path.read_text())["seconds"])
    every = list(found.values())
    dice = (
        "given",
        "revised",
        "given of noisy",
        "revised of noisy",
        "revised of clean",
    )
    columns = [
        *(
            spread([float(np.mean(one[curve][-LAST:])) for one in every])
            for curve in ("test", "test miou")
        ),
        *(spread(_all(every, "dice", k)) for k in dice),
        *(spread(_all(every, "auc", k)) for k in ("trust", "score", "score revised")),
        f"{np.median(ratios):.1f}" if ratios else "-",
    ]
    return f"| {' | '.join([name, TITLES[row], str(len(every)), *columns])} |"


def _all(every: list[dict[str, Any]], what: str, key: str) -> list[float]:
    """Return a number of all seeds that have it."""
    return [one[what][key] for one in every if key in one.get(what, {})]


def main() -> None:
    """Run what is missing and print the table."""
    parser = arguments(__doc__, SETS, TITLES)
    args = parser.parse_args()
    args.epochs = EPOCHS
    if args.quick:
        args.seeds, args.epochs = [0], 15
    if not args.table:
        fill(args, cells(args), cell, _one)
    print(table(args))


if __name__ == "__main__":
    main()
