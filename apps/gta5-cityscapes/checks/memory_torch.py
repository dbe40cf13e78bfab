"""Memory of what `gta5-cityscapes train` does with FCN-8s VGG-16, in PyTorch (CPU, channels_last), part by part.

    python3 apps/gta5-cityscapes/checks/memory_torch.py [naive|proxy-guidance|evaluate]

As memory.ts: three steps on 512 x 512 squares at batch 1 (SGD with momentum and weight decay), a checkpoint of parameters
and momentum before the first, after the second and after the last one, a forward pass on an image of 1052 x 1914, and the
trained weights saved. proxy-guidance adds a pass of a frozen VGG-16 and the divergence of 8 x 8 patches through its
classifier; evaluate is a forward pass on an image of 1024 x 2048 alone. Random weights, random images; no images are decoded. Linux alone. Prints a JSON line: the highest resident
memory of each part and what was resident at its end, in MB.
"""
import argparse
import json
import os
import tempfile

import torch
from torch import nn
from torch.nn import functional as F

CLASSES, OLD_CLASSES = 19, 1000
STEPS, SIDE, HELD_OUT, TARGET = 3, 512, (1052, 1914), (1024, 2048)
WEIGHT = 75


class Vgg(nn.Module):
    """Convolutions of VGG-16 by stage, each with the pooling that ends it."""

    def __init__(self, padding):
        super().__init__()
        channels, stages = 3, []
        for i, widths in enumerate([[64, 64], [128, 128], [256] * 3, [512] * 3, [512] * 3]):
            layers = []
            for j, width in enumerate(widths):
                layers += [nn.Conv2d(channels, width, 3, padding=padding if i + j == 0 else 1), nn.ReLU(True)]
                channels = width
            stages.append(nn.Sequential(*layers, nn.MaxPool2d(2, 2, ceil_mode=True)))
        self.stages = nn.ModuleList(stages)

    def forward(self, x):
        pooled = []
        for stage in self.stages:
            x = stage(x)
            pooled.append(x)
        return pooled


class Fcn8s(nn.Module):
    def __init__(self):
        super().__init__()
        self.vgg = Vgg(padding=100)
        self.fc = nn.Sequential(
            nn.Conv2d(512, 4096, 7), nn.ReLU(True), nn.Conv2d(4096, 4096, 1), nn.ReLU(True)
        )
        self.score_fr = nn.Conv2d(4096, CLASSES, 1)
        self.score_pool4 = nn.Conv2d(512, CLASSES, 1)
        self.score_pool3 = nn.Conv2d(256, CLASSES, 1)
        self.upscore2 = nn.ConvTranspose2d(CLASSES, CLASSES, 4, 2, bias=False)
        self.upscore_pool4 = nn.ConvTranspose2d(CLASSES, CLASSES, 4, 2, bias=False)
        self.upscore8 = nn.ConvTranspose2d(CLASSES, CLASSES, 16, 8, bias=False)

    def forward(self, images):
        _, _, pool3, pool4, pool5 = self.vgg(images)
        x = self.upscore2(self.score_fr(self.fc(pool5)))
        at4 = self.score_pool4(0.01 * pool4)
        x = self.upscore_pool4(x + at4[:, :, 5 : 5 + x.shape[2], 5 : 5 + x.shape[3]])
        at3 = self.score_pool3(0.0001 * pool3)
        x = self.upscore8(x + at3[:, :, 9 : 9 + x.shape[2], 9 : 9 + x.shape[3]])
        return x[:, :, 31 : 31 + images.shape[2], 31 : 31 + images.shape[3]], pool5


class Teacher(nn.Module):
    """The frozen network, padded as the student, and the old classifier."""

    def __init__(self):
        super().__init__()
        self.vgg = Vgg(padding=100)
        self.classifier = nn.Sequential(
            nn.Linear(512 * 49, 4096), nn.ReLU(True), nn.Linear(4096, 4096), nn.ReLU(True), nn.Linear(4096, OLD_CLASSES)
        )

    def patches(self, pool5, grid=8):
        """Log-probabilities of the old classes on a grid of the map's patches."""
        height, width = pool5.shape[2:]
        down, across = -(-height // grid), -(-width // grid)
        pooled = [
            F.adaptive_avg_pool2d(pool5[:, :, y : y + down, x : x + across], 7).flatten(1)
            for y in range(0, height, down)
            for x in range(0, width, across)
        ]
        return F.log_softmax(self.classifier(torch.cat(pooled)), dim=1)


class Parts:
    """The kernel's count of the highest resident memory, set back where a part ends."""

    def __init__(self):
        self.parts = []

    def end(self, part):
        with open("/proc/self/status") as file:
            status = dict(line.split(":", 1) for line in file)
        peak, now = (round(int(status[key].split()[0]) / 1024) for key in ("VmHWM", "VmRSS"))
        self.parts.append({"part": part, "peak": peak, "end": now})
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("method", nargs="?", choices=["naive", "proxy-guidance", "evaluate"], default="naive")
    method = parser.parse_args().method
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    torch.manual_seed(0)
    net = Fcn8s().to(memory_format=torch.channels_last)
    memory = Parts()

    def measure(size):
        with torch.inference_mode():
            image = torch.rand(1, 3, *size).to(memory_format=torch.channels_last)
            net(image)[0].argmax(1)
        memory.end(f"image of {size[0]} x {size[1]}")

    if method == "evaluate":
        memory.end("start")
        measure(TARGET)
        return say(method, memory)
    teacher = None
    if method == "proxy-guidance":
        teacher = Teacher().to(memory_format=torch.channels_last).requires_grad_(False)
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-4, momentum=0.9, weight_decay=5e-4)
    memory.end("start")

    def step():
        images = torch.rand(1, 3, SIDE, SIDE).mul_(2).sub_(1).to(memory_format=torch.channels_last)
        labels = torch.randint(CLASSES, (1, SIDE, SIDE))
        optimizer.zero_grad()
        scores, pool5 = net(images)
        loss = F.cross_entropy(scores, labels)
        if teacher is not None:
            with torch.no_grad():
                expected = teacher.patches(teacher.vgg(images)[-1])
            loss = loss + WEIGHT * F.kl_div(teacher.patches(pool5), expected, reduction="batchmean", log_target=True)
        loss.backward()
        optimizer.step()
        return loss.item()

    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "saved.pt")

        def checkpoint(n):
            torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict()}, file)
            memory.end(f"checkpoint {n}")

        checkpoint(0)
        for n in range(1, STEPS + 1):
            step()
            memory.end(f"step {n}")
            if n in (2, STEPS):
                checkpoint(n)
        measure(HELD_OUT)
        checkpoint(f"{STEPS} again")
        torch.save(net.state_dict(), file)
        memory.end("export")
    say(method, memory)


def say(method, memory):
    highest = max(part["peak"] for part in memory.parts)
    print(json.dumps({"method": method, "parts": memory.parts, "highest": highest, "torch": torch.__version__}))


main()
