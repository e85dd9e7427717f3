"""Adversarial correction: its losses by hand, its five stages in a moment."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.special import expit
from tests.methods.labelled import discs, part_right, run, settings, steps_of
from tests.methods.one_step import answers, entropy

from napari_metastruct.arrays import open_stack
from napari_metastruct.errors import InputError
from napari_metastruct.methods import AdversarialCorrection
from napari_metastruct.methods.adversarial_correction import weighted_entropy
from napari_metastruct.networks.discriminator import Discriminator
from napari_metastruct.networks.residual import ResidualBlock
from napari_metastruct.progress import (
    BatchEnd,
    EpochEnd,
    Event,
    Notice,
    StopFlag,
    run_to_end,
)
from napari_metastruct.training.labelled.pairs import LabelledPair
from napari_metastruct.training.labelled.reading import read_steps
from napari_metastruct.training.labelled.revising import (
    ODDS,
    judged,
    revise,
    scores_of,
)
from napari_metastruct.training.labelled.rivals import Means, Rivals, as_masks
from napari_metastruct.training.labelled.session import LabelledSession
from napari_metastruct.training.labelled.settings import LabelledSettings


def session_of(
    method: AdversarialCorrection, pairs: list[LabelledPair], chosen: LabelledSettings
) -> LabelledSession:
    learning = run_to_end(read_steps(pairs, chosen))
    further = method.further_networks(chosen, 1, len(learning.classes))
    return LabelledSession(learning, chosen, further=further)


@pytest.fixture
def session() -> LabelledSession:
    return session_of(AdversarialCorrection(), part_right(), settings(validation=0))


@pytest.fixture
def rivals(session: LabelledSession) -> Iterator[Rivals]:
    with Rivals(session) as both:
        yield both


def test_the_weighted_loss_is_equation_5() -> None:
    logits, labels = answers(1)
    weights = np.random.default_rng(0).random(labels.shape)
    found = weighted_entropy(
        torch.from_numpy(logits[0]),
        torch.from_numpy(labels),
        torch.from_numpy(weights),
    )
    known = labels >= 0
    due = (entropy(logits[0], labels) * weights)[known].mean()
    assert float(found) == pytest.approx(due)


def test_the_discriminator_s_loss_is_equation_2() -> None:
    real, revised = np.array([0.3, -1.0, 2.0]), np.array([-0.5, 1.5])
    found = AdversarialCorrection().discriminator_loss(
        torch.from_numpy(real), torch.from_numpy(revised)
    )
    due = -np.log(expit(real)).mean() - np.log(1 - expit(revised)).mean()
    assert float(found) == pytest.approx(due)


def test_the_generator_s_loss_is_equation_4() -> None:
    odds = np.array([-0.5, 1.5])
    found = AdversarialCorrection(likeness=1e-5).generator_loss(
        torch.from_numpy(odds), torch.tensor(0.2)
    )
    due = -np.log(expit(odds)).mean() + 1e-5 * 0.2 * 513**2
    assert float(found) == pytest.approx(due)


@pytest.mark.parametrize("exchanged", [True, False])
def test_clean_masks_beside_the_wrong_images_are_not_right(
    exchanged: bool,
    session: LabelledSession,
    rivals: Rivals,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[torch.Tensor, torch.Tensor]] = []

    def odds(images: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
        asked.append((images, masks))
        return torch.zeros(len(images))

    monkeypatch.setattr(rivals, "odds", odds)
    clean = next(session.batches(planes=[0, 1]))
    other = next(session.batches(planes=[2]))
    method = AdversarialCorrection(exchanged=exchanged)
    loss = method._judge(rivals, clean, other, Means())
    ((images, masks),) = asked
    real = as_masks(clean.labels, 2)
    torch.testing.assert_close(masks[:2], real)
    torch.testing.assert_close(images[2:6], torch.cat([clean.images, other.images]))
    assert len(masks) == (8 if exchanged else 6)
    if exchanged:
        torch.testing.assert_close(images[6:], clean.images)
        torch.testing.assert_close(masks[6:], real[[1, 0]])
    assert float(loss) == pytest.approx(2 * np.log(2))


def test_in_each_stage_its_own_networks_learn() -> None:
    seen: list[tuple[float, list[bool]]] = []
    weights: list[list[torch.Tensor]] = []
    method = AdversarialCorrection(shares=(1, 1, 1, 1, 1))
    given = session_of(method, part_right(), settings(epochs=5, validation=0))
    for event in method.train(given):
        now = [
            torch.cat([p.detach().flatten() for p in network.parameters()])
            for network in given.networks
        ]
        if isinstance(event, EpochEnd):
            moved = [
                not torch.equal(a, b) for a, b in zip(weights[-1], now, strict=True)
            ]
            seen.append((event.values["stage"], moved))
        if isinstance(event, EpochEnd | Notice):
            weights.append(now)
    assert seen == [
        (1, [True, False, False]),
        (2, [False, True, False]),
        (3, [False, False, True]),
        (4, [True, True, True]),
        (5, [True, False, False]),
    ]


def test_the_stages_are_told_and_measured() -> None:
    method = AdversarialCorrection()
    result, events = run(method, part_right(), settings(epochs=5, validation=0))
    told = [e.text for e in events if isinstance(e, Notice) and "Stage" in e.text]
    assert [text[:12] for text in told] == [f"Stage {n} of 5" for n in range(1, 6)]
    rows = result.record.rows
    assert "segmentation loss" in rows[0]
    assert "correction loss" in rows[1]
    assert {"discriminator loss", "clean score", "revised score"} <= set(rows[2])
    assert {"generator loss", "discriminator loss"} <= set(rows[3])
    assert rows[4]["stage"] == 5


def test_labels_are_revised_but_not_those_that_are_right() -> None:
    pairs = part_right()
    method = AdversarialCorrection(spare=0)
    chosen = settings(epochs=5, validation=0, correct_above=1)
    result, _ = run(method, pairs, chosen)
    np.testing.assert_array_equal(result.corrected[0], pairs[0].labels)
    given = np.asarray(pairs[1].labels)
    assert (result.corrected[1] != given).any()
    np.testing.assert_array_equal(result.corrected[1] < 0, given < 0)
    assert result.record.rows[-1]["corrected"] > 0
    for name in ("trust", "score", "score revised"):
        clean, others = result.scores[name]
        assert clean.shape == others.shape == (2,)
        assert min(clean.min(), others.min()) >= 0
        assert max(clean.max(), others.max()) <= 1


def odds_of(
    rivals: Rivals, monkeypatch: pytest.MonkeyPatch, rises: list[float]
) -> None:
    """Let revised labels be all background, and their log odds rise by so much."""
    images = [rivals._session.image(n).tobytes() for n in range(len(rises))]

    def judged(
        image: np.ndarray[Any, Any], labels: np.ndarray[Any, Any]
    ) -> np.ndarray[Any, Any]:
        rise = rises[images.index(image.tobytes())]
        return np.full(labels.shape, -0.5 + rise * (labels.max() <= 0), np.float32)

    def revised(_: object, labels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        found: np.ndarray[Any, Any] = np.minimum(labels, 0)
        return found

    monkeypatch.setattr(rivals, "judged", judged)
    monkeypatch.setattr(rivals, "revised_plane", revised)


@pytest.mark.parametrize(("spare", "due"), [(1, [3]), (0.5, [2, 3]), (0, [2, 3])])
def test_what_rises_no_more_than_clean_maps_is_spared(
    spare: float,
    due: list[int],
    session: LabelledSession,
    rivals: Rivals,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    odds_of(rivals, monkeypatch, [0.2, 1.0, 0.7, 1.1])
    events = list(revise(session, rivals, spare=spare))
    revised = [
        n for n in range(4) if not np.array_equal(session.labels[n], session.given[n])
    ]
    assert revised == due
    assert events[-1] == Notice(f"{len(due)} of 2 label maps are revised.")


def test_trust_is_the_share_of_the_odds_of_the_given_labels(
    session: LabelledSession, rivals: Rivals, monkeypatch: pytest.MonkeyPatch
) -> None:
    odds_of(rivals, monkeypatch, [-1.0, 0.0, 0.7, 2.0])
    list(revise(session, rivals, spare=0.9))
    found = scores_of(session.state[ODDS])
    odds = np.exp([1.0, 0.0, -0.7, -2.0])
    np.testing.assert_allclose(found["trust"], odds / (1 + odds), rtol=1e-6)
    np.testing.assert_allclose(found["score"], expit(-0.5))
    np.testing.assert_allclose(found["score revised"][3], expit(1.5))


def test_of_planes_without_labels_nothing_is_known(
    session: LabelledSession, rivals: Rivals
) -> None:
    nothing = np.full_like(session.given[0], -1)
    revised, odds = judged(rivals, session.image(0), nothing)
    np.testing.assert_array_equal(revised, nothing)
    assert np.isnan(odds).all()


def test_what_was_kept_for_validation_is_judged_too() -> None:
    method = AdversarialCorrection()
    image, truth = discs(planes=6)
    pairs = [
        LabelledPair(open_stack(image[n]), truth[n], trusted=n < 3) for n in range(6)
    ]
    result, _ = run(method, pairs, settings(epochs=5, validation=0.34))
    assert len(result.scores["trust"]) == 6
    assert np.isfinite(np.concatenate(result.scores["trust"])).all()


@pytest.mark.parametrize(
    ("passes", "epochs", "due"),
    [(0, 20, (1, 1, 1, 1, 16)), (16, 20, (2, 2, 2, 2, 12)), (90, 20, (4, 4, 4, 4, 4))],
)
def test_the_few_clean_maps_are_not_gone_through_too_often(
    passes: int, epochs: int, due: tuple[int, ...]
) -> None:
    method = AdversarialCorrection(shares=(1, 1, 1, 1, 1), passes=passes)
    # An epoch is 4 patches, so it goes twice through 2 planes of one patch each.
    chosen = settings(epochs=epochs, validation=0, patches_per_epoch=4)
    assert method._lengths(session_of(method, part_right(), chosen)) == due


def test_no_gradient_of_the_last_stage_reaches_the_discriminator(
    session: LabelledSession, rivals: Rivals
) -> None:
    trust = [
        rivals.trust(session.image(n), held) for n, held in enumerate(session.given)
    ]
    assert all(isinstance(one, np.ndarray) for one in trust)
    assert all(p.grad is None for p in rivals.discriminator.parameters())
    assert rivals.discriminator.training


def test_trust_of_a_large_plane_is_that_of_its_patches() -> None:
    image, truth = discs(planes=2, side=70)
    pairs = [
        LabelledPair(open_stack(image[:1]), truth[:1], trusted=True),
        LabelledPair(open_stack(image[1:]), truth[1:]),
    ]
    given = session_of(AdversarialCorrection(), pairs, settings(validation=0))
    with Rivals(given) as rivals:
        trust = rivals.trust(given.image(0), given.given[0])
        corner = rivals.trust(given.image(0)[:, :32, :32], given.given[0][:32, :32])
    assert trust.shape == (70, 70)
    assert trust[0, 0] == pytest.approx(corner[0, 0])
    assert (corner == corner[0, 0]).all()
    assert len(np.unique(trust)) > 1


def test_as_deep_as_the_patches_let() -> None:
    for patch, chosen, due in ((32, 0, 3), (128, 0, 5), (128, 7, 7), (32, 2, 2)):
        method = AdversarialCorrection(discriminator_blocks=chosen)
        made = method.further_networks(settings(patch=patch, width=1), 1, 2)[1]()
        assert isinstance(made, Discriminator)
        blocks = [m for m in made.modules() if isinstance(m, ResidualBlock)]
        assert len(blocks) == due


@pytest.mark.parametrize(("optimizer", "rate"), [("paper", 0.007), ("adamw", 2e-3)])
def test_the_rate_falls_within_each_stage(optimizer: str, rate: float) -> None:
    method = AdversarialCorrection(
        paper_optimizer=optimizer == "paper", shares=(2, 1, 1, 1, 2)
    )
    chosen = settings(epochs=7, validation=0, patches_per_epoch=4)
    given = session_of(method, part_right(), chosen)
    rates = []
    for event in method.train(given):
        if isinstance(event, BatchEnd):
            optimisers = given._optimisers
            assert optimisers is not None
            used = [o for o in optimisers._all if o.state]
            rates.append(max(group["lr"] for o in used for group in o.param_groups))
    halves, quarters = ([n / 2 for n in range(2)], [n / 4 for n in range(4)])
    done = [*quarters, *halves, *halves, *halves, *quarters]
    np.testing.assert_allclose(rates, [rate * (1 - t) ** 0.9 for t in done])


def test_a_stage_can_be_ended_early() -> None:
    stop, stages = StopFlag(), []

    def look(event: Event) -> None:
        if isinstance(event, EpochEnd):
            stages.append(event.values["stage"])
        if isinstance(event, BatchEnd) and event.step == 1:
            stop.end_stage()

    method = AdversarialCorrection(shares=(6, 1, 1, 1, 1))
    chosen = settings(epochs=10, validation=0, patches_per_epoch=4)
    run_to_end(steps_of(method, part_right(), chosen, stop=stop), look)
    assert stages == [1, 2, 3, 4, 5, 5, 5, 5, 5, 5]
    assert not stop.is_stage_ended


def test_to_end_the_last_stage_ends_the_run() -> None:
    stop, ended = StopFlag(), []

    def look(event: Event) -> None:
        if isinstance(event, EpochEnd):
            ended.append(event.epoch)
            if event.values["stage"] == 5:
                stop.end_stage()

    method = AdversarialCorrection(shares=(1, 1, 1, 1, 6))
    chosen = settings(epochs=10, validation=0)
    result = run_to_end(steps_of(method, part_right(), chosen, stop=stop), look)
    assert ended == [1, 2, 3, 4, 5]
    assert "trust" in result.scores


@pytest.mark.parametrize("cut", [2, 3, 4, 5, 6, 7])
def test_goes_on_in_the_middle_of_any_stage(cut: int, tmp_path: Path) -> None:
    method = AdversarialCorrection(shares=(2, 1, 1, 2, 2))
    chosen = settings(epochs=8, validation=0, patches_per_epoch=2)
    uncut, _ = run(method, part_right(), chosen)
    steps = steps_of(method, part_right(), chosen, folder=tmp_path)
    done = 0
    for event in steps:
        done += isinstance(event, EpochEnd)
        if done == cut and isinstance(event, BatchEnd):
            break
    steps.close()
    resumed, _ = run(method, part_right(), chosen, folder=tmp_path, resume=True)
    for row, due in zip(resumed.record.rows, uncut.record.rows, strict=True):
        assert {**row, "seconds": 0} == {**due, "seconds": 0}
    for name, scores in uncut.scores.items():
        for one, other in zip(scores, resumed.scores[name], strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_run_stopped_before_its_end_has_no_trust() -> None:
    stop = StopFlag()

    def look(event: Event) -> None:
        if isinstance(event, EpochEnd):
            stop.set()

    chosen = settings(epochs=5, validation=0)
    steps = steps_of(AdversarialCorrection(), part_right(), chosen, stop=stop)
    result = run_to_end(steps, look)
    assert result.scores == {}
    assert result.best_epoch == 1


def refused(
    pairs: list[LabelledPair], method: AdversarialCorrection | None = None, **more: int
) -> str:
    chosen = settings(**{"epochs": 5, **more})
    with pytest.raises(InputError) as error:
        next(steps_of(method or AdversarialCorrection(), pairs, chosen))
    return str(error.value)


def test_without_a_clean_map_it_says_how_many_and_how() -> None:
    pairs = [replace(pair, trusted=False) for pair in part_right()]
    text = refused(pairs)
    assert "none of the 4" in text
    assert "one in four" in text
    assert "--trusted" in text


def test_with_clean_maps_only_it_names_plain() -> None:
    pairs = [replace(pair, trusted=True) for pair in part_right()]
    assert "'plain'" in refused(pairs)


def test_patches_too_small_for_the_discriminator_are_refused() -> None:
    text = refused(part_right(), AdversarialCorrection(discriminator_blocks=7))
    assert "at least 128 pixels, not 32" in text


def test_fewer_epochs_than_stages_are_refused() -> None:
    assert "at least 5 epochs, not 4" in refused(part_right(), epochs=4)


def test_clean_maps_that_all_went_into_validation_are_refused() -> None:
    image, truth = discs(planes=2)
    pairs = [
        LabelledPair(open_stack(image[n]), truth[n], trusted=n == 0) for n in range(2)
    ]
    with pytest.raises(InputError, match="set validation to 0"):
        begin_to_learn(pairs)


def begin_to_learn(pairs: list[LabelledPair]) -> None:
    """Try seeds until one has put the clean map into the validation part."""
    for seed in range(10):
        chosen = settings(epochs=5, validation=0.5, seed=seed)
        for event in steps_of(AdversarialCorrection(), pairs, chosen):
            if isinstance(event, Notice):
                break


def test_validation_leaves_clean_and_other_maps_where_it_can() -> None:
    image, truth = discs(planes=6)
    pairs = [
        LabelledPair(open_stack(image[n]), truth[n], trusted=n < 2) for n in range(6)
    ]
    for seed in range(8):
        learning = run_to_end(read_steps(pairs, settings(validation=0.5, seed=seed)))
        assert {e.trusted for e in learning.training} == {True, False}
        assert len(learning.validation) == 3


@pytest.mark.parametrize(("clean", "said"), [(9, True), (10, False)])
def test_it_says_if_too_few_are_known_to_be_right(clean: int, said: bool) -> None:
    image, truth = discs(planes=12)
    pairs = [
        LabelledPair(open_stack(image[:clean]), truth[:clean], trusted=True),
        LabelledPair(open_stack(image[clean:]), truth[clean:]),
    ]
    method = AdversarialCorrection()
    given = session_of(method, pairs, settings(epochs=5, validation=0))
    first = next(iter(method.train(given)))
    assert isinstance(first, Notice)
    assert ("Only 9 label maps are said to be right" in first.text) == said
