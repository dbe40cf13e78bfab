"""Training examples per second of a PyTorch DataLoader with OpenCV and PIL; called by dense-bench.ts, prints JSON."""

import json
import os
import random
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image

ROOT = Path(sys.argv[1])
COUNT, WORKERS, BATCH, EPOCHS = map(int, sys.argv[2:6])
CROP = 512
MEAN = np.float32([0.485, 0.456, 0.406])
STD = np.float32([0.229, 0.224, 0.225])
TRAINED = [7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33]
TRAIN_IDS = np.full(256, 255, np.uint8)
TRAIN_IDS[TRAINED] = range(19)
torch.set_num_threads(1)
cv2.setNumThreads(1)


class Scenes(torch.utils.data.Dataset):
    names = sorted(path.name for path in (ROOT / "images").iterdir())

    def __len__(self):
        return len(self.names)

    def __getitem__(self, i):
        image = cv2.imread(str(ROOT / "images" / self.names[i]), cv2.IMREAD_COLOR)[:, :, ::-1]
        label = TRAIN_IDS[np.array(Image.open(ROOT / "labels" / self.names[i]))]
        if random.random() < 0.5:
            image, label = cv2.flip(image, 1), cv2.flip(label, 1)
        scale = random.uniform(0.75, 1.25)
        height, width = (int(n * scale) for n in label.shape)
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
        label = cv2.resize(label, (width, height), interpolation=cv2.INTER_NEAREST)
        top, left = (random.randint(0, max(0, n - CROP)) for n in (height, width))
        image = image[top : top + CROP, left : left + CROP]
        label = label[top : top + CROP, left : left + CROP]
        image = (image.astype(np.float32) / 255 - MEAN) / STD
        pads = [((CROP - n) // 2, CROP - n - (CROP - n) // 2) for n in label.shape]
        image = np.pad(image, [*pads, (0, 0)])
        label = np.pad(label, pads, constant_values=255)
        return np.ascontiguousarray(image.transpose(2, 0, 1)), label


def cpu_seconds(loader):
    """Of this process and its workers (from /proc, so on Linux)."""
    ticks = 0
    for worker in loader._iterator._workers:
        fields = Path(f"/proc/{worker.pid}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


loader = torch.utils.data.DataLoader(
    Scenes(), batch_size=BATCH, num_workers=WORKERS, shuffle=True, persistent_workers=True
)
sum(len(labels) for _, labels in loader)  # starts the workers
rates = []
before = cpu_seconds(loader)
for _ in range(EPOCHS):
    started = time.perf_counter()
    seen = sum(len(labels) for _, labels in loader)
    rates.append(seen / (time.perf_counter() - started))
cpu = (cpu_seconds(loader) - before) * 1000 / COUNT / EPOCHS
print(json.dumps({"imagesPerSecond": rates, "cpuMsPerImage": cpu}))
