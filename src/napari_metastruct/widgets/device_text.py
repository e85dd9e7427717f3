"""Where a run will compute, said without loading PyTorch."""

import ctypes.util
import importlib.util
import re
import sys
from pathlib import Path

from napari_metastruct.errors import InputError
from napari_metastruct.progress import Event, Started
from napari_metastruct.training.settings import DeviceWish

__all__ = ["SaidDevices", "device_text"]

_CUDA_DRIVER = "nvcuda" if sys.platform == "win32" else "cuda"


def device_text(wish: DeviceWish) -> str:
    """Return one line such as "CPU: no CUDA found".

    Once PyTorch is loaded it is asked; before, its version file and the driver are
    looked at, so that opening a dock loads nothing.
    """
    if "torch" in sys.modules:
        return _asked(wish)
    if wish == "cpu":
        return "CPU: as chosen"
    return _foreseen() if wish == "auto" else f"{wish.upper()}: as chosen"


class SaidDevices:
    """What runs have said of where they compute; one in a child loads no PyTorch here.

    So it is known afterwards, although PyTorch cannot be asked.
    """

    def __init__(self) -> None:
        self._said: dict[DeviceWish, str] = {}
        self._wish: DeviceWish = "auto"

    def begin(self, wish: DeviceWish) -> None:
        """Note where a run that begins is to compute."""
        self._wish = wish

    def take(self, event: Event) -> str:
        """Return where the run computes if this event says it, else ""."""
        if not isinstance(event, Started) or event.stage != "Learning":
            return ""
        self._said[self._wish] = event.detail
        return event.detail

    def text(self, wish: DeviceWish) -> str:
        """Return one line about where a run will compute."""
        said = "" if "torch" in sys.modules else self._said.get(wish, "")
        return said or device_text(wish)


def _asked(wish: DeviceWish) -> str:
    from napari_metastruct.training.devices import choose_device

    try:
        return choose_device(wish).reason
    except InputError as error:
        return str(error)


def _foreseen() -> str:
    found = importlib.util.find_spec("torch")
    if found is None or found.origin is None:
        return "PyTorch is not installed"
    if sys.platform == "darwin":
        return "MPS or CPU: tried when the run starts"
    if not _built_for_cuda(Path(found.origin).parent / "version.py"):
        return "CPU: this PyTorch is built without CUDA"
    if ctypes.util.find_library(_CUDA_DRIVER) is None:
        return "CPU: no CUDA found"
    return "CUDA: tried when the run starts"


def _built_for_cuda(version_file: Path) -> bool:
    if not version_file.exists():
        return True
    text = version_file.read_text(encoding="utf-8")
    return re.search(r"^cuda\b.*=\s*['\"]", text, re.MULTILINE) is not None
