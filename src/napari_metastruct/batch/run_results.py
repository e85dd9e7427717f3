"""What a training leaves behind beside its model: corrected labels and numbers."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from napari_metastruct.batch.names import unique_stems
from napari_metastruct.files import write_image
from napari_metastruct.label_tasks import corrections
from napari_metastruct.progress import PlaneDone, Started

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from napari_metastruct.batch.training_files import PairFile
    from napari_metastruct.progress import Steps
    from napari_metastruct.training.labelled.run import TrainedOnLabels

__all__ = ["CORRECTED", "run_numbers", "write_corrected"]

CORRECTED = "corrected"
"""Folder in that of the run for the corrected labels."""


def write_corrected(
    folder: Path, files: Sequence[PairFile], corrected: Sequence[NDArray[Any]]
) -> Steps[list[dict[str, Any]]]:
    """Write the corrected labels of all images, all of them or none.

    Returns
    -------
    For each image its files and how many labels have become of which class, by a
    generator of events.
    """
    yield Started("Writing", len(files))
    stems = unique_stems([file.image for file in files])
    target = folder / CORRECTED
    rows = []
    with TemporaryDirectory(dir=folder, prefix=f".{CORRECTED}-") as temporary:
        for number, (file, labels) in enumerate(zip(files, corrected, strict=True), 1):
            name = f"{stems[file.image]}_labels.tif"
            _write(Path(temporary) / name, file, labels)
            became, known = corrections(file.pair, labels)
            row = {"image": str(file.image), "labels": str(file.labels)}
            row |= {"corrected": str(target / name)}
            rows.append(row | {"pixels": known, "became": became})
            yield PlaneDone(number, len(files))
        target.mkdir(exist_ok=True)
        for path in Path(temporary).iterdir():
            os.replace(path, target / path.name)
    return rows


def run_numbers(
    result: TrainedOnLabels, images: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Return what was measured in a run, JSON-ready."""
    rows = result.record.rows
    best = [row for row in rows if row["epoch"] == result.best_epoch]
    became: Counter[int] = Counter()
    for image in images:
        became.update(image["became"])
    pixels = sum(image["pixels"] for image in images)
    return {
        "epochs": len(rows),
        "epochs_wanted": result.settings.epochs,
        "best_epoch": result.best_epoch,
        "scores": dict(best[0]) if best else {},
        "classes": list(result.segmenter.description.classes),
        "noise_rate": getattr(result.method, "noise_rate", None),
        "pixels": pixels,
        "corrected": sum(became.values()) / max(pixels, 1),
        "became": _named(became),
        "images": [{**image, "became": _named(image["became"])} for image in images],
    }


def _named(became: dict[int, int]) -> dict[str, int]:
    return {str(number): count for number, count in sorted(became.items())}


def _write(path: Path, file: PairFile, labels: NDArray[Any]) -> None:
    source = file.source
    write_image(
        path, labels, axes=source.axes, pixel_size=source.pixel_size, unit=source.unit
    )
