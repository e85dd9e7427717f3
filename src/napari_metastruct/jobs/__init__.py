"""A whole run as one frozen value, and the file that holds it.

The dock, the command line, a script and a job file all make the same job; the same
job gives the same result everywhere.
"""

from napari_metastruct.jobs.images import ApplyJob, ImageJob, OpenJob, SegmentJob
from napari_metastruct.jobs.job import Job
from napari_metastruct.jobs.labels import (
    CompareJob,
    DensityJob,
    LabelJob,
    NoiseJob,
    Unit,
)
from napari_metastruct.jobs.reading import AnyJob, load_job
from napari_metastruct.jobs.training import TrainJob

__all__ = [
    "AnyJob",
    "ApplyJob",
    "CompareJob",
    "DensityJob",
    "ImageJob",
    "Job",
    "LabelJob",
    "NoiseJob",
    "OpenJob",
    "SegmentJob",
    "TrainJob",
    "Unit",
    "load_job",
]
