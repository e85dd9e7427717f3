"""What learning from labels costs against a bare PyTorch loop of the same size.

Run ``python benchmarks/labelled_cost.py [--device cuda] [--steps 60]``. Both take turns
step by step, so that other load on the machine meets both.
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from napari_metastruct.arrays import open_stack
from napari_metastruct.methods import Plain
from napari_metastruct.networks.create import create_network
from napari_metastruct.progress import BatchEnd, run_to_end
from napari_metastruct.training.labelled import LabelledPair, LabelledSettings
from napari_metastruct.training.labelled.reading import read_steps
from napari_metastruct.training.labelled.session import LabelledSession

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_metastruct.training.method import LabelledMethod


def cost(
    method: LabelledMethod, settings: LabelledSettings, steps: int, images: int = 40
) -> tuple[float, float]:
    """Return milliseconds a step of a method and of a bare loop (medians).

    The step of a method includes drawing, augmenting and sending its patches, not
    the judging at the end of an epoch.
    """
    rng = np.random.default_rng(0)
    labels = (rng.random((images, 256, 256)) < 0.3).astype(np.uint8)
    image = labels + rng.normal(0, 1, labels.shape).astype(np.float32)
    pair = LabelledPair(open_stack(image, axes="ZYX"), labels)
    learning = run_to_end(read_steps([pair], settings))
    session = LabelledSession(
        learning, settings, method.networks, device=settings.device
    )
    events = (e for e in method.train(session) if isinstance(e, BatchEnd))
    bare = bare_loop(settings)
    # On a busy machine only the time of this process tells.
    clock = time.perf_counter if settings.device == "cuda" else time.process_time
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(steps + 5):
        for kept, loop in zip(times, (events, bare), strict=True):
            start = clock()
            next(loop)
            kept.append(1e3 * (clock() - start))
    ours, theirs = (float(np.median(kept[5:])) for kept in times)
    return ours, theirs


def bare_loop(settings: LabelledSettings) -> Iterator[object]:
    """Train on patches that are there already; the least that PyTorch takes."""
    device, side = settings.device, settings.patch
    network = create_network(settings.network_settings(), 1, 2).to(
        device, memory_format=torch.channels_last
    )
    optimiser = torch.optim.AdamW(network.parameters(), 2e-3)
    images = torch.randn(settings.batch, 1, side, side)
    labels = (torch.rand(settings.batch, side, side) < 0.3).long()
    while True:
        batch = images.to(device, memory_format=torch.channels_last)
        with torch.autocast("cuda", torch.bfloat16, enabled=device == "cuda"):
            logits = network(batch)
        loss = functional.cross_entropy(
            logits.float(), labels.to(device), ignore_index=-1
        )
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        yield float(loss)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--steps", type=int, default=60)
    options = parser.parse_args()
    print("| width | patch | batch | bare, ms | plain, ms | plain / bare |")
    print("|---|---|---|---|---|---|")
    for width, patch, batch in ((8, 64, 8), (16, 128, 4), (16, 128, 8)):
        settings = LabelledSettings(
            width=width,
            patch=patch,
            batch=batch,
            epochs=1000,
            device=options.device,
            validation=0,
        )
        ours, bare = cost(Plain(), settings, options.steps)
        print(
            f"| {width} | {patch} | {batch} | {bare:.1f} | {ours:.1f} "
            f"| {ours / bare:.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
