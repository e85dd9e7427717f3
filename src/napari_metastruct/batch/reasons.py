"""Why a file was not done, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_metastruct.errors import InputError
from napari_metastruct.jobs import LabelJob

if TYPE_CHECKING:
    from napari_metastruct.jobs import AnyJob

__all__ = ["FOREIGN", "NOT_STARTED", "is_foreseen", "is_lack_of_memory", "reason"]

FOREIGN = "It is not an image."
"""Why a file is skipped that only lies in the same folder."""
NOT_STARTED = "Not started, since the run was stopped."
"""Why a file is skipped after a stop."""

_FOR_IMAGES = (
    "compute on the CPU (--device cpu), or take a coarser level of it (--level)"
)
_FOR_LABELS = "take its planes one by one (no --volume), or a part of it"


def reason(error: Exception, job: AnyJob | None = None) -> str:
    """Say in a sentence why a file of a job failed."""
    if isinstance(error, InputError):
        return str(error)
    if is_lack_of_memory(error):
        advice = _FOR_LABELS if isinstance(job, LabelJob) else _FOR_IMAGES
        return f"There is not enough memory for it. Close other programs, {advice}."
    if isinstance(error, OSError):
        return f"It cannot be read or its results not be written: {error}."
    return (
        f"An unexpected {type(error).__name__}: {error}. This is a mistake in the "
        "program; please report it."
    )


def is_lack_of_memory(error: Exception) -> bool:
    """Tell whether memory ran out, that of the computer or of its graphics card."""
    told = isinstance(error, RuntimeError) and "out of memory" in str(error).lower()
    return told or isinstance(error, MemoryError)


def is_foreseen(error: Exception) -> bool:
    """Tell whether this may happen to a file, rather than being a mistake of ours."""
    return isinstance(error, InputError | OSError) or is_lack_of_memory(error)
