"""iGTT: the facts that its defaults and its paper's settings rest on."""

from collections.abc import Generator

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy import ndimage
from skimage.draw import disk

from napari_metastruct.arrays import open_stack
from napari_metastruct.methods import IGTT
from napari_metastruct.progress import EpochEnd, Event, Heartbeat, Preview
from napari_metastruct.segmentation import segment
from napari_metastruct.training.data import choose_windows, cut_tiles
from napari_metastruct.training.session import Session

SMALL = {"width": 4, "depth": 2}


@pytest.fixture(scope="module")
def truth() -> NDArray[np.bool_]:
    mask = np.zeros((128, 128), bool)
    for row in range(16, 128, 32):
        for column in range(16, 128, 32):
            mask[disk((row, column), 8)] = True
    return mask


@pytest.fixture(scope="module")
def image(truth: NDArray[np.bool_]) -> NDArray[np.float32]:
    noise = np.random.default_rng(0).normal(0, 4, truth.shape)
    blurred: NDArray[np.float64] = ndimage.gaussian_filter(truth * 50.0, 1)
    return (blurred + noise).astype(np.float32)


def session_of(method: IGTT, image: NDArray[np.float32], seed: int = 0) -> Session:
    stack = open_stack(image)
    windows = choose_windows([stack], np.random.default_rng(0))
    tiles = cut_tiles([stack], windows, method.feature_settings(), "bright")
    return Session(list(tiles), method.network_settings(), seed=seed)


