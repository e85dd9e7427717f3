"""What a method may touch while it learns from labels; kept narrow on purpose."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch

from napari_metastruct.progress import BatchEnd, EpochEnd, StopFlag
from napari_metastruct.training.labelled.batches import Cutter, LabelledBatch
from napari_metastruct.training.labelled.checkpoint import (
    Checkpoint,
    split_state,
    whole_state,
)
from napari_metastruct.training.labelled.judging import Judge
from napari_metastruct.training.labelled.optimisers import Course, Optimisers
from napari_metastruct.training.labelled.predicting import Predictor
from napari_metastruct.training.labelled.record import Record
from napari_metastruct.training.labelled.weights import (
    Weights,
    copy_weights,
    new_networks,
    put_weights,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray
    from torch import nn

    from napari_metastruct.progress import Event
    from napari_metastruct.training.labelled.folder import RunFolder
    from napari_metastruct.training.labelled.judging import Shown
    from napari_metastruct.training.labelled.planes import LearningSet
    from napari_metastruct.training.labelled.settings import LabelledSettings

__all__ = ["BEST", "Diverged", "LabelledBatch", "LabelledSession", "Stopped"]

BEST = "best"


class Stopped(Exception):  # noqa: N818 - it is no error
    """A stop was asked for in the middle of an epoch; caught by the run."""


class Diverged(Exception):  # noqa: N818 - the run makes a sentence of it
    """The loss is no number any more; caught by the run."""


class LabelledSession:
    """Networks, images and labels of one run, and the steps that change them.

    A training plane has a number, 0 to ``len(session) - 1``. Classes are ranks 0 to
    ``class_count - 1`` here, 0 the background, whatever their numbers in the labels.

    Attributes
    ----------
    settings
        Of the run.
    networks
        As many as the method's ``networks`` says, each with first weights of its own.
    labels
        One ``(Y, X)`` int16 map for each training plane, read only: class or -1. The
        method repairs them by `correct`; the caller's arrays are never touched.
    given
        The same as they were given; read only.
    classes
        Numbers of the classes in the labels, in the order of their ranks.
    class_count
        How many classes there are.
    class_shares
        Share of each class in the given labels, ``(classes,)``.
    rng
        Source of everything random in the method.
    device
        Torch's name of the device.
    state
        What the method must remember to be continued from a checkpoint: JSON-ready
        values, arrays, lists of arrays. Empty in a new run; read it when `train`
        begins, keep it up to date before it asks for the next epoch.
    record
        What was measured so far.
    """

    def __init__(
        self,
        learning: LearningSet,
        settings: LabelledSettings,
        networks: int = 1,
        *,
        device: str = "cpu",
        stop: StopFlag | None = None,
        shown: Shown | None = None,
        home: RunFolder | None = None,
    ) -> None:
        self.settings = settings
        self.device = device
        self.given = [example.labels for example in learning.training]
        self.labels = list(self.given)
        self.classes = learning.classes
        self.class_count = len(learning.classes)
        self.class_shares = learning.shares
        self.rng = np.random.default_rng([settings.seed, 0])
        self.state: dict[str, Any] = {}
        self.record = Record()
        self.epoch = 0
        self.best_epoch = 0
        network = settings.network_settings()
        self.networks: list[nn.Module] = new_networks(
            network,
            len(learning.training[0].image),
            self.class_count,
            count=networks,
            seed=settings.seed,
            device=device,
        )
        self.predictor = Predictor(self.class_count, network.stride, device)
        self._learning = learning
        self._data_rng = np.random.default_rng([settings.seed, 3])
        self._cutter = Cutter(learning.training, settings, self._data_rng, device)
        self._judge = Judge(learning, self.predictor, shown)
        self._stop = stop or StopFlag()
        self._home = home
        self._finished = 0
        self._optimisers: Optimisers | None = None
        self._remembered: dict[str, NDArray[Any]] = {}
        self._kept: dict[str, Weights] = {}
        self._best_score = -math.inf
        self._losses: list[float] = []
        self._step = 0
        self._since = time.perf_counter()
        self._known = sum(int((given >= 0).sum()) for given in self.given)
        self._changed = np.zeros((len(self.given), self.class_count), np.int64)

    def __len__(self) -> int:
        """Return the number of training planes."""
        return len(self.given)

    @property
    def total_steps(self) -> int:
        """Steps of the whole run if every epoch goes through the patches once."""
        return self.settings.epochs * self._cutter.steps()

    def image(self, number: int) -> NDArray[np.float32]:
        """Return a training plane as the network sees it, ``(F, Y, X)``, read only."""
        seen = self._learning.training[number].image.view()
        seen.flags.writeable = False
        return seen

    def references(self) -> dict[str, list[NDArray[np.int16]]]:
        """Return the clean references as a map for `batches`: "reference".

        For a method's curves only, never to learn from; -1 where none is known. Empty
        if no training plane has one, so that nothing is cut in vain.
        """
        planes = self._learning.training
        if all(plane.reference is None for plane in planes):
            return {}
        unknown = np.int16(-1)
        return {
            "reference": [
                np.broadcast_to(unknown, plane.shape)
                if plane.reference is None
                else plane.reference
                for plane in planes
            ]
        }

    def optimise(
        self,
        kind: Literal["adamw", "sgd"] = "adamw",
        *,
        rate: float = 2e-3,
        momentum: float = 0.9,
        decay: float = 1e-4,
        course: Course = "constant",
    ) -> None:
        """Make an optimiser for each network; `train` begins with it.

        Called again it forgets all momentum, as one may wish after `go_back_to`.

        Parameters
        ----------
        kind, rate
            What the person chose in the settings goes before these.
        momentum
            Of SGD; the first beta of AdamW.
        decay
            Weight decay.
        course
            How the rate falls with the steps of the run: not at all, by
            ``(1 - t) ** 0.9``, or as half a cosine.
        """
        wish = self.settings.optimizer
        self._optimisers = Optimisers(
            self.networks,
            kind if wish == "method" else wish,
            rate=self.settings.learning_rate or rate,
            momentum=momentum,
            decay=decay,
            course=course,
        )
        self._optimisers.take(self._remembered)
        self._remembered = {}

    def epochs(self) -> Iterator[int]:
        """Yield the epochs of the run, 1 to ``settings.epochs``.

        A continued run goes on after its checkpoint. Ends early when a stop is asked
        for, but never before the first epoch has ended. The checkpoint is written
        when the method asks for the next epoch, so all that it does in an epoch,
        also after `end_epoch`, is in it.
        """
        every = self.settings.checkpoint_every
        while self.epoch < self.settings.epochs:
            if self.epoch and self._stop.is_set():
                return
            for network in self.networks:
                network.train()
            self._losses.clear()
            begun = self.epoch + 1
            yield begun
            if self.epoch < begun:
                raise RuntimeError("A method must end each epoch by end_epoch().")
            if every and self.epoch % every == 0:
                self.save_checkpoint()

    def batches(
        self, maps: Mapping[str, Sequence[NDArray[Any]]] | None = None
    ) -> Iterator[LabelledBatch]:
        """Yield one epoch of random, augmented patches that cover all training planes.

        Parameters
        ----------
        maps
            Further maps to be cut and turned along: name to one array
            ``([C,] Y, X)`` for each training plane.
        """
        for crops in self._cutter.crops(self.given):
            if self.epoch and self._stop.is_set():
                raise Stopped
            yield self._cutter.batch(crops, self.labels, maps or {})

    def forward(self, images: torch.Tensor, network: int = 0) -> torch.Tensor:
        """Return a network's logits in float32, ``(N, classes, Y, X)``."""
        with torch.autocast("cuda", torch.bfloat16, enabled=self.device == "cuda"):
            logits: torch.Tensor = self.networks[network](images)
        return logits.float()

    def step(self, *losses: torch.Tensor) -> BatchEnd:
        """Go one step down the loss; return the event to yield.

        Parameters
        ----------
        *losses
            One for each network, or one that all share. Losses of several networks
            are added: what one network must not learn from is detached by the method.
        """
        if self._optimisers is None:
            raise RuntimeError("A method must call optimise() before its first step.")
        total = torch.stack(losses).sum()
        steps = self.total_steps
        self._optimisers.step(total, self._step / steps)
        self._step += 1
        loss = float(total.detach()) / len(losses)
        if not math.isfinite(loss):
            raise Diverged
        self._losses.append(loss)
        return BatchEnd(self._step, max(steps, self._step), loss)

    def predict(
        self, number: int, network: int = 0, scales: Sequence[float] = (1.0,)
    ) -> NDArray[np.float32]:
        """Predict the probabilities of a whole training plane, ``(classes, Y, X)``.

        Parameters
        ----------
        number
            Of the training plane.
        network
            Which network.
        scales
            The mean of the predictions at these sizes of the image.
        """
        image = self._learning.training[number].image
        return self.predictor.one(self.networks[network], image, scales)

    def correct(self, number: int, labels: NDArray[Any]) -> int:
        """Replace the labels of a training plane; pixels given as -1 stay -1.

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
        changed_to = fresh[fresh != self.given[number]]
        self._changed[number] = np.bincount(changed_to, minlength=self.class_count)
        self.labels[number] = fresh
        return moved

    def keep(self, name: str) -> None:
        """Remember the weights of all networks under a name."""
        self._kept[name] = copy_weights(self.networks)

    def go_back_to(self, name: str) -> None:
        """Give all networks the weights that `keep` remembered under a name."""
        put_weights(self.networks, self._kept[name])

    def end_epoch(
        self, epoch: int, *, best: bool | None = None, **values: float
    ) -> Iterator[Event]:
        """Judge the epoch; ``yield from`` it. Its last event is `EpochEnd`.

        Adds to the method's ``values``: "loss"; "corrected", the share of the
        labelled pixels whose label differs from the given one, and if there are any
        "corrected 1", of those that now have this class; for the validation part
        "validation dice 1" (each class), "validation dice", "validation miou",
        "validation accuracy"; for the training planes with a clean reference
        "dice 1", "dice", "miou", "accuracy", "iou_el 1", "iou_m 1" and "labels dice"
        (of the labels as they are now); for the validation part with a clean
        reference "validation truth dice"; for planes that are only watched
        "test dice 1", "test dice", "test miou". Classes have their numbers in the
        labels; means leave out the background.

        Parameters
        ----------
        epoch
            As `epochs` gave it.
        best
            Whether these weights are the ones to be kept from now on, by a criterion
            of the method; None: by the validation score, or the last.
        **values
            The method's own diagnostics; underscores become spaces.
        """
        row = {"loss": float(np.mean(self._losses)) if self._losses else math.nan}
        row |= {name.replace("_", " "): float(v) for name, v in values.items()}
        row |= self._corrected()
        row |= yield from self._judge.scores(self.networks[0], self.labels)
        self._keep_best(epoch, best, row)
        yield from self._judge.preview(self.networks[0], self.labels)
        self.epoch = epoch
        self.record.add(epoch, time.perf_counter() - self._since, row)
        finite = {name: v for name, v in row.items() if math.isfinite(v)}
        yield EpochEnd(epoch, self.settings.epochs, finite)

    def _corrected(self) -> dict[str, float]:
        shares = self._changed.sum(axis=0) / self._known
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
        repaired = np.flatnonzero(self._changed.any(axis=1))
        changed = {str(number): self.labels[number] for number in repaired}
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
            },
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on where another session with the same settings was."""
        values = checkpoint.values
        put_weights(self.networks, checkpoint.part("network"))
        self._remembered = checkpoint.part("optimiser")
        self._kept = {name: checkpoint.part(f"kept/{name}") for name in values["kept"]}
        for number, labels in checkpoint.part("labels").items():
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
