"""Files of labels are found, paired and read."""

from pathlib import Path

import imageio.v3
import numpy as np
import pytest
from PIL import Image

from napari_metastruct.errors import InputError
from napari_metastruct.files import find_labels, pair_labels, read_labels


def touched(folder: Path, *names: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).touch()
    return folder


def test_a_folder_of_labels(tmp_path: Path) -> None:
    folder = touched(
        tmp_path, "t10.tif", "t2.png", "a.jpg", "notes.txt", "t2_errors.tif",
        "t2_density.tif", "t2_probability.tif", "t2_noisy.tif", ".hidden.tif",
    )  # fmt: skip
    found = find_labels([folder])
    assert [p.name for p in found.images] == ["t2.png", "t2_noisy.tif", "t10.tif"]
    assert [p.name for p in found.foreign] == ["a.jpg", "notes.txt"]


def test_images_beside_their_labels_are_passed_over(tmp_path: Path) -> None:
    folder = touched(tmp_path, "a.tif", "a_labels.tif", "b.tif", "C.tif", "c_gt.png")
    found = find_labels([folder])
    assert [p.name for p in found.images] == ["a_labels.tif", "b.tif", "c_gt.png"]
    assert [p.name for p in found.foreign] == ["a.tif", "C.tif"]
    assert len(find_labels([folder, folder / "a.tif"]).images) == 4


def test_what_is_named_is_taken(tmp_path: Path) -> None:
    folder = touched(tmp_path, "a.jpg", "a_errors.tif", "notes.txt")
    found = find_labels(sorted(folder.iterdir()))
    assert [p.name for p in found.images] == ["a.jpg", "a_errors.tif"]
    with pytest.raises(InputError, match="no file or folder"):
        find_labels([tmp_path / "none"])


def test_two_folders_are_paired_by_names(tmp_path: Path) -> None:
    one = touched(tmp_path / "a", "x.tif", "y_gt.png", "z.tif", "only_a.tif", "n.md")
    other = touched(
        tmp_path / "b", "x.png", "y_labels_noisy.tif", "z_labels.tif", "only_b.tif"
    )
    found = pair_labels(one, other)
    assert [(a.name, b.name) for a, b in found.pairs] == [
        ("x.tif", "x.png"),
        ("y_gt.png", "y_labels_noisy.tif"),
        ("z.tif", "z_labels.tif"),
    ]
    assert [p.name for p in found.first_alone] == ["only_a.tif"]
    assert [p.name for p in found.second_alone] == ["only_b.tif"]
    assert [p.name for p in found.foreign] == ["n.md"]


def test_the_same_name_comes_before_the_same_thing(tmp_path: Path) -> None:
    one = touched(tmp_path / "a", "x.tif", "x_noisy.tif")
    other = touched(tmp_path / "b", "x.tif", "x_noisy.tif")
    assert all(a.name == b.name for a, b in pair_labels(one, other).pairs)


def test_pairs_that_are_not_clear(tmp_path: Path) -> None:
    one = touched(tmp_path / "a", "x.tif", "x.png")
    other = touched(tmp_path / "b", "x.tif")
    with pytest.raises(InputError, match="could both be meant"):
        pair_labels(one, other)
    with pytest.raises(InputError, match="a file and a folder"):
        pair_labels(one / "x.tif", other)
    pairs = pair_labels(one / "x.tif", one / "x.png").pairs
    assert pairs == ((one / "x.tif", one / "x.png"),)


def test_a_palette_holds_labels_not_colours(tmp_path: Path) -> None:
    labels = np.eye(8, dtype=np.uint8) * 2
    image = Image.fromarray(labels)
    image.putpalette([0, 0, 0, 9, 9, 9, 255, 0, 0] + [0] * 759)
    image.save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_labels(tmp_path / "a.png").data, labels)


def test_jpeg_holds_no_labels(tmp_path: Path) -> None:
    imageio.v3.imwrite(tmp_path / "a.jpg", np.zeros((8, 8), np.uint8))
    with pytest.raises(InputError, match="does not keep exact values"):
        read_labels(tmp_path / "a.jpg")
