"""What the user is told when a run fails."""

from napari.utils.notifications import notification_manager, show_warning

from napari_metastruct.child import ChildDiedError
from napari_metastruct.errors import InputError

__all__ = ["report", "sentence_of"]

_ADVICE = (
    "There was not enough {kind} memory for this run. Smaller patches, a smaller "
    "batch or a narrower network (Advanced settings) need less{more}."
)
_SIGNS_OF_MEMORY = ("out of memory", "not enough memory", "can't allocate memory")


def report(error: BaseException) -> str:
    """Show `error` as napari does and return one sentence for the status line.

    What the user can mend is a warning without a traceback; everything else is an
    error of this program and keeps its traceback.
    """
    sentence = sentence_of(error)
    if sentence is not None:
        show_warning(sentence)
        return sentence
    notification_manager.receive_error(type(error), error, error.__traceback__)
    return f"Failed: {type(error).__name__}: {_first_line(error)}"


def sentence_of(error: BaseException) -> str | None:
    """Return what the user can do about `error`, None where it is a bug."""
    if isinstance(error, InputError | ChildDiedError):
        return str(error)
    if is_memory_error(error):
        return _memory_advice(error)
    return None


def is_memory_error(error: BaseException) -> bool:
    """Say whether memory ran out, on the device or in the computer."""
    if isinstance(error, MemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(
        sign in text for sign in _SIGNS_OF_MEMORY
    )


def _memory_advice(error: BaseException) -> str:
    text = str(error).lower()
    on_device = "cuda" in text or "mps" in text
    return _ADVICE.format(
        kind="graphics" if on_device else "main",
        more=", and the device 'cpu' uses the main memory instead" if on_device else "",
    )


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0]