def dice(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    return float(2 * (a & b).sum() / (a.sum() + b.sum()))


def test_the_default_finds_blobs_to_the_pixel(
    image: NDArray[np.float32], truth: NDArray[np.bool_]
) -> None:
    result = segment(image, foreground="bright", device="cpu")
    assert dice(result.labels > 0, truth) > 0.95


@pytest.mark.parametrize("seed", range(4))
def test_from_black_it_never_ends_inverted(
    seed: int, image: NDArray[np.float32], truth: NDArray[np.bool_]
) -> None:
    method = IGTT.paper().replace(epochs=8, patch=64, **SMALL)
    session = session_of(method, image, seed)
    list(method.train(session))
    p = session.probability[0]
    assert np.corrcoef(p.ravel(), truth.ravel())[0, 1] > 0


def test_the_first_epoch_from_black_learns(image: NDArray[np.float32]) -> None:
    method = IGTT.paper().replace(epochs=1, patch=64, **SMALL)
    session = session_of(method, image)
    steps = method.train(session)
    event: Event = next(steps)
    while not isinstance(event, Preview):
        event = next(steps)
    before = [p.detach().clone() for p in session.network.parameters()]
    list(steps)
    moved = zip(before, session.network.parameters(), strict=True)
    assert any(not torch.equal(old, new) for old, new in moved)


def test_the_paper_s_pseudo_label_is_a_thinned_skeleton(
    image: NDArray[np.float32],
) -> None:
    method = IGTT.paper().replace(epochs=4, patch=128, **SMALL)
    session = session_of(method, image)
    seen: list[float] = []
    for event in method.train(session):
        if isinstance(event, EpochEnd):
            seen.append(event.values["foreground"])
    assert all(0 < share < 1 for share in seen[1:])


def test_a_vote_is_relabelled_only_after_its_time(image: NDArray[np.float32]) -> None:
    method = IGTT(epochs=6, steps=2, relabel_after=3, patch=64, **SMALL)
    session = session_of(method, image)
    epochs = [e for e in method.train(session) if isinstance(e, EpochEnd)]
    changes = [epoch.values["change"] for epoch in epochs]
    assert changes[:3] == [0, 0, 0]
    shares = {epoch.values["foreground"] for epoch in epochs[:3]}
    assert len(shares) == 1


def test_the_first_preview_comes_before_the_vote(image: NDArray[np.float32]) -> None:
    session = session_of(IGTT(**SMALL), image)
    first = next(IGTT(**SMALL).train(session))
    assert isinstance(first, Preview)
    assert 0 < first.pseudo_label.mean() < 0.5


@pytest.mark.parametrize(
    ("restarts", "kept"),
    [(2, 0), (3, 1)],
    ids=["of two the better contrast", "of three one like another"],
)
def test_the_run_most_like_the_others_is_kept(
    restarts: int,
    kept: int,
    image: NDArray[np.float32],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    method = IGTT(epochs=2, steps=2, patch=64, restarts=restarts, **SMALL)
    session = session_of(method, image)
    # The first has gone astray, and would be kept for its contrast.
    found = iter([(9.0, 0.3, 0), (1.0, 0.6, 60), (0.5, 0.4, 61)])
    weights: list[torch.Tensor] = []

    def judge(*_: object) -> Generator[Event, None, tuple[float, float]]:
        weights.append(next(session.network.parameters()).detach().clone())
        yield Heartbeat()
        contrast, cut, left = next(found)
        session.probability[0][...] = 0
        session.probability[0][:, left : left + 40] = 1
        return contrast, cut

    monkeypatch.setattr("napari_metastruct.methods.igtt._PseudoLabels.final_cut", judge)
    epochs = [e for e in method.train(session) if isinstance(e, EpochEnd)]
    assert len(epochs) == 2 * restarts
    assert session.threshold == (0.3, 0.6, 0.4)[kept]
    final = next(session.network.parameters()).detach()
    assert [torch.equal(final, each) for each in weights].index(True) == kept


def test_padding_is_never_learned_from_nor_marked() -> None:
    rows, columns = np.ogrid[:192, :192]
    picture = (rows - 96) ** 2 + (columns - 96) ** 2 < 88**2
    lines = np.zeros((192, 192), bool)
    for left in range(40, 150, 24):
        lines[:, left : left + 4] = True
    noise = np.random.default_rng(0).normal(0, 4, lines.shape)
    image = np.where(picture, 150 - 60.0 * lines + noise, 5.0).astype(np.float32)
    result = segment(image, foreground="dark", probability=True, device="cpu")
    assert result.probability is not None
    assert not result.labels[~picture].any()
    assert result.labels[lines & picture].mean() > 0.7


def test_an_image_of_noise_alone_gives_a_result() -> None:
    noise = np.random.default_rng(0).normal(size=(64, 64)).astype(np.float32)
    method = IGTT(epochs=2, steps=2, patch=32, **SMALL)
    labels = segment(noise, method=method, device="cpu").labels
    assert labels.shape == noise.shape


def test_a_black_image_with_one_bright_spot() -> None:
    image = np.zeros((64, 64), np.uint16)
    image[30:36, 30:36] = 1000
    image = ndimage.gaussian_filter(image, 1)
    labels = segment(image, foreground="bright", device="cpu").labels
    assert labels[31:35, 31:35].all()
    assert labels.mean() < 0.1


def test_few_small_objects_do_not_swell() -> None:
    rng = np.random.default_rng(1)
    mask = np.zeros((192, 192), bool)
    for _ in range(3):
        mask[disk(rng.integers(9, 183, 2), 4)] = True
    noise = rng.normal(0, 3, mask.shape)
    image = (ndimage.gaussian_filter(mask * 30.0, 1) + noise).astype(np.float32)
    found = segment(image, foreground="bright", device="cpu").labels > 0
    assert dice(found, mask) > 0.95  # 0.89 of the network alone


def test_a_model_keeps_the_share_of_the_vote_only_after_one(
    image: NDArray[np.float32],
) -> None:
    quick = {"epochs": 1, "steps": 1, "patch": 32, **SMALL}
    for method, share in (
        (IGTT(vote_share=0.4, **quick), 0.4),
        (IGTT(vote_share=0, **quick), None),
        (IGTT(start="intensity", **quick), None),
    ):
        model = segment(image, method=method, device="cpu").segmenter
        assert model is not None
        kept = model.description.vote
        assert (kept.share if kept else None) == share
