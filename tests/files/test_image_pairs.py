"""Images find their labels."""

from pathlib import Path

import pytest

from napari_metastruct.errors import InputError
from napari_metastruct.files import LabelPairs, pair_images


def made(folder: Path, *names: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"")
    return folder


def names(found: LabelPairs) -> list[tuple[str, str]]:
    return [(image.name, labels.name) for image, labels in found.pairs]


def test_folders_are_paired_by_name_and_the_rest_is_listed(tmp_path: Path) -> None:
    images = made(tmp_path / "i", "a.tif", "b.png", "c.jpg", "d.tif", "notes.txt")
    labels = made(tmp_path / "l", "a_labels_noisy.tif", "b.tif", "c_gt.png", "e.tif")
    found = pair_images([images], [labels])
    assert names(found) == [
        ("a.tif", "a_labels_noisy.tif"),
        ("b.png", "b.tif"),
        ("c.jpg", "c_gt.png"),
    ]
    assert [path.name for path in found.first_alone] == ["d.tif"]
    assert [path.name for path in found.second_alone] == ["e.tif"]
    assert [path.name for path in found.foreign] == ["notes.txt"]


def test_both_may_lie_in_one_folder(tmp_path: Path) -> None:
    folder = made(tmp_path / "i", "a.tif", "a_gt.png", "b.tif", "b_mask.tif", "c.tif")
    found = pair_images([folder], [folder])
    assert names(found) == [("a.tif", "a_gt.png"), ("b.tif", "b_mask.tif")]
    assert [path.name for path in found.first_alone] == ["c.tif"]
    assert not found.second_alone


def test_as_many_files_are_paired_in_their_order(tmp_path: Path) -> None:
    folder = made(tmp_path / "i", "x.tif", "y.tif", "1.tif", "2.tif")
    x, y, one, two = (folder / f"{n}.tif" for n in ("x", "y", "1", "2"))
    assert pair_images([x, y], [two, one]).pairs == ((x, two), (y, one))
    assert pair_images([x, y], [one]).pairs == ()
    assert names(pair_images([x, folder / "1.tif"], [folder])) == []


def test_what_could_be_meant_twice_is_refused(tmp_path: Path) -> None:
    images = made(tmp_path / "i", "a.tif")
    labels = made(tmp_path / "l", "a_gt.tif", "a_mask.tif")
    with pytest.raises(InputError, match="could both be meant"):
        pair_images([images], [labels])
    with pytest.raises(InputError, match="no file or folder"):
        pair_images([images], [tmp_path / "none"])
