"""What the user has chosen before, kept by napari's plugin settings."""

from typing import Any

__all__ = ["NAMES", "remember", "remembered"]

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

_PLUGIN = "napari-metastruct"
_SECTION = "unsupervised"


def remembered(name: str, otherwise: Any) -> Any:  # noqa: ANN401 - any simple value
    """Return a choice of an earlier session, or `otherwise`."""
    return getattr(_section(), name, otherwise)


def remember(**choices: Any) -> None:  # noqa: ANN401
    """Keep choices for the next session; nothing happens in an older napari."""
    section = _section()
    for name, value in choices.items():
        if hasattr(section, name) and getattr(section, name) != value:
            setattr(section, name, value)


def _section() -> Any:  # noqa: ANN401 - napari makes the class from the manifest
    try:
        from napari.settings import get_plugin_settings
    except ImportError:  # napari before 0.9
        return None
    try:
        return getattr(get_plugin_settings(_PLUGIN), _SECTION, None)
    except KeyError:  # not installed as a plugin, as in a test
        return None
