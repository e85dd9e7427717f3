"""Which files a job makes of each of its sources, and how they are named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_metastruct.jobs import ApplyJob, DensityJob, NoiseJob, SegmentJob
from napari_metastruct.training.method import ThresholdRule

if TYPE_CHECKING:
    from napari_metastruct.jobs import AnyJob

__all__ = ["JOB_FILE", "OWN_ENDINGS", "endings", "job_file", "learns"]

JOB_FILE = "metastruct_job.yaml"
"""The job that made labels, beside its results."""
_JOB_FILES = {
    "noise": "metastruct_noise_job.yaml",
    "density": "metastruct_density_job.yaml",
    "train": "metastruct_train_job.yaml",
}
_LABELS = {"labels": "_labels.tif"}
_PROBABILITY = {"probability": "_probability.tif"}
_MODEL = {"model": "_model.safetensors", "description": "_model.json"}
_NOISY = {"noisy": "_noisy.tif"}
_ERRORS = {"errors": "_errors.tif"}
_DENSITY = {"density": "_density.tif"}

OWN_ENDINGS = (
    *(_LABELS | _PROBABILITY | _MODEL | _NOISY | _ERRORS | _DENSITY).values(),
    JOB_FILE,
    *_JOB_FILES.values(),
)
"""How the names of all files end that runs write."""


def endings(job: AnyJob) -> dict[str, str]:
    """Return what the job makes of each source, with the ending of its file.

    The first is what there is in any case.
    """
    if isinstance(job, NoiseJob):
        return _NOISY | (_ERRORS if job.errors else {})
    if isinstance(job, DensityJob):
        return _DENSITY
    if not isinstance(job, SegmentJob | ApplyJob):
        return {}
    own_model = isinstance(job, SegmentJob) and job.save_model and not job.joint
    return (
        _LABELS
        | (_PROBABILITY if job.probability and learns(job) else {})
        | (_MODEL if own_model and learns(job) else {})
    )


def learns(job: AnyJob) -> bool:
    """Tell whether there is a model in it."""
    if isinstance(job, SegmentJob):
        return not isinstance(job.method, ThresholdRule)
    return isinstance(job, ApplyJob)


def job_file(job: AnyJob) -> str:
    """Return the name of the job's file beside its results, one for each kind.

    So results of several kinds can lie in one folder.
    """
    return _JOB_FILES.get(job.task, JOB_FILE)
