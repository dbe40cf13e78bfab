#!/usr/bin/env python3
"""The mini benchmark's five methods in PyTorch, to compare the TypeScript runs with.

    python3 pretrain/trial.py --data DIR --seeds 0 1

DIR is a folder written by prepareMinibench. Needs Python 3.10+, torch, numpy and Pillow.

ASG's fine-tuning: the student stays in evaluation mode (running statistics frozen, gamma and beta trained), the old
head `fc` is frozen and carries gradients to the backbone, the new head is linear (PyTorch's default start), "fixed"
SGD (the rate folded into the momentum buffer), no augmentation, no flip at
evaluation. Every number on the target is only printed: nothing here selects by it.
"""

import argparse
import math
import time
from pathlib import Path

import numpy
import torch
import torch.nn.functional as F
from PIL import Image

from files import read_safetensors
from network import ResNet10, to_input

HERE = Path(__file__).resolve().parent
METHODS = ("head-only", "small", "small+pg", "large", "large+pg")


def read_split(root: Path, split: str) -> tuple[torch.Tensor, torch.Tensor]:
    images, labels = [], []
    for line in (root / split / "image_list.txt").read_text().splitlines():
        path, label = line.rsplit(" ", 1)
        images.append(numpy.asarray(Image.open(root / split / path).convert("L")))
        labels.append(int(label))
    return torch.from_numpy(numpy.stack(images)), torch.tensor(labels)


def fixed_sgd(parameters, buffers, rate, momentum, decay):
    for parameter, buffer in zip(parameters, buffers):
        buffer.mul_(momentum).add_(parameter.grad + decay * parameter, alpha=rate)
        parameter.sub_(buffer)


def constant(step: int, steps: int) -> float:
    return 1.0


def warmup_poly_floor(step: int, steps: int) -> float:
    return min(0.01 + 0.99 * (step / 100) ** 2, 1) * (1 - min(step / steps, 0.8)) ** 0.9


SCHEDULES = {"constant": constant, "warmup-poly-floor": warmup_poly_floor}


@torch.no_grad()
def features_of(network: ResNet10, images: torch.Tensor) -> torch.Tensor:
    return torch.cat([network.features(to_input(part)) for part in images.split(200)])


@torch.no_grad()
def mean_class_accuracy(head, features, labels) -> float:
    predicted = head(features).argmax(1)
    hits = torch.bincount(labels[predicted == labels], minlength=int(labels.max()) + 1).float()
    return 100 * (hits / torch.bincount(labels)).mean().item()


def run(method: str, seed: int, data, frozen, options) -> None:
    (train_images, train_labels), target, retention = data
    torch.manual_seed(seed)
    weights = read_safetensors(options.checkpoint)
    student = ResNet10(weights["fc.weight"].shape[0])
    student.load_state_dict(weights)
    student.eval().requires_grad_(False)
    head = torch.nn.Linear(256, 10)
    guidance = options.weight if method.endswith("+pg") else 0.0
    rates = {"head-only": 0.0, "small": options.large_rate * options.factor, "large": options.large_rate}
    backbone_rate = rates[method.removesuffix("+pg")]
    groups = [(list(head.parameters()), options.large_rate)]
    if backbone_rate > 0:
        backbone = [p for name, p in student.named_parameters() if not name.startswith("fc.")]
        for parameter in backbone:
            parameter.requires_grad_(True)
        groups.append((backbone, backbone_rate))
    state = [[torch.zeros_like(p) for p in parameters] for parameters, _ in groups]
    order = torch.Generator().manual_seed(seed)
    steps = math.ceil(len(train_images) / options.batch) * options.epochs
    step, start = 0, time.monotonic()
    for epoch in range(1, options.epochs + 1):
        losses = [0.0, 0.0]
        for picked in torch.randperm(len(train_images), generator=order).split(options.batch):
            features = student.features(to_input(train_images[picked])) if backbone_rate > 0 else frozen["train"][picked]
            task = F.cross_entropy(head(features), train_labels[picked])
            loss = task
            if guidance > 0:
                new = F.log_softmax(student.fc(features), 1)
                kl = F.kl_div(new, frozen["old"][picked], log_target=True, reduction="batchmean")
                loss = task + guidance * kl
                losses[1] += kl.item() * len(picked)
            losses[0] += task.item() * len(picked)
            loss.backward()
            with torch.no_grad():
                scale = SCHEDULES[options.schedule](step, steps)
                for (parameters, rate), buffers in zip(groups, state):
                    fixed_sgd(parameters, buffers, rate * scale, options.momentum, options.decay)
                    for parameter in parameters:
                        parameter.grad = None
            step += 1
        row = f"{method:9s} seed {seed} epoch {epoch}  task {losses[0] / len(train_images):.4f}  kl {losses[1] / len(train_images):.4f}"
        if not math.isfinite(losses[0]):
            print(f"{row}  diverged", flush=True)
            return
        if epoch in options.measure or epoch == options.epochs:
            held, labels = retention
            row += f"  retention {mean_class_accuracy(student.fc, features_of(student, held), labels):.2f}"
            if not options.quiet_target:
                images, labels = target
                seen = features_of(student, images) if backbone_rate > 0 else frozen["target"]
                row += f"  target {mean_class_accuracy(head, seen, labels):.2f}"
        print(f"{row}  {time.monotonic() - start:.0f} s", flush=True)


def frozen_outputs(data, options) -> dict[str, torch.Tensor]:
    """What the pretrained network gives, which never changes: features, and the old head's log-probabilities."""
    weights = read_safetensors(options.checkpoint)
    teacher = ResNet10(weights["fc.weight"].shape[0])
    teacher.load_state_dict(weights)
    teacher.eval().requires_grad_(False)
    train = features_of(teacher, data[0][0])
    held, labels = data[2]
    print(f"pretrained: retention {mean_class_accuracy(teacher.fc, features_of(teacher, held), labels):.2f}", flush=True)
    target = torch.empty(0) if options.quiet_target else features_of(teacher, data[1][0])
    return {"train": train, "old": F.log_softmax(teacher.fc(train), 1), "target": target}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--checkpoint", type=Path, default=HERE.parent / "assets" / "resnet10-28.safetensors")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--large-rate", type=float, default=0.01)
    parser.add_argument("--factor", type=float, default=0.1, help="small backbone rate over the head's")
    parser.add_argument("--weight", type=float, default=0.1, help="of proxy guidance")
    parser.add_argument("--momentum", type=float, default=0.9)
    parser.add_argument("--decay", type=float, default=5e-4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--schedule", choices=SCHEDULES, default="constant")
    parser.add_argument("--measure", type=int, nargs="*", default=[1, 2, 4, 6, 8], help="epochs after which to evaluate")
    parser.add_argument("--quiet-target", action="store_true", help="neither measure nor print the target")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    data = tuple(read_split(options.data, split) for split in ("train", "validation", "retention"))
    print(f"torch {torch.__version__}; source {len(data[0][1])}, target {len(data[1][1])}, retention {len(data[2][1])}")
    frozen = frozen_outputs(data, options)
    for seed in options.seeds:
        for method in options.methods:
            run(method, seed, data, frozen, options)


if __name__ == "__main__":
    main()
