"""The one error for what the user can mend."""

__all__ = ["InputError"]


class InputError(ValueError):
    """Bad input: a full sentence with what came, what was due and what to do.

    Widgets show it as a warning without a traceback, the command line prints it
    and exits with 2. Every other exception is a bug and keeps its traceback.
    """
