#!/usr/bin/env python3
"""The segmentation benchmark's methods in PyTorch, to compare the TypeScript runs with.

    python3 pretrain/trial_segmentation.py --data DIR --seeds 0 1

DIR is a folder written by prepareSegmentation. Needs Python 3.10+, torch, numpy and Pillow.

The backbone is dilated to 4 or 8 pixels a position and stays in evaluation mode; the head is torchvision's FCNHead
whose fresh normalisation keeps the statistics 0 and 1; crops of 64 x 64, no mirror, no scale; plain SGD. Guidance is one KL for each
patch of the map, averaged. Held-out source scenes, retention and, unless --quiet-target, the target are only printed.
"""

import argparse
import json
import math
import time
from pathlib import Path

import numpy
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn

from files import read_safetensors
from network import ResNet10, to_input
from trial import mean_class_accuracy, read_split

HERE = Path(__file__).resolve().parent
METHODS = {"head-only": (0.0, False), "small": (0.1, False), "small+pg": (0.1, True), "large": (1.0, False), "large+pg": (1.0, True)}
CLASSES = 11
CROP = 64
EPSILON = 1e-5


def dilate(network: ResNet10, stride: int) -> None:
    """Strides beyond `stride` pixels a position become dilations, as torchvision's replace_stride_with_dilation."""
    reached, dilation = 1, 1
    for index, own in enumerate((2, 2, 2, 1), start=1):
        block = getattr(network, f"layer{index}")[0]
        previous = dilation
        if own > 1 and reached * own > stride:
            dilation *= own
            block.conv1.stride = (1, 1)
            if block.downsample is not None:
                block.downsample[0].stride = (1, 1)
        else:
            reached *= own
        for conv, rate in ((block.conv1, previous), (block.conv2, dilation)):
            conv.dilation = conv.padding = (rate, rate)


def feature_map(network: ResNet10, x: torch.Tensor) -> torch.Tensor:
    x = torch.relu(network.bn1(network.conv1(x)))
    return network.layer4(network.layer3(network.layer2(network.layer1(x))))


