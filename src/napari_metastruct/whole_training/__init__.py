"""A whole training for a window: learn, write files, predict what will be looked at.

It runs in the process that asks for it, or in one of its own; the stream of events and
the result are the same.
"""

from napari_metastruct.whole_training.labels import (
    PairResult,
    Trained,
    Training,
    estimate_steps,
    estimate_steps_apart,
    training_steps,
    training_steps_apart,
)
from napari_metastruct.whole_training.marks import (
    MarkedImage,
    MarkTraining,
    TrainedOnMarks,
    mark_training_steps,
    mark_training_steps_apart,
)

__all__ = [
    "MarkTraining",
    "MarkedImage",
    "PairResult",
    "Trained",
    "TrainedOnMarks",
    "Training",
    "estimate_steps",
    "estimate_steps_apart",
    "mark_training_steps",
    "mark_training_steps_apart",
    "training_steps",
    "training_steps_apart",
]
