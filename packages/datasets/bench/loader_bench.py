"""Images per second of a PyTorch DataLoader with PIL and torchvision; called by loader-bench.ts, prints JSON."""

import json
import sys
import time
from pathlib import Path

import PIL
import torch
import torchvision
from PIL import Image
from torchvision import transforms as T

ROOT = Path(sys.argv[1])
COUNT, WORKERS, BATCH, EPOCHS = map(int, sys.argv[2:6])
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


def images_per_second(split, floats):
    loader = torch.utils.data.DataLoader(
        Listed(split, floats), batch_size=BATCH, num_workers=WORKERS, persistent_workers=True
    )
    rates = []
    for epoch in range(EPOCHS + 1):
        started = time.perf_counter()
        seen = sum(len(batch) for batch in loader)
        if epoch > 0:
            rates.append(round(seen / (time.perf_counter() - started)))
    return rates


print(
    json.dumps(
        {
            "pngBytes": images_per_second("train", False),
            "pngFloats": images_per_second("train", True),
            "jpegBytes": images_per_second("validation", False),
            "jpegFloats": images_per_second("validation", True),
            "versions": [torch.__version__, torchvision.__version__, PIL.__version__],
        }
    )
)
