"""Reading, finding, pairing and safely writing image files."""

from napari_metastruct.files.finding import (
    FilePairs,
    FoundImages,
    find_images,
    image_stem,
    pair_files,
)
from napari_metastruct.files.image_file import ImageFile
from napari_metastruct.files.reading import is_image_path, read_image
from napari_metastruct.files.saving import check_output_folder, write_image, writing

__all__ = [
    "FilePairs",
    "FoundImages",
    "ImageFile",
    "check_output_folder",
    "find_images",
    "image_stem",
    "is_image_path",
    "pair_files",
    "read_image",
    "write_image",
    "writing",
]
