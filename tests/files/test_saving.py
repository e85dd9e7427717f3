"""Files are written whole or not at all, and keep the physical size."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from napari_metastruct.errors import InputError
from napari_metastruct.files import (
    check_output_folder,
    read_image,
    write_image,
    writing,
)

STACK = np.random.default_rng(0).integers(0, 1000, (3, 4, 40, 48)).astype(np.uint16)
RGB = np.random.default_rng(0).integers(0, 255, (40, 48, 3)).astype(np.uint8)


def write_tiff(path: Path, values: NDArray[Any], **options: Any) -> Path:  # noqa: ANN401
    options.setdefault("photometric", "minisblack")
    tifffile.imwrite(path, values, **options)
    return path


class TestWriteImage:
    """What is written is read again, with its size."""

    @pytest.mark.parametrize(
        "dtype", ["?", "u1", "i2", "u2", "u4", "i8", "u8", "f2", "f4", "f8"]
    )
    @pytest.mark.parametrize("axes", ["YX", "ZYX", "TZYX", "TYX"])
    def test_round_trip(self, tmp_path: Path, dtype: str, axes: str) -> None:
        index = {"YX": (0, 0), "ZYX": (0,), "TZYX": (), "TYX": np.s_[:, 0]}[axes]
        values = (STACK[index] % 200 // (100 if dtype == "?" else 1)).astype(dtype)
        size = {"T": 3.0, "Z": 0.5, "Y": 0.2, "X": 0.1}
        path = tmp_path / "a.tif"
        write_image(path, values, axes=axes, pixel_size=size, unit="µm")
        file = read_image(path)
        assert (file.axes, file.unit) == (axes, "µm")
        assert np.array_equal(file.data[...], values)
        assert file.pixel_size == pytest.approx({a: size[a] for a in axes})

    def test_an_unknown_size_stays_unknown(self, tmp_path: Path) -> None:
        write_image(tmp_path / "a.tif", STACK[0, 0], axes="YX")
        file = read_image(tmp_path / "a.tif")
        assert (dict(file.pixel_size), file.unit) == ({}, "")

    def test_labels_are_compressed(self, tmp_path: Path) -> None:
        path = tmp_path / "a.tif"
        write_image(path, np.zeros((500, 500), np.uint16), axes="YX")
        assert path.stat().st_size < 5000

    def test_wide_values_stay_exact(self, tmp_path: Path) -> None:
        values = np.array([[2**31, 5], [0, 70000]], np.int64)
        write_image(tmp_path / "a.tif", values, axes="YX")
        assert read_image(tmp_path / "a.tif").data.tolist() == values.tolist()


class TestWriting:
    """Whole or not at all."""

    def test_a_name_appears_only_when_the_file_is_complete(
        self, tmp_path: Path
    ) -> None:
        path = tmp_path / "out.json"
        with writing(path) as part:
            part.write_text("new")
            assert not path.exists()
            assert (part.parent, part.suffix) == (tmp_path, ".json")
        assert path.read_text() == "new"
        assert list(tmp_path.iterdir()) == [path]

    @pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, OSError])
    def test_an_error_leaves_what_was_there(
        self, tmp_path: Path, error: type[BaseException]
    ) -> None:
        path = tmp_path / "out.json"
        path.write_text("old")
        with pytest.raises(error), writing(path) as part:  # noqa: PT012 - on purpose
            part.write_text("half")
            raise error
        assert path.read_text() == "old"
        assert list(tmp_path.iterdir()) == [path]

    def test_a_closed_generator_leaves_nothing(self, tmp_path: Path) -> None:
        def job() -> Iterator[int]:
            with writing(tmp_path / "out.json") as part:
                part.write_text("half")
                yield 1

        steps = job()
        next(steps)
        steps.close()  # type: ignore[attr-defined]
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("number", "words"),
        [
            (errno.ENOSPC, "the disk is full"),
            (errno.EROFS, "read-only"),
            (errno.EACCES, "read-only"),
        ],
    )
    def test_a_full_or_closed_disk_is_a_sentence(
        self, tmp_path: Path, number: int, words: str
    ) -> None:
        with pytest.raises(InputError, match=words), writing(tmp_path / "a.tif"):
            raise OSError(number, os.strerror(number))
        assert list(tmp_path.iterdir()) == []

    def test_a_missing_folder_is_named(self, tmp_path: Path) -> None:
        with (
            pytest.raises(InputError, match=r"no folder .*gone"),
            writing(tmp_path / "gone" / "a.json") as part,
        ):
            part.write_text("{}")

    def test_a_really_full_disk(self) -> None:
        if not Path("/dev/full").exists():
            pytest.skip("this system has no /dev/full")
        with (
            pytest.raises(InputError, match="disk is full"),
            writing("a.json"),
            open("/dev/full", "w", buffering=1) as full,
        ):
            full.write("x\n")


class TestOutputFolder:
    """It is tried, not asked."""

    def test_it_is_made_and_left_empty(self, tmp_path: Path) -> None:
        folder = check_output_folder(tmp_path / "a" / "b", needed_bytes=10)
        assert folder.is_dir()
        assert list(folder.iterdir()) == []

    @pytest.mark.parametrize("below", ["", "deeper"])
    def test_a_file_in_its_place(self, tmp_path: Path, below: str) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(InputError, match="in the place of a folder"):
            check_output_folder(tmp_path / "file" / below)

    def test_too_little_space(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"need about 1,000,000,000,000\.0 MB"):
            check_output_folder(tmp_path, needed_bytes=10**18)

    @pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.ENOSPC])
    def test_it_is_tried_by_writing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
    ) -> None:
        def refuse(path: Path, data: bytes) -> int:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(Path, "write_bytes", refuse)
        with pytest.raises(InputError, match="cannot be written"):
            check_output_folder(tmp_path)

    def test_a_folder_where_nobody_may_write(self) -> None:
        if not Path("/proc/self").exists():
            pytest.skip("this system has no /proc")
        with pytest.raises((InputError, FileNotFoundError)):
            check_output_folder("/proc/self")
