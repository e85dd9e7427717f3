"""Everything that can compute on a GPU, beside the CPU (docs/benchmarks.md).

    python benchmarks/on_gpu.py              # about 2 minutes with a data-centre GPU
    python benchmarks/on_gpu.py --table      # what the last run has measured

On synthetic nuclei, so no data are needed. Each learner learns the same epochs from the
same seed on both devices, with the default U-Net (width 16, patches of 128, 8 at a
time) and a large one (width 32, depth 4, patches of 256, 16 at a time); what it learned
on the GPU is saved, loaded and applied on the CPU. The numbers are milliseconds of wall
time a step (the median), and the Dice score on images that were not learned from, by
each device. Also: unsupervised segmentation, density maps, and what a person is told
when the memory of the GPU runs out.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from napari_metastruct.arrays import open_stack
from napari_metastruct.errors import InputError
from napari_metastruct.evaluation import dice
from napari_metastruct.metastructure import density
from napari_metastruct.methods import LEARNERS, learner_named
from napari_metastruct.networks.segmenter import load_segmenter
from napari_metastruct.noise import image_rng, random_flip
from napari_metastruct.progress import BatchEnd, run_to_end
from napari_metastruct.sample_data import synthetic_nuclei
from napari_metastruct.segmentation import segment
from napari_metastruct.training.devices import choose_device
from napari_metastruct.training.labelled import LabelledPair, LabelledSettings
from napari_metastruct.training.labelled.run import train_on_labels_steps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_metastruct.progress import Event
    from napari_metastruct.training.method import LabelledMethod

CACHE = Path(__file__).parent / "cache" / "on_gpu.json"
SIZES = {
    "default": {"width": 16, "depth": 3, "patch": 128, "batch": 8},
    "large": {"width": 32, "depth": 4, "patch": 256, "batch": 16},
}
COUNT, TESTED, SIDE = 12, 4, 256
EPOCHS, STEPS = 10, 15
LARGE = ("plain", "co-teaching", "coarse-marks", "adversarial-correction")
"""Learners that are also run with the large network, on the GPU alone."""


def images() -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Return images ``(N, Y, X)`` and their true labels."""
    made = [synthetic_nuclei((SIDE, SIDE), seed=n) for n in range(COUNT + TESTED)]
    return (
        np.stack([image for image, _ in made]).astype(np.float32),
        np.stack([truth > 0 for _, truth in made]).astype(np.uint8),
    )


def learn(
    method: LabelledMethod, size: str, device: str, epochs: int = EPOCHS
) -> tuple[float, float]:
    """Return milliseconds a step, and the Dice score on other images on the CPU."""
    given, truth = images()
    labels = np.stack(
        [random_flip(t, 0.1, rng=image_rng(0, 0, n)) for n, t in enumerate(truth)]
    ).astype(np.uint8)
    settings = LabelledSettings(
        **SIZES[size],
        epochs=epochs,
        patches_per_epoch=STEPS * int(SIZES[size]["batch"]),
        validation=0,
        correct_above=1,
        checkpoint_every=0,
        device=device,
    )
    half = COUNT // 2
    pairs = [
        LabelledPair(open_stack(given[:half], axes="ZYX"), truth[:half], trusted=True),
        LabelledPair(open_stack(given[half:COUNT], axes="ZYX"), labels[half:COUNT]),
    ]
    times: list[float] = []

    def look(event: Event) -> None:
        if isinstance(event, BatchEnd):
            times.append(time.perf_counter())

    result = run_to_end(train_on_labels_steps(method, pairs, settings), look)
    with tempfile.TemporaryDirectory() as folder:
        result.segmenter.save(Path(folder) / "model")
        kept = load_segmenter(Path(folder) / "model.safetensors")
    found = np.stack(
        [run_to_end(kept.segment_steps(one[None]))[0] for one in given[COUNT:]]
    )
    score = dice(truth[COUNT:].astype(int), found.astype(int), 2)[1]
    return 1e3 * float(np.median(np.diff(times))), float(score)


def learners(device: str) -> dict[str, Any]:
    """Return size, then name to the numbers of both devices."""
    found: dict[str, Any] = {size: {} for size in SIZES}
    for name in LEARNERS:
        method: LabelledMethod = learner_named(name)
        if "noise_rate" in type(method).model_fields:
            method = method.replace(noise_rate=0.05)
        row: dict[str, Any] = {}
        for where in ("cpu", device):
            row[where] = learn(method, "default", where)
        found["default"][name] = row
        if name in LARGE:
            found["large"][name] = {device: learn(method, "large", device)}
        print(name, row, found["large"].get(name), flush=True)
    return found


