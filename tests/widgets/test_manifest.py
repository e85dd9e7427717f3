"""What napari is told about this plugin, and what opening a dock costs."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from npe2 import PluginManifest

import napari_metastruct
from napari_metastruct.jobs import SegmentJob, TrainJob
from napari_metastruct.methods import MENU, CoarseMarks
from napari_metastruct.widgets import preferences
from napari_metastruct.widgets.docks import (
    APPLY_MODEL,
    COARSE_MARKS,
    COMPARE_LABELS,
    LABEL_NOISE,
    META_STRUCTURE_MAP,
    PLUGIN,
    TRAIN_LABELS,
    UNSUPERVISED,
    open_dock,
)
from napari_metastruct.widgets.mark_learning import USUAL

DOCKS = [
    UNSUPERVISED,
    APPLY_MODEL,
    TRAIN_LABELS,
    COARSE_MARKS,
    LABEL_NOISE,
    META_STRUCTURE_MAP,
    COMPARE_LABELS,
]

MANIFEST = Path(napari_metastruct.__file__).with_name("napari.yaml")


@pytest.fixture(scope="module")
def manifest() -> PluginManifest:
    read: PluginManifest = PluginManifest.from_file(MANIFEST)
    return read


def test_every_command_can_be_imported(manifest: PluginManifest) -> None:
    manifest.validate_imports()


def test_nothing_that_older_npe2_refuses() -> None:
    text = MANIFEST.read_text(encoding="utf-8")
    assert "tabify" not in text
    assert "default_dock_area" not in text
    assert "keybindings" not in text


def test_names_are_the_same_everywhere(manifest: PluginManifest) -> None:
    assert manifest.name == PLUGIN
    widgets = manifest.contributions.widgets or []
    assert [widget.display_name for widget in widgets] == DOCKS
    settings = manifest.contributions.configurations["unsupervised"].properties
    assert settings["method"].enum == list(MENU)
    assert settings["foreground"].default == SegmentJob().foreground
    assert tuple(settings) == preferences.NAMES


def test_a_new_dock_begins_with_what_the_manifest_says(
    manifest: PluginManifest,
) -> None:
    settings = manifest.contributions.configurations["train_labels"].properties
    assert tuple(settings) == preferences.TRAINING_NAMES
    usual = {**dict(TrainJob().settings), "method": TrainJob().method.name}
    for name, setting in settings.items():
        assert setting.default == usual.get(name, True), name


def test_the_dock_for_marks_begins_with_what_the_manifest_says(
    manifest: PluginManifest,
) -> None:
    settings = manifest.contributions.configurations["coarse_marks"].properties
    assert tuple(settings) == preferences.MARKS_NAMES
    usual = {**dict(USUAL), **dict(CoarseMarks())}
    for name, setting in settings.items():
        assert setting.default == usual.get(name, True), name


@pytest.mark.parametrize("name", DOCKS)
def test_docks_open_from_the_menu(viewer: Any, name: str) -> None:  # noqa: ANN401
    assert open_dock(viewer, name) is open_dock(viewer, name)


@pytest.mark.parametrize(
    "key", ["network", "network_movie", "nuclei", "cell", "coins", "ihc", "retina"]
)
def test_samples_open(viewer: Any, key: str) -> None:  # noqa: ANN401
    assert viewer.open_sample(PLUGIN, key)
    dock = open_dock(viewer, UNSUPERVISED)
    assert dock.image.problem() == ""


OPENING = f"""
import sys
import napari
from napari_metastruct.widgets.docks import open_dock
viewer = napari.Viewer(show=False)
for name in {DOCKS!r}:
    open_dock(viewer, name)
heavy = {{"torch", "monai", "sklearn"}} & set(sys.modules)
viewer.close()
sys.exit(f"imported: {{heavy}}" if heavy else 0)
"""


def test_opening_the_docks_loads_no_torch() -> None:
    done = subprocess.run(
        [sys.executable, "-c", OPENING], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
