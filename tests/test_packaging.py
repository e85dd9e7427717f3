"""What a user gets by pip: everything is inside, and the tested set is plain."""

import re
import subprocess
import sys
import zipfile
from importlib.metadata import requires
from pathlib import Path

import pytest

import napari_metastruct

ROOT = Path(__file__).parent.parent
PACKAGE = Path(napari_metastruct.__path__[0])


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Build the wheel with what is installed, without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    line = [sys.executable, "-m", "build", "--wheel", "--no-isolation"]
    done = subprocess.run(
        [*line, "--outdir", str(folder), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path)


def read(wheel: zipfile.ZipFile, ending: str) -> str:
    (name,) = [name for name in wheel.namelist() if name.endswith(ending)]
    return wheel.read(name).decode()


def test_wheel_holds_every_file_of_the_package(wheel: zipfile.ZipFile) -> None:
    source = {
        path.relative_to(PACKAGE.parent).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    inside = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert inside == source
    assert {"napari_metastruct/napari.yaml", "napari_metastruct/py.typed"} <= inside


def test_wheel_is_found_by_napari_and_the_shell(wheel: zipfile.ZipFile) -> None:
    entry_points = read(wheel, ".dist-info/entry_points.txt")
    assert "napari-metastruct = napari_metastruct.cli:main" in entry_points
    assert "[napari.manifest]" in entry_points
    metadata = read(wheel, ".dist-info/METADATA")
    assert "Classifier: Framework :: napari" in metadata
    assert "License-Expression: BSD-3-Clause" in metadata
    assert "Redistribution and use" in read(wheel, "/LICENSE")


def test_base_brings_neither_napari_nor_a_qt_binding() -> None:
    base = [
        line for line in requires("napari-metastruct") or () if "extra ==" not in line
    ]
    names = {re.split(r"[^\w.-]", line)[0].lower() for line in base}
    assert "torch" in names
    assert not names & {"napari", "pyqt5", "pyqt6", "pyside2", "pyside6"}


def test_constraints_are_plain_pins() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert "torch==2.13.0" in pins
    assert [pin for pin in pins if not re.fullmatch(r"[\w.-]+==[\w.]+", pin)] == []
