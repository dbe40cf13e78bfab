"""Captures dense.json and dense.bin.gz: label images as Pillow reads them, resizes and training examples by OpenCV.

Run: python3 src/goldens/capture_dense.py   (opencv-python-headless 5.0, Pillow 13.0, numpy)

The examples follow the order: mirror, scale, crop, normalise, pad; drawn numbers are given in dense.json.
"""
import gzip
import json
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

HERE = Path(__file__).parent
LABELS = HERE / "labels"
LABELS.mkdir(exist_ok=True)
rng = np.random.default_rng(11)
data = bytearray()
out = {"opencv": cv2.__version__, "labels": [], "resizes": [], "examples": []}
MEAN = np.float32([0.485, 0.456, 0.406])
STD = np.float32([0.229, 0.224, 0.225])


def put(array):
    start = len(data)
    data.extend(np.ascontiguousarray(array).tobytes())
    return start


def picture(height, width, channels=3):
    coarse = rng.integers(0, 256, (max(1, height // 6), max(1, width // 6), channels)).astype(np.uint8)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC).reshape(height, width, channels)
    return (smooth.astype(int) + rng.integers(-25, 26, smooth.shape)).clip(0, 255).astype(np.uint8)


def label_map(height, width, values):
    coarse = rng.choice(values, (max(1, height // 5), max(1, width // 5))).astype(np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_NEAREST)


def save_label(name, values, palette_bits=None):
    image = Image.fromarray(values)
    if palette_bits is not None:
        image = image.convert("L")
        image = Image.frombytes("P", image.size, image.tobytes())
        image.putpalette(rng.integers(0, 256, 3 * 2 ** palette_bits).astype(np.uint8).tobytes())
        image.save(LABELS / name, bits=palette_bits)
    else:
        image.save(LABELS / name)
    read = np.array(Image.open(LABELS / name))
    assert read.dtype == np.uint8 and read.ndim == 2
    out["labels"].append({"file": name, "size": read.shape, "offset": put(read)})


save_label("grey.png", label_map(21, 30, np.arange(35)))
save_label("palette.png", label_map(33, 47, np.arange(35)), 8)
save_label("four-bits.png", label_map(13, 19, np.arange(16)), 4)
save_label("two-bits.png", label_map(9, 23, np.arange(4)), 2)
save_label("one-bit.png", label_map(7, 21, np.arange(2)), 1)
save_label("dot.png", np.uint8([[255]]))

for height, width in ((37, 53), (64, 64), (1, 9), (10, 1), (90, 23)):
    image = picture(height, width)
    labels = label_map(height, width, np.arange(35))
    sources = {"image": put(image), "label": put(labels)}
    for scale in (0.75, 0.8437, 0.9999, 1.0, 1.0637, 1.25, 2.3):
        h, w = max(1, int(height * scale)), max(1, int(width * scale))
        out["resizes"].append({
            **sources, "from": [height, width], "to": [h, w],
            "linear": put(cv2.resize(image, (w, h), interpolation=cv2.INTER_LINEAR)),
            "nearest": put(cv2.resize(labels, (w, h), interpolation=cv2.INTER_NEAREST)),
        })

for height, width, crop, mirror, scale, top, left, in (
    (60, 90, 32, False, 0.75, 0.0, 0.0),
    (60, 90, 32, True, 1.25, 0.999999, 0.999999),
    (60, 90, 32, True, 0.9371, 0.31, 0.77),
    (60, 90, 32, False, 1.1113, 0.64, 0.05),
    (40, 90, 48, True, 0.8001, 0.5, 0.5),
    (31, 29, 48, False, 1.2, 0.4, 0.9),
    (47, 48, 48, True, 1.0, 0.9, 0.9),
):
    image = picture(height, width)
    labels = label_map(height, width, [*range(19), 255])
    h, w = int(height * scale), int(width * scale)
    x, y = (image[:, ::-1], labels[:, ::-1]) if mirror else (image, labels)
    x = cv2.resize(np.ascontiguousarray(x), (w, h), interpolation=cv2.INTER_LINEAR)
    y = cv2.resize(np.ascontiguousarray(y), (w, h), interpolation=cv2.INTER_NEAREST)
    row, column = (int(place * (max(0, n - crop) + 1)) for place, n in ((top, h), (left, w)))
    x, y = x[row:row + crop, column:column + crop], y[row:row + crop, column:column + crop]
    x = (x.astype(np.float32) / np.float32(255) - MEAN) / STD
    before = [(crop - n) // 2 for n in y.shape]
    pads = [(b, crop - n - b) for b, n in zip(before, y.shape)]
    x = np.pad(x, [*pads, (0, 0)])
    y = np.pad(y, pads, constant_values=255)
    out["examples"].append({
        "size": [height, width], "crop": crop, "draw": {"mirror": mirror, "scale": scale, "top": top, "left": left},
        "image": put(image), "label": put(labels), "expectedImage": put(x), "expectedLabel": put(y),
    })

(HERE / "dense.json").write_text(json.dumps(out) + "\n")
(HERE / "dense.bin.gz").write_bytes(gzip.compress(bytes(data), 9, mtime=0))
