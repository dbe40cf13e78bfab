"""The same steps in PyTorch (CPU, channels_last); prints one JSON line.

    python3 bench/step_torch.py '{"network": "resnet101", "batch": 4}' [steps=8] [eager|compile]
"""
import json
import os
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

RESNETS = {
    "resnet18": ("basic", [2, 2, 2, 2]),
    "resnet50": ("bottleneck", [3, 4, 6, 3]),
    "resnet101": ("bottleneck", [3, 4, 23, 3]),
    "small": ("basic", [1, 1, 1, 1]),
}
FCN_CLASSES = 21


def conv_bn(kernel, channels_in, channels_out, stride):
    conv = nn.Conv2d(channels_in, channels_out, kernel, stride, (kernel - 1) // 2, bias=False)
    norm = nn.BatchNorm2d(channels_out)
    norm.weight.data.fill_(0.5)
    return nn.Sequential(conv, norm)


class Block(nn.Module):
    def __init__(self, kind, channels, width, stride):
        super().__init__()
        out = width * (4 if kind == "bottleneck" else 1)
        if kind == "bottleneck":
            self.convs = nn.ModuleList(
                [conv_bn(1, channels, width, 1), conv_bn(3, width, width, stride), conv_bn(1, width, out, 1)]
            )
        else:
            self.convs = nn.ModuleList([conv_bn(3, channels, width, stride), conv_bn(3, width, width, 1)])
        self.downsample = conv_bn(1, channels, out, stride) if stride != 1 or channels != out else None

    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        for conv in self.convs[:-1]:
            x = torch.relu_(conv(x))
        return torch.relu_(self.convs[-1](x).add_(identity))


class ResNet(nn.Module):
    def __init__(self, name):
        super().__init__()
        kind, depths = RESNETS[name]
        small = name == "small"
        widths = [32, 64, 128, 256] if small else [64, 128, 256, 512]
        strides = [2, 2, 2, 1] if small else [1, 2, 2, 2]
        self.stem = conv_bn(3, 3, widths[0], 1) if small else conv_bn(7, 3, widths[0], 2)
        self.pool = nn.Identity() if small else nn.MaxPool2d(3, 2, 1)
        channels, blocks = widths[0], []
        for depth, width, stride in zip(depths, widths, strides):
            for i in range(depth):
                blocks.append(Block(kind, channels, width, stride if i == 0 else 1))
                channels = width * (4 if kind == "bottleneck" else 1)
        self.blocks = nn.Sequential(*blocks)
        self.channels = channels
        self.fc = nn.Linear(channels, 10 if small else 1000)

    def features(self, x):
        return self.blocks(self.pool(torch.relu_(self.stem(x)))).mean((2, 3))

    def forward(self, x):
        return self.fc(self.features(x))


class Fcn8s(nn.Module):
    """FCN-8s on VGG-16 without dropout, its upsampling fixed."""

    def __init__(self):
        super().__init__()
        channels, stages = 3, []
        for i, widths in enumerate([[64, 64], [128, 128], [256] * 3, [512] * 3, [512] * 3]):
            layers = []
            for j, width in enumerate(widths):
                layers += [nn.Conv2d(channels, width, 3, padding=100 if i + j == 0 else 1), nn.ReLU(True)]
                channels = width
            stages.append(nn.Sequential(*layers, nn.MaxPool2d(2, 2, ceil_mode=True)))
        self.stages = nn.ModuleList(stages)
        self.fc = nn.Sequential(
            nn.Conv2d(512, 4096, 7), nn.ReLU(True), nn.Conv2d(4096, 4096, 1), nn.ReLU(True)
        )
        self.score_fr = nn.Conv2d(4096, FCN_CLASSES, 1)
        self.score_pool4 = nn.Conv2d(512, FCN_CLASSES, 1)
        self.score_pool3 = nn.Conv2d(256, FCN_CLASSES, 1)
        self.up2, self.up2b, self.up8 = (self.bilinear(4, 2), self.bilinear(4, 2), self.bilinear(16, 8))

    @staticmethod
    def bilinear(size, stride):
        layer = nn.ConvTranspose2d(FCN_CLASSES, FCN_CLASSES, size, stride, bias=False)
        factor = (size + 1) // 2
        line = 1 - (torch.arange(size) - (factor - 0.5)).abs() / factor
        layer.weight.data.copy_(torch.eye(FCN_CLASSES)[:, :, None, None] * torch.outer(line, line))
        layer.weight.requires_grad_(False)
        return layer

    def forward(self, images):
        x, pooled = images, []
        for stage in self.stages:
            x = stage(x)
            pooled.append(x)
        x = self.up2(self.score_fr(self.fc(x)))
        pool4 = self.score_pool4(pooled[3])
        x = self.up2b(x + pool4[:, :, 5 : 5 + x.shape[2], 5 : 5 + x.shape[3]])
        pool3 = self.score_pool3(pooled[2])
        x = self.up8(x + pool3[:, :, 9 : 9 + x.shape[2], 9 : 9 + x.shape[3]])
        return x[:, :, 31 : 31 + images.shape[2], 31 : 31 + images.shape[3]]


def gemm_peak(size=1024, products=8, rounds=6):
    a, b = torch.rand(size, size), torch.rand(size, size) / size
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        x = a
        for _ in range(products):
            x = x @ b
        best = min(best, time.perf_counter() - start)
    return 2 * size**3 * products / best / 1e9


def busy_seconds():
    """Seconds that all processors were busy, stolen ones included; None where the system does not say."""
    try:
        with open("/proc/stat") as file:
            user, nice, system, _, _, irq, soft_irq, steal = map(int, file.readline().split()[1:9])
    except (OSError, ValueError):
        return None
    return (user + nice + system + irq + soft_irq + steal) / 100


def make_step(settings, wrap):
    name, batch = settings["network"], settings["batch"]
    side = 512 if name == "fcn8s" else 28 if name == "small" else 224
    height, width = settings.get("image") or (side, side)
    images = torch.rand(batch, 3, height, width).mul_(2).sub_(1).to(memory_format=torch.channels_last)
    net = (Fcn8s() if name == "fcn8s" else ResNet(name)).to(memory_format=torch.channels_last)
    net.eval()  # frozen statistics; the affine parameters still get gradients

    if settings.get("mode", "train") == "forward":
        for parameter in net.parameters():
            parameter.requires_grad_(False)
        forward = wrap(net)

        def evaluate():
            with torch.inference_mode():
                return forward(images).sum().item()

        return evaluate

    if settings.get("teacher", "none") == "none":
        if name == "fcn8s":
            labels = (torch.arange(batch * height * width) % FCN_CLASSES).view(batch, height, width)
        else:
            labels = torch.arange(batch) % net.fc.out_features
        model = wrap(net)

        def loss():
            return F.cross_entropy(model(images), labels)

    else:
        teacher = ResNet(name).to(memory_format=torch.channels_last).eval()
        for parameter in [*teacher.parameters(), *net.fc.parameters()]:
            parameter.requires_grad_(False)
        head = nn.Sequential(nn.Linear(net.channels, 512), nn.ReLU(True), nn.Linear(512, 12))
        net.add_module("head", head)
        labels = torch.arange(batch) % 12

        class Student(nn.Module):
            def __init__(self):
                super().__init__()
                self.net = net

            def forward(self, x):
                features = self.net.features(x)
                return self.net.head(features), self.net.fc(features)

        student, frozen = wrap(Student()), wrap(teacher)

        def loss():
            with torch.no_grad():
                expected = F.softmax(frozen(images), dim=1)
            task, old = student(images)
            guidance = F.kl_div(F.log_softmax(old, dim=1), expected, reduction="batchmean")
            return F.cross_entropy(task, labels) + 0.1 * guidance

    trained = [parameter for parameter in net.parameters() if parameter.requires_grad]
    optimizer = torch.optim.SGD(trained, lr=1e-3, momentum=0.9, weight_decay=5e-4)

    def step():
        optimizer.zero_grad()
        value = loss()
        value.backward()
        optimizer.step()
        return value.item()

    return step


def main():
    settings = json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}
    settings = {"network": "resnet101", "batch": 4, **settings}
    steps = int(sys.argv[2]) if len(sys.argv) > 2 else 8
    mode = sys.argv[3] if len(sys.argv) > 3 else "eager"
    torch.set_num_threads(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
    torch.manual_seed(0)
    peak = gemm_peak()
    step = make_step(settings, torch.compile if mode == "compile" else lambda module: module)
    times, other_load, losses = [], [], []
    for _ in range(steps):
        busy, own, start = busy_seconds(), time.process_time(), time.perf_counter()
        losses.append(step())
        seconds = time.perf_counter() - start
        times.append(seconds * 1000)
        later = busy_seconds()
        known = busy is not None and later is not None
        other_load.append(max(0, later - busy - (time.process_time() - own)) / seconds if known else 0)
    unit = 2**20 if sys.platform == "darwin" else 2**10
    print(json.dumps({
        "device": "cpu",
        "times": times,
        "otherLoad": other_load,
        "peakRssMB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit,
        "gemmPeak": peak,
        "firstLoss": losses[0],
        "lastLoss": losses[-1],
        "torch": torch.__version__,
    }))


main()
