"""What the user has chosen before, kept by napari's plugin settings."""

from typing import Any, TypeVar

from napari_metastruct.errors import InputError
from napari_metastruct.parameters import Parameters

__all__ = [
    "MARKS",
    "MARKS_NAMES",
    "NAMES",
    "TRAINING",
    "TRAINING_NAMES",
    "recalled",
    "remember",
    "remembered",
]

NAMES = (
    "method",
    "foreground",
    "instances",
    "device",
    "backend",
    "seed",
    "preview",
)
"""What is remembered; the manifest declares it."""
TRAINING = "train_labels"
"""Where the dock "Train on noisy labels" keeps what was chosen there."""
TRAINING_NAMES = (
    *("method", "network", "epochs", "patch", "batch", "width", "depth"),
    *("device", "seed", "preview"),
)
"""What is remembered of it."""
MARKS = "coarse_marks"
"""Where the dock "Train on coarse marks" keeps what was chosen there."""
MARKS_NAMES = (
    *("network", "epochs", "patches_per_epoch", "patch", "batch", "width", "depth"),
    *("trace", "warm_up", "wait_for", "joint", "rim", "balance"),
    *("device", "seed", "preview"),
)
"""What is remembered of it; the second line is of the method."""

P = TypeVar("P", bound=Parameters)

_PLUGIN = "napari-metastruct"
_UNSUPERVISED = "unsupervised"


def remembered(
    name: str,
    otherwise: Any,  # noqa: ANN401 - any simple value
    *,
    where: str = _UNSUPERVISED,
) -> Any:  # noqa: ANN401
    """Return a choice of an earlier session, or `otherwise`."""
    return getattr(_section(where), name, otherwise)


def recalled(usual: P, names: tuple[str, ...], *, where: str) -> P:
    """Return settings with what was chosen before.

    Parameters
    ----------
    usual
        Holds where nothing was, or where another version kept what cannot be used.
    names
        Those of the settings that are kept; others are passed over.
    """
    for name in names:
        if name in type(usual).model_fields:
            value = remembered(name, getattr(usual, name), where=where)
            try:
                usual = usual.replace(**{name: value})
            except InputError:
                continue
    return usual


def remember(*, where: str = _UNSUPERVISED, **choices: Any) -> None:  # noqa: ANN401
    """Keep choices for the next session; nothing happens in an older napari."""
    section = _section(where)
    for name, value in choices.items():
        if hasattr(section, name) and getattr(section, name) != value:
            setattr(section, name, value)


def _section(where: str) -> Any:  # noqa: ANN401 - napari makes the class from the manifest
    try:
        from napari.settings import get_plugin_settings
    except ImportError:  # napari before 0.9
        return None
    try:
        return getattr(get_plugin_settings(_PLUGIN), where, None)
    except KeyError:  # not installed as a plugin, as in a test
        return None
