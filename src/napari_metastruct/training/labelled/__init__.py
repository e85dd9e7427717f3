"""Learning from labels that may be wrong: data, session, record, checkpoint, run."""

from napari_metastruct.training.labelled.pairs import LabelledPair
from napari_metastruct.training.labelled.settings import LabelledSettings

__all__ = ["LabelledPair", "LabelledSettings"]
