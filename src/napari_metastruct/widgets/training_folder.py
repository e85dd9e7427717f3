"""Images and labels of a folder that a network learns from."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from qtpy.QtCore import QObject, Signal
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QWidget

from napari_metastruct.arrays import open_stack
from napari_metastruct.batch.training_files import FoundPairs, find_pairs
from napari_metastruct.errors import InputError
from napari_metastruct.files import ImageFile, read_image
from napari_metastruct.files import read_labels as read_label_file
from napari_metastruct.jobs import TrainJob
from napari_metastruct.widgets.labels_input import LabelsInput
from napari_metastruct.widgets.layer_input import LayerInput
from napari_metastruct.widgets.layers import Geometry
from napari_metastruct.widgets.training_pair import Colours, PairInput

__all__ = ["FolderChoice", "FolderEdit", "geometry_of", "pairs_of"]

IMAGES, LABELS, TRUSTED = "images", "labels", "trusted"
_NAMED = 3


class FolderEdit(QWidget):
    """A folder, typed or chosen.

    Signals
    -------
    valueChanged()
        Another one is named.
    """

    valueChanged = Signal()  # noqa: N815 - Qt's habit

    def __init__(self, help_: str, placeholder: str = "") -> None:
        super().__init__()
        self.edit = QLineEdit()
        self.edit.setPlaceholderText(placeholder)
        self.button = QPushButton("...")
        self.button.setMaximumWidth(30)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.edit, stretch=1)
        layout.addWidget(self.button)
        self.setToolTip(help_)
        self.edit.setToolTip(help_)
        self.button.setToolTip("Choose the folder.")
        self.edit.editingFinished.connect(self.valueChanged)
        self.button.clicked.connect(self._ask)

    def value(self) -> Path | None:
        """Return the folder; None: none is named."""
        text = self.edit.text().strip()
        return Path(text).expanduser() if text else None

    def setValue(self, folder: Path | None) -> None:  # noqa: N802 - Qt's habit
        """Name a folder."""
        self.edit.setText("" if folder is None else str(folder))
        self.valueChanged.emit()

    def _ask(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Choose a folder")
        if path:
            self.setValue(Path(path))


class FolderChoice(QObject):
    """What a folder holds: pairs by name, and what does not pair.

    Parameters
    ----------
    folder
        It holds ``images`` and ``labels``; and perhaps ``trusted``: labels that are
        right.

    Raises
    ------
    InputError
        It does not, or nothing pairs.
    """

    def __init__(self, folder: Path | None) -> None:
        super().__init__()
        if folder is None:
            raise InputError(
                "Choose a folder that holds the folders 'images' and 'labels'."
            )
        self.folder = folder
        self.found: FoundPairs = find_pairs(_job_of(folder))

    def sentence(self) -> str:
        """Say how many pairs there are, and what does not pair."""
        count = len(self.found.pairs)
        found = self.found
        alone = [*found.images_alone, *found.labels_alone, *found.foreign]
        right = sum(pair.trusted is not None for pair in found.pairs)
        text = f"{count} {'pair' if count == 1 else 'pairs'} by name"
        if right:
            text += f", {right} of them with labels that are right"
        if not alone:
            return text
        named = ", ".join(path.name for path in alone[:_NAMED])
        more = f" and {len(alone) - _NAMED} more" if len(alone) > _NAMED else ""
        return f"{text}; without a partner, left out: {named}{more}"


def pairs_of(
    found: FoundPairs, colours: Colours = "all", *, as_one: bool = False
) -> tuple[PairInput, ...]:
    """Open the pairs of a folder.

    Raises
    ------
    InputError
        A file cannot be read.
    """
    return tuple(
        replace(
            _pair(
                read_image(paths.image), read_label_file(paths.told), colours, as_one
            ),
            trusted=paths.trusted is not None,
        )
        for paths in found.pairs
    )


def _job_of(folder: Path) -> TrainJob:
    trusted = folder / TRUSTED
    return TrainJob(
        images=(str(folder / IMAGES),),
        labels=(str(folder / LABELS),),
        trusted=(str(trusted),) if trusted.is_dir() else (),
    )


def geometry_of(file: ImageFile, axes: str) -> Geometry:
    """Return where the pixels of a file lie.

    Parameters
    ----------
    axes
        Those that labels have.
    """
    count = len(axes)
    scale = np.array([file.pixel_size.get(axis, 1.0) for axis in axes])
    units = tuple(
        file.unit if file.unit and axis in file.pixel_size else "pixel" for axis in axes
    )
    return Geometry(
        scale=scale,
        translate=np.zeros(count),
        rotate=np.eye(count),
        shear=np.zeros(count * (count - 1) // 2),
        affine=np.eye(count + 1),
        units=units,
        axis_labels=tuple(axes.lower()),
    )


def _pair(
    image: ImageFile, labels: ImageFile, colours: Colours, as_one: bool
) -> PairInput:
    axes = image.axes
    channels: Any = None
    if "S" in axes or "C" in axes:
        place = axes.index("S" if "S" in axes else "C")
        count = min(3, image.data.shape[place]) if "S" in axes else None
        every = tuple(range(count or image.data.shape[place]))
        channels = every if colours == "all" else "luminance"
    stack = open_stack(image.data, axes=axes, channels=channels, name=image.path.name)
    geometry = geometry_of(image, "".join(a for a in axes if a not in "CS"))
    read = LayerInput(
        image.path.stem, str(image.path), stack, 0, None, geometry, stack.shape
    )
    return PairInput(read, _labels(labels, geometry, as_one), is_layer=False)


def _labels(file: ImageFile, geometry: Geometry, as_one: bool) -> LabelsInput:
    return LabelsInput(
        file.path.stem, str(file.path), file.data, 0, geometry, 2, (1.0, 1.0), "px"
    ).objects_as_one(as_one)
