"""The folder of a run: what was begun there, its checkpoint, its results."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from napari_metastruct.errors import InputError
from napari_metastruct.files import check_output_folder, writing
from napari_metastruct.training.labelled.checkpoint import load_checkpoint

if TYPE_CHECKING:
    from pathlib import Path

    from napari_metastruct.training.labelled.checkpoint import Checkpoint

__all__ = ["FREE", "RunFolder", "holds_run"]

ABOUT, CHECKPOINT = "run.json", "checkpoint.safetensors"
RECORD, MODEL = "record", "model"
FREE = ("epochs", "device", "checkpoint_every")
"""Settings that a run may be continued with although they have changed."""


def holds_run(folder: Path) -> bool:
    """Say whether a run was begun in a folder."""
    return (folder / ABOUT).is_file()


class RunFolder:
    """Where a run keeps what must outlive it.

    ``run.json`` says what was begun, ``checkpoint.safetensors`` how far it is,
    ``record.csv`` and ``record.json`` what was measured, ``model.safetensors`` with
    ``model.json`` is the result.

    Parameters
    ----------
    path
        The folder; made if need be.
    resume
        Whether the run that it holds is to be continued.

    Raises
    ------
    InputError
        It holds another run and ``resume`` is False, or none and it is True; or it
        cannot be written to.
    """

    def __init__(self, path: Path, *, resume: bool) -> None:
        if holds_run(path) and not resume:
            raise InputError(
                f"{path} holds another run already: continue it (resume), or choose "
                "another folder."
            )
        if resume and not holds_run(path):
            raise InputError(
                f"There is no run in {path} that could be continued: start it without "
                "resume, or choose the folder of the run."
            )
        self.path = check_output_folder(path)
        self._resume = resume

    @property
    def record(self) -> Path:
        """Path of the record, without its ending."""
        return self.path / RECORD

    @property
    def model(self) -> Path:
        """Path of the model, without its endings."""
        return self.path / MODEL

    def begin(self, about: dict[str, Any]) -> dict[str, Any]:
        """Write what is begun, or check that it is what is to be continued.

        Returns
        -------
        What stands in ``run.json``.

        Raises
        ------
        InputError
            The run was begun with another method, other settings, images or labels.
        """
        if not self._resume:
            self.write_about(about)
            return about
        begun = self._read_about()
        _compare(begun, about, self.path)
        return begun

    def judged(self) -> list[tuple[int, int]] | None:
        """Return pair and plane of each in the validation part of the run it holds.

        None: there is no such run, or it says nothing of them.

        Raises
        ------
        InputError
            What it holds cannot be continued.
        """
        places = self._read_about().get("validation") if self._resume else None
        return None if places is None else [(pair, plane) for pair, plane in places]

    def write_about(self, about: dict[str, Any]) -> None:
        """Write ``run.json``."""
        with writing(self.path / ABOUT) as new:
            new.write_text(json.dumps(about, indent=2), encoding="utf-8")

    def save(self, checkpoint: Checkpoint) -> None:
        """Write the checkpoint."""
        checkpoint.save(self.path / CHECKPOINT)

    def load(self) -> Checkpoint | None:
        """Return the checkpoint to go on from; None: begin at the beginning."""
        file = self.path / CHECKPOINT
        return load_checkpoint(file) if self._resume and file.is_file() else None

    def _read_about(self) -> dict[str, Any]:
        try:
            begun = json.loads((self.path / ABOUT).read_text(encoding="utf-8"))
            return dict(begun)
        except (OSError, ValueError, TypeError) as error:
            raise InputError(
                f"{self.path / ABOUT} does not tell of a run that could be continued: "
                f"{error}."
            ) from None


def _compare(begun: dict[str, Any], about: dict[str, Any], path: Path) -> None:
    if begun.get("classes") != about["classes"]:
        raise InputError(
            f"The run in {path} was begun with the classes {begun.get('classes')}, not "
            f"{about['classes']}, and its network knows no others: start a new run."
        )
    for part in ("method", "settings"):
        was, now = ({**held.get(part, {})} for held in (begun, about))
        names = [n for n in {**was, **now} if was.get(n) != now.get(n)]
        different = [name for name in names if name not in FREE]
        if different:
            name = different[0]
            raise InputError(
                f"The run in {path} was begun with {part} {name} = {was.get(name)}, "
                f"not {now.get(name)}: continue it with the same, or choose another "
                "folder."
            )
    if begun.get("pairs") != about["pairs"]:
        raise InputError(
            f"The run in {path} was begun with other images or labels: continue it "
            "with the same ones in the same order, or choose another folder."
        )
