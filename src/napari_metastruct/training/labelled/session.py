"""What a method may touch while it learns from labels; kept narrow on purpose."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch

from napari_metastruct.progress import BatchEnd, EpochEnd, Notice, StopFlag
from napari_metastruct.training.labelled.batches import Cutter, LabelledBatch
from napari_metastruct.training.labelled.judging import Judge
from napari_metastruct.training.labelled.marking import Marking
from napari_metastruct.training.labelled.optimisers import Course, Optimisers
from napari_metastruct.training.labelled.predicted import WholePlanes
from napari_metastruct.training.labelled.predicting import Predictor
from napari_metastruct.training.labelled.state import (
    BEST,
    JUDGED_MARKS,
    MARKS,
    RunState,
    negative_of,
)
from napari_metastruct.training.labelled.trouble import Diverged, Stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray
    from torch import nn

    from napari_metastruct.progress import Event
    from napari_metastruct.training.labelled.folder import RunFolder
    from napari_metastruct.training.labelled.inbox import MarkInbox
    from napari_metastruct.training.labelled.judging import Shown
    from napari_metastruct.training.labelled.planes import LearningSet
    from napari_metastruct.training.labelled.settings import LabelledSettings

__all__ = ["BEST", "Diverged", "LabelledBatch", "LabelledSession", "Stopped"]


class LabelledSession(RunState):
    """Networks, images and labels of one run, and the steps that change them.

    A training plane has a number, 0 to ``len(session) - 1``. Classes are ranks 0 to
    ``class_count - 1`` here, 0 the background, whatever their numbers in the labels.

    Attributes
    ----------
    settings
        Of the run.
    networks
        As many as the method's ``networks`` says, each with first weights of its own;
        then its further networks.
    labels
        One ``(Y, X)`` int16 map for each training plane, read only: class or -1. The
        method repairs them by `correct`; the caller's arrays are never touched.
    given
        The same as they were given; read only.
    negative
        The class that each pixel is not, in the same form; -1 everywhere where there
        are no negative marks.
    trusted
        ``(planes,)`` bool: whose labels are known to be right.
    has_new_marks
        Whether marks have been painted that this epoch is the first to learn from.
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
    whole
        Predicts whole planes in the end, for a method's results.
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
        further: Sequence[Callable[[], nn.Module]] = (),
        inbox: MarkInbox | None = None,
    ) -> None:
        super().__init__(
            learning,
            settings,
            networks,
            device=device,
            stop=stop,
            home=home,
            further=further,
            growing=inbox is not None,
        )
        stride = settings.network_settings().stride
        self.predictor = Predictor(self.class_count, stride, device)
        self.class_shares = learning.shares
        self._learning = learning
        self._cutter = Cutter(learning.training, settings, self._data_rng, device)
        # Judging shall not take longer than learning.
        most = settings.patches_per_epoch * self._cutter.side**2 or None
        self._judge = Judge(learning, self.predictor, shown, most)
        self.whole = WholePlanes(self.networks[0], self._judge)
        self._losses: list[float] = []
        self._during = (0, settings.epochs)
        self._marked = [example.marked() for example in learning.training]
        self._marking = None
        self.has_new_marks = False
        if inbox is not None:
            self._marking = Marking(inbox, learning)
            self._cutter.planes = self._marking.marked_planes()

    def __len__(self) -> int:
        """Return the number of training planes."""
        return len(self.given)

    @property
    def patch_side(self) -> int:
        """Rows and columns of a patch."""
        return self._cutter.side

    @property
    def total_steps(self) -> int:
        """Steps of the whole run if every epoch goes through the patches once."""
        return self.settings.epochs * self._cutter.steps()

    def passes(self, planes: Sequence[int]) -> float:
        """Return how often ``batches(planes=planes)`` goes through these planes."""
        return self._cutter.passes(planes)

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
        during: tuple[int, int] | None = None,
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
        during
            How many epochs were behind when the course began, and are when it ends;
            None: it goes on through the whole run.
        """
        self._during = during or (0, self.settings.epochs)
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

        Marks that were painted meanwhile are there when an epoch begins. A continued
        run goes on after its checkpoint. Ends early when a stop is asked
        for; the first epoch is then cut short but judged. The checkpoint is written
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
            self._take_marks()
            begun = self.epoch + 1
            yield begun
            if self.epoch < begun:
                raise RuntimeError("A method must end each epoch by end_epoch().")
            if every and self.epoch % every == 0:
                self.save_checkpoint()

    def batches(
        self,
        maps: Mapping[str, Sequence[NDArray[Any]]] | None = None,
        planes: Sequence[int] | None = None,
    ) -> Iterator[LabelledBatch]:
        """Yield one epoch of random, augmented patches that cover all training planes.

        Parameters
        ----------
        maps
            Further maps to be cut and turned along: name to one array
            ``([C,] Y, X)`` for each training plane.
        planes
            Numbers of the only planes to be cut: as many patches as of all.
        """
        for crops in self._cutter.crops(self._marked, planes):
            if self._stop.is_set() and self._step:
                if self.epoch:
                    raise Stopped
                return  # the first epoch is judged as far as it came
            yield self._cutter.batch(crops, self.labels, maps or {})

    @property
    def is_stage_ended(self) -> bool:
        """Whether a person wants to go on with the method's next stage."""
        return self._stop.is_stage_ended

    def take_stage_end(self) -> bool:
        """Say whether a person wants to go on with the next stage; asked once."""
        return self._stop.take_stage_end()

    def forward(self, images: torch.Tensor, network: int = 0) -> torch.Tensor:
        """Return a network's logits in float32, ``(N, classes, Y, X)``."""
        with torch.autocast("cuda", torch.bfloat16, enabled=self.device == "cuda"):
            logits: torch.Tensor = self.networks[network](images)
        return logits.float()

    def step(
        self, *losses: torch.Tensor, only: Sequence[int] | None = None
    ) -> BatchEnd:
        """Go one step down the loss; return the event to yield.

        Parameters
        ----------
        *losses
            One for each network, or one that all share. Losses of several networks
            are added: what one network must not learn from is detached by the method.
        only
            Numbers of the networks that learn; gradients of the others are dropped.
            None: all.
        """
        if self._optimisers is None:
            raise RuntimeError("A method must call optimise() before its first step.")
        total = torch.stack(losses).sum()
        steps = self.total_steps
        self._optimisers.step(total, self._share_done(), only)
        self._step += 1
        loss = float(total.detach()) / len(losses)
        if not math.isfinite(loss):
            raise Diverged
        self._losses.append(loss)
        return BatchEnd(self._step, max(steps, self._step), loss)

    def _share_done(self) -> float:
        """Return how much of the optimisers' course is behind, 0 to 1."""
        begin, end = (epochs * self._cutter.steps() for epochs in self._during)
        return min(max(self._step - begin, 0) / max(end - begin, 1), 1.0)

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
        yield from self._notices()
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

    def _take_marks(self) -> None:
        """Learn from the marks that a person has painted since the last epoch."""
        if self._marking is None:
            return
        changed, judged = self._marking.renew()
        for number in judged:
            example = self._learning.validation[number]
            self._checksums[JUDGED_MARKS][number] = example.checksum()
            self._best_score = -math.inf  # of other marks: no measure any more
        for number in changed:
            example = self._learning.training[number]
            self.given[number] = self.labels[number] = example.labels
            self.negative[number] = negative_of(example)
            self._marked[number] = example.marked()
            self._checksums[MARKS][number] = example.checksum()
            self._changed[number] = 0
        self.has_new_marks = bool(changed) or self._other_marks
        self._other_marks = False
        if changed:
            self._count_known()
            self._cutter.planes = self._marking.marked_planes()

    def _notices(self) -> Iterator[Event]:
        texts = [] if self._marking is None else self._marking.notices
        while texts:
            yield Notice(texts.pop(0))
