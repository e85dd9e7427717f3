"""A run in a process of its own, by clicks in a real viewer."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from napari.layers import Labels
from pytestqt.qtbot import QtBot
from tests.child import jobs
from tests.widgets.helpers import click

from napari_metastruct.arrays import ImageStack
from napari_metastruct.child import steps_in_child
from napari_metastruct.jobs import SegmentJob
from napari_metastruct.methods import IGTT
from napari_metastruct.progress import Steps, StopFlag
from napari_metastruct.sample_data import synthetic_network
from napari_metastruct.segmentation import segment
from napari_metastruct.widgets import unsupervised
from napari_metastruct.widgets.apply_model import ApplyModel
from napari_metastruct.widgets.docks import (
    APPLY_MODEL,
    UNSUPERVISED,
    find_docks,
    open_dock,
)
from napari_metastruct.widgets.unsupervised import UnsupervisedSegmentation

Viewer = Any
SMALL = IGTT(epochs=3, steps=2, batch=2, patch=64, width=4, depth=2)


@pytest.fixture
def dock(viewer: Viewer) -> UnsupervisedSegmentation:
    viewer.add_image(synthetic_network((96, 64))[0], name="cells")
    dock: UnsupervisedSegmentation = open_dock(viewer, UNSUPERVISED)
    dock.show_job(SegmentJob(method=SMALL, device="cpu"))
    dock.method.backend.set("process")
    return dock


class NoTorch(Loader):
    """Finds PyTorch, but refuses to load it."""

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        return ModuleSpec(name, self) if name == "torch" else None

    def exec_module(self, module: ModuleType) -> None:
        raise AssertionError("PyTorch was loaded beside Qt.")


@contextmanager
def no_torch_here() -> Iterator[None]:
    """Fail whatever loads PyTorch into this process, even if it is there already."""
    with pytest.MonkeyPatch.context() as without:
        without.delitem(sys.modules, "torch", raising=False)
        without.setattr(sys, "meta_path", [NoTorch(), *sys.meta_path])
        yield
        assert "torch" not in sys.modules


def run(dock: UnsupervisedSegmentation | ApplyModel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(dock.panel.ended, timeout=60_000):
        click(dock.panel.run_button)


def last_labels(viewer: Viewer) -> Labels:
    layer: Labels = [layer for layer in viewer.layers if isinstance(layer, Labels)][-1]
    return layer


def test_it_learns_and_applies_apart_what_it_does_here(
    viewer: Viewer, dock: UnsupervisedSegmentation, qtbot: QtBot
) -> None:
    with no_torch_here():
        run(dock, qtbot)
        learned = last_labels(viewer).data
        assert dock.panel.device_label.text().startswith("CPU: as chosen")
        click(dock.after.apply_model)
        (other,) = find_docks(viewer, ApplyModel)
        assert other.backend.apart  # what was chosen last
        other.image.layer.setValue(viewer.layers["cells"])
        run(other, qtbot)
    assert len(viewer.layers) == 3
    np.testing.assert_array_equal(last_labels(viewer).data, learned)
    result, job = dock.after.result, dock.after.job
    assert result is not None
    assert job is not None
    here = segment(viewer.layers["cells"].data, **dict(job))
    assert here.segmenter is not None
    np.testing.assert_array_equal(learned, here.labels)
    assert result.packed == here.segmenter.packed()
    assert [row["loss"] for row in dock.plot.rows] == [
        epoch.values["loss"] for epoch in here.record
    ]


def test_cancel_is_immediate(
    viewer: Viewer, dock: UnsupervisedSegmentation, qtbot: QtBot
) -> None:
    click(dock.panel.run_button)
    qtbot.waitUntil(lambda: "PyTorch" in dock.panel.status.text(), timeout=60_000)
    start = time.monotonic()
    with qtbot.waitSignal(dock.panel.ended):
        click(dock.panel.cancel_button)
    assert time.monotonic() - start < 1.0
    assert [layer.name for layer in viewer.layers] == ["cells"]
    assert dock.panel.status.text() == "Cancelled"


def test_a_process_that_dies_is_said(
    viewer: Viewer,
    dock: UnsupervisedSegmentation,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def dying(
        stacks: Sequence[ImageStack], job: SegmentJob, stop: StopFlag | None = None
    ) -> Steps[Any]:
        return steps_in_child(jobs.ending, 3)

    monkeypatch.setattr(unsupervised, "segment_steps_apart", dying)
    run(dock, qtbot)
    assert "exit code 3" in dock.panel.status.text()
    assert dock.panel.run_button.isEnabled()


def test_the_choice_is_shared_by_the_docks(
    viewer: Viewer, dock: UnsupervisedSegmentation, qtbot: QtBot
) -> None:
    dock.method.backend.remember()
    other: ApplyModel = open_dock(viewer, APPLY_MODEL)
    assert other.backend.apart
    other.backend.set("thread")
    other.backend.remember()
    again = UnsupervisedSegmentation(viewer)
    qtbot.addWidget(again)
    assert not again.method.backend.apart
