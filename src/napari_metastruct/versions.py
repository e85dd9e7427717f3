"""Versions of the software that a result depends on."""

import sys
from importlib.metadata import version

__all__ = ["installed_versions"]

PACKAGES = ("napari-metastruct", "torch", "numpy", "scipy", "scikit-image")


def installed_versions() -> dict[str, str]:
    """Return package name to version, and Python's own."""
    return {name: version(name) for name in PACKAGES} | {
        "python": sys.version.split()[0]
    }
