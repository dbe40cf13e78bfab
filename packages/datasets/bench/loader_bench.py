"""Images per second of a PyTorch DataLoader with PIL and torchvision; called by loader-bench.ts, prints JSON."""

import json
import os
import sys
import time
from pathlib import Path

import torch
from PIL import Image
from torchvision import transforms as T

ROOT = Path(sys.argv[1])
CASE = sys.argv[2]
COUNT, WORKERS, BATCH, EPOCHS = map(int, sys.argv[3:7])
torch.set_num_threads(1)


class Listed(torch.utils.data.Dataset):
    def __init__(self, split, floats):
        folder = ROOT / split
        lines = (folder / "image_list.txt").read_text().splitlines()
        self.files = [folder / line.split(" ")[0] for line in lines]
        to_tensor = [T.ToTensor(), T.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))]
        self.transform = T.Compose([T.Resize(224), T.CenterCrop(224), *(to_tensor if floats else [T.PILToTensor()])])

    def __len__(self):
        return len(self.files)

    def __getitem__(self, i):
        return self.transform(Image.open(self.files[i]).convert("RGB"))


def cpu_seconds(loader):
    """Of this process and its workers (from /proc, so on Linux)."""
    ticks = 0
    for worker in loader._iterator._workers:
        fields = Path(f"/proc/{worker.pid}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def measure(split, floats):
    loader = torch.utils.data.DataLoader(
        Listed(split, floats), batch_size=BATCH, num_workers=WORKERS, persistent_workers=True
    )
    sum(len(batch) for batch in loader)  # starts the workers
    rates = []
    before = cpu_seconds(loader)
    for _ in range(EPOCHS):
        started = time.perf_counter()
        seen = sum(len(batch) for batch in loader)
        rates.append(round(seen / (time.perf_counter() - started)))
    cpu = (cpu_seconds(loader) - before) * 1000 / COUNT / EPOCHS
    return {"imagesPerSecond": rates, "cpuMsPerImage": cpu}


print(json.dumps(measure("train" if CASE.startswith("png") else "validation", CASE.endswith("Floats"))))
