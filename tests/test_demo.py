"""The demo without its waiting time: a threshold in the place of the learning."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_metastruct.cli import main
from napari_metastruct.demo import demo_steps
from napari_metastruct.errors import InputError
from napari_metastruct.evaluation import dice
from napari_metastruct.progress import Event, Started, run_to_end

quick_demo = partial(demo_steps, method="adaptive-gaussian")


def test_the_demo_writes_labels_and_pictures(tmp_path: Path) -> None:
    events: list[Event] = []
    real, synthetic = run_to_end(quick_demo(tmp_path / "new"), events.append)
    assert not real.dice
    truth = tifffile.imread(tmp_path / "new" / "network_truth.tif")
    labels = tifffile.imread(synthetic.labels)
    assert list(synthetic.dice) == ["Otsu's threshold", "Adaptive Gaussian threshold"]
    shown = synthetic.dice["Adaptive Gaussian threshold"]
    assert shown == pytest.approx(dice(truth, labels)[1])
    for result in (real, synthetic):
        height, width = tifffile.imread(result.labels).shape
        picture = np.asarray(Image.open(result.picture))
        assert picture.shape[0] > height
        assert picture.shape[1] > 3 * width
        assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 256  # there is colour
    assert sum(isinstance(e, Started) and e.stage == "Reading" for e in events) == 2


def test_the_demo_says_what_and_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("napari_metastruct.cli.demonstration.demo_steps", quick_demo)
    assert main(["demo", "--output", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "Dice of Otsu's threshold: 0." in said
    assert f"All files are in {tmp_path}" in said
    for name in ("retina_overlay.png", "network_labels.tif"):
        assert str(tmp_path / name) in said


def test_a_demo_without_a_place_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError):
        run_to_end(demo_steps(tmp_path / "file"))
    assert main(["demo", "--output", str(tmp_path / "file")]) == 2
    assert "place of a folder" in capsys.readouterr().err
