"""The same training step in PyTorch (CPU, eager, channels_last); prints one JSON line.

    python3 packages/tfjs-backend-onnxruntime/bench/step_torch.py resnet101|resnet50|resnet18|small [batch=4] [steps=8]
"""
import json
import resource
import sys
import time

import torch
from torch import nn

SHAPES = {
    "resnet18": ("basic", [2, 2, 2, 2]),
    "resnet50": ("bottleneck", [3, 4, 6, 3]),
    "resnet101": ("bottleneck", [3, 4, 23, 3]),
    "small": ("basic", [1, 1, 1, 1]),
}


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
        kind, depths = SHAPES[name]
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
        self.fc = nn.Linear(channels, 10 if small else 1000)

    def forward(self, x):
        x = self.blocks(self.pool(torch.relu_(self.stem(x))))
        return self.fc(x.mean((2, 3)))


def main():
    name = sys.argv[1] if len(sys.argv) > 1 else "resnet101"
    batch = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    steps = int(sys.argv[3]) if len(sys.argv) > 3 else 8
    torch.manual_seed(0)
    net = ResNet(name).to(memory_format=torch.channels_last)
    net.eval()  # frozen statistics; the affine parameters still get gradients
    size = 28 if name == "small" else 224
    images = torch.rand(batch, 3, size, size).mul_(2).sub_(1).to(memory_format=torch.channels_last)
    labels = torch.arange(batch) % (10 if name == "small" else 1000)
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-3, momentum=0.9, weight_decay=5e-4)
    times, cpu_times, losses = [], [], []
    for _ in range(steps):
        start, cpu = time.perf_counter(), time.process_time()
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(images), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        times.append((time.perf_counter() - start) * 1000)
        cpu_times.append((time.process_time() - cpu) * 1000)
    later = sorted(times[min(2, steps - 1):])
    later_cpu = sorted(cpu_times[min(2, steps - 1):])
    print(json.dumps({
        "network": name,
        "batch": batch,
        "engine": f"torch {torch.__version__}",
        "msPerStep": later[len(later) // 2],
        "minMs": later[0],
        "cpuMsPerStep": later_cpu[len(later_cpu) // 2],
        "firstStepMs": times[0],
        "peakRssMB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "firstLoss": losses[0],
        "lastLoss": losses[-1],
    }))


main()
