"""The job that learns from labels, as code and as a command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_metastruct.methods import learner_named
from napari_metastruct.snippets.writing import (
    call,
    command_line,
    differing,
    option,
    script,
    source_code,
    typed,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from napari_metastruct.jobs import TrainJob
    from napari_metastruct.methods import AnyLearner
    from napari_metastruct.training.labelled import LabelledSettings

__all__ = ["marks_script", "train_command_line", "train_script"]

_READING = ("axes", "channels", "level", "as_one", "painted")
_OPTIONS = ("epochs", "network", "seed", "device")
"""Settings that have an option of their own; the others are typed by --set."""


def train_script(
    job: TrainJob,
    image: str | Path | None = None,
    layers: Sequence[tuple[str, str]] = (("image", "labels"),),
    trusted: Sequence[bool] = (),
) -> str:
    """Return a script for a training; see `as_python`.

    Parameters
    ----------
    job
        What was run.
    image
        File of the image, for a job that was run on layers.
    layers
        Names of the image layers and of their labels, for such a job.
    trusted
        Whether the labels of each are right; empty: of none.
    """
    if job.images and job.sources != job.images:
        return _batch_script(job.replace(output=job.output or job.usual_output))
    images, labels = (_layers_code(names) for names in zip(*layers, strict=True))
    first = [images if image is None else source_code(image), labels]
    imports = ["from napari_metastruct import train_on_labels", *_imports(job)]
    more = _settings(job)
    if any(trusted):
        right = [
            f"viewer.layers[{name!r}].data" if is_right else "None"
            for (_, name), is_right in zip(layers, trusted, strict=True)
        ]
        more["trusted"] = f"[{', '.join(right)}]"
    code = call("train_on_labels", first, more)
    return script(imports, f"result = {code}")


def marks_script(job: TrainJob, layers: Sequence[Mapping[str, str]]) -> str:
    """Return a script for a training on marks that are layers.

    Parameters
    ----------
    job
        What was run.
    layers
        For each image the names of its layers: "image", and of "labels", "negative" and
        "trusted" those that there are.
    """
    named = ("labels", "negative", "trusted")
    given = {name: [each.get(name, "") for each in layers] for name in named}
    more = {name: _layers_code(names) for name, names in given.items() if any(names)}
    images = _layers_code([each["image"] for each in layers])
    code = call("train_on_labels", [images], more | _settings(job))
    imports = ["from napari_metastruct import train_on_labels", *_imports(job)]
    return script(imports, f"result = {code}")


def train_command_line(job: TrainJob, image: str | Path | None = None) -> str:
    """Return the command line for a training; see `as_command_line`."""
    images = [*job.images] or [str(image or "IMAGES")]
    alone = bool(job.negative or job.trusted)
    labels = [*job.labels] or ([] if alone else ["LABELS"])
    words = ["train", "--output", job.output or str(job.usual_output)]
    words += ["--method", job.method.name, *_changed_words(job.method)]
    words += _setting_words(job.settings)
    for name in _changed_reading(job):
        words += option(name, getattr(job, name))
    for name in ("negative", "trusted", "reference"):
        for path in getattr(job, name):
            words += [f"--{name}", path]
    if len(labels) > 1 or (alone and labels):
        words += [word for path in labels for word in ("--labels", path)]
        return command_line(words, images)
    return command_line(words, [*images, *labels])


def _batch_script(job: TrainJob) -> str:
    paths = {name: getattr(job, name) for name in job.path_fields}
    given = {name: repr(path) for name, path in paths.items() if path}
    return script(
        [
            "from napari_metastruct.batch import run_batch",
            "from napari_metastruct.jobs import TrainJob",
            *_imports(job),
            "from napari_metastruct.progress import run_to_end",
        ],
        f"job = {call('TrainJob', [], given | _settings(job))}",
        "files = run_to_end(run_batch(job))",
    )


def _layers_code(names: Sequence[str]) -> str:
    found = [f"viewer.layers[{name!r}].data" if name else "None" for name in names]
    return found[0] if len(found) == 1 else f"[{', '.join(found)}]"


def _settings(job: TrainJob) -> dict[str, str]:
    code = {"method": _inner(job.method)}
    if differing(job.settings):
        code["settings"] = _inner(job.settings)
    return code | {name: repr(getattr(job, name)) for name in _changed_reading(job)}


def _inner(settings: AnyLearner | LabelledSettings) -> str:
    values = {name: repr(getattr(settings, name)) for name in differing(settings)}
    return call(type(settings).__name__, [], values).replace("\n", "\n    ")


def _imports(job: TrainJob) -> list[str]:
    kind = type(job.method).__name__
    lines = [f"from napari_metastruct.methods import {kind}"]
    if differing(job.settings):
        lines.append("from napari_metastruct.training.labelled import LabelledSettings")
    return lines


def _changed_reading(job: TrainJob) -> list[str]:
    return [name for name in differing(job) if name in _READING]


def _changed_words(method: AnyLearner) -> list[str]:
    values = method.model_dump(mode="json")
    words = []
    for name in differing(method, learner_named(method.name)):
        own = name == "noise_rate"
        words += (
            ["--noise-rate", str(values[name])]
            if own
            else ["--set", f"{name}={typed(values[name])}"]
        )
    return words


def _setting_words(settings: LabelledSettings) -> list[str]:
    values = settings.model_dump(mode="json")
    words = []
    for name in differing(settings):
        if name in _OPTIONS:
            words += option(name, values[name])
        else:
            words += ["--set", f"{name}={typed(values[name])}"]
    return words
