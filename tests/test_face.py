"""``import napari_metastruct``: lazy names that are really there."""

import subprocess
import sys
from importlib.metadata import version

import pytest

import napari_metastruct


@pytest.mark.parametrize("name", napari_metastruct.__all__)
def test_every_name_is_there(name: str) -> None:
    assert getattr(napari_metastruct, name) is not None
    assert name in dir(napari_metastruct)


def test_lazy_names_and_public_names_agree() -> None:
    lazy = set(napari_metastruct._HOMES) | {"__version__"}
    assert set(napari_metastruct.__all__) == lazy


def test_unknown_name() -> None:
    with pytest.raises(AttributeError, match="no attribute 'segmnt'"):
        napari_metastruct.segmnt  # noqa: B018 - the access is the test


def test_version_is_that_of_the_installed_package() -> None:
    assert napari_metastruct.__version__ == version("napari-metastruct")


def test_module_is_the_command_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "napari_metastruct", "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for command in ("segment", "run", "apply", "demo", "doctor"):
        assert command in done.stdout
