"""What was run in the dock as a job, for a file, a script and the command line."""

from napari_metastruct.jobs import NoiseJob
from napari_metastruct.noise import Chain
from napari_metastruct.widgets.labels_input import LabelsInput

__all__ = ["job_of"]

_AXES = "TZYX"


def job_of(
    source: LabelsInput, chain: Chain, seed: int, *, errors: bool, level: int = 0
) -> NoiseJob | None:
    """Return the job that gives the same labels.

    Returns
    -------
    None where no job can tell it: of a coarser level, or of more than four axes.
    """
    ndim = len(source.shape)
    if level or ndim > len(_AXES):
        return None
    return NoiseJob(
        labels=(source.path,) if source.path else (),
        axes=_AXES[-ndim:],
        volume=source.together == 3,
        as_one=source.as_one,
        chain=chain,
        seed=seed,
        errors=errors,
    )
