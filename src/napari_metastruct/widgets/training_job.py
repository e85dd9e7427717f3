"""What was run in the dock as a job, for a file, a script and the command line."""

from napari_metastruct.jobs import TrainJob
from napari_metastruct.widgets.training_run import TrainingRun

__all__ = ["job_of"]


def job_of(run: TrainingRun) -> TrainJob:
    """Return the job that learns the same; files are named where layers have some."""
    first = run.sources[0].image
    images = tuple(source.image.path for source in run.sources)
    labels = tuple(source.labels.path for source in run.sources)
    clean = tuple(s.reference.path if s.reference else "" for s in run.sources)
    known = all(images) and all(labels)
    return TrainJob(
        images=images if known else (),
        labels=labels if known else (),
        reference=clean if known and all(clean) else (),
        axes=first.stack.axes,
        channels=first.stack.channels,
        level=first.level,
        method=run.method,
        settings=run.settings,
        as_one=run.sources[0].labels.as_one,
    )
