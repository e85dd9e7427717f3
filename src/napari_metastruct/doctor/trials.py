"""Trials in a process of their own: what crashes there does no harm here."""

from __future__ import annotations

import os
import subprocess
import sys

__all__ = ["TrialError", "try_out"]

_PATIENCE = 120.0


class TrialError(Exception):
    """The trial did not work; the text is the last thing that it said."""


def try_out(code: str, **environment: str) -> str:
    """Run a few lines of Python apart and return what they print.

    Parameters
    ----------
    code
        The lines.
    **environment
        Variables of the environment to set.

    Raises
    ------
    TrialError
        They end with an error, crash or take too long.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            env={**os.environ, **environment},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TrialError(f"no answer within {_PATIENCE:.0f} s") from None
    except OSError as error:
        raise TrialError(str(error)) from None
    if done.returncode < 0:
        raise TrialError(f"crashed with signal {-done.returncode}")
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise TrialError(lines[-1] if lines else f"ended with {done.returncode}")
    return done.stdout.strip()
