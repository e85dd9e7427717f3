"""What the user has chosen before, kept by napari's plugin settings."""

from typing import Any

__all__ = ["NAMES", "TRAINING", "TRAINING_NAMES", "remember", "remembered"]

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
