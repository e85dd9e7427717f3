"""The core runs on a machine without a window, and starts light."""

import subprocess
import sys
from pkgutil import walk_packages

import pytest

import napari_metastruct

WINDOW = (
    "napari", "qtpy", "PyQt5", "PyQt6", "PySide2", "PySide6",
    "magicgui", "superqt", "pyqtgraph", "vispy",
)  # fmt: skip
LEARNING = ("torch", "monai", "torchvision")

BLOCK = """
import sys
for name in {blocked}:
    sys.modules[name] = None
for name in {modules}:
    __import__(name)
"""

LOADED = """
import sys
{code}
loaded = [name for name in {names} if name in sys.modules]
sys.exit(f"these were loaded: {{loaded}}" if loaded else 0)
"""


def modules() -> list[str]:
    """Name every module but the widgets."""
    found = walk_packages(
        napari_metastruct.__path__, "napari_metastruct.", onerror=_fail
    )
    names = [module.name for module in found]
    return [name for name in names if _part(name) not in {"widgets", "__main__"}]


def lower_modules() -> list[str]:
    """Name the modules of floors 1 to 3, which know no torch."""
    lower = (
        "errors parameters progress arrays files "
        "noise metastructure evaluation thresholding instances"
    )
    return [name for name in modules() if _part(name) in lower.split()]


def _part(name: str) -> str:
    return name.split(".")[1]


def _fail(name: str) -> None:
    raise AssertionError(f"{name} cannot be imported.")


def run(code: str) -> None:
    """Run ``code`` in a Python of its own; fail with what it said."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_core_imports_without_napari_and_qt() -> None:
    run(BLOCK.format(blocked=WINDOW, modules=modules()))


def test_lower_floors_import_without_torch() -> None:
    assert "napari_metastruct.progress" in lower_modules()
    run(BLOCK.format(blocked=WINDOW + LEARNING, modules=lower_modules()))


@pytest.mark.parametrize(
    "code",
    [
        "import napari_metastruct; dir(napari_metastruct)",
        "from napari_metastruct import __version__, InputError, run_to_end",
        "from napari_metastruct import segment, SegmentJob",
        "import napari_metastruct.methods",
        "import napari_metastruct.cli",
    ],
)
def test_starts_light(code: str) -> None:
    run(LOADED.format(code=code, names=WINDOW + LEARNING))


def test_the_guards_can_fail() -> None:
    with pytest.raises(AssertionError, match="qtpy"):
        run(BLOCK.format(blocked=("qtpy",), modules=["qtpy"]))
    with pytest.raises(AssertionError, match="these were loaded: \\['json'\\]"):
        run(LOADED.format(code="import json", names=("json",)))
