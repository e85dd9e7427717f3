"""What all jobs have in common."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import yaml

from napari_metastruct.errors import InputError
from napari_metastruct.files import writing
from napari_metastruct.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Job"]


class Job(Parameters):
    """A whole run as one frozen value: which files, what to do, where to write."""

    sources_field: ClassVar[str] = "images"
    """The setting that names the files."""
    path_fields: ClassVar[tuple[str, ...]] = ("images", "output")
    """The settings that name files and folders."""
    usual_output: ClassVar[str | None] = "labels"
    """Where the results go if nothing else is said."""

    if TYPE_CHECKING:
        task: Any = None  # each kind declares them, in the order of its job file
        output: str | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """The files and folders that the job reads."""
        found: tuple[str, ...] = getattr(self, self.sources_field)
        return found

    def for_sources(self, sources: Sequence[str]) -> Self:
        """Return the job for other files and folders."""
        return self.replace(**{self.sources_field: tuple(sources)})

    def with_full_paths(self) -> Self:
        """Return the job with absolute paths, so that it runs from any folder."""
        full = {name: _full(getattr(self, name)) for name in self.path_fields}
        return self.replace(**full)

    def to_yaml(self) -> str:
        """Return the job as the text of a job file."""
        fields = self.model_dump(mode="json")
        first = {name: fields.pop(name) for name in ("task", *self.path_fields)}
        text: str = yaml.safe_dump(first | fields, sort_keys=False, allow_unicode=True)
        return text

    def save(self, path: Path | str) -> None:
        """Write the job file, whole or not at all."""
        with writing(Path(path)) as new:
            new.write_text(self.to_yaml(), encoding="utf-8")

    def check_named(self) -> None:
        """Refuse a job that does not say what to read.

        Raises
        ------
        InputError
            It names no files.
        """
        if not self.sources:
            name = self.sources_field
            raise InputError(f"The job names no {name}: '{name}' is empty.")


def _full(value: Any) -> Any:  # noqa: ANN401 - one path, several, or none
    if isinstance(value, tuple):
        return tuple(_full(path) for path in value)
    return None if value is None else str(Path(value).absolute())
