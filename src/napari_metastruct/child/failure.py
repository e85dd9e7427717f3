"""What went wrong in a child: its errors on their way here, and how it died."""

import builtins
import os
import signal
import traceback
from dataclasses import dataclass
from typing import Self

from napari_metastruct.errors import InputError

__all__ = ["ChildDiedError", "Failure", "how_it_died"]


class ChildDiedError(RuntimeError):
    """The child ended without a result; the text is a full sentence."""


class InChildError(Exception):
    """Cause of an error that was raised in a child: the traceback there, as text."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as it travels: words only, so that nothing is imported to read it.

    Attributes
    ----------
    kind
        "InputError", or the nearest of Python's own errors: a class of PyTorch
        would load PyTorch where it arrives.
    text
        What the error says.
    traceback
        For whoever mends the program.
    """

    kind: str
    text: str
    traceback: str

    @classmethod
    def of(cls, error: BaseException) -> Self:
        """Describe an error."""
        if isinstance(error, InputError):
            return cls("InputError", str(error), "")
        own = next(c for c in type(error).__mro__ if c.__module__ == "builtins")
        kind = own.__name__ if issubclass(own, Exception) else "RuntimeError"
        return cls(kind, str(error), "".join(traceback.format_exception(error)))

    def as_error(self) -> Exception:
        """Return the error to raise here."""
        if self.kind == "InputError":
            return InputError(self.text)
        try:
            error: Exception = getattr(builtins, self.kind)(self.text)
        except TypeError:  # such as UnicodeDecodeError, made of more than a text
            error = RuntimeError(f"{self.kind}: {self.text}")
        error.__cause__ = InChildError(f"\n{self.traceback}")
        return error


_KILLED = (
    "The process of this run was ended from outside ({how}), most often because the "
    "main memory ran out. Close other programs, or take a smaller image, patch, batch "
    "or network."
)
_CRASHED = "The process of this run crashed ({how}){last}."
_ENDED = "The process of this run ended before it was done, with {how}{last}."

_WINDOWS_CRASH = 0xC0000000
_WINDOWS_NO_MEMORY = {0xC0000017, 0xC000012D}


def how_it_died(code: int | None, said: str) -> str:
    """Say in a sentence how a child has died.

    Parameters
    ----------
    code
        As `subprocess.Popen.returncode` has it.
    said
        What the child wrote to its standard error.
    """
    last = _told(said)
    if code is None:
        return "The process of this run closed its connection, and was ended."
    if os.name == "nt" and code >= _WINDOWS_CRASH:
        killed = code in _WINDOWS_NO_MEMORY
        return (_KILLED if killed else _CRASHED).format(how=hex(code), last=last)
    if code < 0:
        text = _KILLED if -code == getattr(signal, "SIGKILL", 9) else _CRASHED
        return text.format(how=_signal_name(-code), last=last)
    return _ENDED.format(how=f"exit code {code}", last=last)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _told(said: str) -> str:
    """Return the line that says why, from what Python writes when it dies."""
    lines = [line for line in said.splitlines() if line[:1].strip()]
    fatal = [line for line in lines if line.startswith("Fatal Python error")]
    line = next(iter(fatal or lines[-1:]), "")
    return f": {line.rstrip('.')}" if line else ""
