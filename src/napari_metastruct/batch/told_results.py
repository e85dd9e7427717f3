"""What a method says of the labels, as files: matrices, maps and scores."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from napari_metastruct.batch.names import unique_stems
from napari_metastruct.files import write_image, writing
from napari_metastruct.progress import PlaneDone, Started

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from napari_metastruct.batch.training_files import PairFile
    from napari_metastruct.progress import Steps
    from napari_metastruct.training.labelled.run import TrainedOnLabels

__all__ = ["MAPS", "SCORES", "told_files", "write_told"]

MAPS, SCORES = "maps", "scores.csv"
"""Folder and file in the folder of a run."""


def told_files(result: TrainedOnLabels) -> tuple[str, ...]:
    """Return the names of the files and folders that `write_told` makes."""
    matrices = tuple(_matrix_file(name) for name in result.matrices)
    scores = (SCORES,) if result.scores else ()
    return *matrices, *scores, *((MAPS,) if result.maps else ())


def write_told(
    folder: Path, files: Sequence[PairFile], result: TrainedOnLabels
) -> Steps[None]:
    """Write what the method says besides its model, if it says anything.

    ``matrices_<name>.csv``: row i, column j is entry (i, j), with class numbers at both
    edges; ``scores.csv``: a row for each plane; ``maps/<stem>_<name>.tif``: all of them
    or none.
    """
    classes = result.segmenter.description.classes
    for name, matrix in result.matrices.items():
        rows = [[c, *row] for c, row in zip(classes, matrix.tolist(), strict=True)]
        _write_rows(folder / _matrix_file(name), [["marked", *classes], *rows])
    if result.scores:
        _write_scores(folder / SCORES, files, result)
    if result.maps:
        yield from _write_maps(folder, files, result)


def _matrix_file(name: str) -> str:
    return f"matrices_{_word(name)}.csv"


def _word(name: str) -> str:
    return name.replace(" ", "_")


def _write_rows(path: Path, rows: Iterable[Iterable[object]]) -> None:
    with writing(path) as new, new.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def _write_scores(
    path: Path, files: Sequence[PairFile], result: TrainedOnLabels
) -> None:
    names = list(result.scores)
    rows: list[list[object]] = [["image", "plane", *names]]
    for number, file in enumerate(files):
        values = [result.scores[name][number].tolist() for name in names]
        for plane, row in enumerate(zip(*values, strict=True)):
            rows.append([str(file.image), plane, *row])
    _write_rows(path, rows)


def _write_maps(
    folder: Path, files: Sequence[PairFile], result: TrainedOnLabels
) -> Steps[None]:
    yield Started("Writing the maps", len(files))
    stems = unique_stems([file.image for file in files])
    target = folder / MAPS
    with TemporaryDirectory(dir=folder, prefix=f".{MAPS}-") as temporary:
        for number, file in enumerate(files):
            source = file.source
            for name, maps in result.maps.items():
                write_image(
                    Path(temporary) / f"{stems[file.image]}_{_word(name)}.tif",
                    maps[number],
                    axes=source.axes,
                    pixel_size=source.pixel_size,
                    unit=source.unit,
                )
            yield PlaneDone(number + 1, len(files))
        target.mkdir(exist_ok=True)
        for path in Path(temporary).iterdir():
            os.replace(path, target / path.name)
