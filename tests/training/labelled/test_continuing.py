"""Stop, cancel, continue; trouble on the way; what a run folder may hold."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import pytest
import torch
from tests.training.labelled.tiny import disc_pair, quick, train, without_time

from napari_metastruct.errors import InputError
from napari_metastruct.methods import Plain
from napari_metastruct.progress import (
    BatchEnd,
    EpochEnd,
    Event,
    Notice,
    Started,
    StopFlag,
    run_to_end,
)
from napari_metastruct.training.labelled import noise_rate
from napari_metastruct.training.labelled.record import load_record
from napari_metastruct.training.labelled.run import (
    TrainedOnLabels,
    train_on_labels_steps,
)
from napari_metastruct.training.labelled.session import LabelledSession
from napari_metastruct.training.method import LabelledMethod


class Busy(LabelledMethod):
    """Two networks, repaired labels, state of its own: all that a run must keep."""

    title: ClassVar[str] = "Busy"
    reference: ClassVar[str] = "none"
    networks: ClassVar[int] = 2

    name: Literal["busy"] = "busy"
    """Name."""
    kind: Literal["adamw", "sgd"] = "adamw"
    """Optimiser."""

    def train(self, session: LabelledSession) -> Iterator[Event]:
        session.optimise(self.kind, rate=1e-2, momentum=0.9, course="cosine")
        state = session.state
        state.setdefault("curve", [])
        state.setdefault("sums", np.zeros(session.class_count))
        state.setdefault("means", [np.zeros(2, np.float32)] * 2)
        for epoch in session.epochs():
            for batch in session.batches():
                logits = [session.forward(batch.images, n) for n in (0, 1)]
                losses = [
                    torch.nn.functional.cross_entropy(
                        found, batch.labels, ignore_index=-1
                    )
                    for found in logits
                ]
                yield session.step(*losses)
            if epoch == 1:
                session.keep("first")
            if epoch == 3:
                session.go_back_to("first")
            yield from session.end_epoch(epoch, own_number=len(state["curve"]))
            number = int(session.rng.integers(len(session)))
            found = session.predict(number, network=1, scales=(0.7, 1.0))
            session.correct(number, found.argmax(axis=0))
            state["curve"].append(float(found.mean()))
            state["sums"] = state["sums"] + found.mean(axis=(1, 2))


def same(one: TrainedOnLabels, other: TrainedOnLabels) -> None:
    assert without_time(one.record.rows) == without_time(other.record.rows)
    assert one.best_epoch == other.best_epoch
    for mine, yours in zip(one.corrected, other.corrected, strict=True):
        np.testing.assert_array_equal(mine, yours)
    theirs = other.segmenter.network.state_dict()
    for name, tensor in one.segmenter.network.state_dict().items():
        np.testing.assert_array_equal(tensor.numpy(), theirs[name].numpy())


@pytest.mark.parametrize("method", [Plain(), Busy(), Busy(kind="sgd")], ids=repr)
@pytest.mark.parametrize("cut", [1, 4, 7])
def test_a_run_that_was_cut_off_goes_on_as_if_it_was_not(
    method: LabelledMethod, cut: int, tmp_path: Path
) -> None:
    settings = quick(epochs=4, batch=2, checkpoint_every=2, validation=0.3)
    uncut = train([disc_pair(count=5)], settings, method)
    steps = train_on_labels_steps(
        method, [disc_pair(count=5)], settings, folder=tmp_path
    )
    for event in steps:
        if isinstance(event, BatchEnd) and event.step == cut:
            break
    steps.close()
    resumed = train(
        [disc_pair(count=5)], settings, method, folder=tmp_path, resume=True
    )
    same(uncut, resumed)


def test_a_finished_run_is_not_learned_again_but_can_be_made_longer(
    tmp_path: Path,
) -> None:
    first = train([disc_pair()], quick(), folder=tmp_path)
    events: list[Event] = []
    more: dict[str, Any] = {"folder": tmp_path, "resume": True}
    more["on_event"] = events.append
    same(first, train([disc_pair()], quick(), **more))
    assert not any(isinstance(event, BatchEnd) for event in events)
    longer = train([disc_pair()], quick(epochs=3), **more)
    assert [row["epoch"] for row in longer.record.rows] == [1, 2, 3]


def test_stop_in_the_first_epoch_keeps_what_is_there() -> None:
    stop = StopFlag()
    steps: list[int] = []

    def stop_now(event: Event) -> None:
        if isinstance(event, BatchEnd):
            steps.append(event.step)
            stop.set()

    settings = quick(epochs=50, batch=1)
    result = train([disc_pair()], settings, on_event=stop_now, stop=stop)
    assert steps == [1]
    assert len(result.record.rows) == 1


def test_stop_keeps_the_best_so_far_and_can_be_continued(tmp_path: Path) -> None:
    stop = StopFlag()

    def stop_soon(event: Event) -> None:
        if isinstance(event, BatchEnd) and event.step > 2:
            stop.set()

    settings = quick(epochs=50, batch=2)
    result = train(
        [disc_pair()], settings, on_event=stop_soon, stop=stop, folder=tmp_path
    )
    assert 1 <= len(result.record.rows) <= 2
    assert result.best_epoch >= 1
    settings = settings.replace(epochs=4)
    result = train([disc_pair()], settings, folder=tmp_path, resume=True)
    assert [row["epoch"] for row in result.record.rows] == [1, 2, 3, 4]


def test_can_be_closed_at_any_event(tmp_path: Path) -> None:
    events: list[Event] = []
    pair = disc_pair(count=2)
    settings = quick(epochs=1, checkpoint_every=1)
    train([pair], settings, on_event=events.append)
    for last in range(1, len(events) + 1):
        steps = train_on_labels_steps(
            Plain(), [pair], settings, folder=tmp_path / str(last)
        )
        for _, _event in zip(range(last), steps, strict=False):
            pass
        steps.close()
        with pytest.raises(StopIteration):
            next(steps)
        assert not list((tmp_path / str(last)).glob(".*"))


class Trouble(LabelledMethod):
    """Does well for some epochs, then not."""

    title: ClassVar[str] = "Trouble"
    reference: ClassVar[str] = "none"

    name: Literal["trouble"] = "trouble"
    """Name."""
    epoch: int = 3
    """When it begins."""
    kind: Literal["nan", "memory", "bug"] = "nan"
    """What happens."""

    def train(self, session: LabelledSession) -> Iterator[Event]:
        session.optimise()
        for epoch in session.epochs():
            for batch in session.batches():
                loss = session.forward(batch.images).square().mean()
                if epoch == self.epoch:
                    loss = self._befall(loss)
                yield session.step(loss)
            yield from session.end_epoch(epoch)

    def _befall(self, loss: torch.Tensor) -> torch.Tensor:
        if self.kind == "memory":
            raise torch.OutOfMemoryError("CUDA out of memory.")
        if self.kind == "bug":
            raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")
        return loss * float("nan")


@pytest.mark.parametrize(
    ("kind", "word"), [("nan", "learning rate"), ("memory", "smaller patch")]
)
def test_trouble_keeps_the_last_good_weights_and_says_so(kind: str, word: str) -> None:
    events: list[Event] = []
    method = Trouble(kind=kind)
    result = train([disc_pair()], quick(epochs=5), method, events.append)
    (notice,) = [event for event in events if isinstance(event, Notice)]
    assert word in notice.text
    assert "epoch 3" in notice.text
    assert len(result.record.rows) == 2
    for tensor in result.segmenter.network.state_dict().values():
        assert torch.isfinite(tensor.float()).all()


@pytest.mark.parametrize(
    ("kind", "word"), [("nan", "learning rate"), ("memory", "smaller patch")]
)
def test_trouble_in_the_first_epoch_is_refused(kind: str, word: str) -> None:
    with pytest.raises(InputError, match=word):
        train([disc_pair()], quick(), Trouble(kind=kind, epoch=1))


def test_a_bug_is_no_trouble_of_the_person() -> None:
    with pytest.raises(RuntimeError, match="mat1"):
        train([disc_pair()], quick(epochs=3), Trouble(kind="bug"))


def test_a_folder_that_holds_another_run_is_refused(tmp_path: Path) -> None:
    train([disc_pair()], quick(epochs=1), folder=tmp_path)
    with pytest.raises(InputError, match="holds another run already"):
        next(train_on_labels_steps(Plain(), [disc_pair()], quick(), folder=tmp_path))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"settings": {"width": 6}}, "settings width = 4, not 6"),
        ({"method": Plain(loss="dice+cross-entropy")}, "method loss"),
        ({"pair": {"seed": 5}}, "other images or labels"),
    ],
)
def test_another_run_is_not_continued(
    change: dict[str, Any],
    message: str,
    tmp_path: Path,
) -> None:
    train([disc_pair()], quick(epochs=1), folder=tmp_path)
    settings = quick(epochs=1, **change.get("settings", {}))
    method = change.get("method", Plain())
    pair = disc_pair(**change.get("pair", {}))
    with pytest.raises(InputError, match=message):
        train([pair], settings, method, folder=tmp_path, resume=True)


def test_nothing_to_continue_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no run in"):
        train([disc_pair()], quick(), folder=tmp_path / "none", resume=True)
    with pytest.raises(InputError, match="name the folder"):
        train([disc_pair()], quick(), resume=True)
    (tmp_path / "run.json").write_text("[", encoding="utf-8")
    with pytest.raises(InputError, match="does not tell"):
        train([disc_pair()], quick(), folder=tmp_path, resume=True)
    (tmp_path / "run.json").unlink()
    train([disc_pair()], quick(epochs=1), folder=tmp_path)
    (tmp_path / "checkpoint.safetensors").write_text("none", encoding="utf-8")
    with pytest.raises(InputError, match="no checkpoint"):
        train([disc_pair()], quick(epochs=1), folder=tmp_path, resume=True)


def test_the_record_is_written_as_csv_and_json(tmp_path: Path) -> None:
    result = train([disc_pair()], quick(), folder=tmp_path)
    record = load_record(tmp_path / "record.json")
    assert record.rows == result.record.rows
    assert record.about["method"]["name"] == "plain"
    lines = (tmp_path / "record.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].split(",")[:3] == ["epoch", "seconds", "loss"]
    assert len(lines) == 3
    with pytest.raises(InputError, match="no record"):
        load_record(tmp_path / "run.json")


def test_the_noise_rate_is_estimated_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(noise_rate, "EARLY", 1)

    class Asking(Plain):
        noise_rate: float | None = None
        """Asked for."""

    events: list[Event] = []
    settings = quick(checkpoint_every=1, batch=2)
    first = train([disc_pair()], settings, Asking(), events.append, folder=tmp_path)
    stages = [event.stage for event in events if isinstance(event, Started)]
    assert "Estimating the noise rate" in stages
    rate = first.method.model_dump()["noise_rate"]
    assert 0 <= rate <= 1
    events.clear()
    again = train(
        [disc_pair()], settings, Asking(), events.append, folder=tmp_path, resume=True
    )
    assert again.method == first.method
    stages = [event.stage for event in events if isinstance(event, Started)]
    assert "Estimating the noise rate" not in stages


def test_a_method_must_end_its_epochs() -> None:
    class Endless(Trouble):
        def train(self, session: LabelledSession) -> Iterator[Event]:
            for _ in session.epochs():
                yield EpochEnd(1, 1)

    with pytest.raises(RuntimeError, match="end_epoch"):
        run_to_end(train_on_labels_steps(Endless(), [disc_pair()], quick()))
