"""Whether noises fit to the classes of labels, said before anything is made."""

from collections.abc import Sequence

from napari_metastruct.errors import InputError
from napari_metastruct.noise import Noise, prepare_steps
from napari_metastruct.progress import run_to_end
from napari_metastruct.widgets.labels_input import LabelsInput
from napari_metastruct.widgets.noise_look import Parts

__all__ = ["misfit"]


def misfit(
    chain: Sequence[Noise], classes: tuple[int, ...], source: LabelsInput
) -> tuple[int, str]:
    """Return which noise of a chain does not fit, and why; -1 and "" if all do.

    Reads no pixel; what only a look at all planes can tell comes later.
    """
    for place, noise in enumerate(chain):
        if not noise.needs_images:
            try:
                run_to_end(prepare_steps(Parts(source), [noise], 0, classes))
            except InputError as error:
                return place, str(error)
        classes = noise.outcome(classes)
    return -1, ""
