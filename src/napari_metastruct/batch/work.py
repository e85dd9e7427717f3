"""What is done with one file, for every kind of job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_metastruct.batch.density_work import density_work
from napari_metastruct.batch.image_work import image_work
from napari_metastruct.batch.noise_work import noise_work
from napari_metastruct.jobs import ApplyJob, DensityJob, NoiseJob, SegmentJob

if TYPE_CHECKING:
    from pathlib import Path

    from napari_metastruct.batch.plan import FileWork, Plan
    from napari_metastruct.progress import Steps, StopFlag

__all__ = ["choose_work"]


def choose_work(plan: Plan, stop: StopFlag) -> Steps[tuple[FileWork, dict[Path, str]]]:
    """Prepare what all files share, such as a model.

    Returns
    -------
    How to do one file, and the files that cannot be used with the reason, by a
    generator of events.

    Raises
    ------
    InputError
        The files or the settings do not fit together.
    """
    job = plan.job
    if isinstance(job, SegmentJob | ApplyJob):
        return (yield from image_work(job, plan, stop))
    if isinstance(job, NoiseJob):
        return (yield from noise_work(job, plan, stop))
    if isinstance(job, DensityJob):
        return density_work(job, plan), {}
    raise TypeError(f"A job of the kind '{job.task}' writes nothing beside its files.")
