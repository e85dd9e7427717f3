"""Jobs that work on labels, as code and as command lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_metastruct.files import is_label_path
from napari_metastruct.jobs import CompareJob, DensityJob, NoiseJob
from napari_metastruct.snippets.writing import (
    LAYER,
    call,
    command_line,
    differing,
    option,
    script,
    source_code,
    typed,
)

if TYPE_CHECKING:
    from pathlib import Path

    from napari_metastruct.noise import Noise

__all__ = ["label_command_line", "label_script"]

_FUNCTIONS = {"noise": "add_noise", "density": "density_maps"}
_NO_ARGUMENTS = {"task", "labels", "a", "b", "output", "chain"}

_Job = NoiseJob | DensityJob | CompareJob


def label_script(job: _Job, source: str | Path | None = None) -> str:
    """Return a script for a job on labels; see `as_python`."""
    if isinstance(job, CompareJob):
        files = is_label_path(job.a) and is_label_path(job.b)
        return _batch_script(job) if job.output or not files else _compare_script(job)
    if job.labels and (job.output or len(job.labels) > 1):
        return _batch_script(job.replace(output=job.output or job.usual_output))
    source = source or (job.labels[0] if job.labels else None)
    function = _FUNCTIONS[job.task]
    settings = _settings(job)
    if isinstance(job, DensityJob) and job.unit == "physical" and source is None:
        settings["spacing"] = f"{LAYER}.scale"  # a file says that itself
    return script(
        [f"from napari_metastruct import {function}", *_imports(job)],
        f"result = {call(function, [source_code(source)], settings)}",
    )


def label_command_line(job: _Job, source: str | Path | None = None) -> str:
    """Return the command line for a job on labels; see `as_command_line`."""
    words: list[str] = [job.task]
    output = job.output or job.usual_output
    if output is not None:
        words += ["--output", output]
    if isinstance(job, NoiseJob):
        words += [word for noise in job.chain for word in _kind_words(noise)]
    for name in _changed(job):
        words += _option(job, name)
    names = [*job.sources] or [str(source or "LABELS")]
    return command_line(words, names)


def _batch_script(job: _Job) -> str:
    paths = {name: getattr(job, name) for name in job.path_fields}
    given = {name: repr(path) for name, path in paths.items() if path is not None}
    kind = type(job).__name__
    return script(
        [
            "from napari_metastruct.batch import run_batch",
            f"from napari_metastruct.jobs import {kind}",
            *_imports(job),
            "from napari_metastruct.progress import run_to_end",
        ],
        f"job = {call(kind, [], given | _settings(job))}",
        "files = run_to_end(run_batch(job))",
    )


def _compare_script(job: CompareJob) -> str:
    pair = [source_code(job.a), source_code(job.b)]
    return script(
        ["from napari_metastruct import compare_labels"],
        f"result = {call('compare_labels', pair, _settings(job))}",
    )


def _changed(job: _Job) -> list[str]:
    return [name for name in differing(job) if name not in _NO_ARGUMENTS]


def _settings(job: _Job) -> dict[str, str]:
    """Return the settings as code."""
    first = {"chain": _chain_code(job)} if isinstance(job, NoiseJob) else {}
    return first | {name: repr(getattr(job, name)) for name in _changed(job)}


def _chain_code(job: NoiseJob) -> str:
    noises = [_noise_code(noise) for noise in job.chain]
    return f"({', '.join(noises)}{',' if len(noises) == 1 else ''})"


def _noise_code(noise: Noise) -> str:
    values = {name: repr(getattr(noise, name)) for name in differing(noise)}
    return call(type(noise).__name__, [], values).replace("\n", "\n    ")


def _imports(job: _Job) -> list[str]:
    chain = job.chain if isinstance(job, NoiseJob) else ()
    kinds = sorted({type(noise).__name__ for noise in chain})
    return [f"from napari_metastruct.noise import {', '.join(kinds)}"] if kinds else []


def _kind_words(noise: Noise) -> list[str]:
    """Return a --kind with those of its settings that are not the usual ones."""
    values = noise.model_dump(mode="json")
    words = ["--kind", noise.name]
    for name in differing(noise):
        words += ["--" + name.replace("_", "-"), typed(values[name])]
    return words


def _option(job: _Job, name: str) -> list[str]:
    value = getattr(job, name)
    if name == "bandwidth":
        return ["--bandwidth", typed(value)]
    return option(name, value)
