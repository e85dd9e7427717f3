"""Many files by one job: a folder in, a folder out."""

from napari_metastruct.batch.former import JOB_FILE, with_full_paths
from napari_metastruct.batch.run import (
    FOREIGN,
    NOT_STARTED,
    is_lack_of_memory,
    reason,
    run_batch,
)

__all__ = [
    "FOREIGN",
    "JOB_FILE",
    "NOT_STARTED",
    "is_lack_of_memory",
    "reason",
    "run_batch",
    "with_full_paths",
]
