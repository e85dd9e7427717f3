"""Speed, memory and accuracy of density maps beside their peers (docs/benchmarks.md).

    python benchmarks/density.py            # the whole table, minutes
    python benchmarks/density.py --quick    # smaller images, seconds

Labels are a synthetic network, tiled, a tenth of its pixels flipped. Seconds are wall
times after imports, the least of several runs; those of the processor, all threads
together, change less when the machine is busy. Memory is that of one call in a process
of its own, in float32 maps of the image's size: the peak of what Python allocates, and
by how much the resident memory grows. Errors are the largest against the plain sum over
all points in float64, in parts of the peak.

A peer is timed from the list of points to the map of the foreground, the only class it
makes; ours, in turn with it, from the labels to the same map. Both in seconds of the
processor, all threads together.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import time
import tracemalloc
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import signal, stats

from napari_metastruct.metastructure import density
from napari_metastruct.metastructure.kernels import KERNELS, Window

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Map = NDArray[Any]

TARGETS = {"box": 2.0, "gaussian": 4.0}
"""Kernel to seconds for 8192 x 8192, both classes."""
BANDWIDTHS = {
    "box": (2.0, 2.5, 8.0, 50.0, 200.0),
    "gaussian": (2.0, 3.9, 8.0, 50.0, 200.0),
    "epanechnikov": (8.0, 200.0),
    "disc": (8.0, 200.0),
}


def noisy_network(side: int) -> NDArray[np.uint8]:
    """Return labels of any size, 0 and 1."""
    from napari_metastruct.sample_data import synthetic_network

    small = min(side, 512)
    one = (synthetic_network((small, small), seed=0)[1] > 0).astype(np.uint8)
    repeats = -(-side // small)
    labels = np.ascontiguousarray(np.tile(one, (repeats, repeats))[:side, :side])
    rng = np.random.default_rng(0)
    # Row by row: no more memory than the labels, so that growth can be measured.
    for row in labels:
        row ^= rng.random(side) < 0.1
    return labels


def least(call: Callable[[], object], runs: int = 3) -> tuple[float, float]:
    """Return wall time and processor time in seconds, each of its fastest run."""
    times = []
    for _ in range(runs):
        wall, processor = time.perf_counter(), time.process_time()
        call()
        times.append((time.perf_counter() - wall, time.process_time() - processor))
    walls, processors = zip(*times, strict=True)
    return min(walls), min(processors)


def cost(side: int, kernel: Any, bandwidth: float) -> None:  # noqa: ANN401
    """Print time and memory of one density as JSON."""
    labels = noisy_network(side)
    density(labels[:64, :64], 2, kernel)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    density(labels, bandwidth, kernel)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    wall, processor = least(lambda: density(labels, bandwidth, kernel), 5)
    tracemalloc.start()
    density(labels, bandwidth, kernel)
    peak = tracemalloc.get_traced_memory()[1]
    one = 4 * labels.size
    memory = {"traced": peak / one, "resident": 1024 * grown / one}
    print(json.dumps({"wall": wall, "processor": processor, **memory}))


def measured(side: int, kernel: str, bandwidth: float) -> dict[str, float]:
    """Return what one density costs in a process of its own."""
    command = [sys.executable, __file__, "--cost", str(side), kernel, str(bandwidth)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def print_costs(side: int) -> None:
    """Print a table of all kernels and bandwidths on one image."""
    print(f"\n{side} x {side}, two classes:\n")
    print("| kernel | bandwidth | seconds | of the processor | target "
          "| maps (traced) | maps (resident) |")  # fmt: skip
    print("|---|---|---|---|---|---|---|")
    for kernel in KERNELS:
        for bandwidth in BANDWIDTHS[kernel]:
            row = measured(side, kernel, bandwidth)
            target = f"{TARGETS[kernel]:g}" if kernel in TARGETS else ""
            print(
                f"| {kernel} | {bandwidth:g} | {row['wall']:.2f} "
                f"| {row['processor']:.2f} | {target} "
                f"| {row['traced']:.2f} | {row['resident']:.2f} |",
                flush=True,
            )
    labels = noisy_network(side)
    pairs = [
        [least(lambda h=h: density(labels, h, "box"), 1)[1] for h in (2, 200)]
        for _ in range(9)
    ]
    ratio = statistics.median(wide / narrow for narrow, wide in pairs)
    print(f"\nBox, bandwidth 200 / bandwidth 2, in turn: {ratio:.2f} (target 1.2)")


def by_kdepy(points: Map, side: int, kernel: str, bandwidth: float) -> Map:
    """Return KDEpy's map; its bandwidth is the deviation of the kernel."""
    from KDEpy import FFTKDE

    name, norm, scale = {
        "gaussian": ("gaussian", 2, 1.0),
        "box": ("box", np.inf, (1 + 0.5 / bandwidth) / math.sqrt(3)),
        "disc": ("box", 2, 1 / math.sqrt(3)),
        "epanechnikov": ("epa", 2, 1 / math.sqrt(5)),
    }[kernel]
    # All points must be inside of the grid.
    edge = np.arange(-1.0, side + 1)
    grid = np.stack(np.meshgrid(edge, edge, indexing="ij"), -1).reshape(-1, 2)
    model = FFTKDE(kernel=name, bw=scale * bandwidth, norm=norm).fit(points)
    return np.asarray(model.evaluate(grid).reshape(side + 2, -1)[1:-1, 1:-1])


