"""The examination: Python, packages, devices, window, extras."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import tempfile
from importlib.metadata import entry_points

from napari_metastruct.doctor.packages import base_packages, extra_packages, installed
from napari_metastruct.doctor.report import Finding, Report
from napari_metastruct.doctor.trials import TrialError, try_out
from napari_metastruct.networks.zoo import MEND_ZOO

__all__ = ["examine"]

_QT = ("PyQt6", "PySide6", "PyQt5", "PySide2")
_WINDOW = 'python -m pip install "napari-metastruct[all]"'
_LIBRARIES = (
    "sudo apt-get install libegl1 libgl1 libopengl0 libxkbcommon-x11-0 "
    "libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 "
    "libxcb-render-util0 libxcb-shape0 libxcb-xinerama0 libdbus-1-3"
)
_TORCH = """
import json, torch
cuda = torch.cuda.is_available()
mps = torch.backends.mps.is_available()
print(json.dumps({
    "threads": torch.get_num_threads(),
    "cuda": torch.cuda.get_device_name() if cuda else "",
    "memory": torch.cuda.get_device_properties(0).total_memory / 2**30 if cuda else 0,
    "built": torch.version.cuda or torch.version.hip or "",
    "mps": mps,
}))
"""
_QT_TRIAL = """
from qtpy import API_NAME, QT_VERSION
from qtpy.QtWidgets import QApplication
application = QApplication([])
print(API_NAME, QT_VERSION)
"""


def examine() -> Report:
    """Look at everything; never fails because something is missing."""
    return Report(
        (
            *_python(),
            *base_packages(),
            *_devices(),
            *_window(),
            *(_zoo(one) if one.name == "zoo" else one for one in extra_packages()),
        )
    )


def _python() -> list[Finding]:
    free = shutil.disk_usage(tempfile.gettempdir()).free / 2**30
    return [
        Finding("Python", "napari-metastruct", installed("napari-metastruct") or "?"),
        Finding("Python", "python", f"{platform.python_version()}, {sys.executable}"),
        Finding("Python", "system", f"{platform.platform()}, {os.cpu_count()} cores"),
        Finding("Python", "scratch space", f"{free:.1f} GiB"),
    ]


def _devices() -> list[Finding]:
    if installed("torch") is None:
        return []
    try:
        seen = json.loads(try_out(_TORCH))
    except (TrialError, json.JSONDecodeError) as error:
        mend = "python -m pip install --force-reinstall torch"
        state = f"does not start: {error}"
        return [Finding("Devices", "torch", state, "bad", mend)]
    cpu = Finding("Devices", "cpu", f"{seen['threads']} threads")
    return [*_graphics(seen), cpu]


def _graphics(seen: dict[str, object]) -> list[Finding]:
    if seen["cuda"]:
        state = f"{seen['cuda']}, {seen['memory']:.0f} GiB"
        return [Finding("Devices", "cuda", state)]
    if seen["mps"]:
        return [Finding("Devices", "mps", "Apple GPU")]
    if sys.platform == "darwin":
        return []
    if not seen["built"] and shutil.which("nvidia-smi"):
        state = "an NVIDIA driver is there, but this torch is built for the CPU alone"
        mend = "install torch as https://pytorch.org/get-started/locally says"
        return [Finding("Devices", "cuda", state, "hint", mend)]
    return [Finding("Devices", "cuda", "none found; the CPU computes")]


def _window() -> list[Finding]:
    napari = installed("napari")
    bindings = [f"{name} {installed(name)}" for name in _QT if installed(name)]
    return [
        Finding("Window", "napari", napari)
        if napari
        else Finding("Window", "napari", "not installed", "hint", _WINDOW),
        _qt(bindings),
        _manifest(),
    ]


def _qt(bindings: list[str]) -> Finding:
    if not bindings:
        return Finding("Window", "Qt", "no binding installed", "hint", _WINDOW)
    try:
        # Offscreen, so that only the libraries count and not the screen.
        state = try_out(_QT_TRIAL, QT_QPA_PLATFORM="offscreen")
    except TrialError as error:
        mend = _LIBRARIES if ".so" in str(error) else _WINDOW
        state = f"{', '.join(bindings)} does not start: {error}"
        return Finding("Window", "Qt", state, "hint", mend)
    return Finding("Window", "Qt", state + _screen())


def _zoo(found: Finding) -> Finding:
    """Look whether the networks of an extra that is there also import."""
    if found.mend:
        return found
    try:
        try_out("import segmentation_models_pytorch")
    except TrialError as error:
        state = f"{found.state}; does not import: {error}"
        return Finding("Extras", "zoo", state, "hint", MEND_ZOO)
    return found


def _screen() -> str:
    unix = sys.platform.startswith("linux")
    seen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return ", but no screen here (DISPLAY is not set)" if unix and not seen else ""


def _manifest() -> Finding:
    names = [point.name for point in entry_points(group="napari.manifest")]
    if "napari-metastruct" in names:
        return Finding("Window", "plugin", "registered with napari")
    mend = "python -m pip install --force-reinstall --no-deps napari-metastruct"
    return Finding("Window", "plugin", "napari does not know it", "hint", mend)
