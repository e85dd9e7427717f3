"""Which run on marks comes next: a new one, or the last one continued."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from napari_metastruct.training.labelled import LabelledSettings
from napari_metastruct.training.labelled.folder import FREE
from napari_metastruct.training.labelled.inbox import MarkInbox
from napari_metastruct.widgets.mark_input import MarkInput
from napari_metastruct.widgets.mark_run import MarkRun
from napari_metastruct.widgets.training_folders import TemporaryFolder

if TYPE_CHECKING:
    from napari_metastruct.methods import CoarseMarks

__all__ = ["Chosen", "continued", "difference", "new_run"]

_NEW = "press Train for a new run"


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """What is chosen and marked now.

    Attributes
    ----------
    images
        Which layers the images are, whatever they are called.
    sources, method, settings, names, apart
        As in `MarkRun`.
    """

    images: tuple[str, ...]
    sources: tuple[MarkInput, ...]
    method: "CoarseMarks"
    settings: LabelledSettings
    names: tuple[str, ...]
    apart: bool


def new_run(chosen: Chosen) -> MarkRun:
    """Return a run that begins with what is marked now."""
    temporary = TemporaryFolder()
    return MarkRun(
        chosen.images,
        chosen.sources,
        tuple(source.kept() for source in chosen.sources),
        chosen.method,
        chosen.settings,
        chosen.names,
        MarkInbox(),
        temporary.path,
        temporary,
        apart=chosen.apart,
    )


def continued(last: MarkRun, chosen: Chosen) -> MarkRun:
    """Return the run that goes on from the last one, with what is marked now.

    Of the settings only the number of epochs and the device are taken anew.
    """
    free = {name: getattr(chosen.settings, name) for name in FREE}
    pairs = (
        replace(now.kept(), image=replace(now.image.stack, name=before.name))
        for now, before in zip(chosen.sources, last.pairs, strict=True)
    )
    return replace(
        last,
        sources=chosen.sources,
        pairs=tuple(pairs),  # a layer that was renamed is the same image
        settings=last.settings.replace(**free),
        names=chosen.names,
        inbox=MarkInbox(),
        resume=True,
        apart=chosen.apart,
    )


def difference(last: MarkRun, chosen: Chosen) -> str:
    """Return in what a run differs from what is chosen so that it cannot go on.

    Returns
    -------
    A sentence, "" if it can.
    """
    if _images(last) != _images(chosen):
        return (
            f"These are not the images of the last run: choose those again, or {_NEW}."
        )
    if len(chosen.names) != len(last.names):
        more = "', '".join(chosen.names[len(last.names) :])
        return (
            f"The last run has learned {len(last.names)} classes, and '{more}' is none "
            f"of them: {_NEW}."
        )
    passed_over = (*FREE, "classes")
    held = (last.method, chosen.method), (last.settings, chosen.settings)
    for before, now in held:
        for name, value in _values(before).items():
            if name not in passed_over and value != (new := _values(now)[name]):
                return (
                    f"'{name.replace('_', ' ').capitalize()}' is {new} now, but was "
                    f"{value} in the last run: set it back to go on, or {_NEW}."
                )
    return ""


def _values(settings: Any) -> Mapping[str, Any]:  # noqa: ANN401 - any Parameters
    return dict(settings)


def _images(what: MarkRun | Chosen) -> list[tuple[Any, ...]]:
    stacks = (source.image.stack for source in what.sources)
    looks = [(stack.axes, stack.channels, stack.shape) for stack in stacks]
    return list(zip(what.images, looks, strict=True))
