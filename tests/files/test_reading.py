"""Files are read as they are: their axes, their pixel size, their pixels."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from napari_metastruct.arrays import open_stack
from napari_metastruct.errors import InputError
from napari_metastruct.files import (
    read_image,
    tiff,
)
from napari_metastruct.files.tiff import TiffPlanes
from napari_metastruct.files.tiff_decoding import Page, decoded

STACK = np.random.default_rng(0).integers(0, 1000, (3, 4, 40, 48)).astype(np.uint16)
RGB = np.random.default_rng(0).integers(0, 255, (40, 48, 3)).astype(np.uint8)


def write_tiff(path: Path, values: NDArray[Any], **options: Any) -> Path:  # noqa: ANN401
    options.setdefault("photometric", "minisblack")
    tifffile.imwrite(path, values, **options)
    return path


class TestReadTiff:
    """Axes, size and pixels of what microscopes and programs write."""

    def test_an_imagej_hyperstack(self, tmp_path: Path) -> None:
        meta = {"axes": "TZYX", "spacing": 0.5, "unit": "micron", "finterval": 2.0}
        path = tmp_path / "a.tif"
        write_tiff(path, STACK, imagej=True, resolution=(10, 5), metadata=meta)
        file = read_image(path)
        assert file.axes == "TZYX"
        assert file.unit == "µm"
        assert file.pixel_size == {"T": 2.0, "Z": 0.5, "Y": 0.2, "X": 0.1}
        assert isinstance(file.data, np.memmap)
        assert np.array_equal(file.data, STACK)

    def test_an_ome_tiff_of_mixed_units(self, tmp_path: Path) -> None:
        meta = {"axes": "CZYX", "PhysicalSizeX": 0.1, "PhysicalSizeY": 0.1}
        meta |= {"PhysicalSizeZ": 500, "PhysicalSizeZUnit": "nm"}
        path = tmp_path / "a.ome.tif"
        write_tiff(path, STACK, compression="zlib", metadata=meta)
        file = read_image(path)
        assert (file.axes, file.unit) == ("CZYX", "µm")
        assert file.pixel_size == pytest.approx({"Z": 0.5, "Y": 0.1, "X": 0.1})

    def test_planes_of_a_compressed_stack_are_read_one_by_one(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = write_tiff(tmp_path / "a.tif", STACK, compression="zlib")
        file = read_image(path)
        read: list[int] = []

        def counted(path: Path, page: Page) -> NDArray[Any]:
            read.append(page.index)
            return decoded(path, page)

        monkeypatch.setattr(tiff, "decoded", counted)
        stack = open_stack(file.data, axes="TCYX", channels=(2,))
        assert np.array_equal(stack.plane(1)[0], STACK[1, 2])
        assert read == [1 * 4 + 2]

    @pytest.mark.parametrize(
        "key",
        [
            np.s_[1],
            np.s_[-1, 2],
            np.s_[1:, ::2],
            np.s_[..., 5],
            np.s_[:, 1, ..., ::3, 2:9],
            np.s_[2, 3, 4, 5],
            np.s_[...],
        ],
    )
    def test_a_lazy_stack_slices_like_an_array(
        self,
        tmp_path: Path,
        key: Any,  # noqa: ANN401
    ) -> None:
        path = write_tiff(tmp_path / "a.tif", STACK, compression="zlib")
        data = read_image(path).data
        assert isinstance(data, TiffPlanes)
        assert np.array_equal(data[key], STACK[key])

    def test_a_pyramid_has_levels(self, tmp_path: Path) -> None:
        path = tmp_path / "a.ome.tif"
        options: dict[str, Any] = {"tile": (16, 16), "compression": "zlib"}
        options["photometric"] = "minisblack"
        small = STACK[0, :, ::2, ::2]
        with tifffile.TiffWriter(path) as tif:
            tif.write(STACK[0], subifds=1, metadata={"axes": "ZYX"}, **options)
            tif.write(small, subfiletype=1, **options)
        file = read_image(path)
        assert [level.shape for level in file.data] == [(4, 40, 48), (4, 20, 24)]
        assert np.array_equal(file.data[1][...], small)

    def test_colours_together_and_apart(self, tmp_path: Path) -> None:
        path = write_tiff(tmp_path / "a.tif", RGB, photometric="rgb")
        apart = tmp_path / "b.tif"
        planes = np.ascontiguousarray(RGB.transpose(2, 0, 1))
        write_tiff(apart, planes, photometric="rgb", planarconfig="separate")
        first, second = read_image(path), read_image(apart)
        assert (first.axes, second.axes) == ("YXS", "SYX")
        assert np.array_equal(
            open_stack(first.data, axes="YXS").plane(0),
            open_stack(second.data, axes="SYX").plane(0),
        )

    @pytest.mark.parametrize(
        ("resolution", "unit", "size"),
        [
            ((40_000, 20_000), "centimeter", {"X": 0.25, "Y": 0.5}),
            ((127_000, 127_000), "inch", {"X": 0.2, "Y": 0.2}),
            ((300, 300), "inch", {}),
            ((72, 72), "inch", {}),
            ((10, 10), "none", {}),
        ],
    )
    def test_a_resolution_is_a_size_unless_it_is_for_print(
        self,
        tmp_path: Path,
        resolution: tuple[int, int],
        unit: str,
        size: dict[str, float],
    ) -> None:
        path = tmp_path / "a.tif"
        write_tiff(path, STACK[0, 0], resolution=resolution, resolutionunit=unit)
        file = read_image(path)
        assert file.pixel_size == pytest.approx(size)
        assert file.unit == ("µm" if size else "")

    def test_lzw_needs_no_further_package(self, tmp_path: Path) -> None:
        path = tmp_path / "a.tif"
        pages = [Image.fromarray(RGB[..., channel]) for channel in range(3)]
        pages[0].save(
            path, compression="tiff_lzw", save_all=True, append_images=pages[1:]
        )
        data = read_image(path).data
        assert np.array_equal(data[...], RGB.transpose(2, 0, 1))


class TestReadOthers:
    """PNG, NPY and zarr."""

    def test_png_of_all_kinds(self, tmp_path: Path) -> None:
        for values, axes in ((RGB, "YXS"), (RGB[..., 0], "YX"), (STACK[0, 0], "YX")):
            Image.fromarray(values).save(tmp_path / "a.png")
            file = read_image(tmp_path / "a.png")
            assert file.axes == axes
            assert np.array_equal(file.data, values)

    def test_a_palette_becomes_its_colours(self, tmp_path: Path) -> None:
        image = Image.fromarray(RGB).quantize(8)
        image.save(tmp_path / "a.png")
        assert np.array_equal(
            read_image(tmp_path / "a.png").data, np.asarray(image.convert("RGB"))
        )

    def test_npy_is_not_read_whole(self, tmp_path: Path) -> None:
        np.save(tmp_path / "a.npy", STACK)
        file = read_image(tmp_path / "a.npy")
        assert file.axes == "TZYX"
        assert isinstance(file.data, np.memmap)

    def test_zarr_arrays_and_ome_zarr(self, tmp_path: Path) -> None:
        zarr = pytest.importorskip("zarr")
        zarr.save(str(tmp_path / "a.zarr"), STACK)
        assert read_image(tmp_path / "a.zarr").axes == "TZYX"
        group = zarr.open_group(tmp_path / "b.zarr", mode="w")
        for level in range(2):
            group.create_array(str(level), data=STACK[0, :, :: level + 1])
        space = {"type": "space", "unit": "micrometer"}
        scale = {"type": "scale", "scale": [0.5, 0.1, 0.1]}
        group.attrs["multiscales"] = [
            {
                "axes": [{"name": name, **space} for name in "zyx"],
                "datasets": [
                    {"path": "0", "coordinateTransformations": [scale]},
                    {"path": "1"},
                ],
            }
        ]
        file = read_image(tmp_path / "b.zarr")
        assert (file.axes, file.unit) == ("ZYX", "µm")
        assert file.pixel_size == {"Z": 0.5, "Y": 0.1, "X": 0.1}
        assert [level.shape for level in file.data] == [(4, 40, 48), (4, 20, 48)]
        del group.attrs["multiscales"]
        with pytest.raises(InputError, match=r"without an image.*0, 1"):
            read_image(tmp_path / "b.zarr")
