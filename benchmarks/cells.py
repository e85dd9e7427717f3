"""Cells of a benchmark's table: computed where they are missing, side by side."""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

__all__ = ["arguments", "fill", "spread"]


def arguments(
    about: str, sets: Collection[str], rows: Collection[str]
) -> argparse.ArgumentParser:
    """Return a parser of what all benchmarks with cells understand."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--sets", nargs="+", default=list(sets), choices=list(sets))
    parser.add_argument("--rows", nargs="+", default=list(rows), choices=list(rows))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--quick", action="store_true", help="one seed, few epochs")
    parser.add_argument("--table", action="store_true", help="only print what is there")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--device", default="cpu", choices=["cpu", "cuda"], help="where to learn"
    )
    return parser


def fill(
    args: argparse.Namespace,
    cells: Iterator[tuple[Any, ...]],
    path: Callable[..., Path],
    compute: Callable[..., None],
) -> None:
    """Compute the cells that have no file yet, and say of each when it is done.

    Parameters
    ----------
    args
        With ``quick`` and ``workers``.
    cells
        What each cell is of.
    path
        Takes ``quick`` and what a cell is of; its file.
    compute
        Takes ``args`` and what a cell is of, and writes the file.
    """
    missing = [one for one in cells if not path(args.quick, *one).exists()]
    with ProcessPoolExecutor(args.workers) as pool:
        jobs = {pool.submit(compute, args, *one): one for one in missing}
        for done, job in enumerate(as_completed(jobs), start=1):
            if error := job.exception():
                print(f"{jobs[job]}: {error!r}", file=sys.stderr)
            print(f"{done} of {len(jobs)}: {jobs[job]}", flush=True)
    print()


def spread(values: list[float]) -> str:
    """Return mean and, of more than one seed, standard deviation, in points."""
    if not values:
        return "-"
    mean = f"{100 * np.mean(values):.1f}"
    if len(values) == 1:
        return mean
    return f"{mean} ± {100 * np.std(values, ddof=1):.1f}"
