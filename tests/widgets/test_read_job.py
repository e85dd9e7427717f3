"""Job files that are opened in napari."""

from pathlib import Path

import numpy as np
from napari.utils.notifications import notification_manager
from napari.viewer import Viewer

from napari_metastruct.jobs import ApplyJob, NoiseJob
from napari_metastruct.noise import Dilate, Flip
from napari_metastruct.widgets import read_job
from napari_metastruct.widgets.docks import PLUGIN, find_docks
from napari_metastruct.widgets.label_noise import LabelNoise


def test_a_noise_job_opens_its_dock(viewer: Viewer, tmp_path: Path) -> None:
    path = tmp_path / "mine.metastruct.yaml"
    chain = (Flip(rate=0.2), Dilate(iterations=3))
    NoiseJob(chain=chain, seed=5, errors=True).save(path)
    viewer.add_labels(np.eye(40, dtype=np.uint8))
    viewer.open(path, plugin=PLUGIN)
    (dock,) = find_docks(viewer, LabelNoise)
    assert dock.chain.value() == chain
    assert dock.output.seed.value() == 5
    assert dock.output.errors.isChecked()


def test_a_job_without_a_dock_is_a_warning(viewer: Viewer, tmp_path: Path) -> None:
    path = tmp_path / "apply.metastruct.yaml"
    ApplyJob(model="m.json").save(path)
    with notification_manager:
        assert read_job.get_reader(str(path))(str(path)) == read_job.NO_LAYER
    said = notification_manager.records[-1].message
    assert "No dock shows a job of the kind 'apply'" in said
