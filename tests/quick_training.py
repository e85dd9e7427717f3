"""Folders of images and wrong labels that are learned from in a moment."""

from pathlib import Path
from typing import Any

import numpy as np
from tests.training.labelled.tiny import discs, flipped, quick

from napari_metastruct.files import write_image
from napari_metastruct.jobs import TrainJob

SMALL = {"batch": 4, "patch": 32, "width": 4, "depth": 2}
COUNT = 4


def words(**more: Any) -> list[str]:  # noqa: ANN401 - settings
    """Return what makes a training small, for the command line."""
    settings = {**SMALL, **more}
    changes = [word for k, v in settings.items() for word in ("--set", f"{k}={v}")]
    return ["--method", "plain", "--epochs", "2", "--device", "cpu", *changes]


def make_folders(folder: Path, classes: int = 3) -> Path:
    """Write images/, labels/ and clean/ with sizes of pixels; return the folder."""
    images, clean = discs(COUNT, 32, classes)
    labels = flipped(clean, 0.2, classes)
    for name, end, values in (
        ("images", "", images), ("labels", "_gt", labels), ("clean", "", clean),
    ):  # fmt: skip
        for number, plane in enumerate(values):
            save_plane(folder / name / f"c{number}{end}.tif", plane)
    return folder


def save_plane(path: Path, values: Any) -> Path:  # noqa: ANN401 - an array
    """Write one plane with the size of its pixels; return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    size = dict.fromkeys("YX", 0.5)
    write_image(path, np.asarray(values), axes="YX", pixel_size=size, unit="µm")
    return path


def job_of(folder: Path, **more: Any) -> TrainJob:  # noqa: ANN401 - its fields
    """Return the job that learns from such folders."""
    fields: dict[str, Any] = {
        "images": (str(folder / "images"),),
        "labels": (str(folder / "labels"),),
        "output": str(folder / "run"),
        "method": "plain",
        "settings": quick(),
    }
    return TrainJob(**{**fields, **more})
