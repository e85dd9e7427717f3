"""What was run in the dock as a job, for a file, a script and the command line."""

from pathlib import Path
from typing import TYPE_CHECKING

from napari_metastruct.jobs import TrainJob
from napari_metastruct.snippets.training import train_script
from napari_metastruct.training.labelled import LabelledSettings

if TYPE_CHECKING:
    from napari_metastruct.widgets.training_run import TrainingRun

__all__ = ["job_of", "script_of"]


def job_of(run: "TrainingRun") -> TrainJob:
    """Return the job that learns the same; files are named where layers have some."""
    first, every = run.sources[0], LabelledSettings().checkpoint_every
    axes = {source.image.stack.axes for source in run.sources}
    return TrainJob(
        **_paths(run),
        axes=axes.pop() if len(axes) == 1 else None,
        channels=first.image.stack.channels,
        level=first.image.level,
        method=run.method,
        settings=run.settings.replace(checkpoint_every=every),
        as_one=first.labels.as_one,
    )


def script_of(run: "TrainingRun") -> str:
    """Return the script that does so, with the layers by their names."""
    names = [(source.image.name, source.labels.name) for source in run.sources]
    trusted = [source.trusted for source in run.sources]
    return train_script(job_of(run), layers=names, trusted=trusted)


def _paths(run: "TrainingRun") -> dict[str, tuple[str, ...]]:
    sources = run.sources
    images = tuple(source.image.path for source in sources)
    labels = tuple(source.labels.path for source in sources)
    right = tuple(source.labels.path for source in sources if source.trusted)
    clean = tuple(s.reference.path if s.reference else "" for s in sources)
    if not sources[0].is_layer:
        given = tuple(s.labels.path for s in sources if not s.trusted)
        folders = {"images": images, "labels": given, "trusted": right}
        return {name: _folder(paths) for name, paths in folders.items()}
    if not (all(images) and all(labels)):
        return {}
    found = {"images": images, "labels": labels, "trusted": right}
    return found | ({"reference": clean} if all(clean) else {})


def _folder(paths: tuple[str, ...]) -> tuple[str, ...]:
    return (str(Path(paths[0]).parent),) if paths else ()