def unsupervised(device: str) -> dict[str, Any]:
    """Return seconds and Dice of segmenting 1024 x 1024 pixels."""
    image, truth = synthetic_nuclei((1024, 1024), seed=5)
    segment(image[:128, :128], device=device)  # what is loaded once
    found = {}
    for where in ("cpu", device):
        start = time.perf_counter()
        result = segment(image, foreground="bright", device=where)
        score = dice((truth > 0).astype(int), (result.labels > 0).astype(int), 2)[1]
        found[where] = (time.perf_counter() - start, float(score))
    return found


def densities(device: str) -> dict[str, Any]:
    """Return, by kernel, seconds of both devices and their largest difference."""
    rng = np.random.default_rng(0)
    labels = (rng.random((4096, 4096)) < 0.3).astype(np.uint8)
    density(labels[:64, :64], 4.0, "gaussian", device=device)
    found: dict[str, Any] = {}
    for kernel in ("box", "gaussian", "epanechnikov", "disc"):
        times, maps = [], []
        for where in ("cpu", device):
            start = time.perf_counter()
            maps.append(density(labels, 32.0, kernel, device=where).maps)
            times.append(time.perf_counter() - start)
        error = np.abs(maps[0] - maps[1]).max() / maps[0].max()
        found[kernel] = {"seconds": times, "error": float(error)}
    return found


def out_of_memory(device: str) -> str:
    """Return what a person is told when the memory of the GPU is too small."""
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(0.005)
    try:
        learn(learner_named("plain"), "large", device, epochs=1)
    except InputError as error:
        return str(error)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    return "nothing: it was large enough"


def table(found: dict[str, Any]) -> str:
    """Return everything that was measured, as Markdown."""
    (device,) = {d for row in found["learners"]["default"].values() for d in row} - {
        "cpu"
    }
    lines = [
        f"{found['device']}, beside {found['cpu']}.",
        "",
        "| method | CPU, ms a step | GPU | times faster | large network, GPU | Dice, "
        "CPU | Dice, GPU | Dice, large |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, row in found["learners"]["default"].items():
        (ours, score), (theirs, other) = row["cpu"], row[device]
        large = found["learners"]["large"].get(name, {}).get(device)
        more = (f"{large[0]:.1f}", f"{large[1]:.3f}") if large else ("-", "-")
        lines.append(
            f"| {name} | {ours:.1f} | {theirs:.1f} | {ours / theirs:.1f} | {more[0]} "
            f"| {score:.3f} | {other:.3f} | {more[1]} |"
        )
    cpu, gpu = found["unsupervised"]["cpu"], found["unsupervised"][device]
    lines += [
        "",
        f"Segment unsupervised, 1024 x 1024: {cpu[0]:.1f} s and {gpu[0]:.1f} s, Dice "
        f"{cpu[1]:.3f} and {gpu[1]:.3f}.",
        "",
        "| kernel, 4096 x 4096, bandwidth 32 | CPU | GPU | largest difference, of the "
        "peak |",
        "|---|---|---|---|",
    ]
    for kernel, row in found["densities"].items():
        one, other = row["seconds"]
        lines.append(f"| {kernel} | {one:.2f} s | {other:.2f} s | {row['error']:.0e} |")
    lines += ["", f'Too little memory: "{found["out of memory"]}"']
    return "\n".join(lines)


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--threads", type=int, default=0, help="of the CPU; 0: all")
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--table", action="store_true", help="only print what is there")
    args = parser.parse_args()
    if not args.table:
        if args.threads:
            torch.set_num_threads(args.threads)
        found = {
            "device": choose_device(args.device).reason,
            "cpu": choose_device("cpu").reason,
            "unsupervised": unsupervised(args.device),
            "densities": densities(args.device),
            "learners": learners(args.device),
        }
        found["out of memory"] = (
            out_of_memory(args.device) if args.device == "cuda" else "not tried"
        )
        args.cache.parent.mkdir(parents=True, exist_ok=True)
        args.cache.write_text(json.dumps(found))
    print(table(json.loads(args.cache.read_text())))


if __name__ == "__main__":
    main()
