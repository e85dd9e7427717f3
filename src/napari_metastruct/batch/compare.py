"""Labels of two files, or of two folders, compared pair by pair."""

from __future__ import annotations

import csv
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_metastruct.batch.names import is_own_file
from napari_metastruct.batch.reasons import FOREIGN, NOT_STARTED, is_foreseen, reason
from napari_metastruct.errors import InputError
from napari_metastruct.files import pair_labels, writing
from napari_metastruct.label_tasks import compare_steps, open_labels
from napari_metastruct.progress import FileDone, Notice, Started

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from napari_metastruct.files import LabelPairs
    from napari_metastruct.jobs import CompareJob
    from napari_metastruct.progress import Steps, StopFlag

__all__ = ["NO_PARTNER", "compare_files"]

NO_PARTNER = "Not compared, since it has no partner of the same name."
"""Why a file is skipped that only one of two folders has."""

_log = logging.getLogger(__name__)


def compare_files(
    job: CompareJob, stop: StopFlag, *, overwrite: bool = False
) -> Steps[tuple[FileDone, ...]]:
    """Compare two files, or the files of two folders that have the same names.

    Returns
    -------
    One `FileDone` for each pair, named after its file in A, with the numbers; and for
    each file without a partner, which is skipped. By a generator of events. If the job
    asks for it, the numbers are written as CSV at the end, of a run that is stopped
    those that are there.

    Raises
    ------
    InputError
        Nothing can be compared, or the CSV file is there already.
    """
    table = _table(job, overwrite=overwrite)
    found = pair_labels(job.a, job.b)
    if not found.pairs:
        raise InputError(
            f"No labels of {job.a} have the same name as any of {job.b}: files belong "
            "together whose names are the same, but for endings such as _labels, _gt "
            "or _noisy."
        )
    results = _skipped(found)
    yield Started("Files", len(found.pairs))
    yield from _notices(found)
    yield from results
    for a, b in found.pairs:
        if stop.is_set():
            done = FileDone(a.absolute(), "skipped", message=NOT_STARTED)
        else:
            done = yield from _one(a, b, job, alone=len(found.pairs) == 1)
        results.append(done)
        yield done
    if table is not None:
        _write(table, [file.numbers for file in results if file.numbers])
    return tuple(results)


def _one(a: Path, b: Path, job: CompareJob, *, alone: bool) -> Steps[FileDone]:
    """Compare one pair; what goes wrong is its own affair, if there are others."""
    start = time.perf_counter()
    yield Started("Reading", 1, a.name)
    try:
        steps = compare_steps(open_labels(a, job), open_labels(b, job), job)
        result = yield from steps
    except Exception as error:
        if alone and isinstance(error, InputError):
            raise
        if not is_foreseen(error):
            _log.exception("%s failed for a reason that was not foreseen", a)
        seconds = time.perf_counter() - start
        return FileDone(a.absolute(), "failed", (), reason(error, job), seconds)
    numbers = {"a": str(a.absolute()), "b": str(b.absolute())} | result.fields()
    seconds = time.perf_counter() - start
    return FileDone(a.absolute(), "done", (), "", seconds, numbers)


def _skipped(found: LabelPairs) -> list[FileDone]:
    alone = [*found.first_alone, *found.second_alone]
    return [
        *(FileDone(p.absolute(), "skipped", message=FOREIGN) for p in _foreign(found)),
        *(FileDone(p.absolute(), "skipped", message=NO_PARTNER) for p in alone),
    ]


def _foreign(found: LabelPairs) -> list[Path]:
    return [path for path in found.foreign if not is_own_file(path)]


def _notices(found: LabelPairs) -> Steps[None]:
    for where, alone in (("A", found.first_alone), ("B", found.second_alone)):
        if alone:
            names = ", ".join(path.name for path in alone)
            yield Notice(f"Only in {where}, so not compared: {names}.")


def _table(job: CompareJob, *, overwrite: bool) -> Path | None:
    if job.output is None:
        return None
    path = Path(job.output).absolute()
    if path.is_dir() or path.suffix.lower() != ".csv":
        raise InputError(
            f"The numbers go to a table, a file NAME.csv, but the output is "
            f"'{job.output}'."
        )
    if path.exists() and not overwrite:
        raise InputError(
            f"{path} is there already: choose another name, or replace it "
            "(--overwrite)."
        )
    if not path.parent.is_dir():
        raise InputError(f"There is no folder {path.parent} to write {path.name} to.")
    return path


_COLUMNS = (
    "a", "b", "pixels", "accuracy", "error_rate", "left_out", "mean_dice", "mean_iou",
    "rank", "verdict",
)  # fmt: skip
_OF_DENSITY = (
    "kernel", "bandwidth", "mean_pearson", "mean_jensen_shannon", "mean_overlap",
    "distinguishable",
)  # fmt: skip


def _write(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    flat = [_flat(row) for row in rows]
    names = dict.fromkeys(name for row in flat for name in row)
    with writing(path) as new, new.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(names))
        writer.writeheader()
        writer.writerows(flat)


def _flat(numbers: Mapping[str, Any]) -> dict[str, Any]:
    """Return one row of the table: a column for each number."""
    row = {name: numbers[name] for name in _COLUMNS}
    row |= {f"density_{name}": numbers["density"][name] for name in _OF_DENSITY}
    row["density_bandwidth"] = " x ".join(map(str, numbers["density"]["bandwidth"]))
    for what in ("dice", "iou"):
        values = zip(numbers["classes"], numbers[what], strict=True)
        row |= {f"{what}_of_{number}": value for number, value in values}
    return row
