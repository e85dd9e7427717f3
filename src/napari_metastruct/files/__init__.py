"""Reading, finding, pairing and safely writing image files."""

from napari_metastruct.files.finding import (
    FilePairs,
    FoundImages,
    find_images,
    image_stem,
    pair_files,
)
from napari_metastruct.files.image_file import ImageFile
from napari_metastruct.files.image_pairs import pair_images
from napari_metastruct.files.label_files import LabelPairs, find_labels, pair_labels
from napari_metastruct.files.reading import (
    is_image_path,
    is_label_path,
    read_image,
    read_labels,
)
from napari_metastruct.files.saving import check_output_folder, write_image, writing

__all__ = [
    "FilePairs",
    "FoundImages",
    "ImageFile",
    "LabelPairs",
    "check_output_folder",
    "find_images",
    "find_labels",
    "image_stem",
    "is_image_path",
    "is_label_path",
    "pair_files",
    "pair_images",
    "pair_labels",
    "read_image",
    "read_labels",
    "write_image",
    "writing",
]
