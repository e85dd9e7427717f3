"""How large the networks are, and how long they take beside the default U-Net.

    python benchmarks/network_speed.py [--rounds 4] [--write]    # half a minute

One run: all networks take turns, step by step, on one thread; processor time, so that
other load on the machine hardly counts. ``--write`` puts the table into
docs/networks.md.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from napari_metastruct.networks.create import NetworkSettings, create_network

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT))

from between import put_between  # noqa: E402 - after the path
from tests.torchvision_operators import let_torchvision_import  # noqa: E402

if TYPE_CHECKING:
    from torch import nn

PAGE = ROOT / "docs" / "networks.md"
NETWORKS = {
    "`unet` (default: width 16, depth 3)": NetworkSettings(),
    "`unet`, width 8, depth 3": NetworkSettings(width=8),
    "`unet`, width 32, depth 4": NetworkSettings(width=32, depth=4),
    "`deeplabv3+`": NetworkSettings(name="deeplabv3+"),
    "`hrnet`": NetworkSettings(name="hrnet"),
}
BATCH, PATCH, IMAGE = 4, 128, 512


def train_step(network: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> None:
    """Forward, backward, and the step of AdamW."""
    optimiser = torch.optim.AdamW(network.parameters(), 2e-3)
    functional.cross_entropy(network.train()(images), labels).backward()
    optimiser.step()


@torch.inference_mode()
def predict(network: nn.Module, image: torch.Tensor) -> None:
    """Predict one tile."""
    network.eval()(image)


def measure(rounds: int) -> dict[str, tuple[int, float, float]]:
    """Return parameters, seconds a step and seconds a prediction of each network."""
    torch.manual_seed(0)
    made = {
        name: create_network(settings, 1, 2).to(memory_format=torch.channels_last)
        for name, settings in NETWORKS.items()
    }
    images = torch.randn(BATCH, 1, PATCH, PATCH)
    labels = torch.randint(0, 2, (BATCH, PATCH, PATCH))
    image = torch.randn(1, 1, IMAGE, IMAGE)
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in made}
    for _ in range(rounds + 1):
        for name, network in made.items():
            start = time.process_time()
            train_step(network, images, labels)
            middle = time.process_time()
            predict(network, image)
            times[name].append((middle - start, time.process_time() - middle))
    found = {}
    for name, network in made.items():
        # The first round warms up.
        step, prediction = np.median(times[name][1:], axis=0)
        size = sum(p.numel() for p in network.parameters())
        found[name] = size, float(step), float(prediction)
    return found


def table(found: dict[str, tuple[int, float, float]]) -> str:
    """Return it as Markdown."""
    _, first_step, first_prediction = next(iter(found.values()))
    lines = [
        "| network | parameters | a training step | / default | an image of 512 x 512 "
        "| / default |",
        "|---|---|---|---|---|---|",
    ]
    for name, (size, step, prediction) in found.items():
        lines.append(
            f"| {name} | {size / 1e6:.2f} M | {step:.2f} s | {step / first_step:.1f} "
            f"| {prediction:.2f} s | {prediction / first_prediction:.1f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--write", action="store_true", help="into docs/networks.md")
    args = parser.parse_args()
    torch.set_num_threads(1)
    let_torchvision_import()
    text = table(measure(args.rounds))
    print(text)
    if args.write:
        put_between(PAGE, "speed", text)


if __name__ == "__main__":
    main()
