"""A job as the code and as the command line that do exactly the same."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from napari_metastruct.jobs import SegmentJob
from napari_metastruct.methods import MENU, method_named

if TYPE_CHECKING:
    from pathlib import Path

    from napari_metastruct.jobs import AnyJob
    from napari_metastruct.methods import AnyMethod
    from napari_metastruct.parameters import Parameters

__all__ = ["as_command_line", "as_python"]

_NO_ARGUMENTS = {"task", "images", "output", "method", "model"}


def as_python(job: AnyJob, image: str | Path | None = None) -> str:
    """Return a script that does what the job did.

    Only what differs from the defaults is written out.

    Parameters
    ----------
    job
        What was run. With images and an output folder the script writes files,
        else it ends with the result in ``result``.
    image
        File of the image, for a job that was run on a layer. None: the script
        takes the selected layer, as napari's console knows it.
    """
    if job.images and (job.output or len(job.images) > 1):
        return _batch_script(job.replace(output=job.output or "labels"))
    source = image or (job.images[0] if job.images else None)
    if isinstance(job, SegmentJob):
        return _segment_script(job, source)
    return _apply_script(job, source)


def as_command_line(job: AnyJob, image: str | Path | None = None) -> str:
    """Return the command line that does what the job did.

    Parameters
    ----------
    job
        What was run.
    image
        File of the image, for a job that was run on a layer. None: ``IMAGE`` stands
        in its place. A job without an output folder gets ``labels``.
    """
    images = job.images or (str(image or "IMAGE"),)
    if isinstance(job, SegmentJob):
        words, names = ["segment"], [*images]
        method = _method_words(job.method)
    else:
        words, names = ["apply"], [job.model, *images]
        method = []
    words += ["--output", job.output or "labels", *method]
    words += [word for name in _changed(job) for word in _option(job, name)]
    # Behind "--" a name may begin with a dash.
    dashed = any(name.startswith("-") for name in names)
    tail = ["--", *names] if dashed else names
    return shlex.join(["napari-metastruct", *words, *tail])


def _segment_script(job: SegmentJob, source: str | Path | None) -> str:
    method, imports = _method_code(job.method)
    arguments = {"method": method} if method else {}
    arguments |= {name: repr(getattr(job, name)) for name in _changed(job)}
    call = _call("segment", [_image_code(source)], arguments)
    return _script(
        ["from napari_metastruct import segment", *imports], f"result = {call}"
    )


def _apply_script(job: AnyJob, source: str | Path | None) -> str:
    imports = [
        "from napari_metastruct.jobs import ApplyJob",
        "from napari_metastruct.networks.segmenter import load_segmenter",
        "from napari_metastruct.progress import run_to_end",
        "from napari_metastruct.segmentation import apply_steps, open_image",
    ]
    return _script(
        imports,
        f"job = {_job_code(job, {})}",
        f"stack = open_image({_image_code(source)}, job)",
        "result = run_to_end(apply_steps(load_segmenter(job.model), stack, job))",
    )


def _batch_script(job: AnyJob) -> str:
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
    return _script(
        imports,
        f"job = {_job_code(job, {'method': method} if method else {})}",
        "files = run_to_end(run_batch(job))",
    )


def _script(imports: list[str], *lines: str) -> str:
    return "\n".join([*sorted(imports), "", *lines, ""])


def _job_code(job: AnyJob, first: dict[str, str]) -> str:
    named = ["images", "output"] if job.images else []
    named += [] if isinstance(job, SegmentJob) else ["model"]
    given = {name: repr(getattr(job, name)) for name in named}
    given |= first | {name: repr(getattr(job, name)) for name in _changed(job)}
    return _call(type(job).__name__, [], given)


def _image_code(source: str | Path | None) -> str:
    if source is None:
        return "viewer.layers.selection.active.data"
    return repr(str(source))


def _method_code(method: AnyMethod) -> tuple[str, list[str]]:
    """Return the method as an argument, "" for the default one, and its imports."""
    name, changes = _nearest(method)
    if not changes:
        return ("" if method == SegmentJob().method else repr(name)), []
    values = {field: repr(getattr(method, field)) for field in changes}
    kind = type(method).__name__
    if method_named(name) == type(method)():
        home = f"from napari_metastruct.methods import {kind}"
        return _call(kind, [], values), [home]
    home = "from napari_metastruct.methods import method_named"
    return _call(f"method_named({name!r}).replace", [], values), [home]


def _method_words(method: AnyMethod) -> list[str]:
    name, changes = _nearest(method)
    words = [] if name == "igtt" else ["--method", name]
    values = method.model_dump(mode="json")
    for field in changes:
        words += ["--set", f"{field}={_typed(values[field])}"]
    return words


def _nearest(method: AnyMethod) -> tuple[str, list[str]]:
    """Return the entry of the menu with the fewest settings that differ, and these."""
    differences = {
        name: _different(method, method_named(name))
        for name in MENU
        if type(method_named(name)) is type(method)
    }
    name = min(differences, key=lambda name: len(differences[name]))
    return name, differences[name]


def _changed(job: AnyJob) -> list[str]:
    return [
        name
        for name, field in type(job).model_fields.items()
        if name not in _NO_ARGUMENTS and getattr(job, name) != field.default
    ]


def _different(method: Parameters, other: Parameters) -> list[str]:
    names = type(method).model_fields
    return [name for name in names if getattr(method, name) != getattr(other, name)]


def _option(job: AnyJob, name: str) -> list[str]:
    value = getattr(job, name)
    option = "--" + name.replace("_", "-")
    if value is True:
        return [option]
    if isinstance(value, tuple):
        return [option, ",".join(map(str, value))]
    return [option, str(value)]


def _typed(value: Any) -> str:  # noqa: ANN401 - what JSON has
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _call(function: str, first: list[str], named: dict[str, str]) -> str:
    words = [*first, *(f"{name}={value}" for name, value in named.items())]
    line = f"{function}({', '.join(words)})"
    if len(line) <= 76:
        return line
    return f"{function}(\n" + "".join(f"    {word},\n" for word in words) + ")"
