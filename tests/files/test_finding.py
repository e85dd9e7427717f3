"""Images are found and paired by their names."""

from pathlib import Path

import pytest

from napari_metastruct.errors import InputError
from napari_metastruct.files import (
    find_images,
    image_stem,
    is_image_path,
    pair_files,
)


class TestFinding:
    """Images of folders, in natural order, without our own results."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        names = "t10.tif t2.tif T1.PNG notes.txt .hidden.tif t2_labels.tif"
        for name in [*names.split(), "t2_probability.tif", "model.json"]:
            (tmp_path / name).touch()
        (tmp_path / "deeper").mkdir()
        (tmp_path / "deeper" / "t0.tif").touch()
        (tmp_path / "volume.zarr").mkdir()
        return tmp_path

    def test_a_folder(self, folder: Path) -> None:
        found = find_images([folder])
        assert [path.name for path in found.images] == [
            "T1.PNG",
            "t2.tif",
            "t10.tif",
            "volume.zarr",
        ]
        assert [path.name for path in found.foreign] == ["model.json", "notes.txt"]

    def test_each_once_and_what_is_named_is_taken(self, folder: Path) -> None:
        paths: list[str | Path] = [
            folder / "t2_labels.tif",
            folder,
            str(folder / "t10.tif"),
        ]
        found = find_images(paths)
        assert found.images[0].name == "t2_labels.tif"
        assert len(found.images) == 5

    def test_a_missing_path_is_refused(self, folder: Path) -> None:
        with pytest.raises(InputError, match=r"no file or folder .*gone"):
            find_images([folder, folder / "gone"])

    @pytest.mark.parametrize(
        ("name", "stem"),
        [("a.tif", "a"), ("a.b.ome.tif", "a.b"), ("A.OME.TIFF", "A"), ("x", "x")],
    )
    def test_stems(self, name: str, stem: str) -> None:
        assert image_stem(name) == stem

    def test_names_of_images(self) -> None:
        assert is_image_path("a.TIFF")
        assert not is_image_path("a.txt")


class TestPairing:
    """Images and labels belong together by their names."""

    def make(self, folder: Path, *names: str) -> Path:
        folder.mkdir()
        for name in names:
            (folder / name).touch()
        return folder

    def test_two_folders(self, tmp_path: Path) -> None:
        images = self.make(tmp_path / "i", "a.tif", "b.ome.tif", "c.png", "d.tif")
        labels = self.make(
            tmp_path / "l", "a.png", "b_labels.tif", "d-mask.tif", "e.tif"
        )
        found = pair_files(images, labels)
        assert [(i.name, j.name) for i, j in found.pairs] == [
            ("a.tif", "a.png"),
            ("b.ome.tif", "b_labels.tif"),
            ("d.tif", "d-mask.tif"),
        ]
        assert [path.name for path in found.images_alone] == ["c.png"]
        assert [path.name for path in found.labels_alone] == ["e.tif"]

    def test_one_folder(self, tmp_path: Path) -> None:
        both = self.make(tmp_path / "b", "a.tif", "a_labels.tif", "b.tif")
        found = pair_files(both, both)
        assert [(i.name, j.name) for i, j in found.pairs] == [("a.tif", "a_labels.tif")]
        assert [path.name for path in found.images_alone] == ["b.tif"]

    def test_what_is_not_clear_is_refused(self, tmp_path: Path) -> None:
        twice = self.make(tmp_path / "t", "a.tif", "a.png")
        with pytest.raises(InputError, match="same name"):
            pair_files(twice, twice)
        with pytest.raises(InputError, match="no folder"):
            pair_files(tmp_path / "gone", twice)
