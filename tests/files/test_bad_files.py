"""Bad files are refused when they are opened, with what is wrong."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from napari_metastruct.arrays import check_stack, open_stack
from napari_metastruct.errors import InputError
from napari_metastruct.files import (
    read_image,
)

STACK = np.random.default_rng(0).integers(0, 1000, (3, 4, 40, 48)).astype(np.uint16)
RGB = np.random.default_rng(0).integers(0, 255, (40, 48, 3)).astype(np.uint8)


def write_tiff(path: Path, values: NDArray[Any], **options: Any) -> Path:  # noqa: ANN401
    options.setdefault("photometric", "minisblack")
    tifffile.imwrite(path, values, **options)
    return path


class TestBadFiles:
    """Each is refused when it is opened, with what is wrong."""

    def test_missing_empty_and_foreign(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"no file .*none\.tif"):
            read_image(tmp_path / "none.tif")
        (tmp_path / "empty.tif").touch()
        with pytest.raises(InputError, match="empty"):
            read_image(tmp_path / "empty.tif")
        (tmp_path / "notes.txt").write_text("notes")
        with pytest.raises(InputError, match=r"'\.txt', known are"):
            read_image(tmp_path / "notes.txt")

    @pytest.mark.parametrize("suffix", [".tif", ".png", ".npy", ".jpg"])
    def test_text_with_the_name_of_an_image(self, tmp_path: Path, suffix: str) -> None:
        path = tmp_path / f"text{suffix}"
        path.write_text("this is not an image\n" * 9)
        with pytest.raises(InputError, match="not what its name says"):
            read_image(path)

    @pytest.mark.parametrize("compression", [None, "zlib"])
    @pytest.mark.parametrize("share", [0.0005, 0.05, 0.5, 0.9])
    def test_a_truncated_tiff(
        self, tmp_path: Path, compression: str | None, share: float
    ) -> None:
        path = write_tiff(tmp_path / "a.tif", STACK, compression=compression)
        whole = path.read_bytes()
        path.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(InputError, match="truncated"):
            read_image(path)

    def test_a_truncated_png(self, tmp_path: Path) -> None:
        Image.fromarray(RGB).save(tmp_path / "a.png")
        whole = (tmp_path / "a.png").read_bytes()
        (tmp_path / "a.png").write_bytes(whole[: len(whole) // 2])
        with pytest.raises(InputError, match="truncated"):
            read_image(tmp_path / "a.png")

    def test_a_damaged_page_is_named_before_any_work(self, tmp_path: Path) -> None:
        path = write_tiff(tmp_path / "a.tif", STACK[0], compression="zlib")
        with tifffile.TiffFile(path) as tif:
            start = tif.pages[2].dataoffsets[0]
        spoiled = bytearray(path.read_bytes())
        spoiled[start + 20 : start + 200] = bytes(180)
        path.write_bytes(spoiled)
        with pytest.raises(InputError, match=r"Page 3 of .*damaged"):
            check_stack(open_stack(read_image(path).data))
