"""What may go wrong while it learns, and what helps."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

from napari_metastruct.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_metastruct.training.labelled.settings import LabelledSettings

__all__ = ["Diverged", "Stopped", "Trouble", "telling"]


class Stopped(Exception):  # noqa: N818 - it is no error
    """A stop was asked for in the middle of an epoch; caught by the run."""


class Diverged(Exception):  # noqa: N818 - the run makes a sentence of it
    """The loss is no number any more; caught by the run."""


class Trouble(InputError):  # noqa: N818 - as InputError it ends in a sentence
    """Learning cannot go on, and this is what a person can do about it."""


@contextmanager
def telling(settings: LabelledSettings, device: str) -> Iterator[None]:
    """Make a sentence of a loss that is no number, and of memory that runs out.

    Raises
    ------
    Trouble
        Instead of what has happened; everything else goes through.
    """
    try:
        yield
    except Diverged:
        raise Trouble(diverged_advice(settings)) from None
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise Trouble(memory_advice(settings, device)) from error


def is_out_of_memory(error: BaseException) -> bool:
    """Say whether an error means that memory has run out, on whichever device."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    text = str(error).lower()
    known = ("out of memory", "can't allocate memory", "not enough memory")
    return isinstance(error, RuntimeError) and any(words in text for words in known)


def memory_advice(settings: LabelledSettings, device: str) -> str:
    """Return what a person can do about it, a full sentence."""
    where = "The GPU" if device != "cpu" else "The computer"
    return (
        f"{where} ran out of memory with patches of {settings.patch} x "
        f"{settings.patch} pixels, {settings.batch} at a time: choose a smaller patch "
        f"(such as {max(32, settings.patch // 2)}) or batch (such as "
        f"{max(1, settings.batch // 2)})."
    )


def diverged_advice(settings: LabelledSettings) -> str:
    """Return what a person can do about a loss that is no number, a full sentence."""
    rate = settings.learning_rate
    smaller = "such as 0.0005" if rate is None else f"such as {rate / 4:g}"
    return (
        "The loss became infinite or not a number, so learning cannot go on: choose a "
        f"smaller learning rate ({smaller})."
    )
