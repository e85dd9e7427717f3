"""Many files by one job: a folder in, a folder out."""

from napari_metastruct.batch.compare import NO_PARTNER
from napari_metastruct.batch.reasons import (
    FOREIGN,
    NOT_STARTED,
    is_lack_of_memory,
    reason,
)
from napari_metastruct.batch.results import JOB_FILE, job_file
from napari_metastruct.batch.run import run_batch
from napari_metastruct.batch.run_results import CORRECTED
from napari_metastruct.batch.train import NOT_PAIRED

__all__ = [
    "CORRECTED",
    "FOREIGN",
    "JOB_FILE",
    "NOT_PAIRED",
    "NOT_STARTED",
    "NO_PARTNER",
    "is_lack_of_memory",
    "job_file",
    "reason",
    "run_batch",
]
