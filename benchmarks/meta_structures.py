"""Figure 6, the lemmas and Theorem 1, the latter on masks of real images.

    python benchmarks/meta_structures.py --data ../shared/data --output docs/images

Without the data, `napari-metastruct figure6` does the same on a circle alone. On real
masks the boundary is moved by 1 to 5 pixels, outwards and inwards; the table gives the
mean similarity of the objects' density, and the share of masks where it falls strictly
with every step.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from sets import SETS, examples

from napari_metastruct.experiments import BiasPoint, falls, report_steps, theorem1
from napari_metastruct.experiments.pictures import draw_curve
from napari_metastruct.progress import run_to_end

STEPS = (1, 2, 3, 4, 5)
COLUMNS = [
    ("erode", 3),
    ("erode", 1),
    ("dilate", 1),
    ("dilate", 3),
    ("dilate", 5),
    ("skeleton", 0),
]


def curves(data: Path, name: str, most: int | None) -> list[tuple[BiasPoint, ...]]:
    """Return the points of Theorem 1 for every mask of a set that has an object."""
    masks = [example.truth.astype(np.uint8) for example in examples(data, name, most)]
    return [theorem1(mask, STEPS) for mask in masks if mask.any() and not mask.all()]


def mean_curve(every: list[tuple[BiasPoint, ...]]) -> list[BiasPoint]:
    """Return the mean point of each bias over the masks that reach it."""
    same: dict[tuple[str, int], list[tuple[float, float, float]]] = {}
    for point in (point for points in every for point in points):
        numbers = (point.wrong, point.similarity, point.overlap)
        same.setdefault((point.noise, point.iterations), []).append(numbers)
    return [
        BiasPoint(*key, *np.mean(rows, axis=0).tolist())
        for key, rows in same.items()
        if len(rows) == len(every)
    ]


def line(name: str, every: list[tuple[BiasPoint, ...]]) -> str:
    """Return the row of a set."""
    mean = {(p.noise, p.iterations): p.similarity for p in mean_curve(every)}
    cells = [f"{mean[key]:.3f}" if key in mean else "-" for key in COLUMNS]
    for noise in ("dilate", "erode"):
        cells.append(f"{np.mean([falls(c, noise) for c in every]):.3f}")
    return f"| {name} | {len(every)} | {' | '.join(cells)} |"


def main() -> None:
    """Write the pictures and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--output", type=Path, default=Path("meta-structures"))
    parser.add_argument("--matrices", type=int, default=20)
    parser.add_argument("--most", type=int, help="at most so many masks of a set")
    args = parser.parse_args()
    report = run_to_end(report_steps(args.output, matrices=args.matrices))
    print(report.text)
    print("## Theorem 1 on masks of real images: similarity to the clean density\n")
    names = "erode 3, erode 1, dilate 1, dilate 3, dilate 5, skeleton"
    falling = "falls along dilate, falls along erode"
    header = ["set", "masks", *names.split(", "), *falling.split(", ")]
    print(f"| {' | '.join(header)} |\n|{'---|' * len(header)}")
    for name in SETS:
        every = curves(args.data, name, args.most)
        print(line(name, every), flush=True)
        draw_curve(mean_curve(every)).save(args.output / f"theorem1-{name}.png")


if __name__ == "__main__":
    main()
