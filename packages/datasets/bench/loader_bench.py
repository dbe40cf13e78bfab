"""Images per second of a PyTorch DataLoader with PIL and torchvision; called by loader-bench.ts, prints JSON."""

import json
import resource
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


def cpu_seconds():
    """Of this process and of the workers that have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def measure(split, floats):
    before = cpu_seconds()
    loader = torch.utils.data.DataLoader(
        Listed(split, floats), batch_size=BATCH, num_workers=WORKERS, persistent_workers=True
    )
    rates = []
    for epoch in range(EPOCHS + 1):
        started = time.perf_counter()
        seen = sum(len(batch) for batch in loader)
        if epoch > 0:
            rates.append(round(seen / (time.perf_counter() - started)))
    loader._iterator._shutdown_workers()
    del loader
    cpu = (cpu_seconds() - before) * 1000 / COUNT / (EPOCHS + 1)
    return {"imagesPerSecond": rates, "cpuMsPerImage": cpu}


print(json.dumps(measure("train" if CASE.startswith("png") else "validation", CASE.endswith("Floats"))))
