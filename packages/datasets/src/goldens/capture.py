"""Image files and what Pillow and torchvision make of them.

    python -m pip install pillow torch torchvision numpy
    python capture.py            # writes images/, golden.json and golden.bin.gz beside itself

Each case is decoded with Image.open(...).convert("RGB") and, where it has a transform, put through
torchvision.transforms Resize and CenterCrop; the bytes stand one after another in golden.bin.gz.
"""

import gzip, io, json, struct, zlib
from pathlib import Path

import numpy as np
import PIL
import torch
import torchvision
from PIL import Image, ImageCms
from torchvision import transforms as T

HERE = Path(__file__).parent
IMAGES = HERE / "images"
rng = np.random.default_rng(17)


def scene(width, height, channels=3):
    """Waves, a disc with a hard edge, and a noisy corner."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    planes = [128 + 110 * np.sin(x * (0.07 + 0.05 * c) + y * (0.11 - 0.03 * c)) for c in range(channels)]
    image = np.stack(planes, -1)
    disc = (x - width * 0.6) ** 2 + (y - height * 0.4) ** 2 < (min(width, height) * 0.3) ** 2
    image[disc] = [250, 10, 120, 60][:channels]
    h, w = max(1, height // 3), max(1, width // 3)
    image[:h, :w] = rng.integers(0, 256, (h, w, channels))
    return image.clip(0, 255).astype(np.uint8)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, bits, colour, rows, extra=b"", interlace=0):
    """A PNG from raw rows (bytes, no filter byte)."""
    raw = b"".join(b"\0" + row for row in rows)
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlace)
    body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def adam7(pixels):
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    return [row.tobytes() for x, y, dx, dy in passes for row in pixels[y::dy, x::dx] if row.size]


def bits_rows(values, bits):
    per = 8 // bits
    rows = []
    for row in values:
        padded = np.concatenate([row, np.zeros(-len(row) % per, np.uint8)]).reshape(-1, per)
        rows.append(bytes(int(sum(int(v) << (8 - bits * (i + 1)) for i, v in enumerate(group))) for group in padded))
    return rows


def save(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


W, H = 45, 31
rgb = scene(W, H)
rgba = scene(W, H, 4)
grey = scene(W, H, 1)[..., 0]
wide16 = (scene(W, H).astype(np.uint16) * 257) ^ 0x35
rgb_image = Image.fromarray(rgb)
palette = rgb_image.quantize(64)
icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
swapped_icc = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
gamma = chunk(b"gAMA", struct.pack(">I", 100000))
exif = Image.Exif()
exif[0x0112] = 6

FILES = {
    "rgb.png": save(rgb_image, "PNG"),
    "rgba.png": save(Image.fromarray(rgba, "RGBA"), "PNG"),
    "grey.png": save(Image.fromarray(grey), "PNG"),
    "grey-alpha.png": save(Image.merge("LA", [Image.fromarray(grey), Image.fromarray(rgba[..., 3])]), "PNG"),
    "palette.png": save(palette, "PNG"),
    "palette-transparent.png": save(palette, "PNG", transparency=3),
    "one-bit.png": save(Image.fromarray(grey).convert("1"), "PNG"),
    "two-bit.png": png(W, H, 2, 0, bits_rows(grey // 64, 2)),
    "four-bit.png": png(W, H, 4, 0, bits_rows(grey // 16, 4)),
    "grey-key.png": save(Image.fromarray(grey), "PNG", transparency=10),
    "rgb-key.png": save(rgb_image, "PNG", transparency=(250, 10, 120)),
    "rgb16.png": png(W, H, 16, 2, [row.astype(">u2").tobytes() for row in wide16]),
    "rgba16.png": png(W, H, 16, 6, [row.astype(">u2").tobytes() for row in rgba.astype(np.uint16) * 257 ^ 0x53]),
    "grey16.png": png(W, H, 16, 0, [row.astype(">u2").tobytes() for row in grey.astype(np.uint16) * 3]),
    "grey-alpha16.png": png(
        W, H, 16, 4, [row.astype(">u2").tobytes() for row in rgba[..., :2].astype(np.uint16) * 257 ^ 0x11]
    ),
    "interlaced.png": png(W, H, 8, 2, adam7(rgb), interlace=1),
    "gamma.png": png(W, H, 8, 2, [row.tobytes() for row in rgb], gamma),
    "profile.png": save(rgb_image, "PNG", icc_profile=bytes(swapped_icc)),
    "444.jpg": save(rgb_image, "JPEG", quality=92, subsampling=0),
    "422.jpg": save(rgb_image, "JPEG", quality=85, subsampling=1),
    "420.jpg": save(rgb_image, "JPEG", quality=75, subsampling=2),
    "coarse.jpg": save(rgb_image, "JPEG", quality=8),
    "progressive.jpg": save(rgb_image, "JPEG", quality=80, progressive=True),
    "grey.jpg": save(Image.fromarray(grey), "JPEG", quality=80),
    "cmyk.jpg": save(Image.fromarray(rgba, "CMYK"), "JPEG", quality=90),
    "orientation.jpg": save(rgb_image, "JPEG", quality=80, exif=exif),
    "profile.jpg": save(rgb_image, "JPEG", quality=80, icc_profile=bytes(swapped_icc)),
    "lab-profile.jpg": save(rgb_image, "JPEG", quality=80, icc_profile=icc),
    "restart.jpg": save(rgb_image, "JPEG", quality=80, restart_marker_blocks=2),
    "render.png": save(Image.fromarray(scene(384, 216)), "PNG"),
    "photo.jpg": save(Image.fromarray(scene(500, 375)), "JPEG", quality=80),
    "tall.png": save(Image.fromarray(scene(17, 301)), "PNG"),
    "dot.png": save(Image.fromarray(scene(1, 1)), "PNG"),
    "column.png": save(Image.fromarray(scene(1, 40)), "PNG"),
    "odd.jpg": save(Image.fromarray(scene(223, 157)), "JPEG", quality=85),
    "small.png": save(Image.fromarray(scene(13, 9)), "PNG"),
    "large.png": save(Image.fromarray(scene(403, 311)), "PNG"),
}
CASES = [{"file": name} for name in list(FILES)[:29]]
for name, resize, crop in [
    ("render.png", 224, 224),
    ("photo.jpg", 224, 224),
    ("rgba.png", 224, 32),
    ("grey.png", 40, 32),
    ("palette.png", 20, 17),
    ("tall.png", 32, 32),
    ("tall.png", 9, 8),
    ("dot.png", 5, 4),
    ("column.png", 3, 3),
    ("odd.jpg", 64, 56),
    ("odd.jpg", 157, 100),
    ("odd.jpg", 65, 56),
    ("small.png", 100, 64),
    ("small.png", 9, 9),
    ("large.png", 28, 28),
    ("large.png", 300, 64),
    ("rgb.png", 20, 40),
    ("rgb.png", 21, 40),
    ("rgb.png", 31, 33),
    ("cmyk.jpg", 24, 24),
]:
    CASES.append({"file": name, "resize": resize, "crop": crop})


def main():
    IMAGES.mkdir(exist_ok=True)
    for name, data in FILES.items():
        (IMAGES / name).write_bytes(data)
    blob = b""
    for case in CASES:
        image = Image.open(IMAGES / case["file"]).convert("RGB")
        if "resize" in case:
            image = T.CenterCrop(case["crop"])(T.Resize(case["resize"])(image))
        pixels = np.asarray(image)
        case.update(width=pixels.shape[1], height=pixels.shape[0], offset=len(blob))
        blob += pixels.tobytes()
    ramp = Image.fromarray(np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, 2))
    normalise = T.Compose([T.ToTensor(), T.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))])
    table = normalise(ramp).numpy()[:, 0, :].T.astype("<f4")
    normalised = {"offset": len(blob), "values": 768}
    blob += table.tobytes()
    versions = {"pillow": PIL.__version__, "torch": torch.__version__, "torchvision": torchvision.__version__}
    golden = {"versions": versions, "cases": CASES, "normalised": normalised}
    (HERE / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")
    (HERE / "golden.bin.gz").write_bytes(gzip.compress(blob, 9, mtime=0))


if __name__ == "__main__":
    main()
