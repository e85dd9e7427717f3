"""A job as the code and as the command line that do exactly the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_metastruct.jobs import ApplyJob, SegmentJob, TrainJob
from napari_metastruct.snippets.images import image_command_line, image_script
from napari_metastruct.snippets.labels import label_command_line, label_script
from napari_metastruct.snippets.training import train_command_line, train_script

if TYPE_CHECKING:
    from pathlib import Path

    from napari_metastruct.jobs import AnyJob

__all__ = ["as_command_line", "as_python"]


def as_python(job: AnyJob, source: str | Path | None = None) -> str:
    """Return a script that does what the job did.

    Only what differs from the defaults is written out.

    Parameters
    ----------
    job
        What was run. With files and an output folder the script writes files, else it
        ends with the result in ``result``.
    source
        File of the image or the labels, for a job that was run on a layer. None: the
        script takes the selected layer, as napari's console knows it.
    """
    if isinstance(job, SegmentJob | ApplyJob):
        return image_script(job, source)
    if isinstance(job, TrainJob):
        return train_script(job, source)
    return label_script(job, source)


def as_command_line(job: AnyJob, source: str | Path | None = None) -> str:
    """Return the command line that does what the job did.

    Parameters
    ----------
    job
        What was run.
    source
        File of the image or the labels, for a job that was run on a layer. None:
        ``IMAGE`` or ``LABELS`` stands in its place. A job without an output folder gets
        the usual one.
    """
    if isinstance(job, SegmentJob | ApplyJob):
        return image_command_line(job, source)
    if isinstance(job, TrainJob):
        return train_command_line(job, source)
    return label_command_line(job, source)
