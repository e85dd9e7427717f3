"""Folders that the state of a run is kept in."""

import shutil
import tempfile
import weakref
from pathlib import Path

__all__ = ["TemporaryFolder", "take_away"]

FILES = (
    *("run.json", "checkpoint.safetensors", "record.csv", "record.json"),
    *("model.safetensors", "model.json"),
)
"""What a run writes into its folder."""


class TemporaryFolder:
    """A folder that goes with this object."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="metastruct-"))
        self._gone = weakref.finalize(self, shutil.rmtree, self.path, True)

    def remove(self) -> None:
        """Remove it now."""
        self._gone()


def take_away(folder: Path) -> None:
    """Remove what a run has written; files of the person stay."""
    for name in FILES:
        (folder / name).unlink(missing_ok=True)
