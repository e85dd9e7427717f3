"""What is done with the labels of one file whose densities are wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_metastruct.batch.former import keep_beside
from napari_metastruct.files import check_output_folder, write_image
from napari_metastruct.label_tasks import density_steps, open_labels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_metastruct.batch.plan import FileWork, Item, Plan
    from napari_metastruct.jobs import DensityJob
    from napari_metastruct.label_tasks import DensityResult, OpenLabels
    from napari_metastruct.progress import Steps, StopFlag

__all__ = ["density_work"]


def density_work(job: DensityJob, plan: Plan) -> FileWork:
    """Return how a file of labels becomes a file of maps, one channel a class."""

    def on_file(item: Item, stop: StopFlag) -> Steps[Mapping[str, Any]]:
        source = open_labels(item.source, job)
        result = yield from density_steps(source, job)
        check_output_folder(plan.folder, needed_bytes=result.maps.nbytes)
        keep_beside(plan)
        _write(item, source, result)
        return result.fields()

    return on_file


def _write(item: Item, source: OpenLabels, result: DensityResult) -> None:
    maps, axes = result.maps[0], source.axes
    if len(result.classes) > 1:
        maps = np.moveaxis(result.maps, 0, -3)
        axes = f"{axes[:-2]}C{axes[-2:]}"
    write_image(
        item.files["density"],
        maps,
        axes=axes,
        pixel_size=source.pixel_size,
        unit=source.unit,
    )
