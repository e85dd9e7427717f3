"""The way in: to the doctor even if half of everything is missing, else to the app."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

_DOCTOR = (["doctor"], ["doctor", "--json"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    Parameters
    ----------
    arguments
        Without the program's name; None: those of this process.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # no name of a file may end the run
            stream.reconfigure(errors="backslashreplace")
    if words in _DOCTOR:
        return _see_doctor(as_json="--json" in words)
    try:
        from napari_metastruct.cli.app import call
    except KeyboardInterrupt:
        return 130
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("napari_metastruct"):
            raise
        sys.stderr.write(
            f"The package '{error.name}' is missing. 'napari-metastruct doctor' tells "
            "how to mend it.\n"
        )
        return 2
    return call(words)


def _see_doctor(*, as_json: bool) -> int:
    from napari_metastruct.doctor import examine

    report = examine()
    sys.stdout.write((report.to_json() if as_json else report.to_text()) + "\n")
    return 0 if report.is_healthy else 1
