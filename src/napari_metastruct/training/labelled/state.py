"""What a run is made of, and how it is kept: best weights, checkpoints, repairs."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from napari_metastruct.progress import StopFlag
from napari_metastruct.training.labelled.checkpoint import (
    Checkpoint,
    split_state,
    whole_state,
)
from napari_metastruct.training.labelled.record import Record
from napari_metastruct.training.labelled.weights import (
    Weights,
    copy_weights,
    new_networks,
    put_weights,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray
    from torch import nn

    from napari_metastruct.training.labelled.folder import RunFolder
    from napari_metastruct.training.labelled.optimisers import Optimisers
    from napari_metastruct.training.labelled.planes import Example, LearningSet
    from napari_metastruct.training.labelled.settings import LabelledSettings

__all__ = ["BEST", "JUDGED_MARKS", "MARKS", "RunState", "negative_of"]

BEST = "best"
"""Name of the weights that a run returns."""
MARKS, JUDGED_MARKS = "marks", "validation marks"
"""Names of what a checkpoint knows of the marks that may change."""


class RunState:
    """Everything of a run that changes while it goes on.

    The part of `LabelledSession` that knows how to be kept and continued.
    """

    def __init__(
        self,
        learning: LearningSet,
        settings: LabelledSettings,
        networks: int,
        *,
        device: str,
        stop: StopFlag | None,
        home: RunFolder | None,
        further: Sequence[Callable[[], nn.Module]] = (),
        growing: bool = False,
    ) -> None:
        self.settings = settings
        self.device = device
        self.given = [example.labels for example in learning.training]
        self.labels = list(self.given)
        self.negative = [negative_of(example) for example in learning.training]
        self.trusted = np.array([e.trusted for e in learning.training], bool)
        self.classes = learning.classes
        self.class_count = len(learning.classes)
        self.rng = np.random.default_rng([settings.seed, 0])
        self.state: dict[str, Any] = {}
        self.record = Record()
        self.epoch = 0
        self.best_epoch = 0
        self.networks: list[nn.Module] = new_networks(
            settings.network_settings(),
            len(learning.training[0].image),
            self.class_count,
            count=networks,
            seed=settings.seed,
            device=device,
            further=further,
        )
        self._growing = growing
        self._checksums = _checksums(learning) if growing else {}
        self._other_marks = False
        self._data_rng = np.random.default_rng([settings.seed, 3])
        self._stop = stop or StopFlag()
        self._home = home
        self._finished = 0
        self._optimisers: Optimisers | None = None
        self._remembered: dict[str, NDArray[Any]] = {}
        self._kept: dict[str, Weights] = {}
        self._best_score = -math.inf
        self._step = 0
        self._since = time.perf_counter()
        self._count_known()
        self._changed = np.zeros((len(self.given), self.class_count), np.int64)

    def correct(self, number: int, labels: NDArray[Any]) -> int:
        """Replace the labels of a training plane; pixels given as -1 stay -1.

        A label may also become -1: nothing is learned from the pixel any more.

        Returns
        -------
        How many pixels differ from the labels before.
        """
        known = self.given[number] >= 0
        fresh = np.where(known, labels, -1).astype(np.int16)
        if fresh.max() >= self.class_count:
            raise ValueError(f"class {fresh.max()} of {self.class_count}")
        fresh.flags.writeable = False
        moved = int((fresh != self.labels[number]).sum())
        changed_to = fresh[(fresh != self.given[number]) & (fresh >= 0)]
        self._changed[number] = np.bincount(changed_to, minlength=self.class_count)
        self.labels[number] = fresh
        return moved

    def keep(self, name: str) -> None:
        """Remember the weights of all networks under a name."""
        self._kept[name] = copy_weights(self.networks)

    def go_back_to(self, name: str) -> None:
        """Give all networks the weights that `keep` remembered under a name."""
        put_weights(self.networks, self._kept[name])

    def _count_known(self) -> None:
        self._known = sum(int((given >= 0).sum()) for given in self.given)

    def _corrected(self) -> dict[str, float]:
        shares = self._changed.sum(axis=0) / max(self._known, 1)
        row = {"corrected": float(shares.sum())}
        if shares.any():
            pairs = zip(self.classes, shares, strict=True)
            row |= {f"corrected {number}": float(share) for number, share in pairs}
        return row

    def _keep_best(
        self, epoch: int, best: bool | None, row: Mapping[str, float]
    ) -> None:
        if best is None:
            score = row.get("validation dice", float(epoch))
            best = score > self._best_score
            self._best_score = max(score, self._best_score)
        if best or BEST not in self._kept:
            self.keep(BEST)
            self.best_epoch = epoch

    @property
    def is_finished(self) -> bool:
        """Whether the method has come to its end, and no more epochs are asked for."""
        return self._finished >= self.settings.epochs

    def finish(self) -> None:
        """Note that the method has come to its end, unless by a stop."""
        if not self._stop.is_set():
            self._finished = self.settings.epochs
        self.save_checkpoint()

    def close(self) -> None:
        """Leave the device."""
        for network in self.networks:
            network.cpu()
        if self.device == "cuda":
            torch.cuda.empty_cache()

    def save_checkpoint(self) -> None:
        """Write the state and the record of the run, if it has a folder."""
        if self._home is not None:
            self._home.save(self.checkpoint())
            self.record.save(self._home.record)

    def resume(self) -> None:
        """Go on from the checkpoint of the run's folder, if there is one."""
        checkpoint = None if self._home is None else self._home.load()
        if checkpoint is not None:
            self.restore(checkpoint)

    def checkpoint(self) -> Checkpoint:
        """Return the state of the run between two epochs."""
        own, values = split_state(self.state)
        both = enumerate(zip(self.given, self.labels, strict=True))
        changed = {str(n): now for n, (given, now) in both if now is not given}
        optimisers = self._optimisers.arrays() if self._optimisers else {}
        parts = {"network": copy_weights(self.networks), "optimiser": optimisers}
        parts |= {"labels": changed, "state": own}
        parts |= {f"kept/{name}": kept for name, kept in self._kept.items()}
        arrays = {f"{p}/{k}": v for p, held in parts.items() for k, v in held.items()}
        return Checkpoint(
            arrays,
            {
                "state": values,
                "kept": list(self._kept),
                "epoch": self.epoch,
                "finished": self._finished,
                "step": self._step,
                "best_epoch": self.best_epoch,
                "best_score": self._best_score,
                "rng": self.rng.bit_generator.state,
                "data_rng": self._data_rng.bit_generator.state,
                "seconds": time.perf_counter() - self._since,
                "rows": self.record.rows,
                **self._marks(),
            },
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on where another session with the same settings was."""
        values = checkpoint.values
        put_weights(self.networks, checkpoint.part("network"))
        self._remembered = checkpoint.part("optimiser")
        self._kept = {name: checkpoint.part(f"kept/{name}") for name in values["kept"]}
        repaired = {} if self._growing else checkpoint.part("labels")
        for number, labels in repaired.items():
            self.correct(int(number), labels)
        self.state = whole_state(checkpoint.part("state"), values["state"])
        self.epoch, self._step = values["epoch"], values["step"]
        self._finished = values["finished"]
        self.best_epoch = values["best_epoch"]
        self._best_score = values["best_score"]
        self.rng.bit_generator.state = values["rng"]
        self._data_rng.bit_generator.state = values["data_rng"]
        self._since = time.perf_counter() - values["seconds"]
        self.record.rows[:] = values["rows"]
        changed = {n for n, now in self._marks().items() if values.get(n) != now}
        self._other_marks = MARKS in changed
        if changed:
            self._best_score = -math.inf  # of other marks: no measure any more

    def _marks(self) -> dict[str, list[int]]:
        """Return what changes when any mark changes; planes may have another order."""
        return {name: sorted(found) for name, found in self._checksums.items()}


def _checksums(learning: LearningSet) -> dict[str, list[int]]:
    parts = {MARKS: learning.training, JUDGED_MARKS: learning.validation}
    return {name: [e.checksum() for e in part] for name, part in parts.items()}


def negative_of(example: Example) -> NDArray[np.int16]:
    """Return the negative marks of a plane; without any, a map of -1."""
    if example.negative is None:
        return np.broadcast_to(np.int16(-1), example.shape)
    return example.negative
