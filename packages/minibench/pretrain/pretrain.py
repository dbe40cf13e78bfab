#!/usr/bin/env python3
"""Trains resnet10-28 (or with --ibn resnet10-28-ibn-a), the mini benchmark's "ImageNet" network, on handwriting of eight alphabets (Omniglot).

    python3 pretrain/pretrain.py --omniglot DIR

DIR holds images_background_small1.zip and images_background_small2.zip (https://github.com/brendenlake/omniglot).
Needs Python 3.10+ and torch, nothing else; about a quarter of an hour on 2 cores. Writes into --out (default: assets/)
the checkpoint, omniglot-heldout.png and omniglot-heldout.json, and its log to pretrain/log.txt (log-ibn-a.txt).

The checkpoint is the last epoch's; the held-out drawers only measure it. The same seed, torch version, thread count
and kind of processor give the same weights.
"""

import argparse
import hashlib
import json
import math
import time
from pathlib import Path

import torch
import torch.nn.functional as F

from files import write_safetensors, write_tiled_png
from network import ResNet10, to_input
from omniglot import FIRST_HELD_OUT_DRAWER, SIZE, Drawing, read_omniglot

HERE = Path(__file__).resolve().parent


def augment(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """A random affine map of every image of the batch: rotation, scale, shear, shift."""
    count = images.shape[0]

    def uniform(bound: float) -> torch.Tensor:
        return (torch.rand(count, generator=generator) * 2 - 1) * bound

    angle, shear = uniform(0.3), uniform(0.2)
    scale_x, scale_y = 1 + uniform(0.2), 1 + uniform(0.2)
    shift_x, shift_y = uniform(4 / SIZE), uniform(4 / SIZE)
    cos, sin = angle.cos(), angle.sin()
    top = torch.stack([cos * scale_x, (cos * shear - sin) * scale_y, shift_x], dim=1)
    bottom = torch.stack([sin * scale_x, (sin * shear + cos) * scale_y, shift_y], dim=1)
    grid = F.affine_grid(torch.stack([top, bottom], dim=1), [count, 1, SIZE, SIZE], align_corners=False)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def stack(drawings: list[Drawing], classes: dict[tuple[str, str], int]) -> tuple[torch.Tensor, torch.Tensor]:
    images = torch.stack([drawing.image for drawing in drawings])
    labels = torch.tensor([classes[drawing.alphabet, drawing.character] for drawing in drawings])
    return images, labels


@torch.no_grad()
def accuracy(network: ResNet10, images: torch.Tensor, labels: torch.Tensor) -> float:
    network.eval()
    hits = sum(
        (network(to_input(images[i : i + 256])).argmax(1) == labels[i : i + 256]).sum().item()
        for i in range(0, len(images), 256)
    )
    return hits / len(images)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--omniglot", type=Path, required=True, help="folder with the two zips")
    parser.add_argument("--out", type=Path, default=HERE.parent / "assets")
    parser.add_argument("--log", type=Path, help="default: log.txt or log-ibn-a.txt beside this script")
    parser.add_argument("--ibn", action="store_true", help="IBN-Net-a")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=0.2, help="peak of the one-cycle schedule")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(options.seed)
    generator = torch.Generator().manual_seed(options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    name = "resnet10-28-ibn-a" if options.ibn else "resnet10-28"
    log = (options.log or HERE / ("log-ibn-a.txt" if options.ibn else "log.txt")).open("w")

    def say(line: str) -> None:
        print(line, flush=True)
        print(line, file=log, flush=True)

    command = f"python3 pretrain/pretrain.py --omniglot DIR --seed {options.seed} --epochs {options.epochs} --batch {options.batch} --rate {options.rate} --threads {options.threads}{' --ibn' if options.ibn else ''}"
    say(f"{command}\ntorch {torch.__version__}")
    drawings = read_omniglot(options.omniglot)
    classes = {key: index for index, key in enumerate(sorted({(d.alphabet, d.character) for d in drawings}))}
    train_images, train_labels = stack([d for d in drawings if d.drawer < FIRST_HELD_OUT_DRAWER], classes)
    held = [d for d in drawings if d.drawer >= FIRST_HELD_OUT_DRAWER]
    held_images, held_labels = stack(held, classes)
    say(f"{len(classes)} characters, {len(train_images)} training images, {len(held_images)} held out")

    network = ResNet10(len(classes), options.ibn).to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(network.parameters(), lr=options.rate, momentum=0.9, nesterov=True, weight_decay=5e-4)
    steps = math.ceil(len(train_images) / options.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=options.rate, epochs=options.epochs, steps_per_epoch=steps, cycle_momentum=False
    )
    start = time.monotonic()
    for epoch in range(1, options.epochs + 1):
        network.train()
        total = 0.0
        for picked in torch.randperm(len(train_images), generator=generator).split(options.batch):
            grey = augment((train_images[picked].float() / 255).unsqueeze(1), generator)
            images = grey.expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)
            loss = F.cross_entropy(network(images), train_labels[picked])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(picked)
        if epoch % 5 == 0 or epoch in (1, options.epochs):
            held_accuracy = accuracy(network, held_images, held_labels)
            say(f"epoch {epoch:3d}  loss {total / len(train_images):.4f}  held-out {100 * held_accuracy:.2f} %  {time.monotonic() - start:.0f} s")

    final = accuracy(network, held_images, held_labels)
    checkpoint = options.out / f"{name}.safetensors"
    tensors = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    metadata = {
        "architecture": name,
        "input": json.dumps({"size": SIZE, "channels": 3, "range": [0, 1], "mean": [0, 0, 0], "std": [1, 1, 1]}),
        "classes": str(len(classes)),
        "heldOutAccuracy": f"{final:.6f}",
        "heldOutImages": str(len(held_images)),
        "seed": str(options.seed),
        "epochs": str(options.epochs),
        "torch": torch.__version__,
        "command": command,
        "data": "Omniglot background small1 + small2, drawers 1-16 (MIT, Copyright (c) 2015 Brenden Lake)",
    }
    write_safetensors(checkpoint, tensors, metadata)
    sheet = options.out / "omniglot-heldout.png"
    columns = 44
    write_tiled_png(sheet, held_images, columns)
    pixels = hashlib.sha256(held_images.numpy().tobytes()).hexdigest()
    description = {
        "source": "Omniglot background small1 + small2, held-out drawers 17-20 (MIT, Copyright (c) 2015 Brenden Lake)",
        "size": SIZE,
        "columns": columns,
        "count": len(held),
        "pixelsSha256": pixels,
        "characters": [f"{alphabet}/{character}" for alphabet, character in classes],
        "labels": held_labels.tolist(),
        "drawers": [d.drawer for d in held],
    }
    (options.out / "omniglot-heldout.json").write_text(json.dumps(description) + "\n")
    say(f"held-out accuracy {100 * final:.2f} % ({round(final * len(held))} of {len(held)})")
    for path in (checkpoint, sheet):
        say(f"{path.name}: {path.stat().st_size} bytes, sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
