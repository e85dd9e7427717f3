"""Jobs that make labels of images, as code and as command lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_metastruct.jobs import SegmentJob
from napari_metastruct.methods import MENU, method_named
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
    from pathlib import Path

    from napari_metastruct.jobs import ApplyJob
    from napari_metastruct.methods import AnyMethod

__all__ = ["image_command_line", "image_script"]

_NO_ARGUMENTS = {"task", "images", "output", "method", "model"}


def image_script(job: SegmentJob | ApplyJob, image: str | Path | None = None) -> str:
    """Return a script for a job on images; see `as_python`."""
    if job.images and (job.output or len(job.images) > 1):
        return _batch_script(job.replace(output=job.output or job.usual_output))
    source = image or (job.images[0] if job.images else None)
    if isinstance(job, SegmentJob):
        return _segment_script(job, source)
    return _apply_script(job, source)


def image_command_line(
    job: SegmentJob | ApplyJob, image: str | Path | None = None
) -> str:
    """Return the command line for a job on images; see `as_command_line`."""
    images = job.images or (str(image or "IMAGE"),)
    if isinstance(job, SegmentJob):
        words, names = ["segment"], [*images]
        method = _method_words(job.method)
    else:
        words, names = ["apply"], [job.model, *images]
        method = []
    words += ["--output", job.output or "labels", *method]
    for name in _changed(job):
        words += option(name, getattr(job, name))
    return command_line(words, names)


def _changed(job: SegmentJob | ApplyJob) -> list[str]:
    return [name for name in differing(job) if name not in _NO_ARGUMENTS]


def _segment_script(job: SegmentJob, source: str | Path | None) -> str:
    method, imports = _method_code(job.method)
    arguments = {"method": method} if method else {}
    arguments |= {name: repr(getattr(job, name)) for name in _changed(job)}
    return script(
        ["from napari_metastruct import segment", *imports],
        f"result = {call('segment', [source_code(source)], arguments)}",
    )


def _apply_script(job: SegmentJob | ApplyJob, source: str | Path | None) -> str:
    imports = [
        "from napari_metastruct.jobs import ApplyJob",
        "from napari_metastruct.networks.segmenter import load_segmenter",
        "from napari_metastruct.progress import run_to_end",
        "from napari_metastruct.segmentation import apply_steps, open_image",
    ]
    return script(
        imports,
        f"job = {_job_code(job, {})}",
        f"stack = open_image({source_code(source)}, job)",
        "result = run_to_end(apply_steps(load_segmenter(job.model), stack, job))",
    )


def _batch_script(job: SegmentJob | ApplyJob) -> str:
    method, imports = (
        _method_code(job.method) if isinstance(job, SegmentJob) else ("", [])
    )
    kind = type(job).__name__
    imports = [
        "from napari_metastruct.batch import run_batch",
        f"from napari_metastruct.jobs import {kind}",
        *imports,
        "from napari_metastruct.progress import run_to_end",
    ]
    return script(
        imports,
        f"job = {_job_code(job, {'method': method} if method else {})}",
        "files = run_to_end(run_batch(job))",
    )


def _job_code(job: SegmentJob | ApplyJob, first: dict[str, str]) -> str:
    named = ["images", "output"] if job.images else []
    named += [] if isinstance(job, SegmentJob) else ["model"]
    given = {name: repr(getattr(job, name)) for name in named}
    given |= first | {name: repr(getattr(job, name)) for name in _changed(job)}
    return call(type(job).__name__, [], given)


def _method_code(method: AnyMethod) -> tuple[str, list[str]]:
    """Return the method as an argument, "" for the default one, and its imports."""
    name, changes = _nearest(method)
    if not changes:
        return ("" if method == SegmentJob().method else repr(name)), []
    values = {field: repr(getattr(method, field)) for field in changes}
    kind = type(method).__name__
    if method_named(name) == type(method)():
        home = f"from napari_metastruct.methods import {kind}"
        return call(kind, [], values), [home]
    home = "from napari_metastruct.methods import method_named"
    return call(f"method_named({name!r}).replace", [], values), [home]


def _method_words(method: AnyMethod) -> list[str]:
    name, changes = _nearest(method)
    words = [] if name == "igtt" else ["--method", name]
    values = method.model_dump(mode="json")
    for field in changes:
        words += ["--set", f"{field}={typed(values[field])}"]
    return words


def _nearest(method: AnyMethod) -> tuple[str, list[str]]:
    """Return the entry of the menu with the fewest settings that differ, and these."""
    differences = {
        name: differing(method, method_named(name))
        for name in MENU
        if type(method_named(name)) is type(method)
    }
    name = min(differences, key=lambda name: len(differences[name]))
    return name, differences[name]
