"""Speed of unsupervised segmentation (docs/benchmarks.md).

    python benchmarks/speed_unsupervised.py            # the whole table
    python benchmarks/speed_unsupervised.py --quick    # without 4096 x 4096

Times are wall times after imports, each size in a process of its own, whose peak
memory is read from the operating system. Ratios are measured in one process, the
two sides in turn, and their median is printed.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

TARGETS = {256: 6.0, 1024: 20.0, 4096: 90.0}
"""Side in pixels to seconds on 2 cores."""


def picture(side: int) -> NDArray[np.uint16]:
    """Return a network of tubules of any size, tiled from one of 512 x 512."""
    from napari_metastruct.sample_data import synthetic_network

    one = synthetic_network((min(side, 512),) * 2, seed=0)[0]
    repeats = -(-side // one.shape[0])
    return np.tile(one, (repeats, repeats))[:side, :side]


def time_one(side: int, device: str) -> None:
    """Segment one image and print what it cost as JSON."""
    import torch

    from napari_metastruct.jobs import SegmentJob
    from napari_metastruct.networks import tiling  # noqa: F401 - "after imports"
    from napari_metastruct.progress import Event, PlaneDone, Preview, run_to_end
    from napari_metastruct.segmentation import open_image, segment_steps
    from napari_metastruct.training import run  # noqa: F401

    image = picture(side)
    segment_small(device)
    marks: dict[str, float] = {}

    def note(event: Event) -> None:
        name = type(event).__name__
        if isinstance(event, Preview | PlaneDone) and name not in marks:
            marks[name] = time.perf_counter() - start

    job = SegmentJob(foreground="bright", device=device)
    start = time.perf_counter()
    run_to_end(segment_steps([open_image(image, job)], job), note)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        json.dumps(
            {
                "side": side,
                "seconds": seconds,
                "preview": marks.get("Preview"),
                "segmenting": seconds - marks["PlaneDone"],
                "gigabytes": peak,
                "threads": torch.get_num_threads(),
            }
        )
    )


def segment_small(device: str) -> None:
    """Load what is loaded on first use (MONAI, kernels), as in a second run."""
    from napari_metastruct.methods import IGTT
    from napari_metastruct.segmentation import segment

    segment(picture(64), method=IGTT(epochs=1, steps=1), device=device)


def ratio(ours: Callable[[], Any], peer: Callable[[], Any], rounds: int) -> float:
    """Return the median of ours / peer, timed in turn."""
    ours(), peer()
    quotients = [_timed(ours) / _timed(peer) for _ in range(rounds)]
    return statistics.median(quotients)


def _timed(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def threshold_ratio(side: int = 1024, count: int = 30) -> float:
    """Return how many times faster the choice among K thresholds is than trying."""
    from napari_metastruct.thresholding import best_dmi_threshold

    rng = np.random.default_rng(0)
    p = rng.random((side, side), dtype=np.float32)

    def literal() -> float:
        grid = np.linspace(p.min(), p.max(), count)
        pairs = np.stack([p.ravel(), 1 - p.ravel()])
        losses = []
        for cut in grid:
            mask = (p.ravel() > cut).astype(np.float32)
            joint = pairs @ np.stack([mask, 1 - mask]).T
            losses.append(-np.log(abs(np.linalg.det(joint.astype(np.float64))) + 1e-9))
        return float(grid[int(np.argmin(losses))])

    return 1 / ratio(lambda: best_dmi_threshold(p, count), literal, 7)


def step_ratio(steps: int = 20, rounds: int = 5) -> float:
    """Return the time of our steps over those of a bare PyTorch loop."""
    import torch

    from napari_metastruct.arrays import open_stack
    from napari_metastruct.methods import IGTT
    from napari_metastruct.networks.create import create_network
    from napari_metastruct.training.data import choose_windows, cut_tiles
    from napari_metastruct.training.losses import binary_cross_entropy
    from napari_metastruct.training.session import Session

    method = IGTT()
    stack = open_stack(picture(512))
    windows = choose_windows([stack], np.random.default_rng(0))
    tiles = list(cut_tiles([stack], windows, method.feature_settings(), "bright"))
    session = Session(tiles, method.network_settings())
    session.optimizer = torch.optim.SGD(session.network.parameters(), 0.01)

    def ours() -> None:
        for batch in session.batches(steps, size=method.batch, side=method.patch):
            logits = session.forward(batch.images)[:, 0]
            session.step(binary_cross_entropy(logits, batch.labels))

    channels = tiles[0].inputs.shape[0]
    network = create_network(method.network_settings(), channels, 1)
    network = network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(network.parameters(), 0.01)
    images = torch.randn(method.batch, channels, method.patch, method.patch)
    images = images.contiguous(memory_format=torch.channels_last)
    labels = torch.zeros(method.batch, method.patch, method.patch)

    def bare() -> None:
        for _ in range(steps):
            logits = network(images)[:, 0]
            loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return ratio(ours, bare, rounds)


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--one", type=int, help="time one size and print JSON")
    args = parser.parse_args()
    if args.one:
        time_one(args.one, args.device)
        return
    print("| what | measured | target |\n|---|---|---|")
    for side, target in TARGETS.items():
        if args.quick and side > 1024:
            continue
        command = [
            sys.executable,
            __file__,
            "--one",
            str(side),
            "--device",
            args.device,
        ]
        out = subprocess.run(command, check=True, capture_output=True, text=True)
        one = json.loads(out.stdout.splitlines()[-1])
        print(
            f"| {side} x {side}, {one['threads']} threads | {one['seconds']:.1f} s "
            f"(first preview {one['preview']:.2f} s, segmenting "
            f"{one['segmenting']:.1f} s), peak {one['gigabytes']:.2f} GB "
            f"| {target:.0f} s |",
            flush=True,
        )
    print(f"| choice among 30 thresholds | {threshold_ratio():.0f} x faster | 10 x |")
    print(f"| our step / bare PyTorch step | {step_ratio():.2f} | 1.15 |")


if __name__ == "__main__":
    main()
