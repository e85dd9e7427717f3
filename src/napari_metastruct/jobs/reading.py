"""Job files: what goes in comes out."""

from pathlib import Path

import yaml

from napari_metastruct.errors import InputError
from napari_metastruct.jobs.images import ApplyJob, SegmentJob
from napari_metastruct.jobs.labels import CompareJob, DensityJob, NoiseJob
from napari_metastruct.jobs.training import TrainJob

__all__ = ["AnyJob", "load_job"]

AnyJob = SegmentJob | ApplyJob | NoiseJob | DensityJob | CompareJob | TrainJob
"""Any job that a file can hold."""

_KINDS: dict[str, type[AnyJob]] = {
    kind.model_fields["task"].default: kind
    for kind in (SegmentJob, ApplyJob, NoiseJob, DensityJob, CompareJob, TrainJob)
}


def load_job(path: Path | str) -> AnyJob:
    """Read a job file.

    Raises
    ------
    InputError
        The file is missing or no YAML, or a field is unknown or out of range.
    """
    fields = _read_fields(path)
    task = str(fields.get("task", "segment"))
    if task not in _KINDS:
        raise InputError(
            f"The job file {path} has the task '{task}'; known are: "
            f"{', '.join(_KINDS)}."
        )
    try:
        return _KINDS[task](**fields)
    except InputError as error:
        raise InputError(f"The job file {path} cannot be used: {error}") from None


def _read_fields(path: Path | str) -> dict[str, object]:
    try:
        fields = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The job file {path} cannot be read: {error}.") from None
    except yaml.YAMLError as error:
        problem = " ".join(str(error).split())
        raise InputError(f"The job file {path} is not valid YAML: {problem}.") from None
    if not isinstance(fields, dict):
        raise InputError(f"The job file {path} holds no settings ('name: value').")
    return {str(name): value for name, value in fields.items()}
