"""Random PNG and JPEG files and what PIL and torchvision make of them; called by pil-sweep.ts.

    pil_sweep.py FOLDER COUNT SEED
"""

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageFile
from torchvision import transforms as T

FOLDER = Path(sys.argv[1])
COUNT, SEED = map(int, sys.argv[2:4])
ImageFile.MAXBLOCK = 2**24
rng = np.random.default_rng(SEED)


def integer(low, high):
    return int(rng.integers(low, high))


def picture(width, height):
    coarse = rng.integers(0, 256, (max(1, height // 9), max(1, width // 9), 3)).astype(np.uint8)
    smooth = np.asarray(Image.fromarray(coarse).resize((width, height), Image.BICUBIC)).astype(int)
    return Image.fromarray((smooth + rng.integers(-12, 13, (height, width, 3))).clip(0, 255).astype(np.uint8))


def save(image, stem):
    if rng.random() < 0.4:
        mode = rng.choice(["RGB", "RGBA", "L", "P", "LA"])
        layered = Image.merge("RGBA", [*image.split(), image.convert("L")]) if mode == "RGBA" else image.convert(mode)
        layered.save(f"{stem}.png", compress_level=integer(0, 10))
        return f"{stem}.png"
    converted = image if rng.random() < 0.9 else image.convert(rng.choice(["L", "CMYK"]))
    progressive = bool(rng.random() < 0.3 and image.width * image.height < 90_000)
    converted.save(f"{stem}.jpg", quality=integer(5, 97), subsampling=integer(0, 3), progressive=progressive)
    return f"{stem}.jpg"


cases = []
with open(FOLDER / "expected.bin", "wb") as expected:
    for i in range(COUNT):
        tall = rng.random() < 0.2
        size = (integer(20, 300), integer(200, 1200)) if tall else (integer(16, 700), integer(16, 700))
        file = save(picture(*size), FOLDER / str(i))
        resize, crop = [(224, 224), (256, 224), (64, 64), (28, 28)][integer(0, 4)]
        pixels = T.CenterCrop(crop)(T.Resize(resize)(Image.open(file).convert("RGB")))
        cases.append({"file": file, "resize": resize, "crop": crop, "offset": expected.tell()})
        expected.write(np.asarray(pixels).tobytes())
(FOLDER / "cases.json").write_text(json.dumps(cases))