class FcnHead(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(256, 64, 3, padding=1, bias=False)
        nn.init.kaiming_normal_(self.conv.weight, mode="fan_out", nonlinearity="relu")
        self.gamma = nn.Parameter(torch.ones(64))
        self.beta = nn.Parameter(torch.zeros(64))
        self.score = nn.Conv2d(64, CLASSES, 1)

    def forward(self, x: torch.Tensor, size) -> torch.Tensor:
        scale = (self.gamma / math.sqrt(1 + EPSILON))[:, None, None]
        x = torch.relu(self.conv(x) * scale + self.beta[:, None, None])
        return F.interpolate(self.score(x), size=tuple(size), mode="bilinear", align_corners=False)


def patch_logits(network: ResNet10, features: torch.Tensor, grid: tuple[int, int]) -> torch.Tensor:
    """[batch, patches, old classes]: chunks of ceil(n / count) positions, each averaged."""
    pooled = [part.mean(dim=(2, 3)) for rows in features.split(math.ceil(features.shape[2] / grid[0]), 2) for part in rows.split(math.ceil(features.shape[3] / grid[1]), 3)]
    return network.fc(torch.stack(pooled, 1))


def read_pairs(pairs: list[tuple[Path, Path]], train_ids: numpy.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    images = [numpy.asarray(Image.open(image))[:, :, 0] for image, _ in pairs]
    labels = [train_ids[numpy.asarray(Image.open(label))] for _, label in pairs]
    return torch.from_numpy(numpy.stack(images)), torch.from_numpy(numpy.stack(labels)).long()


def read_scenes(root: Path):
    table = json.loads((root / "gta5" / "labels.json").read_text())
    train_ids = numpy.full(256, 255, dtype=numpy.uint8)
    for entry in table:
        train_ids[entry["id"]] = entry["trainId"]
    source = {}
    for name in ("train", "val"):
        lines = [line.split() for line in (root / "gta5" / f"{name}.txt").read_text().splitlines()]
        source[name] = read_pairs([(root / "gta5" / a, root / "gta5" / b) for a, b in lines], train_ids)
    city = root / "cityscapes"
    pairs = [(p, city / "gtFine" / "val" / p.parent.name / p.name.replace("leftImg8bit", "gtFine_labelIds")) for p in sorted((city / "leftImg8bit" / "val").glob("*/*.png"))]
    return source, read_pairs(pairs, train_ids)


@torch.no_grad()
def mean_iou(network, head, images, labels) -> tuple[float, float]:
    counts = torch.zeros(CLASSES * CLASSES)
    for part, truth in zip(images.split(10), labels.split(10)):
        predicted = head(feature_map(network, to_input(part)), part.shape[1:]).argmax(1)
        known = truth != 255
        counts += torch.bincount(truth[known] * CLASSES + predicted[known], minlength=CLASSES * CLASSES).float()
    matrix = counts.reshape(CLASSES, CLASSES)
    iou = matrix.diag() / (matrix.sum(0) + matrix.sum(1) - matrix.diag())
    return 100 * iou.nanmean().item(), 100 * (matrix.diag().sum() / matrix.sum()).item()


@torch.no_grad()
def retention_of(student, data, classes) -> float:
    """The old classifier on a network of its own stride."""
    plain = ResNet10(classes)
    plain.load_state_dict(student.state_dict())
    plain.eval()
    images, labels = data
    return mean_class_accuracy(plain.fc, torch.cat([plain.features(to_input(part)) for part in images.split(200)]), labels)


def run(method: str, seed: int, source, target, retention, options) -> None:
    factor, guided = METHODS[method]
    torch.manual_seed(seed)
    weights = read_safetensors(options.checkpoint)
    classes = weights["fc.weight"].shape[0]
    student, teacher = ResNet10(classes), ResNet10(classes)
    for network in (student, teacher):
        network.load_state_dict(weights)
        dilate(network, options.stride)
        network.eval().requires_grad_(False)
    head = FcnHead()
    groups = [{"params": list(head.parameters()), "lr": options.rate}]
    if factor > 0:
        backbone = [p for name, p in student.named_parameters() if not name.startswith("fc.")]
        for parameter in backbone:
            parameter.requires_grad_(True)
        groups.append({"params": backbone, "lr": options.rate * factor})
    optimizer = torch.optim.SGD(groups, momentum=0.9, weight_decay=options.decay)
    images, labels = (tensor[: options.count] for tensor in source["train"])
    draw = torch.Generator().manual_seed(seed)
    start = time.monotonic()
    for epoch in range(1, options.epochs + 1):
        sums = [0.0, 0.0]
        for picked in torch.randperm(len(images), generator=draw).split(options.batch):
            lefts = torch.randint(0, images.shape[2] - CROP + 1, (len(picked),), generator=draw).tolist()
            x = to_input(torch.stack([images[i, :, left : left + CROP] for i, left in zip(picked.tolist(), lefts)]))
            truth = torch.stack([labels[i, :, left : left + CROP] for i, left in zip(picked.tolist(), lefts)])
            features = feature_map(student, x)
            loss = task = F.cross_entropy(head(features, x.shape[2:]), truth, ignore_index=255)
            if guided:
                with torch.no_grad():
                    old = F.log_softmax(patch_logits(teacher, feature_map(teacher, x), options.grid), 2)
                new = F.log_softmax(patch_logits(student, features, options.grid), 2)
                kl = F.kl_div(new.flatten(0, 1), old.flatten(0, 1), log_target=True, reduction="batchmean")
                loss = task + options.weight * kl
                sums[1] += kl.item() * len(picked)
            sums[0] += task.item() * len(picked)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        row = f"{method:9s} seed {seed} epoch {epoch:2d}  task {sums[0] / len(images):.4f}  kl {sums[1] / len(images):.4f}"
        if not math.isfinite(sums[0]):
            print(f"{row}  diverged", flush=True)
            return
        if epoch in options.measure or epoch == options.epochs:
            row += f"  retention {retention_of(student, retention, classes):.1f}  source {mean_iou(student, head, *source['val'])[0]:.1f}"
            if not options.quiet_target:
                row += "  target mIoU {:.2f} pixels {:.2f}".format(*mean_iou(student, head, *target))
        print(f"{row}  {time.monotonic() - start:.0f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--checkpoint", type=Path, default=HERE.parent / "assets" / "resnet10-28.safetensors")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--count", type=int, help="source scenes; default all")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=0.01)
    parser.add_argument("--stride", type=int, default=4)
    parser.add_argument("--grid", type=int, nargs=2, default=(2, 2))
    parser.add_argument("--weight", type=float, default=0.1, help="of proxy guidance")
    parser.add_argument("--decay", type=float, default=5e-4)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--measure", type=int, nargs="*", default=[1, 2, 4, 8])
    parser.add_argument("--quiet-target", action="store_true", help="neither measure nor print the target")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    source, target = read_scenes(options.data)
    retention = read_split(options.data, "retention")
    print(f"torch {torch.__version__}; {options}", flush=True)
    for seed in options.seeds:
        for method in options.methods:
            run(method, seed, source, target, retention, options)


if __name__ == "__main__":
    main()