def by_scikit_learn(points: Map, side: int, kernel: str, bandwidth: float) -> Map:
    """Return scikit-learn's map, allowed to err by 1/1000."""
    from sklearn.neighbors import KernelDensity

    # To it, a point at exactly the bandwidth is outside.
    name, metric, size = {
        "gaussian": ("gaussian", "euclidean", bandwidth),
        "box": ("tophat", "chebyshev", bandwidth + 0.5),
        "disc": ("tophat", "euclidean", bandwidth + 1e-6),
        "epanechnikov": ("epanechnikov", "euclidean", bandwidth),
    }[kernel]
    model = KernelDensity(kernel=name, metric=metric, bandwidth=size, rtol=1e-3)
    places = np.indices((side, side)).reshape(2, -1).T
    return np.exp(model.fit(points).score_samples(places)).reshape(side, side)


def by_scipy(points: Map, side: int, kernel: str, bandwidth: float) -> Map:
    """Return scipy's map."""
    if kernel != "gaussian":
        raise NotImplementedError(kernel)
    model = stats.gaussian_kde(points.T)
    # By itself it takes a share of the points' own spread.
    model.cho_cov = bandwidth * np.eye(2)
    found = model(np.indices((side, side)).reshape(2, -1))
    return np.asarray(found.reshape(side, side))


PEERS = {
    "KDEpy FFTKDE": (by_kdepy, (512, 2048)),
    "scikit-learn KernelDensity": (by_scikit_learn, (128, 256)),
    "scipy gaussian_kde": (by_scipy, (128, 256)),
}
"""Name to function and sides of the images that it ends on in reasonable time."""


def exact(labels: NDArray[np.uint8], kernel: Any, bandwidth: float) -> Map:  # noqa: ANN401
    """Return the sum over all points around every pixel in float64, unscaled."""
    reach = math.ceil(8 * bandwidth)
    side = np.arange(-reach, reach + 1)
    if kernel == "gaussian":
        one = np.exp(-((side / bandwidth) ** 2) / 2)
        weights = np.multiply.outer(one, one)
    else:
        weights = Window(kernel, (bandwidth, bandwidth)).weights(labels.shape)
    sums = signal.oaconvolve(labels.astype(float), weights, mode="full")
    low = weights.shape[0] // 2
    return np.asarray(sums[low : low + len(labels), low : low + len(labels)])


def error(found: Map, truth: Map) -> float:
    """Return the largest error in parts of the peak, whatever the peer divides by."""
    scale = float((found * truth).sum() / (truth**2).sum())
    return float(np.abs(found - scale * truth).max() / (scale * truth.max()))


def print_peers(quick: bool) -> None:
    """Print a table of the peers beside ours."""
    print("\n| peer | kernel | image | points | peer | ours | times faster "
          "| error of the peer | our error |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|")
    for name, (function, sides) in PEERS.items():
        for side in [sides[0] // 2] if quick else sides:
            for kernel in KERNELS:
                if function is not by_scipy or kernel == "gaussian":
                    print_peer(name, function, side, kernel)


def print_peer(
    name: str,
    function: Callable[..., Map],
    side: int,
    kernel: Any,  # noqa: ANN401
) -> None:
    """Print the row of one peer; both are timed in turn."""
    labels, bandwidth = noisy_network(side), 8.0
    points = np.argwhere(labels).astype(float)
    found = function(points, side, kernel, bandwidth)
    mine = density(labels, bandwidth, kernel, classes=[1]).maps[0]
    times: list[tuple[float, float]] = []
    start = time.perf_counter()
    while len(times) < 5 and time.perf_counter() - start < 15:
        peer = least(lambda: function(points, side, kernel, bandwidth), 1)
        ours = least(lambda: density(labels, bandwidth, kernel, classes=[1]), 3)
        times.append((peer[1], ours[1]))
    theirs, ours = (min(column) for column in zip(*times, strict=True))
    truth = exact(labels, kernel, bandwidth)
    print(
        f"| {name} | {kernel} | {side} x {side} | {len(points)} | {theirs:.3g} s "
        f"| {1000 * ours:.3g} ms | {theirs / ours:.0f} | {error(found, truth):.0e} "
        f"| {error(mine, truth):.0e} |",
        flush=True,
    )


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller images")
    parser.add_argument("--cost", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.cost:
        side, kernel, bandwidth = arguments.cost
        cost(int(side), kernel, float(bandwidth))
        return
    load = ", ".join(f"{part:.1f}" for part in os.getloadavg())
    print(f"{os.cpu_count()} cores; load before: {load}")
    print_costs(2048 if arguments.quick else 8192)
    print_peers(arguments.quick)


if __name__ == "__main__":
    main()
